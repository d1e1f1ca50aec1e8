"""How fast a review is, in Chromium: made-up runs of many images of CIFAR-like size, and of a million items without images.

``python -m benchmarks.review_speed [--images 100000] [--items 1000000] [--work FOLDER]`` prints seconds until the server says ready, its
memory, the first view, the next image, and the longest time that a cell of a scrolled class sheet stays blank.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.browser.chromium import Browser
from tests.report.make_run import Spec, build
from tests.review.conftest import write_run
from tests.review.serving import Served, served

CELLS = "document.querySelectorAll('.sheet-cell img[src]').length"
# Resolves with the longest time in ms, over 40 scrolls of a screenful, until every cell in sight has its picture.
SCROLLED = """(async () => {
  const view = document.querySelector('.virtual'); let worst = 0;
  const blank = () => [...document.querySelectorAll('.sheet-cell')].some((cell) => {
    const [box, frame] = [cell.getBoundingClientRect(), view.getBoundingClientRect()]; const image = cell.querySelector('img');
    return box.bottom > frame.top && box.top < frame.bottom && image && !(image.complete && image.naturalWidth); });
  for (let step = 0; step < 40; step += 1) {
    view.scrollTop += view.clientHeight; const began = performance.now();
    await new Promise((done) => { const look = () => (blank() ? setTimeout(look, 4) : done()); requestAnimationFrame(look); });
    worst = Math.max(worst, performance.now() - began);
  }
  return worst;
})()"""

# Resolves with the times in ms, of 20 keys pressed, until the next image is there.
NEXT = """(async () => {
  const shown = () => document.querySelector('.subject img'); const times = [];
  for (let n = 0; n < 20; n += 1) {
    const began = performance.now(), before = shown().src;
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }));
    await new Promise((done) => {
      const look = () => (shown().src !== before && shown().complete && shown().naturalWidth ? done() : setTimeout(look, 1));
      look();
    });
    times.push(performance.now() - began);
  }
  return times;
})()"""


def measured(run: Path, *, images: bool) -> None:
    began = time.perf_counter()
    with served(run) as server, tempfile.TemporaryDirectory() as folder, Browser(Path(folder) / "profile") as browser:
        print(f"  ready after {time.perf_counter() - began:.1f} s, {_resident(server) / 2**30:.2f} GiB", flush=True)
        began = time.perf_counter()
        browser.call("Page.navigate", url=f"{server.address}#sheet")
        seen = CELLS if images else "document.querySelectorAll('.sheet-cell').length"
        browser.wait(f"document.documentElement?.dataset.ready === 'yes' && {seen} > 20")
        print(f"  first view {time.perf_counter() - began:.2f} s", flush=True)
        if images:
            print(f"  next image {_next_image(browser, server):.0f} ms (median of 20)", flush=True)
            label = server.ask("items", places=0).json["0"]["path"].split("/")[0]
            browser.run(f"location.hash = '#sheet?class={label}'")
            browser.wait(
                f"{CELLS} > 20 && document.querySelector('.sheet-cell').getAttribute('aria-label').startsWith('{label}')"
            )
            print(f"  class sheet scrolled: blank for at most {browser.run(SCROLLED):.0f} ms", flush=True)
        for name, asked in (
            ("text", {"text": "00077"}),
            ("range", {"p": "0.4~0.6"}),
            ("order", {"sort": "brightness"}),
        ):
            began = time.perf_counter()
            n = len(server.ask("rows", **asked).body) // 4
            print(f"  asked by {name}: {n:,} images in {time.perf_counter() - began:.2f} s", flush=True)
        print(f"  memory then {_resident(server) / 2**30:.2f} GiB", flush=True)


def _next_image(browser: Browser, server: Served) -> float:
    browser.call("Page.navigate", url=f"{server.address}#review")
    browser.wait("document.querySelector('.subject img')?.complete")
    return float(statistics.median(browser.run(NEXT)))


def _resident(server: Served) -> int:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path)
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory(dir=asked.work) as folder:
        if asked.images:
            print(f"{asked.images:,} images in 20 classes")
            measured(write_run(Path(folder), Spec(classes=20, items=asked.images, unreadable=0)), images=True)
        if asked.items:
            print(f"{asked.items:,} items without files")
            build(Path(folder) / "many", Spec(classes=100, items=asked.items, duplicate_sets=1000))
            measured(Path(folder) / "many", images=False)


if __name__ == "__main__":
    main()
