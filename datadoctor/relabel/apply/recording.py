"""What decisions add to the records: the new content of the suppressions file and of the exclusion list."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

from datadoctor.findings import exclusions, suppressions
from datadoctor.findings.records import Records
from datadoctor.findings.suppressions import Suppression
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.spreadsheet import neutralised


def allowing(records: Records, keeps: Sequence[Decision], by: str) -> bytes:
    """The suppressions file with one more entry for each 'keep'; what is there stays as it is, comments too."""
    new = [Suppression(key, _reason(one), one.reviewer or by) for one in keeps for key in one.key.split()]
    with tempfile.TemporaryDirectory() as folder:
        suppressions.write(new, Path(folder) / "new.toml")
        added = (Path(folder) / "new.toml").read_bytes()
    before = records.allow_file.read_bytes() if records.allow_file.is_file() else b""
    return before + (b"\n" if before else b"") + added


def excluding(records: Records, decisions: Sequence[Decision]) -> bytes:
    """The exclusion list with these images added at its end."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    before = records.excluded_file.read_bytes() if records.excluded_file.is_file() else b""
    if not before:
        writer.writerow(exclusions.COLUMNS)
    for one in decisions:
        writer.writerow([neutralised(str(getattr(one, name))) for name in exclusions.COLUMNS])
    return before + stream.getvalue().encode()


def _reason(one: Decision) -> str:
    like = f" like {one.like}" if one.like else ""
    return f"reviewed{like}: keep" + (f", {one.note}" if one.note else "")
