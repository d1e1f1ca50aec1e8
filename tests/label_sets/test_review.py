"""Reviewing images with several labels: in the page, and in what its server knows."""

import csv
from pathlib import Path

import numpy as np
import pytest

import datadoctor
from datadoctor.review.table import Table
from datadoctor.sources.label_sets import labels_of
from tests.browser.chromium import Browser, found_browser
from tests.label_sets.make import COLOURS, Made


def test_a_set_is_found_by_each_of_its_classes(audit: datadoctor.Audit, made: Made) -> None:
    table = Table(audit)
    for name in COLOURS:
        having = np.flatnonzero(np.isin(table.given, table.with_class(name)))
        expected = [place for place, path in enumerate(table.items["path"]) if name in made.given[path]]
        assert having.tolist() == expected
    assert table.is_label("pink|white")
    assert table.is_label("pink")
    assert not table.is_label("pink|dragon")
    assert not table.is_label("")


def test_the_key_of_an_image_names_all_its_findings(audit: datadoctor.Audit) -> None:
    table = Table(audit)
    of_labels = audit.findings["check"].isin(["extra-label", "missing-label"])
    assert sorted(" ".join(table.key.values()).split()) == sorted(audit.findings.loc[of_labels, "key"])


@pytest.mark.browser
def test_one_class_is_added_in_the_page_and_the_others_stay(audit: datadoctor.Audit, tmp_path: Path) -> None:
    if not found_browser():
        pytest.skip("no Chromium here")
    with Browser(tmp_path / "profile") as browser:
        browser.download_to(tmp_path)
        browser.open(audit.path / "report.html", "#review")
        browser.wait("document.querySelector('.stage .path')")
        path = str(browser.run("document.querySelector('.stage .path').textContent"))
        browser.press("l")
        browser.wait("document.querySelector('dialog.picker')")
        chosen = "[...document.querySelectorAll('dialog.picker input[type=checkbox]')]"
        before = browser.run(f"{chosen}.filter((box) => box.checked).length")
        browser.run(f"{chosen}.find((box) => !box.checked).click()")
        browser.run(
            "[...document.querySelectorAll('dialog.picker button')].find((one) => one.textContent === 'Done').click()"
        )
        browser.wait("!document.querySelector('dialog.picker')")
        browser.click("#download")
        file = browser.downloaded(tmp_path)
        assert not browser.problems
    (row,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert row["path"] == path
    assert row["decision"] == "relabel"
    assert len(labels_of(row["new_label"])) == before + 1
    assert len(row["key"]) >= 32
