"""The cache: what it holds by kind, what goes first where it is pruned, and never while somebody reads it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from datadoctor.cache import CHECKSUM_BYTES, Entry, ImageCache, pruning, uses
from datadoctor.cli import main
from datadoctor.errors import IncompleteError

FACTS = json.dumps({"readable": True}).encode()


def fill(folder: Path, names: list[str], size: int = 20_000) -> None:
    cache = ImageCache(folder)
    for name in names:
        cache.put(
            [],
            [
                Entry(name, "facts", FACTS),
                Entry(name, "thumb", b"\xff\xd8" + bytes(100)),
                Entry(name, "small", os.urandom(size)),
            ],
        )
    cache.close()


def kept(folder: Path) -> set[str]:
    cache = ImageCache(folder)
    found = {name for name in "abcdefgh" if cache.get(name, "small") is not None}
    cache.close()
    return found


def test_sizes_are_told_by_kind(tmp_path: Path) -> None:
    fill(tmp_path, ["a", "b"])
    found = {one.kind: one for one in pruning.kinds(tmp_path)}
    assert (found["facts"].entries, found["facts"].bytes) == (2, 2 * (len(FACTS) + CHECKSUM_BYTES))
    assert (found["thumbnails"].entries, found["arrays"].bytes) == (2, 2 * (20_000 + CHECKSUM_BYTES))
    assert sum(one.bytes for one in found.values()) == sum(one.stat().st_size for one in tmp_path.iterdir())


def test_what_was_used_longest_ago_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, name in enumerate("abcd"):
        monkeypatch.setattr(uses, "today", lambda day=day: 1000 + day)
        fill(tmp_path, [name])
    monkeypatch.setattr(uses, "today", lambda: 2000)
    cache = ImageCache(tmp_path)
    assert cache.get("a", "small")  # the oldest is used again
    cache.close()
    before = pruning.size(tmp_path)
    removed = pruning.prune(tmp_path, before - 35_000)
    assert pruning.size(tmp_path) == before - removed <= before - 35_000
    monkeypatch.setattr(uses, "today", lambda: 0)
    assert kept(tmp_path) >= {"a", "d"}
    assert not kept(tmp_path) & {"b"}


def test_entries_of_a_cache_without_uses_go_first(tmp_path: Path) -> None:
    fill(tmp_path, ["a"])
    (tmp_path / uses.USES_FILE).unlink()  # as version 0.1.0 left it
    fill(tmp_path, ["b"])
    pruning.prune(tmp_path, pruning.size(tmp_path) - 15_000)
    assert kept(tmp_path) == {"b"}


def test_frozen_calibrations_are_counted_and_pruned(tmp_path: Path) -> None:
    fill(tmp_path, ["a"])
    for age, name in enumerate(("old", "new")):
        (tmp_path / "frozen" / name).mkdir(parents=True)
        (tmp_path / "frozen" / name / "0.npy").write_bytes(bytes(50_000))
        os.utime(tmp_path / "frozen" / name, (1000 + age, 1000 + age))
    assert {one.kind: one.entries for one in pruning.kinds(tmp_path)}["frozen"] == 2
    pruning.prune(tmp_path, 120_000)
    assert [one.name for one in (tmp_path / "frozen").iterdir()] == ["new"]
    assert kept(tmp_path) == {"a"}


def test_never_while_an_audit_reads_it(tmp_path: Path) -> None:
    fill(tmp_path, ["a"])
    code = "import sys, datadoctor.cache as c, pathlib; kept = c.ImageCache(pathlib.Path(sys.argv[1]))\n"
    code += "print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    with pytest.raises(IncompleteError, match="reads this cache now"):
        pruning.prune(tmp_path, 0)
    assert pruning.prune_if_large(tmp_path, 0) == 0
    assert kept(tmp_path) == {"a"}
    other.kill()  # the lock ends with the process, however that ends
    other.wait()
    assert pruning.prune(tmp_path, 0) > 0
    assert kept(tmp_path) == set()


def test_an_audit_keeps_the_cache_within_its_limit(tmp_path: Path) -> None:
    fill(tmp_path, list("abcd"))
    assert pruning.prune_if_large(tmp_path, 10**9) == 0
    assert pruning.prune_if_large(tmp_path, 60_000) > 0
    assert pruning.size(tmp_path) <= 60_000


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path, list("abcd"))
    assert main(["cache", "--cache", str(tmp_path), "--prune", "--max-size", "60KB"]) == 0
    assert "removed" in capsys.readouterr().out
    assert main(["cache", "--cache", str(tmp_path), "--max-size", "1GB"]) == 2
    assert main(["cache", "--cache", str(tmp_path / "none")]) == 2
    (tmp_path / "images-1.sqlite").write_bytes(b"junk" * 1000)
    assert main(["cache", "--cache", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err
