"""Links: images go on showing what they show, and nothing is written through a link that leads elsewhere unless that is said."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from datadoctor.cli import main
from datadoctor.errors import DataDoctorError
from datadoctor.files import write_whole
from datadoctor.links import relinked
from datadoctor.relabel.apply import plan_decisions, write_plan
from datadoctor.relabel.apply.diff import move_script
from datadoctor.relabel.apply.plan import Plan
from datadoctor.spreadsheet import write_csv
from tests.relabel.apply.decide import planned, undo
from tests.relabel.queue.make_run import Made, make_run
from tests.security.sandbox import contents, replaced_by_link


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Class folders with two images each; cat/ is what the tests change."""
    return make_run(tmp_path, n=6)


def relabel(made: Made, path: str, new: str) -> pd.DataFrame:
    """The answer that an image has another class."""
    file = made.images / path
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
    row = {"path": path, "given_label": path.split("/")[0], "suggested_label": new, "digest": digest}
    return pd.DataFrame([row | {"decision": "relabel", "new_label": new, "key": "k"}])


def moved(tmp_path: Path, made: Made, path: str, new: str = "dog") -> Plan:
    return planned(tmp_path, made, relabel(made, path, new), folder=True)


def linked_image(made: Made, text: str, name: str = "linked.jpg") -> str:
    """An image in cat/ that is a link of this text."""
    (made.images / "cat" / name).symlink_to(text)
    return f"cat/{name}"


@pytest.mark.parametrize(
    "text", ["../../store/real.jpg", "{store}/real.jpg", "./../../store/./real.jpg", "sub/../real.jpg"]
)
def test_an_image_that_is_a_link_shows_the_same_elsewhere_and_comes_back(tmp_path: Path, made: Made, text: str) -> None:
    store = tmp_path / "store"
    (store / "deep").mkdir(parents=True)
    (store / "real.jpg").write_bytes(b"the picture")
    (made.images / "cat" / "sub").symlink_to(store / "deep")  # so that sub/.. is the store
    path = linked_image(made, text.format(store=store))
    before = contents(made.images)
    plan = moved(tmp_path, made, path)
    copy = shutil.copytree(made.images, tmp_path / "copy", symlinks=True)
    write_plan(plan, by="ci")
    there = made.images / "dog" / "linked.jpg"
    assert there.is_symlink()
    assert there.read_bytes() == b"the picture"
    assert not os.path.lexists(made.images / path)
    subprocess.run(["/bin/sh"], input=move_script(plan), text=True, cwd=copy, check=True)
    assert contents(copy) == contents(made.images)
    undo(plan)
    assert contents(made.images) == before


def test_a_link_between_folders_of_other_depth_is_rewritten(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "real.jpg").touch()
    assert relinked("../../real.jpg", tmp_path / "a" / "b" / "x", tmp_path / "a" / "x") == "../real.jpg"
    assert relinked("/real.jpg", tmp_path / "a" / "b" / "x", tmp_path / "a" / "x") == "/real.jpg"


def test_a_dangling_link_moves_as_what_it_is_and_a_loop_does_no_harm(tmp_path: Path, made: Made) -> None:
    (made.images / "dog" / "loop.jpg").symlink_to("loop.jpg")
    path = linked_image(made, "../gone.jpg")
    before = contents(made.images)
    plan = moved(tmp_path, made, path)
    write_plan(plan, by="ci")
    assert str((made.images / "dog" / "linked.jpg").readlink()) == "../gone.jpg"
    undo(plan)
    assert contents(made.images) == before


