"""Tree, matrix, samples and map: linked, by pointer and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.browser.conftest import SCREENSHOTS

pytestmark = pytest.mark.browser
Made = Callable[[str], Path]
TITLE = "document.querySelector('.samples h2').textContent"
READOUT = "document.querySelector('#screen-classes .readout').textContent"
GALLERY = "document.querySelector('.gallery .progress').textContent"


def _box(browser: Browser, selector: str) -> tuple[float, float, float, float]:
    x, y, width, height = browser.run(
        f"(() => {{ const b = document.querySelector('{selector}').getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height]; })()"
    )
    return x, y, width, height


def test_tree_matrix_and_samples_are_linked(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#classes")
    browser.click(".largest .row")
    given, predicted = browser.run(TITLE).split(" → ")
    counted = browser.run("document.querySelectorAll('.samples section .tiles li').length")
    assert counted > 0
    browser.open(made("plain"), f"#classes?given={given}&predicted={predicted}")
    assert browser.run(TITLE) == f"{given} → {predicted}"
    x, y, _, _ = _box(browser, ".icicle")
    browser.click_at(x + 90, y + 20)
    assert browser.run(TITLE).startswith("superclass")
    assert "recall" in browser.run(READOUT)
    browser.screenshot(SCREENSHOTS / "classes-selected.png")


def test_dragging_selects_groups_and_blocks(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#classes")
    x, y, side, _ = _box(browser, ".matrix")
    at = side / 10
    browser.drag([(x + 2.5 * at, y + 2.5 * at), (x + 3 * at, y + 3 * at), (x + 5.5 * at, y + 5.5 * at)])
    assert browser.run(TITLE) == "class_2 to class_5", "across the diagonal: the classes as a group"
    assert "4 classes" in browser.run(READOUT)
    browser.screenshot(SCREENSHOTS / "classes-brushed.png")
    address = browser.run("location.hash")
    browser.drag([(x + 7.5 * at, y + 0.5 * at), (x + 8 * at, y + at), (x + 9.5 * at, y + 2.5 * at)])
    assert browser.run(TITLE) == "class_0 to class_2 → class_7 to class_9", "beside it: the block of confusions"
    block = browser.run("location.hash")
    for place, title in ((address, "class_2 to class_5"), (block, "class_0 to class_2 → class_7 to class_9")):
        browser.open(made("plain"), place)
        assert browser.run(TITLE) == title, "a deep link"
    x, y, width, height = _box(browser, ".icicle")
    browser.drag([(x + width - 9, y + height * f) for f in (0.05, 0.2, 0.35)])
    assert browser.run(TITLE) == "class_0 to class_3"
    browser.press("Escape")
    assert browser.run(TITLE) == "Samples"


def test_keyboard_reaches_every_group_and_cell(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#classes")
    browser.run("document.querySelector('.icicle').focus()")
    browser.press("ArrowRight")
    browser.press("ArrowRight")
    browser.press("Enter")
    assert browser.run(TITLE) == "group 0.0"
    browser.press("ArrowDown")
    browser.press("Enter")
    assert browser.run(TITLE) == "group 0.1"
    browser.press("ArrowRight")
    browser.press("ArrowDown", shift=True)
    assert browser.run(TITLE) == "class_3 to class_4"
    browser.run("document.querySelector('.matrix').focus()")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        browser.press(key)
    assert "given class_1 → looks like class_2" in browser.run(READOUT)
    browser.press("Enter")
    assert browser.run(TITLE) == "class_1 → class_2"
    browser.press("ArrowDown", shift=True)
    browser.press("Enter")
    assert browser.run(TITLE) == "class_1 to class_2", "the cell on the diagonal makes it a group"


def test_lasso_fills_the_gallery(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#images")
    x, y, side, _ = _box(browser, ".map")
    browser.drag([(x + 2, y + 2), (x + side - 3, y + 2), (x + side - 3, y + side - 3), (x + 2, y + side - 3)])
    browser.wait(f"{GALLERY}.includes('on the map')")
    assert browser.run(GALLERY) == "497 images chosen on the map", "all readable"


def test_map_by_keyboard(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#images")
    browser.run("document.querySelector('.map').focus()")
    browser.press("ArrowUp")
    first = browser.run("document.querySelector('.map-readout .path').textContent")
    browser.press("ArrowRight")
    assert browser.run("document.querySelector('.map-readout .path').textContent") != first
    browser.press("Enter")
    assert browser.run(GALLERY) == "24 images chosen on the map"
    browser.press("Enter")
    assert browser.run(GALLERY) == "48 images chosen on the map"
    browser.press("+")
    browser.press("ArrowLeft")
    browser.screenshot(SCREENSHOTS / "map-keyboard.png")


BODY = "document.querySelector('.structure').innerText"


@pytest.mark.parametrize("view", ["pairs", "groups", "network", "layers", "responses"])
def test_every_chart_has_a_table_and_leads_to_classes(browser: Browser, made: Made, view: str) -> None:
    browser.open(made("plain"), f"#classes?view={view}")
    assert browser.run(f"document.querySelector('[data-view={view}]').getAttribute('aria-pressed')") == "true"
    browser.run("document.querySelectorAll('.structure details').forEach(one => { one.open = true; }); 0")
    if view != "pairs":
        assert browser.run("document.querySelectorAll('.structure table tbody tr').length") > 1
    for canvas in range(browser.run("document.querySelectorAll('.structure canvas[tabindex]').length")):
        chart = f"document.querySelectorAll('.structure canvas[tabindex]')[{canvas}]"
        browser.run(f"{chart}.focus(); {chart}.scrollIntoView({{block: 'center'}}); 0")
        browser.press("ArrowRight")
        said = browser.run(f"{chart}.parentElement.querySelector('.readout').textContent.trim()")
        assert "class_" in said
        browser.press("Enter")
        assert "class_" in browser.run(TITLE), f"{view}: a chart leads to its class"
    browser.screenshot(SCREENSHOTS / f"classes-{view}.png")


def test_responses_are_sorted_by_the_chosen_group(browser: Browser, made: Made) -> None:
    browser.open(made("plain"), "#classes?view=responses")
    assert "by the superclass they respond to" in browser.run(BODY)
    browser.open(made("plain"), "#classes?group=superclass 1&view=responses")
    assert "by how much more they respond to superclass 1" in browser.run(BODY)
    browser.run(
        "[...document.querySelectorAll('.structure .button')].find(b => b.textContent === 'Classes by class').click(); 0"
    )
    assert "blocks along the diagonal" in browser.run(BODY)


def test_what_was_not_made_says_why(browser: Browser, made: Made) -> None:
    for view in ("groups", "network", "layers", "responses"):
        browser.open(made("one class"), f"#classes?view={view}")
        assert "fewer than two classes" in browser.run(BODY)
