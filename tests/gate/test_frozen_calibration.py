"""Frozen calibration on real images: a change never turns what is known of the images that it leaves alone."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.config import load
from datadoctor.errors import DataDoctorError
from datadoctor.gate import source
from datadoctor.gate.formats import others, render
from datadoctor.gate.judge import judge
from datadoctor.progress import Silent
from tests.gate.real import RULES, TODAY, WRONG, Base, add, new_findings


def existing(base: Base, data: Path) -> dict[str, int]:
    return {row.check: row.existing for row in base.verdict(data).rows if row.existing}


def test_the_base_itself_passes_with_all_its_findings(base: Base, tmp_path: Path) -> None:
    verdict = base.verdict(base.copy(tmp_path / "data"))
    rows = {row.check: row for row in verdict.rows}
    assert verdict.exit_code == 0
    assert not verdict.new
    assert rows["mislabel"].existing >= WRONG // 2
    assert verdict.fixed == 0


@pytest.mark.parametrize("seed", range(4))
def test_random_additions_and_removals_never_turn_findings_on_untouched_images(
    base: Base, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    data = base.copy(tmp_path / "data")
    removed = rng.sample(sorted(data.rglob("*.png")), rng.randint(0, 40))
    gone = {path.relative_to(data).as_posix() for path in removed}
    for path in removed:
        path.unlink()
    added = {add(data, image, rng.choice("0123")) for image in rng.sample(base.spare, rng.randint(1, 30))}
    now, known = base.state(data), base.known
    digests = {item.path: item.digest for item in known.items}
    lost = {digests[path] for path in gone}
    untouched = {one.key for one in known.findings if not lost & set(one.items)}
    found = {one.key for one in now.found if not any(s.path in added for s in one.subjects)}
    assert found == untouched
    verdict = base.verdict(data)
    assert all(added & {s.path for s in one.subjects} for one in verdict.new)
    assert {item.path for item in verdict.delta.removed} == gone
    assert {item.path for item in verdict.delta.added} == added


def test_a_changed_image_is_judged_the_same_whatever_else_changes(base: Base, tmp_path: Path) -> None:
    one, *others = base.spare
    wrong = "0" if one.parent.name != "0" else "1"
    alone, among = base.copy(tmp_path / "alone"), base.copy(tmp_path / "among")
    path = add(alone, one, wrong)
    for number, image in enumerate(others):
        add(among, image, "0123"[number % 4])
    add(among, one, wrong)
    for image in sorted(among.rglob("*.png"))[::11]:
        if image.name != Path(path).name:
            image.unlink()
    finding = ("mislabel", path)
    assert new_findings(base.verdict(alone))[finding] == pytest.approx(
        new_findings(base.verdict(among))[finding], abs=0.02
    )


def test_wrong_labels_are_reported_and_right_ones_are_not(base: Base, tmp_path: Path) -> None:
    right, wrong = base.copy(tmp_path / "right"), base.copy(tmp_path / "wrong")
    for image in base.spare:
        add(right, image, image.parent.name)
        add(wrong, image, str((int(image.parent.name) + 2) % 4))
    reported = [check for check, _ in new_findings(base.verdict(wrong)) if check == "mislabel"]
    mistaken = [check for check, _ in new_findings(base.verdict(right)) if check == "mislabel"]
    assert len(reported) >= 0.8 * len(base.spare)
    assert len(mistaken) <= 0.05 * len(base.spare)


def test_an_image_unlike_the_base_is_an_outlier_and_digits_are_not(base: Base, tmp_path: Path) -> None:
    data = base.copy(tmp_path / "data")
    for image in base.spare:
        add(data, image, image.parent.name)
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(data / "1" / "noise.png")
    found = [one.subjects[0].path for one in base.state(data).found if one.check == "outlier" and one.message]
    assert "1/noise.png" in found
    assert len(found) <= 1 + len(base.spare) // 20


def test_a_class_the_base_does_not_have_is_said_and_others_keep_their_names(base: Base, tmp_path: Path) -> None:
    data = base.copy(tmp_path / "data")
    nines = [image for image in base.spare if image.parent.name == "3"][:2]
    for image in nines:
        add(data, image, "00 first")
    image = next(image for image in base.spare if image.parent.name == "2")
    path = add(data, image, "0")
    verdict = base.verdict(data)
    message = next(one.message for one in verdict.new if one.subjects[0].path == path)
    assert message.startswith("Given 0, looks like 2, ")
    assert any("2 changed have classes" in one.reason for one in verdict.incomplete)
    assert verdict.exit_code == 1


def test_missing_calibration_is_rebuilt_to_the_same_hash(base: Base, tmp_path: Path) -> None:
    data = base.copy(tmp_path / "data")
    moved = next((data / "0").iterdir())
    moved.rename(moved.with_name("renamed.png"))
    wrong = add(data, next(image for image in base.spare if image.parent.name == "1"), "0")
    before = new_findings(base.verdict(data))
    assert ("mislabel", wrong) in before
    assert new_findings(base.verdict(data, tmp_path / "empty")) == before
    assert (tmp_path / "empty" / "frozen" / base.known.frozen).is_dir()


def test_calibration_that_cannot_be_rebuilt_is_2_and_no_pass(base: Base, tmp_path: Path) -> None:
    data = base.copy(tmp_path / "data")
    next((data / "0").iterdir()).unlink()
    with pytest.raises(DataDoctorError, match="of the base changed or is gone") as raised:
        base.verdict(data, tmp_path / "empty")
    assert raised.value.exit_code == 2
    assert "refresh the baseline" in str(raised.value)


def test_damaged_calibration_is_not_used(base: Base, tmp_path: Path) -> None:
    data, cache = base.copy(tmp_path / "data"), tmp_path / "cache"
    shutil.copytree(base.folder / "cache", cache)
    array = max((cache / "frozen" / base.known.frozen).glob("*.npy"), key=lambda file: file.stat().st_size)
    array.write_bytes(array.read_bytes()[:-4] + b"\0\0\x80\x3f")
    next((data / "0").iterdir()).unlink()
    with pytest.raises(DataDoctorError, match="refresh the baseline"):
        base.verdict(data, cache)


def test_a_finding_is_reported_at_the_change_and_names_the_others(base: Base, tmp_path: Path) -> None:
    data = base.copy(tmp_path / "data")
    old = next((data / "0").iterdir())
    shutil.copy(old, data / "1" / "zz.png")
    verdict = base.verdict(data)
    one = next(one for one in verdict.new if one.check == "conflicting-duplicate")
    assert one.file == (data / "1" / "zz.png").as_posix()
    assert others(one) == f" (with 0/{old.name})"


def test_a_finding_is_reported_at_the_row_of_the_manifest(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = base.copy(tmp_path / "data")
    images = sorted(path.relative_to(data).as_posix() for path in data.rglob("*.png"))
    shutil.copy(data / images[0], data / "zz.png")
    rows = [*((path, path[0]) for path in images), ("zz.png", "3")]
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "labels.csv").write_text("path,label\n" + "".join(f"{a},{b}\n" for a, b in rows))
    settings = load(None, {"manifest": Path("lists/labels.csv")}, search=False)
    known = replace(base.known, calibration={})
    now = source.of_source(data, known, settings, Silent(), hash_only=True)
    found = judge(now, known, RULES, today=TODAY)
    assert found.leakage is None
    one = next(one for one in found.new if one.check == "conflicting-duplicate")
    assert (one.file, one.line) == ("lists/labels.csv", len(rows) + 1)


def test_the_leak_matrix_counts_the_pairs_of_the_change(base: Base, tmp_path: Path) -> None:
    for split in ("train", "test"):
        base.copy(tmp_path / "data" / split)
    settings = load(None, {}, search=False)
    now = source.of_source(tmp_path / "data", None, settings, Silent(), hash_only=True)
    n = len(base.known.items)
    assert now.leakage == {
        "splits": ["test", "train"], "exact": [[0, n], [n, 0]], "near": [[0, 0], [0, 0]], "of": " of changed images"
    }  # fmt: skip
    text = render(judge(now, None, RULES, today=TODAY), "markdown")
    assert "### Pairs by split of changed images (exact + near)" in text
