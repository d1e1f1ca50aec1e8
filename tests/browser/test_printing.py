"""What the page looks like on paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_report import SCREENS

pytestmark = pytest.mark.browser
# A sheet of A4 between the margins that browsers leave, in CSS pixels.
SHEET = 718


def test_screens_fit_a_sheet_and_nothing_is_folded_away(browser: Browser, made: Callable[[str], Path]) -> None:
    for screen in SCREENS:
        browser.open(made("plain"), f"#{screen}")
        printed = browser.call("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)
        content = base64.b64decode(printed["data"])
        (SCREENSHOTS / f"printed-{screen}.pdf").parent.mkdir(parents=True, exist_ok=True)
        (SCREENSHOTS / f"printed-{screen}.pdf").write_bytes(content)
        assert 1 <= len(re.findall(rb"/Type /Page\b", content)) < 30, screen
        browser.call("Emulation.setEmulatedMedia", media="print")
        browser.resize(SHEET, 1000)
        assert browser.run("document.documentElement.scrollWidth") <= SHEET, screen
        assert browser.run("getComputedStyle(document.querySelector('.bar')).display") == "none"
        browser.call("Emulation.setEmulatedMedia", media="")
        browser.resize(1440, 900)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run("document.querySelectorAll('details:not([open])').length") == 0
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run("document.querySelectorAll('details[open]').length") == 0
