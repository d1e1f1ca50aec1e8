"""Pictures of a report for the documentation: ``python -m tests.browser.pictures REPORT PLACE OUT.png [--scroll-to CSS]``."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from PIL import Image

from tests.browser.chromium import Browser

WIDTH, HEIGHT = 1360, 800


def main() -> None:
    """Open the report at a place (without #) and save what the window shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("place")
    parser.add_argument("out", type=Path)
    parser.add_argument("--press", default="", help="keys to press first")
    parser.add_argument("--scroll-to", default="", metavar="CSS")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as profile, Browser(Path(profile), WIDTH, HEIGHT) as browser:
        browser.open(asked.report, f"#{asked.place}")
        for key in asked.press:
            browser.press(key)
        if asked.scroll_to:
            browser.run(f"document.querySelector({asked.scroll_to!r}).scrollIntoView()")
        time.sleep(0.5)  # images decode
        browser.screenshot(asked.out)
    with Image.open(asked.out) as picture:
        picture.convert("RGB").save(asked.out, optimize=True)


if __name__ == "__main__":
    main()
