"""Decisions made in the page, downloaded by the browser, applied to the dataset by the real command."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from datadoctor import report
from datadoctor.cli import main
from datadoctor.run import QUEUE_COLUMNS, Run
from tests.browser.chromium import Browser
from tests.browser.conftest import SCREENSHOTS
from tests.report.make_run import Spec, build, say_in_words

pytestmark = pytest.mark.browser
SUBJECT = "document.querySelector('.subject .path').textContent"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of class folders whose report lies beside it."""
    source, run = tmp_path / "photos", tmp_path / "run"
    thumbnail = build(run, Spec(classes=4, items=120, noise=0.2, splits=(), duplicate_sets=6, unreadable=0), source)
    report.write(Run(run), thumbnail, tmp_path / "report.html")
    return source


def _downloaded(browser: Browser, folder: Path) -> Path:
    browser.download_to(folder)
    browser.click("#download")
    return browser.downloaded(folder)


def _label_of(source: Path, path: str) -> list[str]:
    return [str(file.parent.name) for file in source.rglob(Path(path).name)]


def test_decisions_are_applied_as_they_were_made(browser: Browser, photos: Path, tmp_path: Path) -> None:
    browser.open(photos.parent / "report.html", "#review")
    path = {}
    for name, key in (("keep", "k"), ("relabel", "r"), ("exclude", "x"), ("ambiguous", "a")):
        path[name] = browser.run(SUBJECT)
        browser.press(key)
    path["other"], given = browser.run(SUBJECT), browser.run("document.querySelector('.verdict .was').textContent")
    other = next(f"class_{i}" for i in range(4) if f"class_{i}" not in (given, _suggested(browser)))
    browser.press("l")
    browser.wait("document.querySelector('dialog.picker[open]')")
    browser.call("Input.insertText", text=other)
    browser.press("Enter")
    browser.wait("!document.querySelector('dialog.picker')")
    file = _downloaded(browser, tmp_path)
    assert main(["apply", str(file), "--source", str(photos), "--records", str(tmp_path / "records"), "--write"]) == 0
    assert _label_of(photos, path["relabel"]) == [_suggested_of(file, path["relabel"])]
    assert _label_of(photos, path["other"]) == [other], "another label is a relabel, too"
    for name in ("keep", "exclude", "ambiguous"):
        assert (photos / path[name]).is_file()
    accepted = "".join(f.read_text() for f in (tmp_path / "records").rglob("*") if f.is_file())
    assert all(row["key"][:8] in accepted for row in _rows(file) if row["decision"] == "keep")


def test_ids_are_shown_in_words_and_written_as_ids(browser: Browser, photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = ["tench, Tinca tinca", "goldfish", "hen", "ostrich"]
    say_in_words(run, words)
    report.write(Run(run), lambda _: None, tmp_path / "report.html")
    browser.open(tmp_path / "report.html", "#review")
    given = browser.run("document.querySelector('.verdict .was').textContent")
    suggested, path = _suggested(browser), browser.run(SUBJECT)
    assert {given, suggested} <= {"tench", "goldfish", "hen", "ostrich"}
    browser.press("r")
    second, was = browser.run(SUBJECT), browser.run("document.querySelector('.verdict .was').textContent")
    browser.press("l")
    browser.wait("document.querySelector('dialog.picker[open]')")
    other = next(name for name in ("hen", "ostrich") if name != was)
    browser.call("Input.insertText", text=other)
    browser.press("Enter")
    browser.wait("!document.querySelector('dialog.picker')")
    labels = {name.split(",")[0]: f"class_{i}" for i, name in enumerate(words)}
    made = {row["path"]: (row["given_label"], row["new_label"]) for row in _rows(_downloaded(browser, tmp_path))}
    assert made == {path: (labels[given], labels[suggested]), second: (labels[was], labels[other])}


def _suggested(browser: Browser) -> str:
    return str(browser.run("document.querySelector('.verdict .becomes')?.textContent ?? ''"))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _suggested_of(file: Path, path: str) -> str:
    return next(row["new_label"] for row in _rows(file) if row["path"] == path)


def test_file_has_the_priorities_and_keys_of_the_queue(browser: Browser, photos: Path, tmp_path: Path) -> None:
    browser.open(photos.parent / "report.html", "#duplicates")
    browser.click(".set header .button:last-child")
    browser.open(photos.parent / "report.html", "#review")
    for _ in range(6):
        browser.press("x")
    browser.press("u")
    rows = _rows(_downloaded(browser, tmp_path))
    assert tuple(rows[0]) == QUEUE_COLUMNS
    run = Run(tmp_path / "run")
    mislabel = run.findings[run.findings["check"] == "mislabel"]
    key = dict(zip(_first_paths(mislabel["subjects"]), mislabel["key"], strict=True))
    reviewed = [row for row in rows if not row["note"] and row["decision"] == "exclude"]
    assert len(reviewed) == 5
    assert all(row["key"] == key[row["path"]] for row in reviewed), "several findings: that about the label"
    others = [row for row in rows if row["note"].startswith("duplicate of")]
    assert others
    assert all(row["key"] not in key.values() for row in others), "dropped as a duplicate: that about the set"
    numbers = [int(row["priority"]) for row in rows if row["priority"]]
    assert numbers == sorted(numbers)


def _first_paths(subjects: Iterable[str]) -> list[str]:
    return [json.loads(text)[0]["path"] for text in subjects]


def test_worst_label_is_fixed_and_downloaded_in_three_steps(
    browser: Browser, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What someone who never saw the page does: the one coloured button, the coloured decision, the button that lights up."""
    browser.download_to(tmp_path)
    began, steps = time.perf_counter(), []
    browser.open(photos.parent / "report.html")

    def click(selector: str, why: str) -> None:
        assert browser.run(f"(() => {{ const b = document.querySelector({selector!r}).getBoundingClientRect();"
                           " return b.top >= 0 && b.bottom <= innerHeight; })()"), f"{selector} is not in sight"  # fmt: skip
        browser.click(selector)
        steps.append(why)

    click("#screen-overview .button.primary", "overview: review the worst label first")
    browser.wait("document.querySelector('.subject')")
    path = browser.run(SUBJECT)
    browser.screenshot(SCREENSHOTS / "walk-review.png")
    click(".act-relabel", "review: relabel to the suggestion")
    browser.screenshot(SCREENSHOTS / "walk-decided.png")
    click("#download", "download")
    file = browser.downloaded(tmp_path)
    [row] = _rows(file)
    assert (row["path"], row["decision"], row["priority"]) == (path, "relabel", "1")
    assert main(["apply", str(file), "--source", str(photos), "--records", str(tmp_path / "records")]) == 0
    said = capsys.readouterr().out
    assert "relabel: 1" in said
    assert f"{path}: {row['given_label']} -> {row['new_label']}" in said
    assert "dry run" in said
    assert "refused" not in said
    assert len(steps) == 3
    print(f"{len(steps)} clicks ({', '.join(steps)}), {time.perf_counter() - began:.1f} s by machine")
