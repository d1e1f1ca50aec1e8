"""What this process may use of the machine: processors and memory, as the system, the container and the scheduler limit them."""

from __future__ import annotations

import ctypes
import importlib
import mmap
import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
# A cgroup of version 1 without a limit says a number near 2^63.
_NO_LIMIT = 2**60
# What decoding may take of the memory there is, and what a pixel takes: four bytes as it is decoded, and at times a copy.
_SHARE_FOR_DECODING, BYTES_A_PIXEL = 1 / 4, 8
_MOST_PIXELS_AT_ONCE, _LEAST_PIXELS_AT_ONCE = 192_000_000, 16_000_000
# Native code of the libraries may end the process (signal 11) where address space runs out in it, instead of saying so. It takes
# up to this between two questions whether there is enough: threads reserve much more than they use.
_LEAST_ADDRESS_SPACE = 2**30
# Of instructions, as Linux calls them.
_WIDE = ("avx", "fma", "amx", "asimd", "sve", "sme", "i8mm", "bf16")
# Threads beyond these only wait for each other.
_MOST_WORKERS = 32
_asked: list[int] = []
# Of glibc; other C libraries return memory by themselves.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


@cache
def processors() -> int:
    """How many processors may be used: those of the affinity mask, no more than the container's quota of time; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for group in _groups() if (quota := _quota(group)) > 0]
    # Half a processor more is one thread that would be stopped half of the time.
    return max(1, min([allowed, *(int(quota + 0.5) for quota in quotas)]))


@cache
def instructions() -> str:
    """The processor's architecture and the instructions for many numbers at once that it has: what the last bits of a sum depend on."""
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", _text(Path("/proc/cpuinfo")), re.MULTILINE)
    wide = sorted(one for one in (found[1].split() if found else ()) if one.startswith(_WIDE))
    return " ".join([platform.machine(), *wide]) if wide else f"{platform.machine()} {platform.processor()}"


@cache
def memory() -> int:
    """Bytes that may be used: of the machine, the container and the process limit, the least."""
    limits = [
        limit
        for group in _groups()
        for name in ("memory.max", "memory.limit_in_bytes")
        if (limit := _number(group / name))
    ]
    return min([_installed(), *(limit for limit in (*limits, *_of_process()) if limit < _NO_LIMIT)])


def _of_process() -> list[int]:
    """The limit of this process, if it has one."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return []
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return [] if limit == resource.RLIM_INFINITY else [limit]


def check_address_space() -> None:
    """Raise ``MemoryError`` where the limit of the process leaves too little for native code; to be asked before it runs."""
    limit = next(iter(_of_process()), _NO_LIMIT)
    left = limit - _address_space()
    if left < _LEAST_ADDRESS_SPACE:
        raise MemoryError(
            f"{max(left, 0) / 1e9:.1f} GB of the {limit / 1e9:.1f} GB that ulimit -v allows are left, "
            f"and {_LEAST_ADDRESS_SPACE / 1e9:.1f} GB are needed to go on"
        )


def can_get(n_bytes: int) -> bool:
    """Whether the system would give this process so much more memory now."""
    try:
        mmap.mmap(-1, n_bytes).close()
    except (OSError, MemoryError):
        return False
    return True


def ask_for(n_workers: int) -> None:
    """Let this process use so many threads, 0 for one a processor."""
    _asked[:] = [n_workers] if n_workers > 0 else []


def workers() -> int:
    """Threads for work that keeps processors busy: as many as were asked for, else one a processor."""
    return _asked[0] if _asked else min(processors(), _MOST_WORKERS)


def share() -> None:
    """Let threads sleep while they wait, and start no more than there are processors, so that audits side by side do not choke.

    Only for libraries not loaded yet, and unless the user's environment says otherwise.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(processors()))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("KMP_BLOCKTIME", "0")
    # NumPy's and SciPy's threads never sleep while they wait for each other: on a busy machine a product of small matrices takes tens
    # of times as long with two as with one. What takes long is done by libraries with threads of their own.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@contextmanager
def large_products() -> Iterator[None]:
    """Let NumPy use all threads inside: for matrices so large that the threads have more to do than to wait."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(workers(), "blas"):
        yield


def pixels_at_once() -> int:
    """How many pixels all threads together may be decoding."""
    fitting = int(memory() * _SHARE_FOR_DECODING / BYTES_A_PIXEL)
    return max(_LEAST_PIXELS_AT_ONCE, min(fitting, _MOST_PIXELS_AT_ONCE))


def give_back() -> None:
    """Return what is free to the system: the C library keeps what small arrays left between others, hundreds of megabytes in all."""
    if _trim:
        _trim(0)


def peak_memory() -> int:
    """The most bytes that this process has used so far; 0 where the system does not tell."""
    # Not what the system's accounts say where it tells of this program alone: those begin with the one that started it.
    found = re.search(r"VmHWM:\s+(\d+) kB", _text(Path("/proc/self/status")))
    if found:
        return int(found[1]) * 1024
    try:
        import resource
    except ModuleNotFoundError:
        return getattr(_of_windows(), "peak_wset", 0)
    # ru_maxrss is in KiB on Linux and in bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def used_memory() -> int:
    """Bytes that this process uses now; the most so far where the system does not tell."""
    return _pages(1) or getattr(_of_windows(), "rss", 0) or peak_memory()


def _address_space() -> int:
    """Bytes of address space that this process has taken, used or not; what it uses where the system does not tell."""
    return _pages(0) or peak_memory()


def _pages(column: int) -> int:
    """A column of the system's account of this process, in bytes; 0 where there is none."""
    counts = _text(Path("/proc/self/statm")).split()
    return int(counts[column]) * mmap.PAGESIZE if len(counts) > column else 0


def _of_windows() -> Any:
    """What psutil says of this process's memory; None where it is not installed: it is on Windows, where nothing else tells."""
    psutil = _psutil()
    return psutil.Process().memory_info() if psutil else None


def _psutil() -> Any:
    try:
        return importlib.import_module("psutil")
    except ModuleNotFoundError:
        return None


def _groups() -> Iterator[Path]:
    """Folders of the control groups, versions 1 and 2, that this process is in, from its own up to the root."""
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        root = _CGROUPS / controllers.split(",")[0] if controllers else _CGROUPS
        for mounted in [root, _CGROUPS / controllers] if "," in controllers else [root]:
            own = mounted / path.lstrip("/")
            yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(mounted))


def _quota(group: Path) -> float:
    """Processors that the group may use, 0 where it may use all."""
    both = _text(group / "cpu.max").split()
    if len(both) == 2:
        quota, period = (float(part) if part.isdecimal() else 0.0 for part in both)
    else:
        quota, period = float(_number(group / "cpu.cfs_quota_us")), float(_number(group / "cpu.cfs_period_us"))
    return quota / period if period else 0.0


def _number(file: Path) -> int:
    text = _text(file)
    return int(text) if text.isdecimal() else 0


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _installed() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        psutil = _psutil()
        return int(psutil.virtual_memory().total) if psutil else 8 * 2**30
