"""One Chromium a test, and synthetic reports made once a session."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datadoctor import report
from datadoctor.run import Run
from tests.browser.chromium import Browser, found_browser
from tests.report.make_run import Spec, build

SPECS = {
    "plain": Spec(),
    "hostile": Spec(
        hostile=True, skipped={"outlier": "fewer than 5 images a class"}, failed={"class-imbalance": "KeyError: 'x'"}
    ),
    "large": Spec(classes=1000, items=100_000, duplicate_sets=3000),
    "empty": Spec(classes=0, items=0, duplicate_sets=0, unreadable=0, splits=()),
    "clean": Spec(noise=0.0, duplicate_sets=0, unreadable=0),
    "one class": Spec(classes=1, items=40, duplicate_sets=2),
}
SCREENSHOTS = Path(__file__).parent.parent / "actual" / "report"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The report of a spec, by name."""
    written: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in written:
            folder = tmp_path_factory.mktemp("run")
            thumbnail = build(folder, SPECS[name])
            report.write(Run(folder), thumbnail, folder / "report.html")
            written[name] = folder / "report.html"
        return written[name]

    return make


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A fresh browser; afterwards nothing may have been logged and nothing asked for beyond the file itself."""
    if found_browser() is None:
        pytest.skip("no Chromium found: install it (apt-get install chromium) to run the browser tests")
    with Browser(tmp_path / "profile") as started:
        yield started
        assert started.problems == []
        assert [
            address for address in started.requests if not address.startswith(("file:", "data:", "blob:", "about:"))
        ] == []


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
