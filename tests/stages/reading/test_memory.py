"""Memory that runs out while images are decoded is no fault of theirs: the audit ends with 3, and remembers nothing of it."""

import contextlib
import json
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from datadoctor import machine
from datadoctor.cache import CHECKSUM_BYTES, FILE_NAME
from datadoctor.stages.reading import images
from datadoctor.stages.reading.attempt import attempted
from datadoctor.stages.reading.budget import BUDGET

# Of one colour with transparency, which is laid on white: a few kilobytes in a file, 1.3 GB while they are decoded.
SIDE = 10_000
LIMIT = int(1.6 * 2**30)


def test_an_audit_that_runs_out_of_memory_calls_no_image_unreadable(tmp_path: Path) -> None:
    for class_ in "ab":
        (tmp_path / "images" / class_).mkdir(parents=True)
        Image.new("RGB", (32, 32), "red").save(tmp_path / "images" / class_ / "small.png")
    large = Image.new("P", (SIDE, SIDE))
    large.putpalette([200, 30, 30])
    large.save(tmp_path / "images" / "a" / "large.png", transparency=0)

    done = audit(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)))
    assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
    assert "memory ran out" in done.stderr
    assert all(kept_facts(tmp_path / "cache"))

    done = audit(tmp_path)
    assert done.returncode == 0, done.stderr
    assert pd.read_parquet(tmp_path / "out" / "items.parquet")["readable"].tolist() == [True] * 3
    assert kept_facts(tmp_path / "cache") == [True, True]  # the small ones are the same


def audit(folder: Path, limit: Callable[[], None] | None = None) -> "subprocess.CompletedProcess[str]":
    call = [sys.executable, "-m", "datadoctor", "audit", str(folder / "images"), "--model", "filters"]
    call += [
        "--select",
        "unreadable-image",
        "--max-pixels",
        str(SIDE**2),
        "--out",
        str(folder / "out"),
        "--cache",
        str(folder / "cache"),
    ]
    return subprocess.run(call, capture_output=True, text=True, preexec_fn=limit, timeout=120, check=False)


def kept_facts(cache: Path) -> list[bool]:
    """Of each image that the cache knows, whether it could be read."""
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as opened:
        contents = [content for (content,) in opened.execute("SELECT content FROM made")]
    return [json.loads(one[:-CHECKSUM_BYTES])["readable"] for one in contents if one.startswith(b'{"readable"')]


def test_a_file_that_asks_for_too_much_is_at_fault_and_tried_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def greedy(*_: object, **__: object) -> None:
        tries.append(BUDGET.taken)
        raise OSError("out of memory error when reading image file")  # as PIL words a damaged JPEG 2000, too

    monkeypatch.setattr(images, "first_frame", greedy)
    found = images.decode(b"\x89PNG\r\n\x1a\n")
    assert isinstance(found, images.Unreadable)
    assert (found.lasting, "more memory" in found.cause) == (False, True)
    assert tries == [0, machine.pixels_at_once()]


def test_whatever_a_decoder_says_without_memory_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> None:
        raise OSError("broken data stream when reading image file")

    assert isinstance(attempted(damaged), OSError)
    monkeypatch.setattr(machine, "can_get", lambda _: False)
    with pytest.raises(MemoryError, match="broken data stream"):
        attempted(damaged)


def test_two_that_want_to_be_alone_do_not_wait_for_each_other() -> None:
    both = threading.Barrier(2)

    def wants() -> None:
        with BUDGET.held():
            BUDGET.take(1000)
            both.wait(10)
            with BUDGET.alone():
                BUDGET.take(1000)

    threads = [threading.Thread(target=wants) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert not any(one.is_alive() for one in threads)
    assert BUDGET._used == 0


def test_address_space_is_asked_for_before_native_code_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    machine.check_address_space()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (machine._address_space() + 2**29, 0))
    with pytest.raises(MemoryError, match="ulimit -v"):
        machine.check_address_space()
