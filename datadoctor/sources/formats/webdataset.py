"""WebDataset: tars whose members of one name are a sample: ``000123.jpg`` with ``000123.cls``, ``.json`` or ``.txt``."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datadoctor.sources import Listing, SourceProblem, counted
from datadoctor.sources.building import Said
from datadoctor.sources.formats import Format
from datadoctor.sources.formats.yolo import LINES, is_label
from datadoctor.sources.packed.archives import Member, escapes, members
from datadoctor.sources.packed.listing import Part, listing_of_rows
from datadoctor.sources.packed.place import archives_of, some_members
from datadoctor.sources.places import Place
from datadoctor.sources.split_names import split_kinds
from datadoctor.sources.walk import EXTENSIONS, escaped
from datadoctor.tables import Table
from datadoctor.tables.json_lines import as_text, value_of

if TYPE_CHECKING:
    from datadoctor.config import Config

SAID = (".cls", ".json", ".txt")
# What is said of an image is short; longer texts are read as far as this.
MOST_BYTES = 2**20
# Texts are labels if they repeat; captions do not.
MOST_DIFFERENT = 0.5


def fits(place: Place) -> str:
    """Why a place looks like WebDataset."""
    found = [] if place.within else archives_of(place)
    return f"{found[0]} holds samples" if found and samples_of(place, found[0]) else ""


def samples_of(place: Place, archive: str) -> bool:
    """Whether members are samples: files of one name, an image and what is said of it. Boxes of YOLO are said otherwise."""
    if not archive.lower().endswith(".tar"):
        return False
    kinds: dict[str, dict[str, Member]] = {}
    for one in some_members(place, archive):
        key, kind = _key(one.member)
        kinds.setdefault(key, {})[kind] = one
    samples = [found for found in kinds.values() if found.keys() & EXTENSIONS and found.keys() & set(SAID)]
    texts = [found[".txt"].beginning(LINES) for found in samples if ".txt" in found]
    return bool(samples) and not (
        texts and any(map(is_label, texts)) and all(is_label(one) or not one.strip() for one in texts)
    )


def lists(place: Place, config: Config) -> Listing:
    """The samples of all tars."""
    shards = [path for path in place.named(".tar") if samples_of(place, path)] or place.named(".tar")
    splits = _splits(shards)
    problems: list[SourceProblem] = []
    parts = [_part(place, shard, splits[shard], problems) for shard in shards]
    return listing_of_rows(place.root, parts, Said([f"samples in {counted(len(shards), 'tar')}"], (), problems), config)


def _splits(shards: list[str]) -> dict[str, str]:
    """The split of each shard, by its name or its folder: 'train-000123.tar', 'val/0001.tar'."""
    for names in ([posixpath.basename(s).partition(".")[0] for s in shards], [posixpath.dirname(s) for s in shards]):
        kinds = split_kinds(dict.fromkeys(names))
        if len(set(kinds.values())) > 1 or (kinds and len(kinds) == len(set(names))):
            return {shard: kinds.get(name, "") for shard, name in zip(shards, names, strict=True)}
    return dict.fromkeys(shards, "")


def _part(place: Place, shard: str, split: str, problems: list[SourceProblem]) -> Part:
    images: dict[str, Member] = {}
    said: dict[str, dict[str, str]] = {}
    for one in members(place.root / shard):
        key, kind = _key(one.member)
        if escapes(one.member):
            problems.append(
                SourceProblem(shard, "left out: a member whose name leads out of the archive", escaped(one.member))
            )
        elif kind in EXTENSIONS:
            if images.setdefault(key, one) is not one:
                problems.append(SourceProblem(shard, "left out: a second image of one sample", escaped(one.member)))
        elif kind in SAID:
            said.setdefault(key, {}).update(_said(one, kind, shard, problems))
    problems += [
        SourceProblem(shard, "left out: a sample without an image", escaped(key)) for key in said if key not in images
    ]
    rows = [said.get(key, {}) for key in images]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name, "") for row in rows] for name in names}
    if "text" in columns and len(set(columns["text"])) <= max(2, MOST_DIFFERENT * len(rows)) and "label" not in columns:
        columns["label"] = columns.pop("text")
    paths = [f"{_stem(shard)}/{posixpath.normpath(escaped(one.member))}" for one in images.values()]
    table = Table(place.root / shard, columns, list(range(1, len(rows) + 1)), [])
    return Part(shard, table, list(images.values()), paths, split)


def _stem(shard: str) -> str:
    return posixpath.splitext(shard)[0]


def _key(member: str) -> tuple[str, str]:
    """Up to the first dot of its name a member is called as its sample; what follows is its kind."""
    key, _, kind = posixpath.basename(member).partition(".")
    return posixpath.join(posixpath.dirname(member), key), f".{kind.lower()}"


def _said(one: Member, kind: str, shard: str, problems: list[SourceProblem]) -> Mapping[str, str]:
    """What a member says of its image, as columns of a table."""
    try:
        text = one.read()[:MOST_BYTES].decode("utf-8-sig").strip()
        if kind != ".json":
            return {"label" if kind == ".cls" else "text": text}
        value: Any = value_of(text)
    except (OSError, ValueError, RecursionError) as error:
        problems.append(SourceProblem(shard, f"cannot be read: {type(error).__name__}", escaped(one.member)))
        return {}
    if isinstance(value, dict):
        return {name: as_text(part) for name, part in value.items() if not isinstance(part, dict | list)}
    return {} if isinstance(value, list) else {"label": value if isinstance(value, str) else json.dumps(value)}


WEBDATASET = Format(
    "webdataset",
    "WebDataset: tars of samples",
    "train-000000.tar: 000000.jpg, 000000.cls (or .json, .txt), 000001.jpg, …",
    fits,
    lists,
)
