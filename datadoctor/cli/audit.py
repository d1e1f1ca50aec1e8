"""``datadoctor audit SOURCE``: run the checks over a dataset and write a run directory with the report."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor import machine
from datadoctor.cli.answer import answer, progress, tell
from datadoctor.config import Config, load
from datadoctor.console import coloured
from datadoctor.findings.exclusions import DEFAULT_FILE
from datadoctor.run.terminal import FORMATS

if TYPE_CHECKING:
    from datadoctor.audit import Audit


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "audit", help="audit a dataset and write the report", description=__doc__
    )
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="folder of class folders, or the image root of a manifest"
    )
    add_settings(parser)
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="how to print the summary (default: %(default)s)"
    )
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="read and embed the I-th of N shares only, into --out; `datadoctor merge` makes one audit of all of them",
    )
    parser.add_argument(
        "--engine",
        choices=("ray",),
        help="read and embed on a Ray cluster (default: in this process); --out must be seen by all nodes",
    )
    parser.add_argument(
        "--address", metavar="HOST:PORT", help="of the cluster, for --engine ray (default: one of this machine alone)"
    )
    parser.set_defaults(run=run)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting of an audit."""
    add_source_settings(parser)
    default = Config()
    model = parser.add_argument_group("how to look at it")
    model.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="a network of torchvision, or timm/…, open_clip/…, hf/…, onnx/FILE, python/FILE.py:function; 'filters' or 'train' "
        f"(default: {default.model}); repeated: the first is the embedding, the others are further views",
    )
    model.add_argument(
        "--weights", type=Path, metavar="FILE", help="state_dict of the (first) model (default: its pretrained weights)"
    )
    model.add_argument("--embeddings", type=Path, metavar="FILE", help="your own embeddings (.npy or .npz)")
    model.add_argument("--pred-probs", type=Path, metavar="FILE", help="your own out-of-sample predicted probabilities")
    model.add_argument(
        "--audited", type=Path, metavar="CSV", help="answers to `audit-sample`, which recalibrate everything"
    )
    model.add_argument(
        "--answers",
        type=Path,
        metavar="JOURNAL",
        help="review.jsonl of a review: what is known of labels, to judge the others by",
    )
    model.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), help=f"where to compute (default: {default.device})"
    )
    checks = parser.add_argument_group("what to report")
    checks.add_argument(
        "--select",
        type=_names,
        action="extend",
        metavar="CHECK,…",
        help="run only these checks (see `datadoctor checks`); may be repeated",
    )
    checks.add_argument(
        "--ignore", type=_names, action="extend", metavar="CHECK,…", help="leave these checks out; may be repeated"
    )
    checks.add_argument("--out", type=Path, metavar="DIR", help=f"where to write (default: {default.out})")
    checks.add_argument(
        "--cache", type=Path, metavar="DIR", help="where to keep what was read (default: the user's cache)"
    )
    checks.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="threads that decode images (default: one a processor that may be used)",
    )
    checks.add_argument("--seed", type=int, help=f"seed of everything drawn at random (default: {default.seed})")
    checks.add_argument(
        "--config", type=Path, metavar="TOML", help="settings (default: datadoctor.toml or pyproject.toml)"
    )


