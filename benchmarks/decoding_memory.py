"""Memory of an audit of large photographs: what it announces, and the most it uses.

    python -m benchmarks.decoding_memory [--images 40] [--megapixels 85] [--processors 2] [--keep FOLDER]

Makes JPEGs of that size, audits them in a process of its own that may use so many processors, and prints both figures and their ratio.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = 4
AUDIT = """
import sys
from datadoctor import machine
from datadoctor.cli import main
code = main(sys.argv[1:])
print("PEAK", machine.peak_memory())
sys.exit(code)
"""


def make(folder: Path, n_images: int, megapixels: float) -> None:
    """Write smooth pictures with a little noise, all different."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = round(megapixels * 1e6 / width)
    noise = Image.effect_noise((width, height), 20).convert("RGB")
    for number in range(n_images):
        file = folder / f"class{number % CLASSES}" / f"{number:03d}.jpg"
        if file.exists():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        coarse = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        Image.blend(picture, noise, 0.2).save(file, quality=90)


def audit(folder: Path, processors: int, arguments: list[str]) -> tuple[float, float, float]:
    """Announced and used memory in GB, and seconds."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as work:
        command = [
            sys.executable,
            "-c",
            AUDIT,
            "audit",
            str(folder),
            "--out",
            f"{work}/run",
            "--cache",
            f"{work}/cache",
            *arguments,
        ]
        limit = (lambda: os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:processors])) if processors else None
        done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
    announced = re.search(r"memory about ([\d.]+) GB", done.stderr)
    peak = re.search(r"PEAK (\d+)", done.stdout)
    if not announced or not peak:
        raise SystemExit(done.stdout + done.stderr)
    return float(announced[1]), int(peak[1]) / 1e9, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--megapixels", type=float, default=85)
    parser.add_argument("--processors", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="where the images are made, and stay")
    options, arguments = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        make(folder, options.images, options.megapixels)
        announced, used, seconds = audit(folder, options.processors, arguments or ["--model", "filters"])
    print(
        f"{options.images} images of {options.megapixels:g} MP on {options.processors} processors: announced {announced:.2f} GB, "
        f"used {used:.2f} GB ({announced / used:.0%} announced), {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
