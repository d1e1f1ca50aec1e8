"""C libraries print about damaged images; none of it reaches the terminal, and all that Python says does."""

from __future__ import annotations

import io
import select
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SEPARATED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from datadoctor.quiet import quiet, separate
separate()
separate()

def decode(number):
    with quiet():
        os.write(2, b"noise of a library\\n")
        print(f"message {number}", file=sys.stderr)

with ThreadPoolExecutor(8) as pool:
    list(pool.map(decode, range(200)))
os.write(2, b"said outside\\n")
"""
SHARED = "import os\nfrom datadoctor.quiet import quiet\nwith quiet(): os.write(2, b'heard')"


def stderr(*command: str) -> str:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True).stderr


def test_only_the_libraries_are_silenced() -> None:
    lines = stderr("-c", SEPARATED).splitlines()
    assert sorted(lines) == sorted([f"message {number}" for number in range(200)] + ["said outside"])


def test_what_is_said_arrives_while_the_program_goes_on() -> None:
    code = "import sys\nfrom datadoctor.quiet import separate\nseparate()\nprint('said', file=sys.stderr)\nsys.stdin.read()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdin is not None
        assert program.stderr is not None
        # It ends only after we close its input: what were held back until then would be waited for in vain.
        assert select.select([program.stderr], [], [], 60)[0]
        assert program.stderr.readline() == b"said\n"
        program.stdin.close()


def test_nothing_is_silenced_where_python_would_be_too() -> None:
    assert stderr("-c", SHARED) == "heard"


def damaged_fax(seed: int) -> bytes:
    stream = io.BytesIO()
    rng = np.random.default_rng(seed)
    Image.fromarray(rng.random((64, 64)) > 0.5).save(stream, "TIFF", compression="group4")
    content = bytearray(stream.getvalue())
    for place in rng.integers(150, len(content), 8):
        content[place] = rng.integers(256)
    return bytes(content)


def test_an_audit_of_damaged_images_prints_its_own_lines_only(tmp_path: Path) -> None:
    (tmp_path / "data/a").mkdir(parents=True)
    for number in range(12):
        (tmp_path / f"data/a/{number}.tif").write_bytes(damaged_fax(number))
        Image.new("RGB", (32, 32), (number, 200, 9)).save(tmp_path / f"data/a/{number}.png")
    noise = subprocess.run(
        [sys.executable, "-c", NOISY, str(tmp_path / "data/a")], capture_output=True, text=True, check=True
    ).stderr
    assert "Fax4Decode" in noise, "else this test would prove nothing"
    command = ["audit", "data", "--model", "filters", "--select", "unreadable-image,image-quality", "--cache", "c"]
    done = subprocess.run(
        [sys.executable, "-m", "datadoctor", *command], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[1]), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "image" not in line and "memory about" not in line] == []


NOISY = """
import sys
from pathlib import Path
from PIL import Image
for file in Path(sys.argv[1]).glob("*.tif"):
    try:
        Image.open(file).load()
    except Exception:
        pass
"""
