"""Whom an image shares its reason with, beside it and by class pair; and what each stage's channels respond to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datadoctor import report
from datadoctor.flow.keeping import Keeper
from datadoctor.run import Run
from datadoctor.stages.class_structure import Detectors, Patches
from tests.browser.chromium import Browser
from tests.report.make_run import Spec, build
from tests.report.make_structure import STAGES

pytestmark = pytest.mark.browser
Made = Callable[[str], Path]


def test_who_shares_the_reason_and_who_was_decided_otherwise(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#classes?view=reasons")
    browser.wait("document.querySelectorAll('article.shared').length > 3")
    first = "document.querySelector('article.shared')"
    assert " for the same reason; the first stands for them." in browser.run(f"{first}.textContent")
    assert browser.run(f"{first}.querySelectorAll('.stands').length") == 1
    assert browser.run(f"{first}.querySelectorAll('.counter').length") == 1
    browser.click("article.shared .neighbours a")
    browser.wait("document.querySelector('.evidence .shared')")
    said = browser.run("document.querySelector('.evidence .shared').textContent")
    assert "The same reason" in said
    assert "this one stands for them." in said
    assert "7 rightly labelled" in said
    browser.click(".evidence .shared .neighbours a")
    browser.wait("document.querySelector('.evidence .shared').textContent.includes('the first here stands for them.')")
    browser.press("m")
    assert browser.run("document.querySelector('.lens-holds').textContent") == (
        "Holds 75% of what judged the label; without a place: neighbours."
    )


def test_patches_of_the_pairs_of_a_chosen_class(browser: Browser, tmp_path: Path) -> None:
    thumbnail = build(tmp_path, Spec(classes=4, items=60, duplicate_sets=2, unreadable=0))
    put_patches(tmp_path / "artifacts" / "stages")
    report.write(Run(tmp_path), thumbnail, tmp_path / "report.html")
    browser.open(tmp_path / "report.html", "#classes?view=responses")
    browser.wait("document.querySelectorAll('.patches img').length === 18")
    assert "features.7 55\u00a0%" in browser.run("document.querySelector('.told-apart').textContent")
    assert browser.run("[...document.querySelectorAll('.patches img')].every(i => i.naturalWidth === 48)")
    names = "[...document.querySelectorAll('.told option')].map(one => one.textContent).join()"
    assert browser.run(names) == "class_0 and class_1,class_2 and class_3"
    browser.open(tmp_path / "report.html", "#classes?view=responses&given=class_3")
    browser.wait(f"{names} === 'class_2 and class_3'")
    browser.click(".patches a")
    browser.wait("location.hash.startsWith('#review?item=')")


def put_patches(folder: Path) -> None:
    """Of each stage and pair two channels with nine plain patches each."""
    stage, pair, favours = np.meshgrid(np.arange(len(STAGES)), [0, 1], [0, 1], indexing="ij")
    m = stage.size
    found = Detectors(
        stages=STAGES,
        pairs=np.array([[0, 1], [2, 3]], np.int32),
        accuracy=np.array([[0.55, 0.6], [0.7, 0.8], [0.9, 0.9]], np.float32),
        stage=stage.ravel().astype(np.int32),
        pair=pair.ravel().astype(np.int32),
        channel=np.arange(m, dtype=np.int32),
        favours=(2 * pair + favours).ravel().astype(np.int32),
        distance=np.full(m, 1.5, np.float32),
    )
    pictures = np.full((9 * m, 48, 48, 3), 90, np.uint8)
    numbers, fields = np.repeat(np.arange(m, dtype=np.int32), 9), np.array([0.2, 0.5, 0.8], np.float32)
    Keeper(folder).put("patches", "", Patches(found, fields, numbers, np.arange(9 * m, dtype=np.int64) % 50, pictures))
