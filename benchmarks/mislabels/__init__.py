"""How well wrong labels are found, ours beside cleanlab and other published formulas, on the same embeddings.

``python -m benchmarks.mislabels --data ../shared/data [--eye NAME[=WEIGHTS]] [--quick]``
"""
