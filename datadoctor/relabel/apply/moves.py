"""Moves: where relabelled images of a folder of class folders go, and why some must stay."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from datadoctor.findings.log import Move
from datadoctor.findings.records import Records
from datadoctor.links import link_text, real, relinked, same_entry, standing
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.targets import FolderTarget


def plan_moves(
    relabels: Sequence[Decision], target: FolderTarget, records: Records, follow_links: bool
) -> tuple[list[Move], dict[str, str]]:
    """The moves, and by path the reason why an image cannot move. ``follow_links``: also through folders that are links."""
    moves: list[Move] = []
    reasons: dict[str, str] = {}
    begun = records.begun_moves(target.root)
    taken: set[str] = set()
    for one in relabels:
        source, goal = target.name_on_disk(one.path), target.destination(one.path, one.new_label)
        if goal is None:
            reasons[one.path] = f"there is not one certain folder for '{one.new_label}': move it by hand"
            continue
        move = Move(source, goal, one.digest, link_text(target.root / source))
        reason = "" if follow_links else leads_out(target.root, source) or leads_out(target.root, goal)
        reason = reason or _refusal(move, target, taken, begun)
        if reason:
            reasons[one.path] = reason
        else:
            taken.add(goal)
            moves.append(move)
    return moves, reasons


def leads_out(root: Path, path: str) -> str:
    """Why the folder of a path is not in the dataset, '' where it is."""
    folder = (root / path).parent
    there = real(folder)
    if there.is_relative_to(real(root)):
        return ""
    return f"{folder} is a link out of the dataset, to {there}: --follow-links moves images there all the same"


def new_link(move: Move, root: Path) -> str:
    """What the link says where it moves to; '' where the image is a file."""
    return move.link and relinked(move.link, root / move.source, root / move.target)


def _refusal(move: Move, target: FolderTarget, taken: set[str], begun: frozenset[Move]) -> str:
    source, goal = target.root / move.source, target.root / move.target
    half_done = move in begun and same_entry(source, goal)
    if move.target in taken or (os.path.lexists(goal) and not half_done):
        return f"another image is called {move.target} already"
    others = target.shown_by.get(str(real(source.parent) / source.name), ())
    if others := [path for path in others if path != move.source]:
        return f"{others[0]} is a link to it, and would show nothing: move both by hand"
    try:
        other_disk = standing(goal.parent).stat().st_dev != source.parent.stat().st_dev
    except OSError as error:
        return f"{goal.parent} can be no folder ({error.strerror}): move it by hand"
    return f"{goal.parent} is on another disk: move it by hand" if other_disk else ""
