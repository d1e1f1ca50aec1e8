"""``datadoctor queue RUN``: write the relabel queue for an annotation tool."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.cli.answer import answer, tell

if TYPE_CHECKING:
    import pandas as pd

HOW_TO_ANSWER = """answer in: decision (keep, relabel, exclude, ambiguous or skip), new_label{group}, note
then: datadoctor apply FILE --manifest labels.csv   # or --source FOLDER; shows what would change"""
FORMATS = ("csv", "jsonl", "label-studio", "cvat", "fiftyone", "argilla")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser("queue", help="write a relabel queue", description=__doc__)
    parser.add_argument("path", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument("--format", choices=FORMATS, default="csv", help="for which tool (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="where to write (default: queue.csv, queue-cvat/, ... in the run)"
    )
    parser.add_argument("--budget", type=int, metavar="N", help="how many images will be looked at (default: all)")
    parser.add_argument(
        "--diverse", action="store_true", help="one of each repeated pattern first, to answer for all of it"
    )
    parser.add_argument("--strata", action="store_true", help="spread the budget over the classes")
    parser.add_argument(
        "--check", action="append", metavar="NAME", help="only these checks (default: those of labels); may be repeated"
    )
    parser.add_argument(
        "--reviewer", action="append", default=[], metavar="NAME", help="a queue for each of these; may be repeated"
    )
    parser.add_argument(
        "--overlap", type=float, default=0.0, metavar="SHARE", help="share of the images that two reviewers get, 0 to 1"
    )
    parser.add_argument("--copy-images", action="store_true", help="copy the images beside the queue")
    parser.add_argument("--again", action="store_true", help="ask again what was decided before")
    parser.add_argument("--records", type=Path, metavar="DIR", help="where decisions are kept (default: .datadoctor)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the queue, and say how many errors the budget is expected to catch."""
    from datadoctor.files import check_file_can_be_written, check_folder_can_be_written
    from datadoctor.findings.records import Records, decided_keys
    from datadoctor.relabel.queue import relabel_queue
    from datadoctor.relabel.queue.expected import expected_errors
    from datadoctor.relabel.queue.formats import FILES, write_queue
    from datadoctor.run import Run
    from datadoctor.run.suspects import OF_LABELS

    one_file = args.format in FILES and not args.reviewer
    out = args.out or args.path / f"queue{'.' if one_file else '-'}{args.format}"
    (check_file_can_be_written if one_file else check_folder_can_be_written)(out)
    loaded = Run(args.path)
    records = Records(args.records) if args.records else Records()
    queue = relabel_queue(
        loaded,
        budget=args.budget,
        diverse=args.diverse,
        strata=args.strata,
        checks=tuple(args.check or OF_LABELS),
        decided=() if args.again else decided_keys(records),
        reviewers=tuple(args.reviewer),
        overlap=args.overlap,
    )
    files = write_queue(loaded, queue, args.format, out, copy_images=args.copy_images)
    for file in files:
        tell(args, file)
    expected = expected_errors(queue, loaded.items, loaded.summary)
    tell(args, expected)
    if args.diverse:
        tell(args, _patterns(queue))
    if args.format in FILES:
        tell(args, HOW_TO_ANSWER.format(group=", scope (group: for all members, too)" if args.diverse else ""))
    else:
        tell(args, "how to import it, and what then: README.md" + (" in each folder" if args.reviewer else ""))
    wrong = {"wrong": expected.count, "low": expected.low, "high": expected.high}
    answer(args, "queue", {"format": args.format, "files": files, "images": expected.looks, "expected": wrong})
    return 0


def _patterns(queue: pd.DataFrame) -> str:
    members = [len(json.loads(text)) for text in queue.drop_duplicates("path")["members"]]
    standing = [count for count in members if count]
    return f"{len(standing):,} of them stand for {sum(standing):,} more images like them"
