"""``datadoctor gate RUN``: whether a change to a dataset brings problems that the dataset did not have.

Exit codes: 0 pass, 1 blocked, 2 a mistake in the call or an unusable baseline, 3 a check that could block did not run.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.outputs.gate.formats import FORMATS
from datadoctor.outputs.gate.policy import PROFILES

if TYPE_CHECKING:
    from datadoctor.outputs.gate.judge import Verdict
    from datadoctor.outputs.gate.policy import Policy
    from datadoctor.outputs.gate.state import State


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "gate", help="fail on problems that a change to a dataset brings", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="what is known already (default: all findings are new)"
    )
    parser.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="write what is there now as the baseline, and pass"
    )
    parser.add_argument(
        "--config", type=Path, metavar="TOML", help="policy (default: datadoctor.toml or pyproject.toml)"
    )
    parser.add_argument(
        "--profile", choices=tuple(PROFILES), help="rules where the policy gives none (default: recommended)"
    )
    parser.add_argument(
        "--allow", type=Path, metavar="TOML", help="suppressions (default: .datadoctor/allow.toml if there)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="what to print (default: %(default)s)")
    parser.add_argument(
        "--write",
        type=_format_and_file,
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write another format into a file; may be repeated",
    )
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 where the gate would block")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge, print, write; the exit code is the verdict."""
    from datadoctor.outputs.gate import judge, state
    from datadoctor.outputs.run import Run

    now = state.of_run(Run(args.path))
    if args.write_baseline:
        return _write_baseline(now, args.write_baseline)
    verdict = _verdict(now, args)
    _write(verdict, args)
    return judge.PASS if args.exit_zero and verdict.exit_code == judge.BLOCKED else verdict.exit_code


def _write_baseline(now: State, file: Path) -> int:
    from datadoctor.findings import baseline
    from datadoctor.outputs.gate.state import baseline_of

    made = baseline_of(now)
    baseline.write(made, file)
    print(f"{file}: {len(made.items):,} images and {sum(one.count for one in made.findings):,} findings; commit it")
    return 0


def _verdict(now: State, args: argparse.Namespace) -> Verdict:
    import datetime

    from datadoctor.findings import baseline, suppressions
    from datadoctor.outputs.gate.judge import judge

    known = baseline.read(args.baseline) if args.baseline else None
    allow = args.allow or (suppressions.DEFAULT_FILE if suppressions.DEFAULT_FILE.is_file() else None)
    accepted = suppressions.read(allow) if allow else ()
    today = datetime.datetime.now(datetime.UTC).date()
    return judge(now, known, _policy(args), accepted, today=today, against=str(args.baseline or ""))


def _policy(args: argparse.Namespace) -> Policy:
    from datadoctor import checks
    from datadoctor.outputs.gate import policy

    return policy.read(args.config or policy.default_file(), checks.names(), args.profile)


def _write(verdict: Verdict, args: argparse.Namespace) -> None:
    from datadoctor.outputs.gate.formats import render

    for format_, file in args.write:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render(verdict, format_), encoding="utf-8", newline="\n")
    print(render(verdict, args.format), end="")


def _format_and_file(text: str) -> tuple[str, Path]:
    format_, _, file = text.partition("=")
    if format_ not in FORMATS or not file:
        raise argparse.ArgumentTypeError(f"{text!r}: give a format ({', '.join(FORMATS)}), '=' and a file")
    return format_, Path(file)
