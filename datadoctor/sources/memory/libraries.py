"""What other libraries hold images in, recognised by what it can do: none of them is imported here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.sources.manifest.columns import LABEL_COLUMNS, SPLIT_COLUMNS
from datadoctor.sources.memory.pictures import Given
from datadoctor.sources.packed.rows import IMAGE_NAMES
from datadoctor.tables.dialect import folded_name

PATHS = ("path", "file", "filename", "filepath", "imagepath", "file_name")


def given(source: Any, **columns: str | None) -> Given:
    """The images and labels that an object of a library holds; ``columns``: names that the user gave, by kind.

    Raises ``DataDoctorError`` for what is none.
    """
    if hasattr(source, "features") and hasattr(source, "column_names"):
        return _of_hugging_face(source, **columns)
    if isinstance(source, Mapping) and source and all(hasattr(one, "features") for one in source.values()):
        return _joined({split: _of_hugging_face(one, **columns) for split, one in source.items()})
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        return _of_pandas(source, **columns)
    if hasattr(source, "__getitem__") and hasattr(source, "__len__") and not isinstance(source, str | bytes | Mapping):
        return _of_torch(source)
    raise DataDoctorError(
        f"{type(source).__name__}: not something that images are read from; give a path, a list as images=, a data set of torch, "
        "a DataFrame, or a Dataset of Hugging Face"
    )


class _Column(Sequence[Any]):
    """Images that are made when asked for."""

    def __init__(self, source: Any, key: Any) -> None:
        self._source = source
        self._key = key

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, row: Any) -> Any:
        return self._source[row][self._key]


def _of_hugging_face(source: Any, **columns: str | None) -> Given:
    names = list(source.column_names)
    features = source.features
    images = [name for name in names if type(features[name]).__name__ == "Image"] or _usual(names, IMAGE_NAMES)
    if not images:
        raise DataDoctorError(f"no column of images among {', '.join(names)}; cast one to datasets.Image()")
    label = columns.get("label") or next(iter(_usual(names, LABEL_COLUMNS)), None)
    split, group = columns.get("split") or next(iter(_usual(names, SPLIT_COLUMNS)), None), columns.get("group")
    classes = tuple(getattr(features[label], "names", None) or ()) if label else ()
    image = images[0]
    # Undecoded: the bytes of the files themselves where they are there.
    raw = source.select_columns([image])
    if type(features[image]).__name__ == "Image":
        raw = raw.cast_column(image, type(features[image])(decode=False))
    values = {name: list(source[name]) if name else None for name in (label, split, group)}
    said = f"a Dataset of Hugging Face: images in `{image}`{f', labels in `{label}`' if label else ''}"
    return Given(_Column(raw, image), values[label], values[split], values[group], None, classes, said, lazy=True)


def _joined(parts: Mapping[str, Given]) -> Given:
    """The splits of a DatasetDict as one."""
    several = list(parts.values())
    splits = [split for split, one in parts.items() for _ in range(len(one.images))]
    labels = [label for one in several for label in one.labels or [None] * len(one.images)]
    return Given(
        _Chain([one.images for one in several]),
        labels,
        splits,
        None,
        None,
        several[0].classes,
        several[0].what,
        lazy=True,
    )


class _Chain(Sequence[Any]):
    """Sequences one after the other."""

    def __init__(self, parts: Sequence[Sequence[Any]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __getitem__(self, row: Any) -> Any:
        for part in self._parts:
            if row < len(part):
                return part[row]
            row -= len(part)
        raise IndexError(row)


def _of_pandas(source: Any, **columns: str | None) -> Given:
    names = [str(name) for name in source.columns]
    path = columns.get("path") or next(iter([*_usual(names, IMAGE_NAMES), *_usual(names, PATHS)]), None)
    if path not in names:
        raise DataDoctorError(f"no column of images or paths among {', '.join(names)}; call one 'image' or 'path'")
    label = columns.get("label") or next(iter(_usual(names, LABEL_COLUMNS)), None)
    split = columns.get("split") or next(iter(_usual(names, SPLIT_COLUMNS)), None)
    values = {
        name: source[name].tolist() if name in names else None for name in (path, label, split, columns.get("group"))
    }
    said = f"a DataFrame: images in `{path}`{f', labels in `{label}`' if label else ''}"
    return Given(values[path] or [], values[label], values[split], values[columns.get("group")], None, (), said)


def _of_torch(source: Any) -> Given:
    """A data set with ``targets``, as those of torchvision have, or one whose items are pairs of image and label."""
    classes = tuple(map(str, getattr(source, "classes", ()) or ()))
    said = f"a {type(source).__name__} of {len(source):,}"
    samples = getattr(source, "samples", None)
    if samples and isinstance(samples[0], tuple) and isinstance(samples[0][0], str):
        # Files: as they are, whatever the data set does to them when it opens one.
        return Given(
            [path for path, *_ in samples], [label for _, label, *_ in samples], None, None, None, classes, said
        )
    targets = next(
        (t for name in ("targets", "labels", "_labels") if (t := getattr(source, name, None)) is not None), None
    )
    data = getattr(source, "data", None)
    if data is not None and targets is not None and len(data) == len(targets) == len(source):
        return Given(data, list(targets), None, None, None, classes, said, lazy=True)
    first = source[0]
    if not isinstance(first, tuple | list) or len(first) < 2:
        return Given(source, None, None, None, None, classes, said, lazy=True)
    labels = list(targets) if targets is not None else [source[row][1] for row in range(len(source))]
    return Given(_Column(source, 0), labels, None, None, None, classes, said, lazy=True)


def _usual(names: Sequence[str], usual: Sequence[str]) -> list[str]:
    """Those of some names that are usual, the most usual first."""
    by_name = {folded_name(name): name for name in reversed(list(names))}
    return [by_name[folded_name(name)] for name in usual if folded_name(name) in by_name]
