"""The command line: one file a command; parse, call, print, exit."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence

from datadoctor import machine, quiet
from datadoctor._version import __version__
from datadoctor.cli.answer import add_common, show
from datadoctor.cli.parsing import Parser
from datadoctor.cli.stopping import stopping
from datadoctor.cli.streams import outlast
from datadoctor.console import coloured, painted, shown
from datadoctor.faults import fault_of

COMMANDS = (
    "audit",
    "merge",
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
    "index",
    "audit_sample",
    "doctor",
    "cache",
    "schema",
    "completion",
)
BUG = 70


def parser() -> argparse.ArgumentParser:
    """The argument parser with every command; imports nothing heavy."""
    top = Parser(
        prog="datadoctor",
        description="Audit a labelled image dataset: mislabels, near-duplicates, leaks and ambiguous classes.",
        epilog="Exit codes: 0 done, 1 the gate blocks, 2 a mistake in the call or the data, 3 incomplete, 70 a bug, "
        "128 + n stopped by signal n.",
    )
    top.add_argument("--version", action="version", version=f"datadoctor {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"datadoctor.cli.{name}").add(commands)
    for command in commands.choices.values():
        add_common(command)
        command.set_defaults(parser=command)
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
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    if asked.number or isinstance(caught, KeyboardInterrupt):
        said = f"{asked.name}; what was done is kept: run the same command again to continue"
        return _say(said, asked.exit_code, as_json, "\n")
    fault = fault_of(caught)
    return _say(str(fault), fault.exit_code, as_json) if fault else _bug(caught, as_json)


def _run(arguments: Sequence[str] | None) -> int:
    top = parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks how the line goes on
        import argcomplete

        argcomplete.autocomplete(top)
    parsed = top.parse_args(arguments)
    machine.share()
    quiet.separate()
    code: int = parsed.run(parsed)
    if sys.stdout:  # None where it was closed before we came
        sys.stdout.flush()
    return code


def _say(text: str, code: int, as_json: bool, before: str = "") -> int:
    # A closed terminal or a full disk takes no last words.
    with contextlib.suppress(OSError):
        if sys.stderr:
            name = painted("datadoctor:", "bad", coloured(sys.stderr))
            print(f"{before}{name} {shown(text)}", file=sys.stderr, flush=True)
        if as_json and sys.stdout:
            show("error", {"exit_code": code, "error": text})
            sys.stdout.flush()
    return code


def _bug(error: BaseException, as_json: bool) -> int:
    import traceback

    # Python's own exit code 1 would read as "the gate blocks".
    traceback.print_exception(error)
    return _say("this is a bug in datadoctor; please report it with the lines above", BUG, as_json)
