"""Whether the files of a run directory are what an audit writes: they may come from anybody, and may be damaged.

Here, where a run is read, and nowhere else: whoever gets a table, a document or an array of a ``Run`` need not doubt it.
"""

from __future__ import annotations

from pathlib import Path

from datadoctor.errors import DataDoctorError


def not_ours(file: Path, cause: str) -> DataDoctorError:
    """The refusal of a file, with the cause and the next step."""
    return DataDoctorError(f"{file}: {cause}: not what `datadoctor audit` writes; run the audit again")
