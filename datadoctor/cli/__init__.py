"""The command line: one file a command; parse, call, print, exit."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

from datadoctor import machine, quiet
from datadoctor._version import __version__
from datadoctor.errors import DataDoctorError

COMMANDS = (
    "audit",
    "demo",
    "checks",
    "explain",
    "evaluate",
    "gate",
    "queue",
    "apply",
    "changes",
    "compare",
    "audit_sample",
)
INCOMPLETE = 3
BUG = 70


def parser() -> argparse.ArgumentParser:
    """The argument parser with every command; imports nothing heavy."""
    top = argparse.ArgumentParser(
        prog="datadoctor",
        description="Audit a labelled image dataset: mislabels, near-duplicates, leaks and ambiguous classes.",
        epilog="Exit codes: 0 done, 1 the gate blocks, 2 a mistake in the call or the data, 3 incomplete, 70 a bug.",
    )
    top.add_argument("--version", action="version", version=f"datadoctor {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"datadoctor.cli.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went."""
    parsed = parser().parse_args(arguments)
    quiet.separate()
    machine.limit_libraries()
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except DataDoctorError as error:
        print(f"datadoctor: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(
            "\ndatadoctor: interrupted; what was done is kept: run the same command again to continue", file=sys.stderr
        )
        return INCOMPLETE
    except BrokenPipeError:
        # Whoever reads our output has stopped (`| head`): not our failure, and nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return _bug()
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"datadoctor: {where}no space is left on the disk; free some, or write elsewhere with --out or --cache, and run the "
            "same command again: what is in the cache is not made anew",
            file=sys.stderr,
        )
        return INCOMPLETE
    except Exception:  # noqa: BLE001 - the last resort: Python's own exit code 1 would read as "the gate blocks"
        return _bug()
    return code


def _bug() -> int:
    """Say where; to be called while the exception is handled."""
    traceback.print_exc()
    print("datadoctor: this is a bug in datadoctor; please report it with the lines above", file=sys.stderr)
    return BUG
