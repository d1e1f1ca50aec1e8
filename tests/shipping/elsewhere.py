"""Runs a module of Python as on a system that lacks what only POSIX has: ``python -m tests.shipping.elsewhere MODULE ARGUMENT...``.

Windows has neither these modules nor these signals and calls. Paths stay those of the system that runs it.
"""

from __future__ import annotations

import importlib
import importlib.abc
import os
import pkgutil
import runpy
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = (
    "crypt",
    "fcntl",
    "grp",
    "nis",
    "posix_ipc",
    "pty",
    "pwd",
    "readline",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
)
SIGNALS = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1", "SIGUSR2")
CALLS = (
    "O_DIRECTORY", "O_NOFOLLOW", "chown", "fork", "geteuid", "getpgid", "killpg", "mkfifo", "sched_getaffinity", "statvfs",
    "sysconf",
)  # fmt: skip


class _Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


_read_text = Path.read_text


def _elsewhere(self: Path, *arguments: Any, **named: Any) -> str:
    if self.parts[:2] in (("/", "proc"), ("/", "sys")):
        raise FileNotFoundError(2, "No such file or directory", str(self))
    return _read_text(self, *arguments, **named)


def hide() -> None:
    """Take away what Windows does not have, from now on."""
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Hidden())
    Path.read_text = _elsewhere  # type: ignore[method-assign]
    for module, names in ((signal, SIGNALS), (os, CALLS)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)


def import_all(package: str) -> int:
    """Import every module of a package; returns how many they are."""
    top = importlib.import_module(package)
    names = [
        one.name for one in pkgutil.walk_packages(top.__path__, f"{package}.") if not one.name.endswith("__main__")
    ]
    for name in names:
        importlib.import_module(name)
    return len(names)


if __name__ == "__main__":
    hide()
    if sys.argv[1] == "--import-all":
        print(import_all(sys.argv[2]))
    else:
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
