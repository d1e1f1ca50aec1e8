"""A review in real browsers: every path of the served page, by pointer and by keyboard, on a run with real image files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datadoctor.findings import journal
from datadoctor.run import Run
from tests.browser.chromium import Browser, found_browser
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_accessibility import VIOLATIONS
from tests.review.conftest import write_run
from tests.review.serving import Served, served

pytestmark = pytest.mark.browser
CELLS = "document.querySelectorAll('.sheet-cell img[src]').length"
CHOSEN = "document.querySelectorAll('.sheet-cell[aria-selected=true]').length"
STAMPS = "document.querySelectorAll('.sheet-cell .stamp').length"
STATUS = "document.querySelector('.selection b').textContent"


@pytest.fixture
def made_run(tmp_path: Path) -> Path:
    return write_run(tmp_path)


@pytest.fixture
def server(made_run: Path) -> Iterator[Served]:
    with served(made_run, "--reviewer", "mara", "--records", str(made_run.parent / "records")) as found:
        yield found


@pytest.fixture
def window(server: Served, tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """Opens browsers on the server; afterwards none may have complained, or asked anybody else."""
    if found_browser() is None:
        pytest.skip("no Chromium found: install it (apt-get install chromium) to run the browser tests")
    opened: list[Browser] = []

    def open_window(place: str = "", width: int = 1440, height: int = 900) -> Browser:
        browser = Browser(tmp_path / f"profile{len(opened)}", width, height)
        opened.append(browser)
        go(browser, server, place)
        return browser

    yield open_window
    for browser in opened:
        strangers = [
            one for one in browser.requests if not one.startswith((server.address, "about:", "data:", "blob:"))
        ]
        problems = browser.problems
        browser.__exit__(None, None, None)
        assert problems == []
        assert strangers == []


def go(browser: Browser, server: Served, place: str) -> None:
    browser.call("Page.navigate", url="about:blank")
    browser.call("Page.navigate", url=server.address + place)
    browser.wait("document.documentElement?.dataset.ready === 'yes'")


def middle(browser: Browser, element: str) -> tuple[float, float]:
    """The middle of an element, in pixels of the window."""
    box = browser.run(f"(({element}).getBoundingClientRect().toJSON())")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def written(run: Path) -> list[journal.Action]:
    file = run / journal.FILE
    return journal.read(file) if file.exists() else []


def press(browser: Browser, *keys: str, shift: bool = False) -> None:
    for key in keys:
        browser.press(key, shift=shift)


def test_a_class_sheet_is_selected_relabelled_and_taken_back_by_keys(
    window: Callable[..., Browser], made_run: Path
) -> None:
    browser = window("#sheet?class=class_1&sort=-p")
    browser.wait(f"{CELLS} > 5")
    label = "document.querySelectorAll('.sheet-cell')[0].getAttribute('aria-label')"
    assert browser.run(label).startswith("class_1")
    press(browser, "ArrowRight", "ArrowRight", shift=True)
    assert browser.run(CHOSEN) == 3
    press(browser, "x")
    browser.wait(f"{STAMPS} === 3")
    [action] = written(made_run)
    assert (action.reviewer, action.how, [one.decision for one in action.decisions]) == (
        "mara",
        "selection",
        ["exclude"] * 3,
    )
    worst = (
        Run(made_run).items.query("given_label == 'class_1'").sort_values("p_mislabel", ascending=False, kind="stable")
    )
    assert [one.path for one in action.decisions] == worst["path"].head(3).tolist()
    press(browser, "u")
    browser.wait(f"{STAMPS} === 0")
    assert written(made_run)[-1].undoes == action.id
    press(browser, "*")
    assert f"{len(worst)} selected" in browser.run(STATUS)
    press(browser, "Escape")
    assert browser.run(CHOSEN) == 0


def test_pointer_selects_by_click_shift_and_drag(window: Callable[..., Browser], server: Served) -> None:
    browser = window("#sheet")
    browser.wait(f"{CELLS} > 20")
    points = [middle(browser, f"document.querySelectorAll('.sheet-cell')[{at}]") for at in range(5)]
    browser.click_at(*points[0])
    assert browser.run(CHOSEN) == 1
    browser.drag([points[1], points[2], points[3], points[4]])
    assert browser.run(CHOSEN) == 4
    browser.press("e")
    browser.wait(f"{CHOSEN} >= 1 && {STATUS}.includes('selected')")
    browser.press("s")
    browser.wait("location.hash.includes('similar=')")
    asked = browser.run("new URLSearchParams(location.hash.split('?')[1]).get('similar')").split(",")
    browser.wait(f"document.querySelector('.sheet-cell')?.id === 'image-{asked[0]}'")


def test_the_address_holds_the_filters_and_bars_can_be_dragged(window: Callable[..., Browser], server: Served) -> None:
    browser = window("#sheet?split=train&p=0.5~1")
    browser.wait(f"{CELLS} > 0")
    shown = server.ask("rows", split="train", p="0.5~1").body
    assert browser.run(STATUS) == f"{len(shown) // 4} images"
    browser.run("document.querySelector('input[type=search]').focus()")
    browser.call("Input.insertText", text="class_2")
    browser.wait("location.hash.includes('text=class_2')")
    expected = len(server.ask("rows", split="train", p="0.5~1", text="class_2").body) // 4
    browser.wait(f"{STATUS} === '{expected} images'")
    go(browser, server, "#sheet")
    browser.wait("document.querySelectorAll('.bins').length >= 2")
    browser.drag([middle(browser, f"document.querySelectorAll('.bins')[0].children[{at}]") for at in (14, 18, 23)])
    browser.wait("location.hash.includes('p=')")
    asked = browser.run("new URLSearchParams(location.hash.split('?')[1]).get('p')")
    browser.wait(f"{STATUS} === '{len(server.ask('rows', p=asked).body) // 4} images'")


def test_two_windows_show_the_same_and_a_reload_too(window: Callable[..., Browser], server: Served) -> None:
    one, other = window("#sheet"), window("#sheet")
    one.wait(f"{CELLS} > 5")
    press(one, "x")
    other.wait(f"{STAMPS} === 1")
    go(one, server, "#sheet")
    one.wait(f"{CELLS} > 5 && {STAMPS} === 1")
    server.decide(
        *[int(one.run("document.querySelector('.sheet-cell').id.slice(6)"))],
        reviewer="<script>x</script>",
        decision="keep",
    )
    one.wait("document.querySelector('.stamp')?.textContent === 'disputed'")
    one.click("#reviewer")
    one.wait("document.querySelector('dialog[open]')?.textContent.includes('<script>x</script>')")
    assert "1 images in dispute" in one.run("document.querySelector('dialog[open]').textContent")


def test_review_screen_decides_into_the_journal(window: Callable[..., Browser], made_run: Path) -> None:
    browser = window("#review")
    paths = []
    for key in ("r", "k", "x", "a"):
        paths.append(browser.run("document.querySelector('.subject .path').textContent"))
        press(browser, key)
    browser.wait("document.querySelectorAll('.queue .stamp').length === 4")
    said = [one for action in written(made_run) for one in action.decisions]
    assert [(one.path, one.decision) for one in said] == list(
        zip(paths, ["relabel", "keep", "exclude", "ambiguous"], strict=True)
    )
    assert all(len(one.key) == 32 for one in said), "each answers the finding"
    press(browser, "u")
    browser.wait("document.querySelectorAll('.queue .stamp').length === 3")


def test_duplicates_by_key_for_a_whole_set(window: Callable[..., Browser], made_run: Path) -> None:
    browser = window("#duplicates")
    press(browser, "d")
    browser.wait("document.querySelectorAll('.members .exclude').length > 0")
    [first] = written(made_run)
    assert sorted({one.decision for one in first.decisions}) == ["exclude", "keep"]
    assert [one.decision for one in first.decisions].count("keep") == 1
    press(browser, "s")
    browser.wait("document.querySelectorAll('.members .keep').length > 1")
    second = written(made_run)[1]
    assert {(one.decision, one.note) for one in second.decisions} == {("keep", "not the same picture")}
    findings = Run(made_run).findings.set_index("key")
    for one in second.decisions:
        assert findings.loc[one.key, "check"] in ("near-duplicate", "conflicting-duplicate", "split-leak")
        named = {subject["path"] for subject in json.loads(str(findings.loc[one.key, "subjects"]))}
        assert named <= {other.path for other in second.decisions}
    press(browser, "u")
    browser.wait("document.querySelectorAll('.members .keep').length === 1")


def test_many_are_taken_after_a_spot_check_and_refused_after_a_bad_one(
    window: Callable[..., Browser], made_run: Path
) -> None:
    browser = window("#sheet?p=0.5~1&sort=-p")
    browser.wait(f"{CELLS} > 5")
    for answer in ("n", "y"):
        browser.click(".selection .button:last-child")
        browser.wait("document.querySelector('dialog.many input')")
        press(browser, "Enter")
        for number in range(1, 11):
            browser.wait(f"document.querySelector('dialog.many')?.textContent.includes('Spot check {number} of 10')")
            press(browser, answer)
        browser.wait(
            f"document.querySelector('dialog.many h2').textContent === '{'Taken' if answer == 'y' else 'Not taken'}'"
        )
        press(browser, "Enter")
        browser.wait("!document.querySelector('dialog.many')")
        assert bool(written(made_run)) == (answer == "y")
    assert [action.how for action in written(made_run)] == ["spot check", "many"]
    browser.wait("[...document.querySelectorAll('.stamp')].some((one) => one.textContent.endsWith('*'))")


def test_audit_sample_narrows_while_it_is_answered(window: Callable[..., Browser], made_run: Path) -> None:
    browser = window("#sample")
    browser.wait("document.querySelector('#screen-sample .subject img')")
    said = "document.querySelector('#screen-sample .toolbar b').textContent"
    before = browser.run(said)
    for number in range(1, 6):
        press(browser, "k")
        browser.wait(f"document.querySelector('#screen-sample .toolbar .muted').textContent.startsWith('{number} of')")
    assert browser.run(said) != before
    assert {action.how for action in written(made_run)} == {"audit sample"}
    assert "suggest" not in browser.run("document.querySelector('#screen-sample').textContent").lower()


def test_an_image_at_full_size_zooms_and_goes_on(window: Callable[..., Browser]) -> None:
    browser = window("#sheet")
    browser.wait(f"{CELLS} > 5")
    press(browser, "Enter")
    browser.wait("document.querySelector('dialog.viewer img')?.src.includes('side=0')")
    first = browser.run("document.querySelector('dialog.viewer .path').textContent")
    press(browser, "+", "ArrowRight")
    browser.wait(f"document.querySelector('dialog.viewer .path').textContent !== {json.dumps(first)}")
    press(browser, "+")
    assert "scale(2)" in browser.run("document.querySelector('dialog.viewer img').style.transform")
    press(browser, "Escape")
    browser.wait("!document.querySelector('dialog.viewer')")
    assert browser.run("document.querySelector('.sheet-cell.cursor').dataset.at") == "1"


def test_the_plan_is_shown_and_written_after_it_was_seen(
    window: Callable[..., Browser], made_run: Path, server: Served
) -> None:
    browser = window("#sheet?sort=-p&p=0.6~1")
    browser.wait(f"{CELLS} > 2")
    press(browser, "r")
    browser.wait(f"{STAMPS} === 1")
    [action] = written(made_run)
    path, label = action.decisions[0].path, action.decisions[0].new_label
    photos = made_run.parent / "photos"
    browser.click("#download")
    browser.wait("document.querySelector('pre.plan')")
    assert f"{path}: " in browser.run("document.querySelector('pre.plan').textContent")
    assert (photos / path).is_file(), "shown, not done"
    browser.click("dialog[open] .button.primary")
    browser.wait("document.querySelector('pre.plan').textContent.startsWith('Applied 1')")
    assert not (photos / path).exists()
    assert (photos / label / Path(path).name).is_file()


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious_in_the_served_screens(
    window: Callable[..., Browser], server: Served, axe: str, dark: bool
) -> None:
    for width in (1440, 390):
        browser = window("#overview", width)
        browser.call("Page.setBypassCSP", enabled=True)
        browser.dark(dark)
        for place in ("sheet", "sheet?similar=0", "sample", "review", "duplicates"):
            go(browser, server, f"#{place}")
            browser.wait(_there(place))
            browser.screenshot(SCREENSHOTS / f"served-{place.split('?')[0]}-{width}{'-dark' if dark else ''}.png")
            assert _violations(browser, axe) == [], (place, width)
            assert browser.run("document.documentElement.scrollWidth <= innerWidth"), (place, width)
        go(browser, server, "#sheet")
        browser.wait(f"{CELLS} > 5")
        for open_it in (
            "document.getElementById('reviewer').click()",
            "document.querySelector('.selection .button:last-child').click()",
        ):
            browser.run(open_it)
            browser.wait("document.querySelector('dialog[open]')")
            assert _violations(browser, axe) == [], open_it
            press(browser, "Escape")


def _there(place: str) -> str:
    return (
        f"{CELLS} > 3"
        if place.startswith("sheet")
        else f"document.querySelector('#screen-{place}').textContent.length > 50"
    )


def _violations(browser: Browser, source: str) -> Any:
    browser.run(f"{source};0")
    return browser.run(VIOLATIONS)
