"""Maps over the image: they lie where the image is, show what they say, and go and come by key and button."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import Browser

pytestmark = pytest.mark.browser
Made = Callable[[str], Path]

BOX = "(e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })"
# Alpha and blue less red of the map, in the middle of its left and of its right part.
SEEN = """(() => {
  const canvas = document.querySelector('.lens'), copy = document.createElement('canvas');
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return JSON.stringify([0.25, 0.75].map(x => {
    const p = context.getImageData(Math.round(canvas.width * x), Math.round(canvas.height / 2), 1, 1).data;
    return [p[3], p[2] - p[0]];
  }));
})()"""


def seen(browser: Browser) -> Any:
    return json.loads(browser.run(SEEN))


def shown(browser: Browser) -> list[str]:
    pressed = "[...document.querySelectorAll('.lens-bar [aria-pressed=true]')].map(b => b.textContent)"
    return list(json.loads(browser.run(f"JSON.stringify({pressed})")))


def test_keys_and_buttons_show_where_each_label_is_seen(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#review")
    browser.wait("document.querySelector('.lens-bar')")
    assert browser.run("document.querySelector('.lens').hidden")
    browser.press("m")
    assert not browser.run("document.querySelector('.lens').hidden")
    assert shown(browser) == ["mWhere it looks", "Both"]
    (left, left_hue), (right, right_hue) = seen(browser)
    assert 60 < left < right, "the given label is seen half as clearly"
    assert left_hue < -100 < 100 < right_hue
    browser.press("M", shift=True)
    assert shown(browser)[1:] == ["Given"]
    assert [alpha > 60 for alpha, _ in seen(browser)] == [True, False]
    browser.click(".lens-suggested")
    assert [alpha > 60 for alpha, _ in seen(browser)] == [False, True]
    browser.press("ArrowRight")
    assert shown(browser)[1:] == ["Suggested"], "what is shown stays from image to image"
    browser.press("m")
    assert browser.run("document.querySelector('.lens').hidden")


def test_the_map_lies_on_the_image_at_every_width(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#review")
    browser.wait("document.querySelector('.lens-bar')")
    browser.press("m")
    for width, height in ((1440, 900), (900, 700), (390, 844)):
        browser.resize(width, height)
        for part in (".subject img", ".lens"):
            browser.wait(f"document.querySelector('{part}').clientWidth > 0")
        aligned = (
            f"JSON.stringify([{BOX}(document.querySelector('.subject img')), {BOX}(document.querySelector('.lens'))])"
        )
        browser.wait(f"(([a, b]) => a.every((v, i) => Math.abs(v - b[i]) <= 1))(JSON.parse({aligned}))")


def test_what_speaks_for_a_label_hides_nothing_below(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#review")
    browser.wait("document.querySelector('.evidence section')")
    parts = "[...document.querySelectorAll('.evidence section')]"
    assert browser.run(f"{parts}.every(part => part.scrollHeight <= part.clientHeight + 1)")
