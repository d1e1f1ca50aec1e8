"""What an installation takes on this machine: megabytes, and the seconds of it and of what it is for, beside those of the processor.

    python -m benchmarks.install hook cpu full

Each in an empty environment of its own, from a wheel of this checkout, deleted at once; below each row the packages that take most.
Where PyTorch's own index of builds for processors cannot be reached, name another build:
``--torch '--find-links DIR torch==2.13.0+cpu'``.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
MOST = {"hook": 250, "cpu": 1200}
# Packages that take less than this are summed up.
LISTED = 5
BY_PACKAGE = """
import importlib.metadata as metadata
for one in metadata.distributions():
    sizes = [file.locate().stat().st_size for file in one.files or () if file.locate().exists()]
    print(sum(sizes), one.metadata["name"], one.version)
"""
USES = {
    "hook": ("gate", "{data}", "--hash-only", "--exit-zero"),
    "cpu": ("audit", "{data}"),
    "full": ("audit", "{data}"),
}


def command(way: str, python: Path, wheel: Path, torch: Sequence[str]) -> list[str]:
    """What installs the wheel in an environment."""
    if way == "hook":
        return [str(python), "-m", "pip", "install", "--no-deps", "-r", str(ROOT / "requirements/hook.txt"), str(wheel)]
    if way == "full":
        return [str(python), "-m", "pip", "install", str(wheel)]
    overrides = ["--overrides", str(ROOT / "requirements/cpu.txt")]
    return [sys.executable, "-m", "uv", "pip", "install", "--python", str(python), *torch, *overrides, str(wheel)]


@contextmanager
def environment() -> Iterator[tuple[Path, Path]]:
    """An empty environment and its Python, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="datadoctor-install-"))
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        yield folder, folder / "env/bin/python"
    finally:
        shutil.rmtree(folder)


def megabytes(folder: Path) -> float:
    """Of the files below it, as `du` counts them: links once."""
    stats = {
        (s.st_dev, s.st_ino): s.st_blocks * 512 for f in folder.rglob("*") if not f.is_symlink() and (s := f.stat())
    }
    return sum(stats.values()) / 1e6


def by_package(python: Path) -> str:
    """The megabytes of each package, largest first."""
    said = subprocess.run([str(python), "-c", BY_PACKAGE], check=True, capture_output=True, text=True).stdout
    sizes = sorted(
        ((int(size) / 1e6, name) for size, _, name in (line.partition(" ") for line in said.splitlines())), reverse=True
    )
    listed = [f"{name} {size:,.0f}" for size, name in sizes if size >= LISTED]
    rest = sum(size for size, _ in sizes if size < LISTED)
    return ", ".join([*listed, f"{len(sizes) - len(listed)} more {rest:,.0f}"])


def images(folder: Path) -> Path:
    """Sixty little pictures of three classes."""
    rng = np.random.default_rng(0)
    for number in range(60):
        file = folder / "abc"[number % 3] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 100, (8, 8, 3), dtype=np.uint8)
        pixels[..., number % 3] += 120  # a colour each
        Image.fromarray(pixels).resize((96, 96)).save(file)
    return folder


def timed(what: Sequence[str], cwd: Path) -> str:
    """Seconds that a command takes on the clock, and of the processor; it must end well."""
    started, before = time.perf_counter(), of_children()
    alone = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run(what, cwd=cwd, env=alone, check=True, stdout=subprocess.DEVNULL)
    return f"{time.perf_counter() - started:.1f} | {of_children() - before:.1f}"


def of_children() -> float:
    """Seconds of the processor that programs started here took so far."""
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(way: str, wheel: Path, torch: Sequence[str]) -> str:
    """A row of the table."""
    with environment() as (folder, python):
        installing = timed(command(way, python, wheel, torch), folder)
        size, packages = megabytes(folder / "env"), by_package(python)
        use = [part.format(data=images(folder / "data")) for part in USES[way]]
        using = timed([str(python), "-m", "datadoctor", *use], folder)
    limit = f"{MOST[way]:,}" if way in MOST else ""
    return f"| {way} | {size:,.0f} | {limit} | {installing} | `{use[0]}` | {using} |\n\n{packages}\n"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="+", choices=tuple(USES), metavar="WAY", help=", ".join(USES))
    parser.add_argument("--torch", default="--torch-backend cpu", help="how uv finds PyTorch (default: %(default)s)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        building = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(ROOT)]
        subprocess.run(building, check=True)
        wheel = next(Path(folder).glob("*.whl"))
        print("| way | MB | at most | seconds to install | of the processor | then | seconds | of the processor |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for way in args.ways:
            print(measure(way, wheel, shlex.split(args.torch)), flush=True)


if __name__ == "__main__":
    main()
