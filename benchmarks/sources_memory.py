"""Memory of reading packed images: `python -m benchmarks.sources_memory [--format tar …] [--n 1000 --n 10000]`.

Makes so many JPEGs of 128 px in a format, reads them as an audit does, without a network, in a process of its own, and prints the most
memory that the process used beyond what it used before it listed anything, and seconds.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

FORMATS = ("folders", "tar", "zip", "parquet", "url")
READ = """
import sys, time
from pathlib import Path
from datadoctor import machine
from datadoctor.cache import ImageCache
from datadoctor.config import Config
from datadoctor.progress import Silent
from datadoctor.sources.choice import list_source
from datadoctor.stages.reading.read import read
import datadoctor.sources.formats.parquet, pyarrow, pyarrow.parquet, fsspec, aiohttp
before, start, work = machine.peak_memory(), time.perf_counter(), Path(sys.argv[2])
listing = list_source(Path(sys.argv[1]), Config(cache=work))
listed = machine.peak_memory()
cache = ImageCache(work)
made = read(listing, None, cache=cache, out=work / "out", progress=Silent())
assert made.images.readable.all()
print(len(listing), (listed - before) / 1e6, (machine.peak_memory() - before) / 1e6, time.perf_counter() - start)
"""


def pictures(n: int) -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(0)
    for number in range(n):
        stream = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (128, 128, 3), dtype=np.uint8)).save(stream, "JPEG", quality=80)
        yield f"class{number % 10}/{number:06d}.jpg", stream.getvalue()


def made(form: str, n: int, work: Path) -> Path:
    """The source, in a format."""
    if form == "tar":
        with tarfile.open(work / "set.tar", "w") as packed:
            for name, content in pictures(n):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                packed.addfile(info, io.BytesIO(content))
        return work / "set.tar"
    if form == "zip":
        with zipfile.ZipFile(work / "set.zip", "w") as packed_:
            for name, content in pictures(n):
                packed_.writestr(name, content)
        return work / "set.zip"
    if form == "parquet":
        import pyarrow
        from pyarrow import parquet

        rows = list(pictures(n))
        table = pyarrow.table(
            {"image": [content for _, content in rows], "label": [name.split("/")[0] for name, _ in rows]}
        )
        parquet.write_table(table, work / "set.parquet", row_group_size=n)
        return work / "set.parquet"
    for name, content in pictures(n):
        file = work / "set" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return work / "set"


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", action="append", choices=FORMATS)
    parser.add_argument("--n", action="append", type=int)
    arguments = parser.parse_args()
    for form in arguments.format or FORMATS:
        for n in arguments.n or (1_000, 10_000):
            with tempfile.TemporaryDirectory() as name:
                source = str(made(form, n, Path(name)))
                if form == "url":
                    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=source))
                    threading.Thread(target=server.serve_forever, daemon=True).start()
                    source = f"http://127.0.0.1:{server.server_address[1]}/"
                done = subprocess.run(
                    [sys.executable, "-c", READ, source, f"{name}/work"], capture_output=True, text=True, check=False
                )
                if done.returncode:
                    sys.exit(done.stderr)
                items, listed, most, seconds = done.stdout.split()
                print(
                    f"{form}, {int(items):,} images: {float(listed):.0f} MB after listing, at most {float(most):.0f} MB beyond the start, "
                    f"{float(seconds):.1f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
