"""``datadoctor changes OLD NEW``: what is fixed, still there and new, from one run over a dataset to a later one.

Also written into the new run: changes.json, and on the overview of its report.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

FORMATS = ("text", "markdown", "json")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "changes", help="what is fixed and what is new since an earlier run", description=__doc__
    )
    parser.add_argument("old", type=Path, metavar="OLD", help="the run before the corrections")
    parser.add_argument("new", type=Path, metavar="NEW", help="the run after them")
    parser.add_argument("--format", choices=FORMATS, default="text", help="what to print (default: %(default)s)")
    parser.add_argument("--records", type=Path, metavar="DIR", help="where decisions are kept (default: .datadoctor)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison, and keep it in the new run and its report."""
    from datadoctor import report
    from datadoctor.comparison.changes import changes
    from datadoctor.comparison.changes.formats import rendered
    from datadoctor.files import check_file_can_be_written, write_whole
    from datadoctor.findings.records import Records
    from datadoctor.run import CHANGES_FILE, Run
    from datadoctor.stages.reading.thumbnails import Thumbnails

    check_file_can_be_written(args.new / CHANGES_FILE)
    found = changes(Run(args.old), Run(args.new), Records(args.records) if args.records else Records())
    write_whole(args.new / CHANGES_FILE, rendered(found, "json").encode("utf-8", "surrogatepass"))
    kept = args.new / "artifacts" / "thumbnails.sqlite"
    if kept.is_file():
        report.write(Run(args.new), Thumbnails(kept).get, args.new / "report.html")
    print(rendered(found, "json" if args.json else args.format), end="")
    return 0