@pytest.mark.parametrize("there", ["nothing.jpg", "linked.jpg", "img0001.jpg"])
def test_a_link_that_has_the_name_already_is_not_replaced(tmp_path: Path, made: Made, there: str) -> None:
    """Dangling, a loop, or a link to another image."""
    (made.images / "dog" / "linked.jpg").symlink_to(there)
    (made.images / "cat" / "linked.jpg").write_bytes(b"mine")
    plan = moved(tmp_path, made, "cat/linked.jpg")
    assert [one.reason for one in plan.refused] == ["another image is called dog/linked.jpg already"]


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_one_file_under_two_names_keeps_both(tmp_path: Path, made: Made, kind: str) -> None:
    """Such as a picture filed in two classes without a copy: neither is what a killed run left."""
    store = tmp_path / "real.jpg"
    store.write_bytes(b"the picture")
    for name in ("cat/both.jpg", "dog/both.jpg"):
        (made.images / name).hardlink_to(store) if kind == "hard" else (made.images / name).symlink_to(store)
    before = contents(made.images)
    plan = moved(tmp_path, made, "cat/both.jpg")
    assert [one.reason for one in plan.refused] == ["another image is called dog/both.jpg already"]
    assert write_plan(plan, by="ci") is None
    assert contents(made.images) == before


@pytest.mark.parametrize("kind", ["file", "dangling"])
def test_what_is_no_folder_takes_no_image(tmp_path: Path, made: Made, kind: str) -> None:
    there = made.images / "wolf"
    there.write_bytes(b"") if kind == "file" else there.symlink_to("nowhere")
    write_csv(relabel(made, "cat/img0003.jpg", "wolf"), tmp_path / "decisions.csv")
    plan = plan_decisions(
        tmp_path / "decisions.csv", source=made.images, records=tmp_path / "records", new_classes=("wolf",)
    )
    (refused,) = plan.refused
    assert "can be no folder" in refused.reason


def test_a_hard_linked_image_moves_and_its_other_name_stays(tmp_path: Path, made: Made) -> None:
    other = tmp_path / "other.jpg"
    (made.images / "cat" / "hard.jpg").write_bytes(b"the picture")
    other.hardlink_to(made.images / "cat" / "hard.jpg")
    plan = moved(tmp_path, made, "cat/hard.jpg")
    write_plan(plan, by="ci")
    assert other.samefile(made.images / "dog" / "hard.jpg")
    undo(plan)
    assert other.samefile(made.images / "cat" / "hard.jpg")


def test_an_image_that_links_show_stays_with_the_reason(tmp_path: Path, made: Made) -> None:
    (made.images / "cat" / "real.jpg").write_bytes(b"the picture")
    (made.images / "lynx" / "middle.jpg").symlink_to("../cat/real.jpg")
    (made.images / "lynx" / "last.jpg").symlink_to("middle.jpg")
    for path in ("cat/real.jpg", "lynx/middle.jpg"):
        (refused,) = moved(tmp_path, made, path).refused
        assert "is a link to it, and would show nothing" in refused.reason
    assert len(moved(tmp_path, made, "lynx/last.jpg").moves) == 1


@pytest.mark.parametrize("end", ["cat", "dog"])
def test_a_class_folder_that_is_a_link_out_is_written_through_only_if_told(
    tmp_path: Path, made: Made, end: str
) -> None:
    outside = tmp_path / "outside"
    shutil.move(made.images / end, outside)
    (made.images / end).symlink_to(outside)
    (made.images / "cat" / "mine.jpg").write_bytes(b"the picture")
    before = contents(tmp_path)
    plan = moved(tmp_path, made, "cat/mine.jpg")
    (refused,) = plan.refused
    assert f"is a link out of the dataset, to {outside}: --follow-links" in refused.reason
    assert write_plan(plan, by="ci") is None
    assert contents(outside) == {name[8:]: text for name, text in before.items() if name.startswith("outside/")}
    call = [
        "apply",
        str(tmp_path / "decisions.csv"),
        "--source",
        str(made.images),
        "--records",
        str(tmp_path / "records"),
    ]
    assert main([*call, "--follow-links", "--write"]) == 0
    assert (made.images / "dog" / "mine.jpg").read_bytes() == b"the picture"
    back = ["apply", "--undo", str(tmp_path / "records" / "corrections.jsonl"), "--source", str(made.images), "--write"]
    assert main(back) == 2
    assert main([*back, "--follow-links"]) == 0
    assert contents(outside) == {name[8:]: text for name, text in before.items() if name.startswith("outside/")}


