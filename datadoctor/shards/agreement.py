"""Whether the shards in a folder are those of one audit, all of them and each once; if not, which is in the way and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.files import regular
from datadoctor.shards import document
from datadoctor.shards.document import Document, Origin
from datadoctor.shards.making import digests
from datadoctor.strict_json import parse

_NAMED = 8
_SAID = {
    "listing": "of another listing: the source, its manifest or the exclusion list changed in between",
    "network": "seen through another network or other weights",
    "small_side": "with other sizes of small images: the source changed in between",
    "look": "made visible otherwise (bands, ranges of values): the source changed in between",
    "reader": "read by another version of datadoctor or Pillow",
}


def agreeing(folder: Path) -> list[tuple[Path, Document]]:
    """The shards below a folder in the order of their rows, whatever their folders are called.

    Raises ``DataDoctorError`` naming the shard for one that is of another audit, there twice or damaged, and ``IncompleteError`` for
    one that is missing or half written: made later, the same call goes through.
    """
    if not folder.is_dir():
        raise DataDoctorError(f"{folder}: no such folder; give the one that holds the folders of the shards")
    found: list[tuple[Path, Document]] = []
    halves: list[Path] = []
    for inner in sorted(one for one in folder.iterdir() if one.is_dir()):
        whole = document.read(inner)
        if whole:
            found.append((inner, whole))
        elif (inner / document.BEGUN).is_file():
            halves.append(inner)
    if not found and not halves:
        raise DataDoctorError(
            f"{folder}: holds no shard; make them with `datadoctor audit SOURCE --shard 1/N --out {folder}/1`, …"
        )
    _check_halves(halves, found)
    check_alike(found)
    _check_all(folder, found)
    return sorted(found, key=lambda one: one[1].share.number)


def _check_halves(halves: Sequence[Path], found: Sequence[tuple[Path, Document]]) -> None:
    there = {one.share.number for _, one in found}
    for half in halves:
        number, of = _begun(half)
        if number in there:
            continue  # made elsewhere in the meantime: whole there
        raise IncompleteError(
            f"{half}: half written: shard {number}/{of} is still being made, or was stopped; run its "
            f"`datadoctor audit … --shard {number}/{of} --out {half}` again, it continues"
        )


def _begun(half: Path) -> tuple[int, int]:
    try:
        text = parse(regular(half / document.BEGUN).read_text(encoding="utf-8"))
        return int(text["number"]), int(text["of"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataDoctorError(f"{half / document.BEGUN}: damaged ({error}); make that shard again") from error


def check_alike(found: Sequence[tuple[Path, Document]]) -> None:
    """Raise ``DataDoctorError`` naming the shards that are of another audit than most of them are."""
    known = [(path, one.share.of, one.origin) for path, one in found]
    keys = [repr((of, origin)) for _, of, origin in known]
    usual = Counter(keys).most_common(1)[0][0] if keys else ""
    path, of, origin = next((one for one, key in zip(known, keys, strict=True) if key == usual), (None, 0, None))
    for other, its_of, its_origin in known:
        if (its_of, its_origin) != (of, origin):
            assert origin is not None
            what = f"one of {its_of}, not of {of}" if its_of != of else difference(its_origin, origin)
            raise DataDoctorError(f"{other}: {what}; {path} and others are of another audit: make {other} again")


def difference(mine: Origin, usual: Origin) -> str:
    """In what two shards, or a shard and an audit, differ, in words."""
    if mine.source != usual.source:
        return f"of the source {mine.source}, not {usual.source}"
    for name in sorted({*mine.settings, *usual.settings}):
        theirs, ours = usual.settings.get(name), mine.settings.get(name)
        if theirs != ours:
            return f"made with {name} {_said(ours)}, not {_said(theirs)}"
    if mine.images != usual.images:
        return f"of another listing: {mine.images:,} images then, not {usual.images:,}"
    return next(said for name, said in _SAID.items() if getattr(mine, name) != getattr(usual, name))


def _said(value: Any) -> str:
    return "unset" if value in (None, [], "") else f"'{value}'"


def _check_all(folder: Path, found: Sequence[tuple[Path, Document]]) -> None:
    by_number: dict[int, list[Path]] = {}
    for path, one in found:
        by_number.setdefault(one.share.number, []).append(path)
    of = found[0][1].share.of if found else 0
    for number, paths in sorted(by_number.items()):
        if len(paths) > 1:
            raise DataDoctorError(f"shard {number}/{of} is there twice: {paths[0]} and {paths[1]}; remove one of them")
    missing = [number for number in range(1, of + 1) if number not in by_number]
    if missing:
        named = ", ".join(map(str, missing[:_NAMED])) + ("" if len(missing) <= _NAMED else ", …")
        first = missing[0]
        raise IncompleteError(
            f"{folder}: {len(missing):,} of {of:,} shards missing: {named}; make them with "
            f"`datadoctor audit … --shard {first}/{of} --out {folder}/{first}`"
        )


def check_files(path: Path, known: Mapping[str, str]) -> None:
    """Raise ``DataDoctorError`` where a file of a shard is not the one that was written."""
    now = digests(path)
    for name in sorted({*known, *now}):
        if known.get(name) != now.get(name):
            what = "gone" if name not in now else "not what was written"
            raise DataDoctorError(f"{path / name}: {what}; make that shard again: remove {path} and run its command")
