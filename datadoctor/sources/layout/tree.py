"""The folders that images lie in, as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Parts = tuple[str, ...]
# Folders that say no more than that images are in them.
CONTAINERS = frozenset(
    ["images", "image", "imgs", "img", "jpegimages", "jpeg", "jpg", "png", "data", "photos", "pictures", "pics"]
)


@dataclass(slots=True)
class Node:
    """A folder: ``here`` images lie directly in it, ``total`` in it and below."""

    here: int = 0
    total: int = 0
    below: dict[str, Node] = field(default_factory=dict)

    @property
    def bare(self) -> bool:
        """Whether all its images lie directly in it."""
        return not self.below


def tree_of(images: Iterable[Parts]) -> Node:
    """The tree of image paths as lists of parts, the last one the name of the file."""
    root = Node()
    for parts in images:
        node = root
        node.total += 1
        for name in parts[:-1]:
            node = node.below.setdefault(name, Node())
            node.total += 1
        node.here += 1
    return root


def chains(node: Node, above: Parts = ()) -> Iterator[tuple[Parts, int]]:
    """Every folder below that directly holds images, as a path from here, with how many."""
    if node.here:
        yield above, node.here
    for name, child in node.below.items():
        yield from chains(child, (*above, name))


def is_container(name: str) -> bool:
    """Whether a folder of this name says only that images are in it."""
    return name.casefold() in CONTAINERS
