"""``datadoctor audit-sample RUN``: draw images to label by hand, whose answers recalibrate every probability.

Fill in the column true_label, then run the same audit again with ``--audited FILE``. The suggestion is left out on purpose: who
sees it, tends to agree.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, tell
from datadoctor.errors import DataDoctorError


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "audit-sample", help="draw images to label by hand", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument("--size", type=int, default=100, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: %(default)s)")
    parser.add_argument("--out", type=Path, metavar="CSV", help="where to write (default: audit-sample.csv in the run)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the sample."""
    import numpy as np

    from datadoctor.files import check_file_can_be_written
    from datadoctor.run import Run
    from datadoctor.spreadsheet import write_csv
    from datadoctor.stages.label_quality.audit_sample import draw_rows

    loaded = Run(args.path)
    out = args.out or args.path / "audit-sample.csv"
    loaded.check_written(out)
    check_file_can_be_written(out)
    items = loaded.items
    if not items["judged"].any():
        raise DataDoctorError(f"{args.path}: no label was judged in this run, see `checks` in its summary.json")
    p = items["p_mislabel"].fillna(0).to_numpy(np.float32)
    rows = draw_rows(items["judged"].to_numpy(bool), p, args.size, args.seed)
    sample = items.iloc[rows][["path", "given_label"]].assign(true_label="", note="")
    out.parent.mkdir(parents=True, exist_ok=True)
    write_csv(sample, out)
    tell(args, f"{out}: {len(sample)} images; fill in true_label, then run the audit again with --audited {out}")
    answer(args, "audit-sample", {"file": out, "images": len(sample)})
    return 0
