"""Which columns of a manifest hold the path, the label, the split and the group: named by the user, else found."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datadoctor.errors import DataDoctorError
from datadoctor.sources import listed
from datadoctor.sources.layout.levels import GROUP_WORDS
from datadoctor.sources.split_names import is_split_value, split_kinds, tokens
from datadoctor.tables import Table
from datadoctor.tables.dialect import NUMBER, folded_name, looks_like_image, looks_like_video

# fmt: off
# Looked for in this order; names are compared in small letters, without spaces, '_' and '-'.
PATH_COLUMNS = (
    "path", "filepath", "imagepath", "imgpath", "relativepath", "relpath", "filename", "imagefilename", "imagefile", "file", "image",
    "img", "imagename", "imgname", "images", "imageid", "imgid", "imageurl", "url", "uri", "location", "source", "name", "id", "idcode",
)
LABEL_COLUMNS = (
    "given_label", "label", "labels", "label_name", "class", "class_name", "class_label", "category", "category_name", "target",
    "label_id", "class_id", "category_id", "classes",
)
SPLIT_COLUMNS = ("split", "subset", "set", "fold", "partition", "phase", "usage", "datasplit", "datasetsplit", "dataset", "mode",
                 "traintest", "splitname", "setname")
# fmt: on
# What a column of words that repeat may be called, and is no label.
_NO_CLASSES = GROUP_WORDS | {
    "annotator",
    "worker",
    "author",
    "user",
    "source",
    "date",
    "time",
    "caption",
    "text",
    "license",
    "group",
}
_LABEL_WORDS = frozenset(["label", "labels", "class", "category", "target"])
ANNOTATOR_COLUMNS = (
    "annotator",
    "annotator_id",
    "worker",
    "worker_id",
    "labeler",
    "labeller",
    "labeled_by",
    "labelled_by",
    "rater",
)
MOST_ARE = 0.9


@dataclass(frozen=True, slots=True)
class Named:
    """The columns that the user named; None for those to find, a label or annotator '' for none. ``labels``: one for each annotator."""

    path: str | None = None
    label: str | None = None
    split: str | None = None
    group: str | None = None
    annotator: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns, None where there is none. ``labels``: those of several people, one each.

    ``candidates``: phrases on those that could be one and are not taken.
    """

    path: str
    label: str | None
    split: str | None
    group: str | None
    candidates: tuple[str, ...] = ()
    annotator: str | None = None
    labels: tuple[str, ...] = ()


def choose(table: Table, named: Named) -> Columns:
    """The columns of a manifest; raises ``DataDoctorError`` for one that is not there, or where the user has to choose."""
    path = _named(table, named.path, "path") if named.path else _path(table)
    split = _named(table, named.split, "split") if named.split else None
    rest = [name for name in table.columns if name not in (path, split)]
    candidates: list[str] = []
    if split is None:
        split, candidates = _split(table, rest)
    rest = [name for name in rest if name != split]
    group = _named(table, named.group, "group") if named.group else None
    if named.labels:
        several = tuple(_named(table, name, "label") for name in named.labels)
        return Columns(path, None, split, group, tuple(candidates), None, several)
    annotator = _annotator(table, named.annotator, path, rest)
    rest = [name for name in rest if name != annotator]
    label = _named(table, named.label, "label") if named.label else None
    if named.label is None:
        label = label_column(table, rest)
    left = [name for name in rest if name != group]
    if label is None and named.label is None and _alone_tells_classes(table, left):
        label = left[0]
        candidates.append("taken as labels for want of another column: --label-column '' for none")
    elif label is None and named.label is None:
        candidates += _label_candidates(table, left)
    return Columns(path, label, split, group, tuple(candidates), annotator)


def _annotator(table: Table, named: str | None, path: str, names: Sequence[str]) -> str | None:
    """The column of who labelled: named, else called so where images have several rows; those are votes then."""
    if named is not None:
        return _named(table, named, "annotator") if named else None
    by_name = {folded_name(name): name for name in reversed(list(names))}
    called = [by_name[usual] for usual in map(folded_name, ANNOTATOR_COLUMNS) if usual in by_name]
    repeated = len(set(table.columns[path])) < len(table)
    return called[0] if called and repeated else None


def label_column(table: Table, names: Sequence[str]) -> str | None:
    """The column of these that holds the label, None for none; raises ``DataDoctorError`` where several are called so."""
    by_name = {folded_name(name): name for name in reversed(list(names))}
    for usual in map(folded_name, LABEL_COLUMNS):
        if usual in by_name:
            return by_name[usual]
    called = [name for name in names if _LABEL_WORDS & set(tokens(name))]
    if len(called) > 1:
        raise DataDoctorError(f"{table.file}: several columns are called labels; {_choose(table, 'label')}")
    if not called and not table.header:
        called = [name for name in names if _tells_classes(table.columns[name])][:1]
    return called[0] if called else None


