"""Finds the folder whose subfolders are the splits: siblings named like splits, whose own subfolders repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from datadoctor.sources.layout.levels import are_groups
from datadoctor.sources.layout.tree import Node, Parts, is_container
from datadoctor.sources.split_names import is_annotation, split_kinds, tokens

# Shares of the images that folders beside the splits may hold.
MOST_BESIDE_CLASSES, MOST_BESIDE_IMAGES = 0.3, 0.05
# A folder that is no split by its name is one if this share of its subfolders are those of the splits.
REPEATED = 0.5
# fmt: off
_ODD = frozenset([
    "plot", "plots", "figure", "figures", "figs", "result", "results", "prediction", "predictions", "log", "logs", "run",
    "runs", "weights", "checkpoint", "checkpoints", "output", "outputs", "doc", "docs", "assets", "visualization",
    "visualizations", "viz", "vis", "debug", "tmp", "temp", "preview", "previews", "thumbnails", "report", "reports", "misc",
])
# fmt: on


@dataclass(frozen=True, slots=True)
class Found:
    """``top``: the folder that holds the dataset; ``splits``: its subfolders that are splits, with the name of the split.

    ``odd``: paths of folders that are no part of the dataset. ``per_class``: the splits are one level further down, in every folder.
    """

    top: Parts
    splits: Mapping[str, str]
    odd: tuple[Parts, ...]
    per_class: bool = False


def find_splits(root: Node) -> Found:
    """Descend from the root through folders that only wrap others, until siblings are splits or there is a choice of folders.

    Folders of annotations beside those of their images are taken out of the tree.
    """
    top: Parts = ()
    odd = list(_without_annotations(root, ()))
    node = root
    while True:
        verdict = _splits_of(node)
        if verdict:
            splits, beside = verdict
            return Found(top, splits, (*odd, *((*top, name) for name in beside)))
        down = _wrapped(node)
        if down is None:
            return _in_every_folder(node, top, tuple(odd))
        odd += [(*top, name) for name in sorted(node.below) if name != down]
        top, node = (*top, down), node.below[down]


def _without_annotations(node: Node, way: Parts) -> Iterator[Parts]:
    names = [name for name in node.below if is_annotation(name)] if any(map(is_container, node.below)) else []
    for name in names:
        node.total -= node.below.pop(name).total
        yield (*way, name)
    for name, child in node.below.items():
        before = child.total
        yield from _without_annotations(child, (*way, name))
        node.total -= before - child.total


def _splits_of(node: Node) -> tuple[dict[str, str], list[str]] | None:
    """The splits among the subfolders and those beside them; None where the subfolders are no splits."""
    kinds = split_kinds(node.below)
    pictures = {name: kind for name, kind in kinds.items() if not is_annotation(name)}
    kinds = pictures or kinds
    if not kinds:
        return None
    classes = {name: _class_folders(node.below[name], name) for name in kinds}
    known = set().union(*classes.values())
    rest = sorted(set(node.below) - set(kinds))
    alike = [
        name
        for name in rest
        if not is_annotation(name) and known and _repeats(_class_folders(node.below[name], name), known)
    ]
    beside = [name for name in rest if name not in alike]
    share = sum(node.below[name].total for name in beside) / node.total
    held = [names for names in classes.values() if names]
    repeated = {name for name in known if sum(name in names for names in held) > 1}
    if not (_convincing(list(kinds.values()), known, share, beside) or len(repeated) > 1):
        return None
    return _names(kinds) | {name: name for name in alike}, beside


def _convincing(kinds: list[str], known: set[str], share: float, beside: list[str]) -> bool:
    """Whether folders with split names are splits, given their class folders and what lies beside them."""
    odd = all(_is_odd(name) for name in beside)
    if len(set(kinds)) > 1:
        return share <= (MOST_BESIDE_CLASSES if known else MOST_BESIDE_IMAGES) or odd
    # One split alone: 'train' beside 'ship' is rather a class, and so are 'test1' and 'test2'.
    if not beside:
        return bool(known) or len(kinds) == 1
    return len(known) > 1 and (odd or share <= MOST_BESIDE_IMAGES)


def _names(kinds: Mapping[str, str]) -> dict[str, str]:
    """Each folder's split: its own name, but 'train_1' and 'train_2' are both 'train'."""
    kind_of = list(kinds.values())
    return {name: name if kind_of.count(kind) == 1 else kind for name, kind in kinds.items()}


def _is_odd(name: str) -> bool:
    return is_annotation(name) or any(token in _ODD for token in tokens(name))


def _repeats(names: set[str], known: set[str]) -> bool:
    return bool(names) and len(names & known) >= REPEATED * len(names)


def _class_folders(node: Node, name: str) -> set[str]:
    """The names of the subfolders, in small letters, that tell images apart: not those that only wrap them once more."""
    inner, _ = unwrapped(node, name)
    return {child.casefold().strip() for child in inner.below}


def unwrapped(node: Node, name: str) -> tuple[Node, Parts]:
    """What is below a split's folder without a lone folder that repeats its name ('seg_train/seg_train') or says 'images'."""
    way: Parts = ()
    while len(node.below) == 1 and not node.here:
        (child,) = node.below
        if not (is_container(child) or child.casefold() == name.casefold() or split_kinds([child])):
            break
        node, way = node.below[child], (*way, child)
    return node, way


def _wrapped(node: Node) -> str | None:
    """The one subfolder that holds the dataset, None where there is a choice, or where it holds the images themselves."""
    inner = {name: child for name, child in node.below.items() if not _is_little(name, child, node)} or node.below
    if len(inner) == 1:
        ((name, child),) = inner.items()
        return name if is_container(name) or (child.below and not _is_one_class(child)) else None
    # A dataset with splits, and little else beside it.
    with_splits = [name for name, child in node.below.items() if child.below and find_splits(child).splits]
    if len(with_splits) == 1 and node.below[with_splits[0]].total >= (1 - MOST_BESIDE_CLASSES) * node.total:
        return with_splits[0]
    return None


def _is_one_class(node: Node) -> bool:
    """Whether the subfolders are the patients or dates of one class, rather than classes that a folder wraps."""
    groups: dict[Parts, int] = {("", name): child.total for name, child in node.below.items()}
    bare = all(child.bare for child in node.below.values())
    return bare and not all(name.isdecimal() for name in node.below) and are_groups(groups, 1)


def _is_little(name: str, child: Node, node: Node) -> bool:
    return child.bare and child.total <= MOST_BESIDE_IMAGES * node.total and _is_odd(name)


def _in_every_folder(node: Node, top: Parts, odd: tuple[Parts, ...]) -> Found:
    """Splits below the classes: every subfolder is divided into the same splits."""
    kinds: dict[str, str] = split_kinds({name for child in node.below.values() for name in child.below})
    divided = [c for c in node.below.values() if c.below and not c.here and all(name in kinds for name in c.below)]
    if len(set(kinds.values())) > 1 and len(divided) == len(node.below) > 1:
        return Found(top, _names(kinds), odd, per_class=True)
    return Found(top, {}, odd)