def test_a_class_folder_that_is_a_link_within_is_written_to(tmp_path: Path, made: Made) -> None:
    (made.images / ".all").mkdir()
    shutil.move(made.images / "dog", made.images / ".all" / "dog")
    (made.images / "dog").symlink_to(".all/dog")
    (made.images / "cat" / "mine.jpg").write_bytes(b"the picture")
    write_plan(moved(tmp_path, made, "cat/mine.jpg"), by="ci")
    assert (made.images / ".all" / "dog" / "mine.jpg").read_bytes() == b"the picture"


LINKS = [
    "records",
    "records/allow.toml",
    "records/excluded.csv",
    "records/corrections.jsonl",
    "records/backups",
    "labels.csv",
]


@pytest.mark.parametrize("link", LINKS)
def test_records_and_manifests_that_are_links_elsewhere_are_written_only_if_told(
    tmp_path: Path, made: Made, link: str
) -> None:
    here, outside = tmp_path / "here", tmp_path / "outside"
    here.mkdir()
    manifest = made.manifest(here / "labels.csv")
    outside.mkdir()
    there = outside / Path(link).name
    if link == "labels.csv":
        shutil.copyfile(manifest, there)
    elif "." in link:
        there.write_bytes(b"")
    else:
        there.mkdir()
    replaced_by_link(here / link, there)
    rows = [relabel(made, "cat/img0003.jpg", "dog"), relabel(made, "dog/img0001.jpg", "dog").assign(key="0" * 32)]
    rows.append(relabel(made, "lynx/img0002.jpg", "").assign(decision="exclude"))
    write_csv(pd.concat(rows), here / "decisions.csv")
    before = contents(outside)
    with pytest.raises(DataDoctorError, match=r"a link.* to .*add --follow-links"):
        plan_decisions(here / "decisions.csv", source=made.images, manifest=manifest, records=here / "records")
    assert contents(outside) == before
    plan = plan_decisions(
        here / "decisions.csv", source=made.images, manifest=manifest, records=here / "records", follow_links=True
    )
    assert len(plan.accepted) == 3
    write_plan(plan, by="ci")
    assert (here / link).is_symlink()
    assert contents(outside) != before


def test_records_are_no_link_even_beside_where_they_are_named(tmp_path: Path, made: Made) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "records").symlink_to("mine")
    with pytest.raises(DataDoctorError, match="records are kept where they are named"):
        moved(tmp_path, made, "cat/img0003.jpg")
    assert not list((tmp_path / "mine").iterdir())


def test_an_out_file_that_is_a_link_elsewhere_is_not_written(tmp_path: Path, made: Made) -> None:
    (tmp_path / "sub").mkdir()
    mine = tmp_path / "mine.csv"
    mine.write_text("mine")
    (tmp_path / "sub" / "out.csv").symlink_to(mine)
    plan = planned(tmp_path, made, relabel(made, "cat/img0003.jpg", "dog"))
    with pytest.raises(DataDoctorError, match="a link that leads out"):
        write_plan(plan, by="ci", out=tmp_path / "sub" / "out.csv")
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("there", ["/dev/full", "folder"])
def test_no_file_is_put_in_the_place_of_a_device_or_folder(tmp_path: Path, there: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(there)
    with pytest.raises(DataDoctorError, match="a folder or device"):
        write_whole(tmp_path / "link", b"new")
    assert str((tmp_path / "link").readlink()) == there


def test_a_whole_file_replaces_a_link_and_keeps_the_mode_of_a_file(tmp_path: Path) -> None:
    mine, link = tmp_path / "mine", tmp_path / "link"
    mine.write_text("mine")
    mine.chmod(0o640)
    link.symlink_to(mine)
    write_whole(link, b"new")
    assert (mine.read_text(), link.read_text(), link.is_symlink()) == ("mine", "new", False)
    write_whole(mine, b"new")
    assert mine.stat().st_mode & 0o777 == 0o640
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link", "mine"]
