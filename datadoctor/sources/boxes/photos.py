"""Finds the photo that an annotation is about: by its name, and among several of that name by the folders that both lie in."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from datadoctor.sources.layout.splits import find_splits
from datadoctor.sources.layout.tree import is_container, tree_of
from datadoctor.sources.split_names import is_annotation, split_kinds, tokens


class Photos:
    """The images of a folder, to be found by what annotations call them."""

    def __init__(self, images: Iterable[Sequence[str]]) -> None:
        """``images``: paths below the root as lists of their parts."""
        self.paths = ["/".join(parts) for parts in images]
        self._there = set(self.paths)
        self._by_stem: dict[str, list[str]] = {}
        for path in self.paths:
            self._by_stem.setdefault(PurePosixPath(path).stem, []).append(path)

    def find(self, name: str, near: str) -> str | None:
        """The photo of this name, with an extension or without one; ``near``: the file that names it. None for none or several.

        Of several the one whose folders are most like those of the name, and then like the words of the file that names it.
        """
        name = posixpath.normpath(name.replace("\\", "/")) if name else ""
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(near), name))
        for path in (beside, name):
            if path in self._there:
                return path
        base = posixpath.basename(name)
        found = self._by_stem.get(PurePosixPath(base).stem, []) or self._by_stem.get(base, [])
        exact = [path for path in found if posixpath.basename(path) == base]
        return _best(exact or found, name, near)


def _best(found: Sequence[str], name: str, near: str) -> str | None:
    if len(found) < 2:
        return found[0] if found else None
    ranked = sorted(((_alike(path, name, near), path) for path in found), reverse=True)
    return ranked[0][1] if ranked[0][0] > ranked[1][0] else None


def _alike(path: str, name: str, near: str) -> tuple[int, int]:
    folders = _telling(path)
    own = _common_end(folders, _telling(name))
    words = [word for part in [*_telling(near), PurePosixPath(near).stem] for word in [part, *tokens(part)]]
    return own + _common_end(folders, _telling(near)), sum(
        folder.casefold() in {w.casefold() for w in words} for folder in folders
    )


def _telling(path: str) -> list[str]:
    """The folders of a path that tell images apart: not 'images', not 'labels'."""
    return [name for name in path.split("/")[:-1] if not is_container(name) and not is_annotation(name)]


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def splits_of(photos: Iterable[str]) -> dict[str, str]:
    """The split of each photo by its folders, as far as they tell one."""
    paths = sorted(set(photos))
    parts = [tuple(path.split("/")) for path in paths]
    layout = find_splits(tree_of(parts))
    at = len(layout.top) + layout.per_class
    found = {path: layout.splits.get(one[at], "") for path, one in zip(paths, parts, strict=True) if len(one) > at + 1}
    return {path: split for path, split in found.items() if split}


def splits_by_files(photos_of: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The split of each photo by the names of the files that annotate it, else by those of their folders."""
    files = list(photos_of)
    for names in (
        [PurePosixPath(file).name.partition(".")[0] for file in files],
        [PurePosixPath(file).parent.name for file in files],
    ):
        kinds = split_kinds(names)
        if len(files) > 1 and len(set(names)) == len(names) and len(kinds) == len(names):
            return {
                photo: name if name.casefold() == kinds[name] else kinds[name]
                for file, name in zip(files, names, strict=True)
                for photo in photos_of[file]
            }
    return splits_of(photo for photos in photos_of.values() for photo in photos)
