"""The command line: one file a command; parse, call, print, exit."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
from collections.abc import Sequence

from datadoctor import machine, quiet
from datadoctor._version import __version__
from datadoctor.cli.stopping import stopping
from datadoctor.cli.streams import outlast
from datadoctor.console import shown
from datadoctor.faults import fault_of

COMMANDS = (
    "audit",
    "demo",
    "formats",
    "sources",
    "checks",
    "stages",
    "explain",
    "evaluate",
    "gate",
    "queue",
    "review",
    "apply",
    "changes",
    "compare",
    "audit_sample",
)
BUG = 70


def parser() -> argparse.ArgumentParser:
    """The argument parser with every command; imports nothing heavy."""
    top = argparse.ArgumentParser(
        prog="datadoctor",
        description="Audit a labelled image dataset: mislabels, near-duplicates, leaks and ambiguous classes.",
        epilog="Exit codes: 0 done, 1 the gate blocks, 2 a mistake in the call or the data, 3 incomplete, 70 a bug, "
        "128 + n stopped by signal n.",
    )
    top.add_argument("--version", action="version", version=f"datadoctor {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"datadoctor.cli.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went."""
    outlast()
    with stopping() as asked:
        try:
            return _run(arguments)
        except SystemExit:  # argparse: --help, or a wrong flag
            raise
        except BaseException as error:  # noqa: BLE001 - the last resort
            caught = error
    # A second Ctrl-C may end us now in its own way.
    if asked.number or isinstance(caught, KeyboardInterrupt):
        said = f"{asked.name}; what was done is kept: run the same command again to continue"
        return _say(said, asked.exit_code, "\n")
    fault = fault_of(caught)
    return _say(str(fault), fault.exit_code) if fault else _bug(caught)


def _run(arguments: Sequence[str] | None) -> int:
    parsed = parser().parse_args(arguments)
    machine.share()
    quiet.separate()
    code: int = parsed.run(parsed)
    if sys.stdout:  # None where it was closed before we came
        sys.stdout.flush()
    return code


def _say(text: str, code: int, before: str = "") -> int:
    # A closed terminal or a full disk takes no last words.
    with contextlib.suppress(OSError):
        if sys.stderr:
            print(f"{before}datadoctor: {shown(text)}", file=sys.stderr, flush=True)
    return code


def _bug(error: BaseException) -> int:
    import traceback

    # Python's own exit code 1 would read as "the gate blocks".
    traceback.print_exception(error)
    return _say("this is a bug in datadoctor; please report it with the lines above", BUG)
