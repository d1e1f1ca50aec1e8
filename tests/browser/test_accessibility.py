"""axe finds nothing serious on any screen, light or dark."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.browser.test_report import SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VIOLATIONS = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => `${v.id}: ${v.nodes[0].html}`))"""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, installed for this session by npm."""
    if shutil.which("npm") is None:
        pytest.skip("no npm found: it is needed to install axe-core")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run(
        ["npm", "install", "--no-save", "--silent", "axe-core@4"], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"npm could not install axe-core: {done.stderr.strip()[:200]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


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
