"""The gate: whether a change to a dataset brings problems that the dataset did not have.

Contents -> ``delta`` (what changed) -> ``judge`` (what is new, fixed, suppressed, against the ``policy``) -> ``formats``.
"""
