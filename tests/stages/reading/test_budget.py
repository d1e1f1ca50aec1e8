"""All threads together decode a bounded number of pixels; no thread waits for ever."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from datadoctor.stages.reading.budget import Budget


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 150), min_size=1, max_size=40), most=st.integers(1, 120), threads=st.integers(1, 12)
)
def test_never_more_than_the_budget_but_one_large_image(sizes: list[int], most: int, threads: int) -> None:
    budget, lock, inside = Budget(most), Lock(), [0]
    seen: list[tuple[int, int]] = []

    def work(size: int) -> None:
        with budget.held():
            budget.take(size)
            with lock:
                inside[0] += min(size, most)
                seen.append((inside[0], size))
            time.sleep(0.0005)
            with lock:
                inside[0] -= min(size, most)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, sizes))
    assert len(seen) == len(sizes)
    assert max(total for total, _ in seen) <= most


def test_a_thread_that_holds_some_never_waits_for_more() -> None:
    budget = Budget(10)

    def work(_: int) -> None:
        with budget.held(), budget.held():
            budget.take(6)
            budget.take(6)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(40)))


def test_what_was_taken_is_given_back_after_an_error() -> None:
    def fail(budget: Budget) -> None:
        budget.take(10)
        raise ValueError("broken")

    budget = Budget(10)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), budget.held():
            fail(budget)


ALONE = """
import sys
from pathlib import Path
from datadoctor import machine
from datadoctor.stages.reading.images import decode, thumbnail
content = Path(sys.argv[1]).read_bytes()
decode(content[:1000])
before = machine.peak_memory()
thumbnail(decode(content).pixels)
print(machine.peak_memory() - before)
"""


def test_decoding_takes_no_copies(tmp_path: Path) -> None:
    """Four bytes a pixel, and what is made of it in parts: no second copy of a large image."""
    noise = Image.effect_noise((6000, 5000), 30).convert("RGB")
    noise.save(tmp_path / "large.jpg", quality=60)
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path / "large.jpg")], capture_output=True, text=True, check=True
    )
    assert 30e6 * 3 < int(done.stdout) < 30e6 * 4 * 1.7
