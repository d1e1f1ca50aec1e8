"""Faults of the machine and of files, told apart from bugs: each one line with the file, the cause and the next step.

The one place that knows them. Readers that can say more about a file of theirs do so themselves; what they let through comes here.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from datadoctor.errors import DataDoctorError, IncompleteError

AGAIN = "run the same command again: what is in the cache is not made anew"
# How the libraries say that memory ran out where they raise something else than MemoryError.
_OUT_OF_MEMORY = (
    "out of memory",
    "bad_alloc",
    "allocate memory",
    "not enough memory",
    "insufficient memory",
    "unable to allocate",
    "alloc_failed",
    "alloc fail",
    "start new thread",
    "launch worker thread",
    "failed to map segment",
    "mmap failed",
)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_TOO_MANY = (errno.EMFILE, errno.ENFILE)
_NEXT = {
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EINVAL: "give a regular file",
    errno.EISDIR: "give a file",
    errno.EEXIST: "name another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EACCES: "change its permissions, or name another place",
    errno.EPERM: "change its permissions, or name another place",
    errno.EROFS: "name a place that can be written",
    errno.ELOOP: "mend the links that lead round in a circle",
    errno.EIO: "check the disk or the network share, then run the same command again",
    errno.ENXIO: "a pipe or device without another end; give a regular file",
}
_PACKAGE = str(Path(__file__).parent)


def fault_of(error: BaseException) -> DataDoctorError | None:
    """What to tell the user of this error, None if it is a bug.

    ``IncompleteError`` (exit code 3) where memory, disk or handles ran out, so that the same call may end well another time;
    else ``DataDoctorError`` (2).
    """
    if isinstance(error, DataDoctorError):
        return error
    if is_memory(error):
        return IncompleteError(
            "memory ran out; close other programs or raise the limit (ulimit -v, the container's), and "
            f"{AGAIN} ({_first_line(error)})"
        )
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("datadoctor"):
        return IncompleteError(
            f"the package {error.name} is not installed; `pip install datadoctor` brings all that an audit needs "
            "(`gate --hash-only` alone runs without)"
        )
    if isinstance(error, OSError) and error.errno is not None:
        return _of_system(error)
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop"):  # pathlib, before Python 3.13
        return DataDoctorError(f"{_first_line(error)}; {_NEXT[errno.ELOOP]}")
    return None


def why(error: OSError) -> str:
    """The cause alone, as the system words it."""
    return (error.strerror or str(error)).rstrip(".")


def is_memory(error: BaseException) -> bool:
    """Whether it says, in whatever words, that memory ran out."""
    return any(
        isinstance(one, MemoryError)
        or (isinstance(one, OSError) and one.errno == errno.ENOMEM)
        or (isinstance(one, Exception) and any(words in str(one).lower() for words in _OUT_OF_MEMORY))
        for one in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from: libraries word what they caught anew."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _of_system(error: OSError) -> DataDoctorError | None:
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else ""
    if name.startswith(_PACKAGE):
        return None  # a file of ours that is missing is our bug
    where = f"{name}: " if name else ""
    if error.errno in _FULL:
        return IncompleteError(
            f"{where}no space is left on the disk; free some, or write elsewhere with --out or --cache, and {AGAIN}"
        )
    if error.errno == errno.EFBIG:
        return IncompleteError(f"{where}larger than files may be here; raise the limit (ulimit -f), and {AGAIN}")
    if error.errno in _TOO_MANY:
        return IncompleteError(f"{where}too many files are open; raise the limit (ulimit -n), and {AGAIN}")
    advice = _NEXT.get(error.errno or 0, "check it, then run the same command again")
    return DataDoctorError(f"{where}{why(error)}; {advice}")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:400] or type(error).__name__
