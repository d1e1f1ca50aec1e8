"""``datadoctor evaluate RUN --truth CSV``: score a run against known truth, beside cleanlab on the same probabilities."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, tell


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "evaluate", help="score a run against known truth", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument(
        "--truth",
        type=Path,
        action="append",
        required=True,
        metavar="CSV",
        help="path and true_label, or path_a, path_b, judgment; may be repeated",
    )
    parser.add_argument(
        "--truth-column", metavar="NAME", help="column of the true label (default: true_label, clean_label, label)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a table for every truth file."""
    from datadoctor.comparison.evaluation import DuplicateQuality, evaluate
    from datadoctor.run import Run

    told = []
    for truth in args.truth:
        result = evaluate(Run(args.path), truth, args.truth_column)
        tell(args, f"\n{truth}")
        is_pairs = isinstance(result, DuplicateQuality)
        told.append(
            {"truth": truth, "mislabels": None if is_pairs else result, "duplicates": result if is_pairs else None}
        )
        if isinstance(result, DuplicateQuality):
            tell(
                args,
                f"duplicate pairs: {result.found_same} of {result.judged_same} judged the same found (recall {result.recall:.3f}), "
                f"{result.found_different} of {result.judged_different} judged different joined, "
                f"average precision {result.average_precision:.3f}",
            )
            continue
        tell(
            args,
            f"{'mislabels':<32} {'AUROC':>6} {'AP':>6} {'P@100':>6} {'P@500':>6} {'prec.':>6} {'recall':>6} {'F1':>6}",
        )
        for row in result:
            ranking = (row.auroc, row.average_precision, row.precision_at_100, row.precision_at_500)
            figures = (*ranking, row.precision, row.recall, row.f1)
            cells = ("     –" if value != value else f"{value:6.3f}" for value in figures)
            tell(args, f"{row.method:<32} {' '.join(cells)}")
    answer(args, "evaluate", {"run": args.path, "truths": told})
    return 0
