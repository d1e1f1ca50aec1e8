"""Speed and memory of the reading pass: `python benchmarks/speed.py FOLDER --weights FILE`.

Measures, in one run on the same images: decoding alone, the network alone, and the pass that does both; prints the ratio of the
pass to 1 / (1 / decode + 1 / forward), which is what doing one after the other on all processors would give. Then the peak
memory of the pass over a quarter of the images and over all, each in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from datadoctor.cache import ImageCache
from datadoctor.progress import Silent
from datadoctor.sources import Listing
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.choice import choose
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading.formats import FORMATS
from datadoctor.stages.reading.opening import Makers, decode
from datadoctor.stages.reading.read import read
from datadoctor.stages.reading.sizes import small_side, typical_short_side

SUFFIXES = (".jpg", ".jpeg", ".png")
ROUNDS = 3


def listing_of(folder: Path, n: int) -> Listing:
    paths = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)[:n]
    empty = ("",) * len(paths)
    return Listing(folder, tuple(paths), np.zeros(len(paths), dtype=np.int32), ("all",), empty, empty)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def decode_all(listing: Listing, extractor: Extractor) -> None:
    makers = Makers(small_side(listing), extractor, Look())
    files = [listing.root / path for path in listing.paths]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for row in pool.map(lambda file: decode(file, makers).facts.readable, files):
            assert row


def forward_all(listing: Listing, extractor: Extractor) -> None:
    batch = np.zeros((extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
    for _ in range(0, len(listing), extractor.batch_size):
        extractor.embed_views(batch)


def read_all(listing: Listing, extractor: Extractor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read(listing, extractor, cache=ImageCache(Path(folder)), out=Path(folder), progress=Silent())


def speed(listing: Listing, extractor: Extractor) -> None:
    forward_all(listing, extractor)
    # The best of several rounds, taken in turn: other work on the machine then disturbs all three alike.
    work = {"decode": decode_all, "forward": forward_all, "both": read_all}
    rates = dict.fromkeys(work, 0.0)
    for _ in range(ROUNDS):
        for name, function in work.items():
            rates[name] = max(rates[name], len(listing) / seconds(lambda f=function: f(listing, extractor)))  # type: ignore[misc]
    ideal = 1 / (1 / rates["decode"] + 1 / rates["forward"])
    print(f"{len(listing)} images, {extractor.key}; formats {', '.join(FORMATS[:3])}, ...")
    print(f"decode only   {rates['decode']:8.0f} images/s")
    print(f"forward only  {rates['forward']:8.0f} images/s")
    print(
        f"both          {rates['both']:8.0f} images/s = {rates['both'] / ideal:.0%} of 1/(1/decode + 1/forward) = {ideal:.0f}"
    )


def memory(arguments: argparse.Namespace) -> None:
    for n in (arguments.n // 4, arguments.n):
        command = [
            sys.executable,
            __file__,
            str(arguments.folder),
            "--weights",
            str(arguments.weights),
            "--n",
            str(n),
            "--peak",
        ]
        print(f"peak memory with {n} images: {subprocess.check_output(command, text=True).strip()} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="state_dict of the model")
    parser.add_argument("--model", default="squeezenet1_0")
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--peak", action="store_true", help="only read, and print the peak memory in MB")
    arguments = parser.parse_args()
    listing = listing_of(arguments.folder, arguments.n)
    extractor = choose(arguments.model, arguments.weights, typical_short_side(listing), "cpu").extractor
    assert extractor is not None
    if arguments.peak:
        read_all(listing, extractor)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return
    speed(listing, extractor)
    memory(arguments)


if __name__ == "__main__":
    main()
