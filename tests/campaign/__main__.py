"""``python -m tests.campaign``: run it and print the table; exit code 1 where something went wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.campaign.experiments import EXPERIMENTS, Campaign
from tests.campaign.program import Row


def main() -> int:
    """Run the experiments that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    names = {one.__name__: one for one in EXPERIMENTS}
    parser.add_argument("--seed", type=int, default=0, help="of all chance (default: %(default)s)")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the tries (default: all)")
    parser.add_argument("--only", choices=names, action="append", help="this experiment; may be repeated")
    args = parser.parse_args()
    begin, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory() as name:
        campaign = Campaign(Path(name), args.seed, args.scale)
        for one in args.only or names:
            rows.append(names[one](campaign))
            print(_line(rows[-1]), file=sys.stderr, flush=True)
    print("| tried | how often | went wrong | |\n|---|---|---|---|")
    print("\n".join(map(_line, rows)))
    print(f"\nSeed {args.seed}, scale {args.scale:g}, {(time.monotonic() - begin) / 60:.0f} minutes.")
    for row in rows:
        for number, wrong in enumerate(row.wrong):
            print(f"\n{row.what}, {number + 1}: {wrong}", file=sys.stderr)
    return int(any(row.wrong for row in rows))


def _line(row: Row) -> str:
    return f"| {row.what} | {row.tries:,} | {len(row.wrong)} | {row.notes} |"


if __name__ == "__main__":
    sys.exit(main())