def add_source_settings(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting that says what a source holds."""
    default = Config()
    source = parser.add_argument_group("what to audit")
    source.add_argument(
        "--manifest",
        type=Path,
        action="append",
        metavar="FILE",
        help="CSV, TSV, text list, Parquet or JSON Lines with a path and a label column; may be repeated, as one for each split",
    )
    source.add_argument(
        "--source-format",
        metavar="NAME",
        help="what SOURCE is: one of `datadoctor formats` (default: chosen by looking)",
    )
    source.add_argument(
        "--path-column", metavar="NAME", help="manifest column of the image path (default: found by name)"
    )
    source.add_argument(
        "--label-column", metavar="NAME", help="manifest column of the given label (default: found by name)"
    )
    source.add_argument(
        "--label-separator",
        metavar="TEXT",
        help="what is between several labels in a cell; '' where each cell is one label (default: found by the cells)",
    )
    source.add_argument(
        "--split-column", metavar="NAME", help="manifest column of the split (default: found by name and values)"
    )
    source.add_argument(
        "--group-column", metavar="NAME", help="manifest column of the capture group, checked for leaks"
    )
    source.add_argument(
        "--annotator-column",
        metavar="NAME",
        help="manifest column of who labelled: several rows of an image are votes; '' for none (default: found by name)",
    )
    source.add_argument(
        "--label-columns",
        type=_names,
        metavar="NAME,…",
        help="manifest columns with the label that each annotator gave",
    )
    source.add_argument(
        "--every", metavar="TIME", help="of videos, a frame every 1s, 500ms, 2min, or 30f (frames) (default: 1s)"
    )
    source.add_argument(
        "--class-level",
        type=int,
        metavar="N",
        help="which folder names the class: 1 for those in SOURCE (default: the likeliest)",
    )
    source.add_argument(
        "--group-level", type=int, metavar="N", help="which folder names the capture group (default: the likeliest)"
    )
    source.add_argument(
        "--merge-spellings",
        action=argparse.BooleanOptionalAction,
        help="'dog', 'Dog' and 'dog ' are one class, and so are letters in two cases; or are not (default: one, with a warning)",
    )
    source.add_argument(
        "--hierarchy", type=Path, metavar="FILE", help="class,superclass or child,parent CSV, or JSON tree"
    )
    source.add_argument(
        "--exclude",
        type=Path,
        metavar="CSV",
        help=f"images to leave out, as `datadoctor apply` lists them (default: {DEFAULT_FILE} if it is there)",
    )
    source.add_argument(
        "--bands",
        metavar="R,G,B",
        help="of images with more than three bands: those shown as red, green and blue, or one (default: the first three)",
    )
    source.add_argument(
        "--max-pixels",
        type=int,
        metavar="N",
        help=f"larger images are reported, not decoded (default: {default.max_pixels:,})",
    )


def settings(args: argparse.Namespace) -> Config:
    """The settings: defaults, then the file, then the flags; and the exclusion list that is kept beside the file."""
    names = Config.__dataclass_fields__
    config = load(args.config, {name: getattr(args, name) for name in names})
    return config if config.exclude or not DEFAULT_FILE.is_file() else replace(config, exclude=DEFAULT_FILE)


def run(args: argparse.Namespace) -> int:
    """Audit, print the summary, and exit with 3 if any selected check could not run."""
    from datadoctor.audit import audit_on_ray, audit_with
    from datadoctor.run.terminal import summary_text

    if args.shard is not None:
        return _shard(args)
    if args.engine:
        audit = audit_on_ray(args.source, settings(args), progress(args), args.address)
    else:
        audit = audit_with(args.source, settings(args), progress(args))
    tell(args, summary_text(audit, args.format, not args.json and coloured(sys.stdout)))
    answer(args, "audit", told(audit))
    return audit.exit_code


def _shard(args: argparse.Namespace) -> int:
    """Make one shard and say what to do when all are made."""
    from datadoctor.audit import check_places, select
    from datadoctor.shards import share_of
    from datadoctor.shards.making import make
    from datadoctor.sources import counted

    config, share = settings(args), share_of(args.shard)
    check_places(args.source, config)
    select(config)
    machine.ask_for(config.workers)
    made = make(args.source, config, share, progress(args))
    n = len(share.rows(made.origin.images))
    tell(args, f"Shard {share}: {counted(n, 'image')}, {n - made.readable:,} of them unreadable, in {config.out}")
    tell(args, f"When all {share.of:,} are made: datadoctor merge {config.out.parent} --out RUN")
    answer(args, "shard", {name: value for name, value in made.plain().items() if name != "schema"})
    return 0


def told(audit: Audit) -> dict[str, Any]:
    """What ``--json`` says of an audit: where everything is, and the parts of ``summary.json`` that one acts on."""
    parts = ("dataset", "checks", "label_errors", "duplicates", "split_leakage", "notices")
    return {
        "exit_code": audit.exit_code,
        "run": audit.path,
        "report": audit.path / "report.html",
        "queue": audit.path / "relabel.csv",
        **{name: audit.summary[name] for name in parts},
    }


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
