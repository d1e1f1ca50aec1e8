"""The report, driven as a person would."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from datadoctor.run import QUEUE_COLUMNS
from tests.browser.chromium import Browser
from tests.browser.conftest import SCREENSHOTS, SPECS

pytestmark = pytest.mark.browser
Made = Callable[[str], Path]
SCREENS = ("overview", "review", "duplicates", "classes", "images", "method")


def _downloaded(browser: Browser) -> list[dict[str, str]]:
    browser.run(
        "URL.createObjectURL = blob => { window.written = blob.text(); return 'about:blank#'; };"
        "HTMLAnchorElement.prototype.click = () => {}; 0"
    )
    browser.click("#download")
    text = browser.run("window.written")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", [name for name in SPECS if name != "large"])
def test_every_screen_opens(browser: Browser, made: Made, name: str) -> None:
    for mode in ("light", "dark", "phone"):
        browser.resize(*((390, 844) if mode == "phone" else (1440, 900)))
        browser.dark(mode == "dark")
        for screen in SCREENS:
            browser.open(made(name), f"#{screen}")
            assert browser.run(f"!document.getElementById('screen-{screen}').hidden")
            assert browser.run("document.documentElement.scrollWidth <= innerWidth"), (
                f"{screen} is wider than a {mode} window"
            )
            browser.screenshot(SCREENSHOTS / f"{name.replace(' ', '-')}-{mode}-{screen}.png")


def test_worst_label_is_relabelled_and_downloaded(browser: Browser, made: Made) -> None:
    browser.open(made("plain"))
    browser.click(".worst a")
    browser.wait("document.querySelector('.subject .path')")
    path = browser.run("document.querySelector('.subject .path').textContent")
    new = browser.run("document.querySelector('.verdict .becomes').textContent")
    browser.press("r")
    assert browser.run("document.querySelector('.subject .path').textContent") != path, (
        "a decision goes on to the next item"
    )
    browser.open(made("plain"), "#review")
    assert "Download 1 decision" in browser.run("document.getElementById('download').textContent"), "lost on reload"
    [row] = _downloaded(browser)
    assert tuple(row) == QUEUE_COLUMNS
    assert (row["path"], row["decision"], row["new_label"]) == (path, "relabel", new)
    assert len(row["key"]) == 32
    assert len(row["digest"]) == 64


def test_every_key_decides(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#review")
    for key in ("k", "x", "a"):
        browser.press(key)
    browser.press("l")
    browser.wait("document.querySelector('dialog.picker[open]')")
    browser.call("Input.insertText", text="class_7")
    browser.press("Enter")
    browser.wait("!document.querySelector('dialog.picker')")
    browser.press("k")
    browser.press("u")
    rows = _downloaded(browser)
    assert [row["decision"] for row in rows] == ["keep", "exclude", "ambiguous", "relabel"]
    assert rows[3]["new_label"] == "class_7"


def test_arrows_move_and_filters_narrow(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#review")
    first = browser.run("document.querySelector('.subject .path').textContent")
    browser.press("ArrowRight")
    assert browser.run("document.querySelector('.subject .path').textContent") != first
    browser.press("ArrowLeft")
    assert browser.run("document.querySelector('.subject .path').textContent") == first
    browser.open(made("plain"), "#review?check=unreadable-image")
    assert "of 3 decided" in browser.run("document.querySelector('.progress').textContent")
    assert "truncated" in browser.run("document.querySelector('.subject .no-picture').textContent")


def test_duplicates_are_compared_and_dropped(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#duplicates")
    assert browser.run("document.querySelector('.set .status').textContent") == "labels conflict", (
        "conflicts come first"
    )
    browser.click(".set header .button")
    for mode in ("side", "blink", "difference"):
        browser.click(f"[data-mode={mode}]")
        browser.wait("document.querySelector('dialog.compare img, dialog.compare canvas')")
    browser.wait("document.querySelector('dialog.compare figcaption').textContent.includes('differ by more')")
    browser.screenshot(SCREENSHOTS / "compare.png")
    browser.press("Escape")
    browser.click(".set header .button:last-child")
    decisions = {row["decision"] for row in _downloaded(browser)}
    assert decisions == {"keep", "exclude"}
    before = browser.run("document.getElementById('download').textContent")
    browser.press("u")
    assert browser.run("document.getElementById('download').textContent") != before, "u takes a decision back here, too"


def test_hostile_names_stay_text(browser: Browser, made: Made) -> None:
    for screen in SCREENS:
        browser.open(made("hostile"), f"#{screen}")
        assert browser.run(
            "window.hacked === undefined && !document.querySelector('main b b, main script, img[src=x]')"
        )
    browser.open(made("hostile"), "#review")
    for _ in range(20):
        browser.press("r")
    for row in _downloaded(browser):
        assert not row["path"].startswith(("=", "+", "-", "@", "\t", "\n")), row["path"]
        assert not row["new_label"].startswith(("=", "+", "-", "@", "\t", "\n")), row["new_label"]


def test_what_did_not_run_is_on_the_first_screen(browser: Browser, made: Made) -> None:
    browser.open(made("hostile"))
    text = browser.run("document.querySelector('.notice.bad').innerText")
    assert "2 of 10 checks did not run" in text
    assert "KeyError: 'x'" in text
    assert "fewer than 5 images a class" in text
    browser.open(made("clean"))
    assert browser.run("document.querySelector('.notice.bad') === null")
    browser.open(made("empty"), "#review")
    assert "Nothing to review" in browser.run("document.querySelector('#screen-review .empty, .stage').textContent")


def test_policy_stops_injected_scripts(browser: Browser, made: Made) -> None:
    browser.open(made("plain"))
    browser.run("document.head.appendChild(document.createElement('style')).textContent = 'body{display:none}'; 0")
    assert browser.run("getComputedStyle(document.body).display") != "none"
    assert browser.run("(() => { try { document.body.innerHTML = '<p>'; return false; } catch { return true; } })()")
    assert browser.problems, "the refusals are logged"
    browser.problems.clear()


@pytest.mark.slow
def test_large_dataset_stays_small_and_fast(browser: Browser, made: Made) -> None:
    page = made("large")
    assert page.stat().st_size <= 20_000_000
    began = time.perf_counter()
    browser.open(page)
    figures = {"load": time.perf_counter() - began, "MB": page.stat().st_size / 1e6}
    assert "are on this page" in browser.run("document.getElementById('screen-overview').textContent"), (
        "what is left out is said"
    )
    for screen in ("review", "duplicates", "images", "method", "classes"):
        began = time.perf_counter()
        browser.run(
            f"location.hash = '{screen}'; new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        figures[screen] = time.perf_counter() - began
        browser.screenshot(SCREENSHOTS / f"large-light-{screen}.png")
        assert browser.run(f"document.querySelectorAll('#screen-{screen} *').length") < 6000, "lists are virtual"
    for view in ("groups", "network", "layers", "responses"):
        began = time.perf_counter()
        browser.run(
            f"document.querySelector('[data-view={view}]').click();"
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        figures[f"classes: {view}"] = time.perf_counter() - began
        browser.screenshot(SCREENSHOTS / f"large-light-classes-{view}.png")
    browser.open(page, "#classes")
    x, y = browser.run(
        "(() => { const b = document.querySelector('.matrix').getBoundingClientRect(); return [b.x, b.y]; })()"
    )
    began = time.perf_counter()
    browser.drag([(x + 100, y + 100), (x + 130, y + 130), (x + 180, y + 180)])
    figures["classes: a group by dragging"] = time.perf_counter() - began
    browser.open(page, "#review")
    began = time.perf_counter()
    browser.press("k")
    figures["a decision"] = time.perf_counter() - began
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


def test_images_at_the_ends_of_a_quality_figure(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#images?check=low:brightness")
    shown = "[...document.querySelectorAll('.card .clip')].map(one => one.textContent).filter(text => text.startsWith('brightness'))"
    values = [float(text.split()[1]) for text in browser.run(shown)]
    assert len(values) > 8
    assert values == sorted(values)
    browser.open(made("plain"), "#images?check=top:brightness")
    assert float(browser.run(shown)[0].split()[1]) > values[-1]
