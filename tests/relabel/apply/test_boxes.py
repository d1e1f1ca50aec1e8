"""Classes of annotated objects, written back into COCO, YOLO and Pascal VOC: one class, and every other byte as it was."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply import plan_decisions, write_plan
from datadoctor.relabel.apply.undo import Place, plan_undo, take_back
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from datadoctor.sources.originals import digest_if_readable
from tests.sources.boxed import NAMES, WRITERS, some
from tests.sources.packs import in_zip

FORMATS = sorted(WRITERS)


def decided(file: Path, listing: Listing, answers: dict[int, str]) -> Path:
    """Decisions that give the rows of a listing other labels."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "given_label", "suggested_label", "digest", "decision", "new_label"])
        for row, label in answers.items():
            given = listing.label_name(row)
            writer.writerow([listing.paths[row], given, label, digest_if_readable(listing.file(row)), "relabel", label])
    return file


def contents(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


@pytest.mark.parametrize("name", FORMATS)
def test_one_class_changes_and_comes_back(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path / "data", some(6))
    listing = list_source(root, Config())
    before = contents(root)
    others = {row: next(one for one in NAMES if one != listing.label_name(row)) for row in (1, 4, 5)}
    decisions, records = decided(tmp_path / "d.csv", listing, others), tmp_path / "records"
    done = write_plan(plan_decisions(decisions, source=root, records=records), by="ann")
    assert done is not None
    assert len(done.corrections) == 3
    after = list_source(root, Config())
    expected = [others.get(row, listing.label_name(row)) for row in range(len(listing))]
    assert [after.label_name(row) for row in range(len(after))] == expected
    assert after.paths == listing.paths
    changed = {file for file, content in contents(root).items() if content != before[file]}
    assert changed == {listing.locations[row].rpartition(":")[0] for row in others}
    for file in changed:
        was, now = before[file].split(b"\n"), (root / file).read_bytes().split(b"\n")
        assert len(was) == len(now)
        assert sum(a != b for a, b in zip(was, now, strict=True)) <= 3
    again = plan_decisions(decisions, source=root, records=records)
    assert len(again.done) == 3
    take_back(plan_undo(records / "corrections.jsonl", Place(root, None, None, False)))
    assert contents(root) == before


@pytest.mark.parametrize("name", FORMATS)
def test_decisions_on_an_archive_are_refused_and_hold_for_what_it_is_unpacked_to(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path / "data", some(4))
    listing = list_source(in_zip(root), Config())
    other = next(one for one in NAMES if one != listing.label_name(2))
    decisions, records = decided(tmp_path / "d.csv", listing, {2: other}), tmp_path / "records"
    with pytest.raises(
        DataDoctorError, match=r"data\.zip: archives are read, not written; unpack it, give that folder"
    ):
        plan_decisions(decisions, source=tmp_path / "data.zip", records=records)
    write_plan(plan_decisions(decisions, source=root, records=records), by="ann")
    assert list_source(in_zip(root), Config()).label_name(2) == other


@pytest.mark.parametrize("name", FORMATS)
def test_what_changed_since_is_refused(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path / "data", some(4))
    listing = list_source(root, Config())
    row = next(row for row in range(len(listing)) if listing.label_name(row) == "dog")
    decisions = decided(tmp_path / "d.csv", listing, {row: "cat"})
    (photo,) = root.rglob(Path(listing.groups[row]).name)
    photo.write_bytes(photo.read_bytes() + b" ")
    plan = plan_decisions(decisions, source=root, records=tmp_path / "records")
    assert [one.reason for one in plan.refused] == ["the file is not the one that the reviewer saw"]


def test_a_class_without_a_number_is_named(tmp_path: Path) -> None:
    root = WRITERS["yolo"](tmp_path / "data", some(4))
    listing = list_source(root, Config())
    decisions = decided(tmp_path / "d.csv", listing, {0: "fox"})
    plan = plan_decisions(decisions, source=root, records=tmp_path / "records", new_classes=("fox",))
    with pytest.raises(DataDoctorError, match="has no number for the class 'fox'"):
        write_plan(plan, by="ann")
    root = WRITERS["voc"](tmp_path / "voc", some(4))
    decisions = decided(tmp_path / "v.csv", list_source(root, Config()), {0: "fox & <hound>"})
    plan = plan_decisions(decisions, source=root, records=tmp_path / "r", new_classes=("fox & <hound>",))
    write_plan(plan, by="ann")
    assert list_source(root, Config()).label_name(0) == "fox & <hound>"


def test_a_log_that_names_a_file_elsewhere_changes_nothing(tmp_path: Path) -> None:
    root = WRITERS["voc"](tmp_path / "data", some(4))
    listing = list_source(root, Config())
    decisions, records = decided(tmp_path / "d.csv", listing, {0: "owl & co"}), tmp_path / "records"
    write_plan(plan_decisions(decisions, source=root, records=records), by="ann")
    log = records / "corrections.jsonl"
    text = log.read_text(encoding="utf-8")
    for role in ("annotations:../outside.xml", "annotations:/etc/passwd", "annotations:a.py", "anything"):
        log.write_text(text.replace(f"annotations:{listing.locations[0].rpartition(':')[0]}", role), encoding="utf-8")
        with pytest.raises(DataDoctorError):
            plan_undo(log, Place(root, None, None, False))


def test_annotations_behind_a_link_out_of_the_dataset_are_not_written(tmp_path: Path) -> None:
    root = WRITERS["voc"](tmp_path / "data", some(4))
    outside = tmp_path / "elsewhere"
    (root / "Annotations").rename(outside)
    (root / "Annotations").symlink_to(outside)
    before = contents(outside)
    listing = list_source(root, Config())
    decisions, records = decided(tmp_path / "d.csv", listing, {0: "owl & co", 1: "cat"}), tmp_path / "records"
    with pytest.raises(DataDoctorError, match="link"):
        write_plan(plan_decisions(decisions, source=root, records=records), by="ann")
    assert contents(outside) == before
