"""axe finds nothing serious on any screen, light or dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.browser.test_report import SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VIOLATIONS = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => `${v.id}: ${v.nodes[0].html}`))"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["hostile", "empty"])
def test_axe_finds_nothing_serious(
    browser: Browser, made: Callable[[str], Path], axe: str, name: str, dark: bool
) -> None:
    browser.call("Page.setBypassCSP", enabled=True)
    browser.dark(dark)
    for screen in (*SCREENS, *(f"classes?view={view}" for view in ("groups", "network", "layers", "responses"))):
        browser.open(made(name), f"#{screen}")
        browser.run(f"{axe};0")
        assert browser.run(VIOLATIONS) == [], screen
