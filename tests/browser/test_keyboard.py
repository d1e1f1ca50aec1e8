"""The main ways through a review by keyboard alone: every stop can be seen, and none throws the reader back to the top of the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.browser.test_served import CELLS, CHOSEN, STAMPS, made_run, press, server, window, written  # noqa: F401
from tests.review.serving import Served

pytestmark = pytest.mark.browser
NAME = "(document.activeElement.getAttribute('aria-label') || document.activeElement.textContent)"
# An outline or a ring around what has the focus, or around the cell it points at.
SEEN = """(() => { const e = document.activeElement;
  const styles = [e, e.querySelector?.('.cursor')].filter(Boolean).map((one) => getComputedStyle(one));
  return styles.some((style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none'); })()"""
MOST_TABS = 80


def tab_to(browser: Browser, name: str, *, back: bool = False) -> None:
    """Press tab until what has the focus is called so; each stop on the way must be visible."""
    for _ in range(MOST_TABS):
        browser.press("Tab", shift=back)
        assert browser.run(f"document.activeElement === document.body || {SEEN}"), f"no ring: {browser.run(NAME)}"
        # Between two rounds the page itself has the focus, and its text holds every name.
        if browser.run(f"document.activeElement !== document.body && {NAME}.includes({json.dumps(name)})"):
            return
    raise AssertionError(f"tab never comes to {name!r}")


def test_class_sheet_many_and_duplicates_by_keyboard_alone(
    window: Callable[..., Browser],  # noqa: F811
    made_run: Path,  # noqa: F811
    server: Served,  # noqa: F811
) -> None:
    browser = window("#overview")
    tab_to(browser, "All images")
    press(browser, "Enter")
    browser.wait(f"{CELLS} > 20")

    tab_to(browser, "All classes")
    press(browser, "ArrowDown", "ArrowDown")
    browser.wait("location.hash.includes('class=class_1')")
    browser.wait("document.querySelector('.sheet-cell')?.getAttribute('aria-label')?.startsWith('class_1')")
    assert browser.run(NAME) == "All classes", "a filter that was changed keeps the focus"

    tab_to(browser, "Images")
    press(browser, "ArrowRight", "ArrowRight", shift=True)
    assert browser.run(CHOSEN) == 3
    press(browser, "l")
    browser.wait("document.querySelector('dialog.picker input')")
    press(browser, *"class_3", "Enter")
    browser.wait(f"{STAMPS} === 3")
    assert [one.new_label for one in written(made_run)[0].decisions] == ["class_3"] * 3
    browser.wait(f"{NAME} === 'Images'")  # back where the key was pressed

    tab_to(browser, "Undo", back=True)
    press(browser, "Enter")
    browser.wait(f"{STAMPS} === 0")
    assert "Undo" in browser.run(NAME), "the button pressed keeps the focus"

    tab_to(browser, "All classes", back=True)
    press(browser, "ArrowUp", "ArrowUp")
    browser.wait(f"!location.hash.includes('class=') && {CELLS} > 20")
    tab_to(browser, "Take many")
    press(browser, "Enter")
    browser.wait("document.querySelector('dialog.many input')")
    tab_to(browser, "Go on")
    press(browser, "Enter")
    for number in range(1, 11):
        browser.wait(f"document.querySelector('dialog.many')?.textContent.includes('Spot check {number} of')")
        press(browser, "y")
    browser.wait("document.querySelector('dialog.many h2').textContent === 'Taken'")
    press(browser, "Enter")
    browser.wait("!document.querySelector('dialog.many')")
    browser.wait(f"{NAME}.includes('Take many')")

    tab_to(browser, "Duplicates", back=True)
    press(browser, "Enter")
    browser.wait("document.querySelector('.sets .set')")
    tab_to(browser, "Keep ")
    kept = browser.run(NAME)
    press(browser, "Enter")
    browser.wait("document.querySelectorAll('.members .keep').length === 1")
    assert browser.run(NAME) == kept
    press(browser, "d")
    browser.wait("document.querySelectorAll('.members .exclude').length > 0")


def test_review_and_its_label_picker_by_keyboard_alone(
    window: Callable[..., Browser],  # noqa: F811
    made_run: Path,  # noqa: F811
) -> None:
    browser = window("#overview")
    tab_to(browser, "Review")
    press(browser, "Enter")
    browser.wait("document.querySelector('.subject .path')")
    press(browser, "l")
    browser.wait("document.querySelector('dialog.picker input')")
    press(browser, "ArrowDown", "ArrowDown", "Enter")
    press(browser, "k")
    browser.wait("document.querySelectorAll('.queue .stamp').length === 2")
    tab_to(browser, "Undo")
    press(browser, "Enter")
    browser.wait("document.querySelectorAll('.queue .stamp').length === 1")
    assert "Undo" in browser.run(NAME)
    assert [action.undoes != "" for action in written(made_run)] == [False, False, True]
