"""``datadoctor apply DECISIONS``: bring a reviewer's answers into the dataset; a dry run unless --write."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.cli.answer import answer, tell
from datadoctor.console import MOST_LINES
from datadoctor.errors import DataDoctorError
from datadoctor.links import check_inside

if TYPE_CHECKING:
    from datadoctor.relabel.apply.plan import Plan


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "apply", help="apply a reviewer's decisions", description=__doc__
    )
    parser.add_argument(
        "decisions",
        type=Path,
        nargs="*",
        metavar="DECISIONS",
        help="a reviewed RUN, journals of reviews, our files, the report's, or tools' exports",
    )
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="the manifest to correct")
    parser.add_argument(
        "--source",
        type=Path,
        metavar="DIR",
        help="the images; without --manifest a folder of class folders, or of photos with boxes",
    )
    parser.add_argument(
        "--source-format", metavar="NAME", help="what --source is: one of `datadoctor formats` (default: by looking)"
    )
    parser.add_argument(
        "--queue", type=Path, metavar="JSONL", help="the queue that exports answer (default: relabel.jsonl beside each)"
    )
    parser.add_argument("--path-column", metavar="NAME", help="manifest column of the path (default: found by name)")
    parser.add_argument("--label-column", metavar="NAME", help="manifest column of the label (default: found by name)")
    parser.add_argument(
        "--label-separator", metavar="TEXT", help="as for `datadoctor audit`, for images with several labels"
    )
    parser.add_argument(
        "--new-class", action="append", default=[], metavar="NAME", help="allow a label no class has; may be repeated"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the corrected manifest here instead of in place"
    )
    parser.add_argument("--write", action="store_true", help="do it")
    parser.add_argument("--by", metavar="NAME", help="who decided, for the log (default: the user)")
    parser.add_argument("--confirm", default="", metavar="CODE", help="the code a dry run printed for group decisions")
    parser.add_argument("--move-script", type=Path, metavar="FILE", help="write the moves as a shell script, too")
    parser.add_argument("--records", type=Path, metavar="DIR", help="where decisions are kept (default: .datadoctor)")
    parser.add_argument(
        "--undo",
        type=Path,
        metavar="LOG",
        help="take back the latest application in this correction log, of the --source, --manifest and --out named with it",
    )
    parser.add_argument(
        "--follow-links",
        action="store_true",
        help="write also through links that lead out of the dataset or the records",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the plan; write it with --write; or the same for taking back."""
    _check_outputs(args)
    if args.undo:
        return _undo(args)
    if not args.decisions:
        raise DataDoctorError("apply needs DECISIONS (a file of answers), or --undo LOG")
    from datadoctor.relabel.apply.diff import move_script, plan_text

    plan = _plan(args)
    tell(args, plan_text(plan, MOST_LINES))
    if args.move_script:
        check_inside(args.move_script, args.move_script.parent, args.follow_links)
        args.move_script.write_text(move_script(plan), encoding="utf-8", errors="surrogateescape")
    if not args.write:
        tell(args, f"dry run: nothing was changed; to do it, add --write{_confirm(plan)}")
        answer(args, "apply", _told(plan, written=False))
        return 0
    from datadoctor.relabel.apply import write_plan
    from datadoctor.relabel.apply.undo import command

    done = write_plan(plan, by=args.by or getpass.getuser(), confirm=args.confirm, out=args.out)
    if done is None or done.bound is None:
        tell(args, "nothing to do")
    else:
        back = command(plan.records.log_file, done.bound)
        tell(args, f"applied {len(done.corrections)} corrections; to take them back: {back}")
    answer(args, "apply", _told(plan, written=done is not None))
    return 0


def _told(plan: Plan, *, written: bool) -> dict[str, Any]:
    """What ``--json`` says of a plan."""
    from datadoctor.relabel.apply.diff import plan_code

    return {
        "written": written,
        "accepted": plan.accepted,
        "done_before": plan.done,
        "refused": [{"decision": one.decision, "reason": one.reason} for one in plan.refused],
        "disputed": plan.disputed,
        "moves": plan.moves,
        "confirm": plan_code(plan) if plan.groups else None,
        "log": plan.records.log_file,
    }


def _undo(args: argparse.Namespace) -> int:
    from datadoctor.relabel.apply.undo import Place, plan_undo, take_back, undo_text

    if args.decisions:
        raise DataDoctorError("--undo LOG takes back, and DECISIONS would be applied: give one of them")
    undo = plan_undo(args.undo, Place(args.source, args.manifest, args.out, args.follow_links))
    tell(args, undo_text(undo, MOST_LINES))
    if args.write:
        take_back(undo)
        tell(args, f"taken back: {len(undo.transaction.corrections)} corrections")
    else:
        tell(args, "dry run: nothing was changed; to take them back, add --write")
    taken = {"written": args.write, "log": args.undo, "corrections": undo.transaction.corrections, "moves": undo.moves}
    answer(args, "undo", taken)
    return 0


def _check_outputs(args: argparse.Namespace) -> None:
    from datadoctor.files import check_file_can_be_written, check_folder_can_be_written

    for file in filter(None, (args.out, args.move_script)):
        check_file_can_be_written(file)
    if args.records:
        check_folder_can_be_written(args.records)


def _confirm(plan: Plan) -> str:
    from datadoctor.relabel.apply.diff import plan_code

    return f" --confirm {plan_code(plan)} (you have read what the groups hold)" if plan.groups else ""


def _plan(args: argparse.Namespace) -> Plan:
    from datadoctor.relabel.apply import plan_decisions

    return plan_decisions(
        *args.decisions,
        source=args.source,
        manifest=args.manifest,
        queue=args.queue,
        records=args.records,
        path_column=args.path_column,
        label_column=args.label_column,
        label_separator=args.label_separator,
        new_classes=tuple(args.new_class),
        follow_links=args.follow_links,
        source_format=args.source_format,
    )
