"""Lists a folder of class folders; the class of an image is the folder it lies in.

- ``class/image``: the plain case. Images directly in the folder have no given label.
- ``split/class/image``: when every top-level folder with images is named like a split and at least one holds class
  folders. Images directly in a split's folder (an unlabelled test set) have no given label.
- ``superclass/.../class/image``: the folders between are the class's superclasses, nearest first.

Where two folders of the same name would give one class name (or one name to a class and a superclass), both are called by
their whole path below the split, such as ``tools/crane`` and ``birds/crane``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem
from datadoctor.sources.walk import walk

# fmt: off
SPLITS = frozenset([
    "train", "training", "trn", "val", "valid", "validation", "test", "testing", "tst", "eval", "evaluation", "dev",
    "holdout", "hold-out", "hold_out",
])
# fmt: on
Parts = tuple[str, ...]


def list_folder(root: Path) -> Listing:
    """List the images below ``root``; raises ``DataDoctorError`` if it is not a folder or holds none."""
    if not root.is_dir():
        raise DataDoctorError(f"{root}: not a folder; give the folder that holds the class folders")
    found = walk(root)
    if not found.images:
        left_out = "".join(f"; {problem.where}: {problem.cause}" for problem in found.problems[:3])
        raise DataDoctorError(f"{root}: no images in this folder or below{left_out}; is it the right one?")
    split_first = _split_first(found.images)
    # A list of paths as parts: (split,) class..., name.
    classes_of = [parts[split_first:-1] if len(parts) > split_first else () for parts in found.images]
    names = _names(set(classes_of))
    classes = tuple(sorted({names[parts] for parts in classes_of if parts}))
    index = {name: number for number, name in enumerate(classes)}
    paths = ["/".join(parts) for parts in found.images]
    order = sorted(range(len(paths)), key=paths.__getitem__)
    labels = [index[names[parts]] if parts else -1 for parts in classes_of]
    return Listing(
        root=root,
        paths=tuple(paths[i] for i in order),
        labels=np.array([labels[i] for i in order], dtype=np.int32),
        classes=classes,
        splits=tuple(found.images[i][0] if split_first and len(found.images[i]) > 1 else "" for i in order),
        groups=("",) * len(order),
        superclasses=_superclasses(names, set(classes_of)),
        problems=(*found.problems, *_unlabelled(paths, labels), *_half_split(found.images, split_first)),
        locations=("",) * len(order),
        names_on_disk=found.names_on_disk,
    )


def _is_split(name: str) -> bool:
    return name.casefold() in SPLITS


def _split_first(images: Sequence[Parts]) -> int:
    """1 where the top-level folders are splits, else 0."""
    tops = {parts[0] for parts in images if len(parts) > 1}
    holds_classes = any(len(parts) > 2 for parts in images)
    return int(bool(tops) and all(map(_is_split, tops)) and holds_classes)


def _names(classes: set[Parts]) -> Mapping[Parts, str]:
    """A name of its own for every class folder and every folder above one: the last part if that is unique."""
    folders = {parts[:depth] for parts in classes for depth in range(1, len(parts) + 1)}
    same = Counter(parts[-1] for parts in folders)
    return {parts: parts[-1] if same[parts[-1]] == 1 else "/".join(parts) for parts in folders}


def _superclasses(names: Mapping[Parts, str], classes: set[Parts]) -> dict[str, tuple[str, ...]]:
    nested = sorted(parts for parts in classes if len(parts) > 1)
    return {
        names[parts]: tuple(names[parts[:depth]] for depth in range(len(parts) - 1, 0, -1)) for parts in nested
    }  # fmt: skip


def _unlabelled(paths: Sequence[str], labels: Sequence[int]) -> list[SourceProblem]:
    bare = sorted(path for path, label in zip(paths, labels, strict=True) if label < 0)
    if not bare:
        return []
    more = f" and {len(bare) - 1:,} more" if len(bare) > 1 else ""
    return [
        SourceProblem(bare[0], f"no given label{more}: not in a class folder; compared for duplicates only", bare[0])
    ]


def _half_split(images: Sequence[Parts], split_first: int) -> list[SourceProblem]:
    """Say so where only some top-level folders are named like splits, for they are then taken as classes."""
    tops = sorted({parts[0] for parts in images if len(parts) > 1})
    splits = [name for name in tops if _is_split(name)]
    if split_first or len(splits) < 2:
        return []
    return [
        SourceProblem(
            splits[0], f"taken as a class, not as a split, and so are {', '.join(splits[1:])}: see the layout"
        )
    ]
