"""Every GPU path of the product beside the CPU's, on the same input in one run: `benchmarks/gpu.sh`.

Runs the tests marked ``gpu``; embeds JPEGs of 224 px (2,000 from 300 generated scenes, moved, with noise, encoded anew) with three
networks, whose weights are NAME.pth of ``--weights`` or, offline, seeded random ones; builds the kNN graph of a million planted
vectors; fits the probe; audits a planted dataset. The CPU does a sample of what would take it long. Prints one Markdown table.
Exit code 0: all ran; 1: something failed (the table says what); 2: no CUDA here.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch

from benchmarks.gpu.arithmetic import arithmetic
from benchmarks.gpu.embedding import decoding, embedding
from benchmarks.gpu.neighbours import neighbours
from benchmarks.gpu.pictures import weights_file, write_pictures
from benchmarks.gpu.probe import probe
from benchmarks.gpu.table import Row, markdown
from benchmarks.gpu.tests import gpu_tests
from benchmarks.gpu.whole_audit import whole_audit

MODELS = ("squeezenet1_0", "resnet50", "efficientnet_b0")
NO_CUDA = 2
Step = Callable[[], list[Row]]


def main() -> int:
    arguments = _arguments()
    if not torch.cuda.is_available() and not arguments.rehearse:
        print("no CUDA here: nothing was measured (--rehearse runs every step on the CPU, to try the script)")
        return NO_CUDA
    print(_machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        rows, failed = _run(_steps(arguments, Path(folder)))
    print(_machine())
    print(markdown(rows))
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2_000, help="embedded on the GPU")
    parser.add_argument("--sample", type=int, default=256, help="images embedded on the CPU")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--weights", type=Path, help="folder with NAME.pth files; random weights for the others")
    parser.add_argument("--vectors", type=int, nargs="*", default=[1_000_000], help="sizes of the index")
    parser.add_argument("--cpu-vectors", type=int, default=200_000, help="largest index also built on the CPU")
    parser.add_argument("--probe", type=int, default=50_000, help="rows of the probe")
    parser.add_argument("--columns", type=int, nargs="*", default=[512], help="columns of the probe")
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--rehearse", action="store_true", help="every step on the CPU in place of the GPU")
    return parser.parse_args()


def _machine() -> str:
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU: a rehearsal on the CPU"
    return f"{card}; {os.cpu_count()} processors; PyTorch {torch.__version__}, Python {sys.version.split()[0]}"


def _steps(arguments: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Step]]:
    device = "cpu" if arguments.rehearse else "cuda"
    yield "tests", gpu_tests
    pictures = folder / "pictures"
    write_pictures(pictures, arguments.images)
    weights = {name: weights_file(name, arguments.weights, pictures, folder) for name in arguments.models}
    yield "decoding", partial(decoding, pictures, *next(iter(weights.items())))
    yield "audit", partial(whole_audit, *next(iter(weights.items())), device)
    for name, file in weights.items():
        yield f"halves of {name}", partial(arithmetic, pictures, name, file, arguments.sample, device)
        yield name, partial(embedding, pictures, name, file, arguments.images, arguments.sample, device)
    for columns in arguments.columns:
        yield "probe", partial(probe, arguments.probe, columns, arguments.classes, device)
    for n in arguments.vectors:
        yield f"index of {n:,}", partial(neighbours, n, device, on_cpu=n <= arguments.cpu_vectors)


def _run(steps: Iterator[tuple[str, Step]]) -> tuple[list[Row], bool]:
    """The rows of all steps; one that fails is a row too, and the others go on."""
    rows: list[Row] = []
    failed = False
    start = time.perf_counter()
    for name, step in steps:
        try:
            made = step()
        except Exception as error:
            traceback.print_exc()
            made, failed = [Row(name, "", "", "failed", f"{type(error).__name__}: {error}".splitlines()[0])], True
        failed |= any(row.gpu.startswith("exit code") and row.gpu != "exit code 0" for row in made)
        rows += made
        print(f"[{time.perf_counter() - start:.0f} s] {markdown(made)}", flush=True)
    return rows, failed


if __name__ == "__main__":
    sys.exit(main())
