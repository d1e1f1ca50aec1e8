"""The tests marked ``gpu``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.gpu.table import Row

ROOT = Path(__file__).parents[2]


def gpu_tests() -> list[Row]:
    """Run them, print what pytest says, and keep its last line. Files without one are not collected: that takes long."""
    texts = {file: file.read_text(encoding="utf-8") for file in sorted((ROOT / "tests").rglob("test_*.py"))}
    files = [str(file.relative_to(ROOT)) for file, text in texts.items() if "mark.gpu" in text]
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-rfEs", "-p", "no:cacheprovider", "--durations=5", *files]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout, flush=True)
    return [
        Row("pytest -m gpu", f"{len(files)} files", "", f"exit code {done.returncode}", done.stdout.splitlines()[-1])
    ]
