"""What changed since the last audit, on the overview."""

from collections.abc import Callable
from pathlib import Path

import pytest

from datadoctor import report
from datadoctor.run import Run
from tests.browser.chromium import Browser
from tests.browser.conftest import SCREENSHOTS
from tests.report.make_changes import write_changes
from tests.report.make_run import Spec, build

pytestmark = pytest.mark.browser


def test_links_lead_to_what_is_new_and_to_what_is_doubted(browser: Browser, tmp_path: Path) -> None:
    thumbnail = build(tmp_path, Spec(hostile=True, items=60, noise=0.3))
    paths = write_changes(tmp_path)
    report.write(Run(tmp_path), thumbnail, tmp_path / "report.html")
    browser.open(tmp_path / "report.html")
    browser.screenshot(SCREENSHOTS / "since.png")
    text = browser.run("document.querySelector('.since').textContent")
    assert "10.0% → 4.0%" in text
    assert "11 relabelled · 1 removed · 0 added" in text
    assert "New: 6, the first 5" in text
    assert "different models" in text
    rows = "[...document.querySelectorAll('.since tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    assert [row[1:] for row in browser.run(rows)] == [["12", "3", "40", "6"], ["0", "1", "2", "0"]]
    for place, path in enumerate([paths[6], *paths[:5]]):
        browser.open(tmp_path / "report.html")
        browser.run(f"document.querySelectorAll('.since li a')[{place}].click()")
        browser.wait("document.querySelector('.subject .path')")
        assert browser.run("document.querySelector('.subject .path').textContent") == path


def test_a_report_without_an_earlier_run_says_nothing_of_it(browser: Browser, made: Callable[[str], Path]) -> None:
    browser.open(made("plain"))
    assert browser.run("document.querySelector('.since') === null")
