"""Correction logs that a stranger wrote: whatever they say, nothing outside the dataset changes, and nothing in it is lost."""

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadoctor.findings import log
from datadoctor.findings.log import FileChange, Move, Transaction
from tests.security.sandbox import Sandbox, contents, sandbox

SHA = hashlib.sha256
PARTS = ("when", "bound", "files", "moves")


def hostile_texts(box: Sandbox) -> st.SearchStrategy[str]:
    inside = [str(file.relative_to(box.made.images)) for file in box.made.images.rglob("*.jpg")][:4]
    named = [
        str(box.outside / "canary.jpg"), "../../outside/canary.jpg", "cat/../../../outside/canary.jpg", "out/canary.jpg",
        "out/cat/img0000.jpg", "cat/canary.jpg", ".git/hooks/img0000.jpg", "dog/img0001.jpg/x.jpg", "", ".", "/", "//x.jpg",
        "cat/" + "x" * 300 + ".jpg", "x" * 5000 + ".jpg", "cat/caf\udce9.jpg", "cat/\0.jpg", "loop.jpg", "~/x.jpg", "C:\\x.jpg",
        "cat/\x1b[2J.jpg", "labels.csv", "../labels.csv", "../records/corrections.jsonl", "cat/new.jpg", "new/deep/img0000.jpg",
    ]  # fmt: skip
    return st.sampled_from(named + inside) | st.text(max_size=12)


def digests(box: Sandbox) -> st.SearchStrategy[str]:
    files = [file for file in box.folder.parent.rglob("*") if file.is_file()]
    known = sorted({SHA(file.read_bytes()).hexdigest() for file in files})
    return st.sampled_from(["0" * 64, *known])


def files_of(box: Sandbox) -> dict[str, Path]:
    records = box.records
    files = (box.folder / "labels.csv", box.folder / "out.csv", records.allow_file, records.excluded_file)
    return dict(zip(log.ROLES, files, strict=True))


def aimed(box: Sandbox, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Move]:
    """Moves of images that are there, with their true digests and texts, to anywhere."""
    images = sorted(file for file in box.made.images.rglob("*.jpg") if file.is_file())
    folders = texts.map(lambda text: text.rpartition("/")[0] or text)
    return st.builds(
        lambda file, folder, link: Move(
            f"{folder}/{file.name}", str(file.relative_to(box.made.images)), SHA(file.read_bytes()).hexdigest(),
            link if file.is_symlink() else "",
        ),
        st.sampled_from(images), folders, st.sampled_from([str(box.outside / "canary.jpg"), "../../../outside/canary.jpg"]) | texts,
    )  # fmt: skip


def junk() -> st.SearchStrategy[Any]:
    leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    return st.recursive(
        leaf, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=6), one, max_size=3)
    )


def well_formed(box: Sandbox) -> st.SearchStrategy[Transaction]:
    """Transactions that are bound to the dataset, under their true names: only what they do is hostile."""
    texts, sums = hostile_texts(box), digests(box)
    now = {role: SHA(file.read_bytes()).hexdigest() if file.is_file() else "" for role, file in files_of(box).items()}
    change = st.sampled_from(log.ROLES).flatmap(
        lambda role: st.builds(FileChange, st.just(role), sums, st.just(now[role]) | sums if now[role] else sums)
    )
    changes = st.lists(change, max_size=2, unique_by=lambda one: one.role)
    move = st.builds(Move, texts, texts, sums, st.just("") | texts)
    moves = st.lists(move | aimed(box, texts), max_size=3)
    bound = log.bound(box.records.folder, box.made.images, *(box.folder / name for name in ("labels.csv", "out.csv")))
    return st.builds(
        lambda files, moved: Transaction("", "now", bound, tuple(files), tuple(moved), ()).named(), changes, moves
    )


def broken(box: Sandbox) -> st.SearchStrategy[bytes]:
    """A log with any JSON for a part of a transaction, or for a line, or bytes that are no text."""
    heads = well_formed(box).map(lambda one: json.loads(one.lines().partition(b"\n")[0]))
    parts = st.builds(
        lambda head, name, value: head | {name: value},
        heads,
        st.sampled_from(["schema", "transaction", *PARTS]),
        junk(),
    )
    inner = st.builds(
        lambda head, name, value: head | {name: [value]},
        heads,
        st.sampled_from(PARTS),
        st.dictionaries(st.text(), junk()),
    )
    lines = (parts | inner | junk()).map(lambda value: json.dumps(value).encode())
    return st.lists(lines | st.binary(max_size=30), min_size=1, max_size=3).map(b"\n".join)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A dataset with links out of it, a loop, and a backup of everything under every name a log could ask for."""
    box = sandbox(tmp_path_factory.mktemp("hostile"), applied="manifest")
    (box.made.images / "out").symlink_to(box.outside)
    (box.made.images / "cat" / "canary.jpg").symlink_to(box.outside / "canary.jpg")
    (box.made.images / "loop.jpg").symlink_to("loop.jpg")
    return box


def copied(pristine: Sandbox, folder: Path) -> Sandbox:
    shutil.copytree(pristine.folder.parent, folder, symlinks=True)
    made = dataclasses.replace(pristine.made, images=folder / "dataset" / "images")
    box = Sandbox(folder / "dataset", folder / "outside", made)
    for link, there in (("out", box.outside), ("cat/canary.jpg", box.outside / "canary.jpg")):
        (made.images / link).unlink()
        (made.images / link).symlink_to(there)
    return box


def check_harmless(box: Sandbox, content: bytes) -> None:
    """Undo such a log: one clear end, nothing outside changed, no file lost or gained, nothing hidden made, or nothing at all."""
    box.records.log_file.write_bytes(content)
    outside, images = contents(box.outside), contents(box.made.images)
    code = box.undo("--out", str(box.folder / "out.csv"))
    after = contents(box.made.images)
    assert code in (0, 2)
    assert contents(box.outside) == outside
    assert files_in(after) == files_in(images)
    assert not [name for name in after.keys() - images.keys() if "/." in f"/{name}"]
    if code:
        assert after == images


def files_in(found: dict[str, bytes | str]) -> list[bytes]:
    return sorted(one for one in found.values() if isinstance(one, bytes))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_a_log_says_reaches_nothing_outside_and_loses_no_image(
    pristine: Sandbox, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    box = copied(pristine, tmp_path_factory.mktemp("run") / "box")
    one = data.draw(well_formed(box))
    for file in box.folder.parent.rglob("*.*"):  # backups as a stranger would add them: of everything
        if file.is_file():
            kept = box.records.backup(one.name, SHA(file.read_bytes()).hexdigest())
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, kept)
    check_harmless(box, one.lines())
    shutil.rmtree(box.folder.parent)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_log_that_is_none_is_one_clear_error(pristine: Sandbox, data: st.DataObject) -> None:
    check_harmless(pristine, data.draw(broken(pristine)))


@pytest.mark.parametrize(
    "line", ["[" * 200_000, '{"undone":' * 100_000, '{"schema": 1' + "0" * 10_000 + "}", "1", '"x"']
)
def test_lines_that_break_readers_are_one_clear_error(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    box = sandbox(tmp_path)
    box.records.folder.mkdir()
    box.records.log_file.write_text(line + "\n")
    assert box.undo() == 2
    assert capsys.readouterr().err.count("\n") == 1