def has_column(table: Table, name: str | None) -> bool:
    """Whether a table has a column of this name, whatever its case."""
    return name is not None and folded_name(name) in map(folded_name, table.columns)


def _named(table: Table, name: str, kind: str) -> str:
    if name in table.columns:
        return name
    same = [column for column in table.columns if folded_name(column) == folded_name(name)]
    if len(same) != 1:
        raise DataDoctorError(f"{table.file}: no column '{name}'; {_choose(table, kind)}")
    return same[0]


def _choose(table: Table, kind: str) -> str:
    return f"choose the {kind} column with --{kind}-column among: {', '.join(table.columns) or '(none)'}"


def _path(table: Table) -> str:
    by_name = {folded_name(name): name for name in reversed(list(table.columns))}
    called = [by_name[usual] for usual in PATH_COLUMNS if usual in by_name]
    images, videos = (
        [name for name, values in table.columns.items() if _share(values, looks) > 0.5]
        for looks in (looks_like_image, looks_like_video)
    )
    images = images or videos
    both = [name for name in called if name in images]
    # Without a header, ids of images may come first.
    first = list(table.columns)[:1] if not table.header else []
    for names in (both, called[:1] if called and called[0] == by_name.get("path") else [], images, called, first):
        if names:
            return names[0]
    raise DataDoctorError(f"{table.file}: no column 'path'; {_choose(table, 'path')}")


def _split(table: Table, names: Sequence[str]) -> tuple[str | None, list[str]]:
    """The column of the split: called so with values that are splits', else one that holds nothing but these; and candidates."""
    by_name = {folded_name(name): name for name in reversed(list(names))}
    called = [by_name[usual] for usual in SPLIT_COLUMNS if usual in by_name]
    fitting = [name for name in (*called, *names) if _tells_splits(table.columns[name], name in called)]
    taken = fitting[0] if fitting else by_name.get("split")
    flags = [name for name in names if len(set(table.columns[name])) == 2 and split_kinds(tokens(name))]
    others = [name for name in dict.fromkeys((*called, *fitting, *flags)) if name != taken]
    return taken, [
        f"`{name}` ({_some(table.columns[name])}) is not taken as the split: --split-column {name}" for name in others
    ]


def _tells_splits(values: Sequence[str], called: bool) -> bool:
    counts = Counter(value.strip() for value in values if value.strip())
    if not called:
        return len(counts) > 1 and all(map(is_split_value, counts))
    kinds = split_kinds(counts)
    return sum(counts[value] for value in kinds) >= MOST_ARE * max(sum(counts.values()), 1) and bool(kinds)


def _label_candidates(table: Table, names: Sequence[str]) -> list[str]:
    return [
        f"`{name}` ({_some(table.columns[name])}) is not taken as the label: --label-column {name}"
        for name in _could_be_labels(table, names)[:3]
    ]


def _could_be_labels(table: Table, names: Sequence[str]) -> list[str]:
    return [name for name in names if _tells_classes(table.columns[name]) and len(set(table.columns[name])) > 1]


def _alone_tells_classes(table: Table, names: Sequence[str]) -> bool:
    """Whether there is one column beside the paths and the split, of words that repeat, and called nothing that groups are."""
    if len(names) != 1 or not _could_be_labels(table, names) or set(tokens(names[0])) & _NO_CLASSES:
        return False
    return not any(NUMBER.fullmatch(value.strip()) for value in table.columns[names[0]])


def _tells_classes(values: Sequence[str]) -> bool:
    """Whether values repeat as those of classes do, and are no measurements."""
    distinct = {value for value in values if value.strip()}
    return 0 < len(distinct) <= max(2, len(values) / 2) and not all("." in value for value in distinct)


def _some(values: Iterable[str]) -> str:
    return listed(sorted({textwrap.shorten(value, 20, placeholder="…") for value in values if value.strip()}), 3)


def _share(values: Sequence[str], is_one: object) -> float:
    return sum(map(is_one, values)) / max(len(values), 1) if callable(is_one) else 0.0


def folded_splits(values: Sequence[str]) -> list[str]:
    """Splits under one name each, in its most frequent spelling: 'Train', 'train ' and 'train' are one."""
    counts = Counter(value.strip() for value in values)
    best: dict[str, str] = {}
    for value in sorted(counts, key=lambda value: (-counts[value], value != value.casefold(), value)):
        best.setdefault(_folded(value), value)
    return [best[_folded(value)] for value in values]


def _folded(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip().casefold()
