"""Guesses which files rows mean whose paths are none: another folder, another extension or none, another case of letters."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

# A guess has to fit this share of the rows left, and this many rows where others need none.
MOST, FEW = 0.5, 2


@dataclass(frozen=True, slots=True)
class _Form:
    """``key``: what is compared of a path; ``anywhere``: the longest end of it that one file only has will do."""

    name: str
    key: Callable[[str], str]
    anywhere: bool


def _stem(path: str) -> str:
    folder, name = posixpath.split(path.casefold())
    stem, ending = posixpath.splitext(name)
    return posixpath.join(folder, stem if 1 < len(ending) <= 6 and not ending[1:].isdecimal() else name)


_FORMS = (
    _Form("in another case of letters", str.casefold, False),
    _Form("with another extension or none", _stem, False),
    _Form("from another folder", str, True),
    _Form("from another folder, in another case of letters", str.casefold, True),
    _Form("from another folder, with another extension or none", _stem, True),
)


def guess(paths: Sequence[str], there: Collection[str], found: list[str | None], taken: Counter[str]) -> None:
    """Fill in the files that rows without one mean. ``paths``: what the rows say; ``there``: the files; ``taken``: rows a form."""
    for form in _FORMS:
        left = [row for row, path in enumerate(found) if path is None and _usable(paths[row])]
        claimed = {path for path in found if path is not None}
        sure = _sure(_matches(form, paths, left, set(there) - claimed), paths)
        if sure and len(sure) >= MOST * len(left) and (len(sure) >= FEW or not claimed):
            for row, path in sure.items():
                found[row] = path
            taken[f"{form.name}{_moved(paths, sure) if form.anywhere else ''}"] += len(sure)


def _usable(path: str) -> bool:
    return path not in ("", ".") and path.split("/")[0] != ".."


def _matches(form: _Form, paths: Sequence[str], rows: Sequence[int], files: Collection[str]) -> dict[int, str]:
    """For each row the one file that has what is compared."""
    index: dict[str, str] = {}
    for file in files:
        for end in _ends(form.key(unicodedata.normalize("NFC", file)), form.anywhere):
            index[end] = "" if end in index else file
    matches: dict[int, str] = {}
    for row in rows:
        # A text without an extension may have dots of its own.
        for key in dict.fromkeys(
            [form.key(paths[row]), paths[row].casefold()] if form.key is _stem else [form.key(paths[row])]
        ):
            match = next((index[end] for end in _ends(key, form.anywhere) if index.get(end)), "")
            if match:
                matches[row] = match
                break
    return matches


def _sure(matches: Mapping[int, str], paths: Sequence[str]) -> dict[int, str]:
    """Those whose file no other path means."""
    means: dict[str, set[str]] = {}
    for row, file in matches.items():
        means.setdefault(file, set()).add(paths[row])
    return {row: file for row, file in matches.items() if len(means[file]) == 1}


def _ends(path: str, anywhere: bool) -> list[str]:
    """The path, and with ``anywhere`` its shorter and shorter ends."""
    parts = path.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts) if anywhere else 1)]


def _moved(paths: Sequence[str], found: Mapping[int, str]) -> str:
    """Where paths start in the manifest and below the root, if that is one place."""
    pairs = set()
    for row, file in found.items():
        theirs, ours = paths[row].split("/")[:-1], file.split("/")[:-1]
        while theirs and ours and theirs[-1] == ours[-1]:
            theirs, ours = theirs[:-1], ours[:-1]
        pairs.add(("/".join(theirs), "/".join(ours)))
    if len(pairs) != 1:
        return ""
    ((theirs_at, ours_at),) = pairs
    return f": `{ours_at or '.'}/` for `{theirs_at or '.'}/`"
