"""What can go wrong, and the exit code each kind stands for."""

from __future__ import annotations


class DataDoctorError(Exception):
    """The user's mistake: one clear line that names the file, the cause and the next step (exit code 2)."""

    exit_code = 2


class IncompleteError(DataDoctorError):
    """The audit could not be completed, through no mistake in the data: weights missing, interrupted (exit code 3)."""

    exit_code = 3


class NotAvailableError(DataDoctorError):
    """A stage cannot be made from this dataset; a check that needs it reports ``Skipped`` with this reason."""

    exit_code = 3


class NotApplicableError(NotAvailableError):
    """There is nothing of this kind to check here (no splits, no groups, no given hierarchy): skipped, but not incomplete."""
