"""A picture dropped onto the served page: the nearest images are shown, and what is no picture is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from datadoctor.run import Run
from tests.browser.chromium import Browser, found_browser
from tests.review.serving import served
from tests.review.test_nearest import run  # noqa: F401

pytestmark = pytest.mark.browser
FIRST = "document.querySelector('.sheet-cell')?.title"


def test_a_dropped_picture_is_named_and_what_is_nearest_shown(run: Run, tmp_path: Path) -> None:  # noqa: F811
    if found_browser() is None:
        pytest.skip("no Chromium found: install it (apt-get install chromium) to run the browser tests")
    paths = run.items["path"]
    with served(run.path) as server, Browser(tmp_path / "profile") as browser:
        browser.call("Page.navigate", url=f"{server.address}#overview")
        browser.wait("document.documentElement?.dataset.ready === 'yes'")
        for place in (5, 9):  # the second time from the sheet itself
            dropped = tmp_path / f"mine-{place}.png"
            shutil.copy(run.path.parent / "photos" / paths[place], dropped)
            browser.drop(dropped, 700, 600)
            browser.wait(f"{FIRST}?.startsWith({str(paths[place])!r})")
            assert f"nearest to {dropped.name}" in browser.run("document.querySelector('#screen-sheet').textContent")
            assert browser.run("document.querySelector('img.dropped').naturalWidth") > 0
        assert browser.run("document.querySelector('input[name=words]')") is None, "nothing here reads text"
        assert browser.problems == []

        (tmp_path / "notes.txt").write_text("not a picture")
        browser.drop(tmp_path / "notes.txt", 700, 600)
        browser.wait(
            "document.querySelector('.complaint')?.textContent.startsWith('notes.txt: not an image that can be read')"
        )
        browser.run("history.back()")
        browser.wait(f"{FIRST}?.startsWith({str(paths[5])!r})")
