r"""Finds the files that a manifest means where its paths nearly match: each form is tried on all rows that no earlier one fits.

Forms that can mean one file only (``\`` for ``/``, URLs, percent-encoding, absolute paths below the folder, paths from the
manifest's own folder, accents composed otherwise) are taken for any row; forms that guess (another folder, extension or case) only
where they fit most rows left, each with a file of its own.
"""

from __future__ import annotations

import difflib
import os
import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from datadoctor.sources import listed
from datadoctor.sources.manifest.guesses import guess

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")
_DRIVE = re.compile(r"[A-Za-z]:(?=[/\\])")


@dataclass(frozen=True, slots=True)
class Located:
    """``paths``: of each row the file below the root, or None; ``forms``: phrases on the forms that were taken."""

    paths: list[str | None]
    forms: tuple[str, ...]


def locate(root: Path, texts: Sequence[str], bases: Sequence[str], files: Collection[str]) -> Located:
    """The files that rows mean. ``bases``: the folder of each row's manifest below the root, '' for none. ``files``: what is there."""
    there = files if isinstance(files, set) else set(files)
    folded = {path.casefold(): path for path in there}
    found: list[str | None] = [_same(root, text, there, folded) for text in texts]
    taken: Counter[str] = Counter()
    if None in found:
        _certain(root, texts, bases, there, found, taken)
    if None in found:
        guess([plain(text) for text in texts], there, found, taken)
    return Located(found, tuple(f"{form} ({number:,})" for form, number in taken.items()))


def below(root: Path, folder: Path) -> str:
    """A folder as a path below the root, '' where it is the root or not below it."""
    inner, outer = Path(_real(folder)), Path(_real(root))
    return inner.relative_to(outer).as_posix() if inner.is_relative_to(outer) and inner != outer else ""


def tidy(path: str) -> str:
    """A path as a listing writes it."""
    return posixpath.normpath(path) if path else path


def _same(root: Path, text: str, there: set[str], folded: Mapping[str, str]) -> str | None:
    path = tidy(text)
    if path in there:
        return path
    if wrong(path) or not (root / path).is_file():
        return None
    # Disks that know no case open a file by any case of its name: it is still one image.
    listed = folded.get(path.casefold())
    return listed if listed and (root / listed).samefile(root / path) else path


def wrong(path: str) -> str:
    """Why a path cannot be used, '' where it can."""
    if not path.strip():
        return "an empty path"
    if path != valid(path) or "\0" in path:
        return "a path that is not valid text"
    if posixpath.isabs(path) or Path(path).is_absolute():
        return "an absolute path; write it relative to the folder of images"
    if posixpath.normpath(path).split("/")[0] in ("..", "."):
        return "a path that leads out of the folder of images"
    return ""


def valid(text: str) -> str:
    """The text without what no file or table can be written with: halves of surrogate pairs, which JSON can hold."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _certain(
    root: Path,
    texts: Sequence[str],
    bases: Sequence[str],
    there: set[str],
    found: list[str | None],
    taken: Counter[str],
) -> None:
    composed = {unicodedata.normalize("NFC", path): path for path in there}
    roots = list(dict.fromkeys([root.absolute().as_posix(), _real(root)]))
    for row, text in enumerate(texts):
        if found[row] is None and text.strip():
            match = _mean(text, bases[row], roots, there, composed)
            if match:
                found[row] = match[0]
                taken.update(match[1])


def _mean(
    text: str, base: str, roots: Sequence[str], there: set[str], composed: dict[str, str]
) -> tuple[str, list[str]] | None:
    """The file that a text can only mean, and the forms it has."""
    forms: list[str] = []
    for name, step in _steps(text):
        if name:
            forms.append(name)
        for more, path in _from(step, base, roots):
            path = tidy(path)
            if path in there:
                return path, [*forms, *more]
            if (other := composed.get(unicodedata.normalize("NFC", path))) is not None:
                return other, [*forms, *more, "with accents composed otherwise"]
    return None


def _steps(text: str) -> list[tuple[str, str]]:
    """The text, and what is left of it after each change that it needs."""
    steps = [("", text)]
    for name, change in _CHANGES:
        after = change(steps[-1][1])
        if after != steps[-1][1]:
            steps.append((name, after))
    return steps


def _without_scheme(text: str) -> str:
    if not _URL.match(text):
        return text
    parts = urlsplit(text)
    path = parts.path if parts.scheme.casefold() != "file" or not parts.netloc else f"/{parts.netloc}{parts.path}"
    return path if parts.scheme.casefold() == "file" else path.lstrip("/")


_CHANGES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("without spaces around them", str.strip),
    ("from URLs", _without_scheme),
    (r"with `\` as `/`", lambda text: text.replace("\\", "/")),
    ("with percent-encoding decoded", unquote),
)


def _from(path: str, base: str, roots: Sequence[str]) -> list[tuple[list[str], str]]:
    """The path from where it may start: the root, the manifest's folder; or its part below the root if it is absolute."""
    if path.startswith("/") or _DRIVE.match(path):
        cased = os.path.normcase(path)  # Windows knows no case
        below = [path[len(prefix) + 1 :] for prefix in roots if cased.startswith(os.path.normcase(f"{prefix}/"))]
        return [(["as absolute ones below the folder"], inner) for inner in below]
    return [([], path)] + ([(["from the manifest's folder"], f"{base}/{path}")] if base else [])


def _real(root: Path) -> str:
    return Path(os.path.realpath(root)).as_posix()


def plain(text: str) -> str:
    """A path as it is compared when guessing: every change made to it, without a drive or a leading slash."""
    path = _DRIVE.sub("", _steps(text)[-1][1])
    return unicodedata.normalize("NFC", tidy(path.lstrip("/")))


def difference(texts: Sequence[str], files: Collection[str]) -> str:
    """What keeps the first path of a manifest from being a file that is there, in words."""
    text = next((text for text in texts if text.strip()), "")
    if not files:
        return "there is no image below the folder"
    name = posixpath.basename(plain(text))
    near = difflib.get_close_matches(plain(text), sorted(files)[:5000], n=1, cutoff=0.0)
    same = sorted(path for path in files if posixpath.basename(path).casefold() == name.casefold())
    if len(same) > 1:
        return f"several files are called '{name}', such as {listed((repr(path) for path in same), 2)}"
    return f"the row says '{valid(text)}', and the image there that is most like it is '{(same or near)[0]}'"
