"""The baseline: what is already known about a dataset, as a file to commit.

Sorted JSON Lines, so that a change to one image is a change to one line. The first line holds the schema version and the
calibration (with what the findings were made); then one line for each known finding, by check and key; then one for each
image, by path. No scores, dates or row numbers: the same dataset and model write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from datadoctor import strict_json
from datadoctor.errors import DataDoctorError
from datadoctor.files import regular, write_whole

VERSION = 1
SCHEMA = "datadoctor/baseline"
# 128 bits name an image in the file; no two images of any dataset share them by chance.
DIGITS = 32
# Of what an image is known by, as they are named in ``items.parquet``.
ITEM_COLUMNS = ("path", "pixel_digest", "digest", "file_size", "given_label", "split")

Document: TypeAlias = list[dict[str, Any]]
# Brings the lines of a file of that version to the next one.
UPGRADES: dict[int, Callable[[Document], Document]] = {}


@dataclass(frozen=True, slots=True, order=True)
class KnownItem:
    """An image of the dataset; ``digest``: the first 32 hex digits of its pixel digest, or of its identity if unreadable."""

    path: str
    digest: str
    label: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True, order=True)
class KnownFinding:
    """A finding that is already there: ``count`` times, since copies of an image share their keys."""

    check: str
    key: str
    items: tuple[str, ...]
    count: int = 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """Known findings and images, and with what they were found.

    ``calibration``: names and values that must be the same for a comparison to mean anything (model, weights, settings).
    ``frozen``: hash of what was fitted on the dataset, '' if nothing was kept.
    """

    calibration: Mapping[str, str]
    findings: tuple[KnownFinding, ...]
    items: tuple[KnownItem, ...]
    frozen: str = ""


def known_items(*columns: Iterable[Any]) -> tuple[KnownItem, ...]:
    """The images with these ``ITEM_COLUMNS``."""
    return tuple(
        KnownItem(path, _identity(path, pixels, file, size)[:DIGITS], label, split)
        for path, pixels, file, size, label, split in zip(*columns, strict=True)
    )


def _identity(path: str, pixel_digest: str, digest: str, file_size: int) -> str:
    """What stands for an image in keys: its pixels, else its bytes, else (missing or empty) its path."""
    if pixel_digest:
        return pixel_digest
    return digest if digest and file_size else hashlib.sha256(b"path\0" + path.encode()).hexdigest()


def write(baseline: Baseline, file: Path) -> None:
    """Write the file whole or not at all."""
    head = {
        "schema": f"{SCHEMA}@{VERSION}",
        "calibration": dict(sorted(baseline.calibration.items())),
        "frozen": baseline.frozen,
    }
    lines = [_line(head), *map(_line, _finding_lines(baseline)), *map(_line, _item_lines(baseline))]
    write_whole(file, ("\n".join(lines) + "\n").encode())


def read(file: Path) -> Baseline:
    """Read a baseline of this version or an earlier one; raises ``DataDoctorError`` for anything else."""
    head, *lines = _upgraded(_lines(file), file)
    try:
        return Baseline(
            calibration=dict(zip(head["calibration"], _texts(*head["calibration"].values()), strict=True)),
            findings=tuple(_finding(line) for line in lines if "key" in line),
            items=tuple(
                KnownItem(*_texts(line["path"], line["item"], line.get("label", ""), line.get("split", "")))
                for line in lines
                if "item" in line
            ),
            frozen=_texts(head["frozen"])[0],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _unusable(file, f"a line without what it should hold ({error})") from error


def _finding(line: Mapping[str, Any]) -> KnownFinding:
    count = line.get("n", 1)
    if type(count) is not int or not isinstance(line["items"], list):
        raise TypeError("a finding whose items or number are none")
    check, key = _texts(line["check"], line["key"])
    return KnownFinding(check, key, _texts(*line["items"]), count)


def _texts(*values: Any) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise TypeError("no text where one belongs")
    return values


def differences(known: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """How the calibration now differs from that of the baseline, in words; empty where it is the same."""
    names = sorted(known.keys() | now.keys())
    return [
        f"{name} was {known.get(name, '')!r}, now {now.get(name, '')!r}"
        for name in names
        if known.get(name, "") != now.get(name, "")
    ]


def _finding_lines(baseline: Baseline) -> Iterator[dict[str, Any]]:
    for finding in sorted(baseline.findings):
        line: dict[str, Any] = {"check": finding.check, "key": finding.key, "items": list(finding.items)}
        yield line | ({"n": finding.count} if finding.count > 1 else {})


def _item_lines(baseline: Baseline) -> Iterator[dict[str, Any]]:
    for item in sorted(baseline.items):
        optional = {"label": item.label, "split": item.split}
        yield {"path": item.path, "item": item.digest} | {name: value for name, value in optional.items() if value}


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _lines(file: Path) -> Document:
    try:
        # Not splitlines: names may hold separators that JSON does not escape.
        text = regular(file).read_text(encoding="utf-8")
        lines = [strict_json.parse(line) for line in text.split("\n") if line.strip()]
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from error
    except ValueError as error:
        raise _unusable(file, f"not JSON Lines ({error})") from error
    if not lines or not all(isinstance(line, dict) for line in lines):
        raise _unusable(file, "empty, or a line that is not an object")
    return lines


def _upgraded(lines: Document, file: Path) -> Document:
    name, _, number = str(lines[0].get("schema", "")).partition("@")
    if name != SCHEMA or not number.isdigit():
        raise _unusable(file, f"its first line does not say '{SCHEMA}@{VERSION}'")
    version = int(number)
    while version in UPGRADES:
        lines = UPGRADES[version](lines)
        version += 1
    if version != VERSION:
        raise _unusable(file, f"version {number}, and this datadoctor reads up to {VERSION}")
    return lines


def _unusable(file: Path, cause: str) -> DataDoctorError:
    return DataDoctorError(
        f"{file}: cannot use this baseline: {cause}; refresh the baseline: `datadoctor gate RUN --write-baseline {file}`"
    )
