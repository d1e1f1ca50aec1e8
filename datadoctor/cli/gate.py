"""``datadoctor gate PATH``: whether a change to a dataset brings problems that the dataset did not have.

PATH is a run directory, or the dataset itself: then only what changed since the baseline is opened and judged, by what was
fitted on the base. Exit codes: 0 pass, 1 blocked, 2 a mistake in the call or a baseline that cannot be used, 3 incomplete.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.cli.answer import answer, progress, tell
from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError
from datadoctor.gate.formats import FILES, FORMATS
from datadoctor.gate.policy import PROFILES
from datadoctor.links import check_inside

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.gate.judge import Verdict
    from datadoctor.gate.policy import Policy
    from datadoctor.run import Run

FROM_AUDIT = ("manifest", "exclude", "weights", "cache", "device")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "gate", help="fail on problems that a change to a dataset brings", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="PATH", help="a directory that `audit --out` wrote, or the dataset")
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="what is known already (default: all findings are new)"
    )
    parser.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="write what the run holds as the baseline, and pass"
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
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 where the gate would block")
    _add_outputs(parser)
    _add_source(parser)
    parser.set_defaults(run=run)


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument("--format", choices=FORMATS, default="text", help="what to print (default: %(default)s)")
    outputs.add_argument(
        "--write",
        type=_format_and_file,
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write another format into a file, as sheet=new.png: pictures of what is new; may be repeated",
    )


def _add_source(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("where PATH is a dataset")
    source.add_argument(
        "--hash-only", action="store_true", help="no model: unreadable images, exact copies and leaks only"
    )
    source.add_argument("--manifest", type=Path, action="append", metavar="FILE", help="as for `datadoctor audit`")
    source.add_argument("--exclude", type=Path, metavar="CSV", help="as for `datadoctor audit`")
    source.add_argument("--weights", type=Path, metavar="FILE", help="as for `datadoctor audit`")
    source.add_argument(
        "--cache", type=Path, metavar="DIR", help="where the frozen calibration is (default: the user's cache)"
    )
    source.add_argument("--device", choices=("auto", "cpu", "cuda"), help="as for `datadoctor audit`")


def run(args: argparse.Namespace) -> int:
    """Judge, print, write; the exit code is the verdict."""
    from datadoctor.files import check_file_can_be_written
    from datadoctor.gate import judge

    for file in (*(file for _, file in args.write), *filter(None, [args.write_baseline])):
        check_file_can_be_written(file)
    if args.write_baseline:
        return _write_baseline(args)
    verdict = _verdict(args)
    _write(verdict, args)
    return judge.PASS if args.exit_zero and verdict.exit_code == judge.BLOCKED else verdict.exit_code


def _write_baseline(args: argparse.Namespace) -> int:
    from datadoctor.errors import NotAvailableError
    from datadoctor.findings import baseline
    from datadoctor.flow import fits
    from datadoctor.gate import frozen, state
    from datadoctor.run import Run

    run_ = Run(args.path)
    now, digest = state.of_run(run_), ""
    try:
        cache = _cache_of(args, run_)
        digest = fits.keep(frozen.freeze(run_, progress(args), cache), cache)
    except NotAvailableError as error:
        tell(args, f"nothing is frozen: {error}")
    made = state.baseline_of(now, digest)
    baseline.write(made, args.write_baseline)
    n_findings = sum(one.count for one in made.findings)
    tell(args, f"{args.write_baseline}: {len(made.items):,} images and {n_findings:,} findings; commit it")
    written = {"baseline": args.write_baseline, "images": len(made.items), "findings": n_findings, "frozen": digest}
    answer(args, "baseline-written", written)
    return 0


def _cache_of(args: argparse.Namespace, run_: Run) -> Path:
    """The cache that was asked for, else the one that the audit used: a run may be a stranger's, so only what is a cache already."""
    from datadoctor.cache import FILE_NAME, default_folder

    used = run_.summary["settings"].get("cache")
    there = isinstance(used, str) and (Path(used) / FILE_NAME).is_file()
    return Path(args.cache or (used if there else default_folder()))


def _verdict(args: argparse.Namespace) -> Verdict:
    import datetime

    from datadoctor.findings import baseline, suppressions
    from datadoctor.gate import source, state
    from datadoctor.gate.judge import judge
    from datadoctor.run import Run

    policy = _policy(args)
    known = baseline.read(args.baseline) if args.baseline else None
    allow = args.allow or (suppressions.DEFAULT_FILE if suppressions.DEFAULT_FILE.is_file() else None)
    accepted = suppressions.read(allow) if allow else ()
    against = str(args.baseline or "")
    if args.path.is_file() or (args.path.is_dir() and not (args.path / "summary.json").is_file()):
        now = source.of_source(
            args.path, known, _config(args), progress(args), hash_only=args.hash_only, against=against
        )
    else:
        now = state.of_run(Run(args.path))
    return judge(now, known, policy, accepted, today=datetime.datetime.now(datetime.UTC).date(), against=against)


def _config(args: argparse.Namespace) -> Config:
    """The settings of an audit that say what the dataset is and where things are; the baseline says the others."""
    from datadoctor.config import load
    from datadoctor.findings.exclusions import DEFAULT_FILE

    config = load(args.config, {name: getattr(args, name) for name in FROM_AUDIT})
    return config if config.exclude or not DEFAULT_FILE.is_file() else replace(config, exclude=DEFAULT_FILE)


def _policy(args: argparse.Namespace) -> Policy:
    from datadoctor import checks
    from datadoctor.gate import policy

    return policy.read(args.config or policy.default_file(), checks.names(), args.profile)


def _write(verdict: Verdict, args: argparse.Namespace) -> None:
    from datadoctor.gate.formats import render

    for format_, file in args.write:
        check_inside(file, file.parent)  # what is judged may be a stranger's checkout, and have a link of this name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_content(verdict, format_))
        except OSError as error:
            raise DataDoctorError(
                f"{file}: cannot write the verdict: {error.strerror}; choose another --write"
            ) from error
    print(render(verdict, "json" if args.json else args.format), end="")


def _content(verdict: Verdict, format_: str) -> bytes:
    from datadoctor.gate import formats

    if format_ in FILES:
        from datadoctor.gate.formats import sheet  # opens images, which nothing else here does

        return sheet.render(verdict)
    return formats.render(verdict, format_).encode("utf-8")


def _format_and_file(text: str) -> tuple[str, Path]:
    format_, _, file = text.partition("=")
    known = (*FORMATS, *FILES)
    if format_ not in known or not file:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give a format ({', '.join(known)}), '=' and a file{nearest(format_, known) if file else ''}"
        )
    return format_, Path(file)
