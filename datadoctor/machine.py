"""The machine: how many processors are really there, and how to share them with others."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def processors() -> int:
    """Processors this process may use, at least 1: those it may run on, or fewer where a container has a quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(allowed, quota(CGROUP))))


def quota(cgroup: Path) -> float:
    """Processors' worth of time that the container below ``cgroup`` gets, infinite without a limit (version 2, then 1)."""
    try:
        most, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            most, period = ((cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        except OSError:
            return math.inf
    return int(most) / int(period) if most.strip().isdigit() else math.inf


def share() -> None:
    """Let threads sleep while they wait, and start no more than there are processors, so that audits side by side do not choke.

    Only for libraries not loaded yet, and unless the user's environment says otherwise.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(processors()))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("KMP_BLOCKTIME", "0")
