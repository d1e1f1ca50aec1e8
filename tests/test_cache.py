import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from datadoctor.cache import CHECKSUM_BYTES, Entry, ImageCache, Stamped, stamp
from datadoctor.errors import DataDoctorError


def test_what_was_put_is_found_again_by_digest_and_maker(tmp_path: Path) -> None:
    cache = ImageCache(tmp_path)
    cache.put([], [Entry("d1", "facts 1", b"a"), Entry("d1", "small", b""), Entry("d2", "facts 1", b"b")])
    cache.close()
    cache = ImageCache(tmp_path)
    assert cache.get("d1", "facts 1") == b"a"
    assert cache.get("d1", "small") == b""
    assert cache.get("d2", "facts 1") == b"b"
    assert cache.get("d2", "facts 2") is None
    assert cache.get("d2", "small") is None


def test_a_file_is_known_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"one")
    cache = ImageCache(tmp_path / "cache")
    cache.put([Stamped(file, stamp(file), "d1")], [])
    assert cache.digest(file, stamp(file)) == "d1"
    assert cache.digest(tmp_path / "b.png", stamp(file)) == ""
    times = file.stat()
    other = tmp_path / "new"
    other.write_bytes(b"two")
    # Same size and time, as a restored backup may have.
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(file)
    assert cache.digest(file, stamp(file)) == ""


@pytest.mark.parametrize("content", [b"this is not a database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path, content: bytes) -> None:
    first = ImageCache(tmp_path)
    first.close()
    first.path.write_bytes(content)
    with pytest.warns(UserWarning, match="set aside"):
        cache = ImageCache(tmp_path)
    cache.put([], [Entry("d", "m", b"x")])
    assert cache.get("d", "m") == b"x"
    assert [file.read_bytes() for file in tmp_path.glob("*.damaged-*")] == [content]


def test_damage_found_later_is_a_miss(tmp_path: Path) -> None:
    cache = ImageCache(tmp_path)
    cache.put([], [Entry(str(i), "m", b"x" * 5000) for i in range(200)])
    cache.close()
    content = bytearray(cache.path.read_bytes())
    content[8192:] = b"\xaa" * (len(content) - 8192)
    cache.path.write_bytes(bytes(content))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cache = ImageCache(tmp_path)
        found = [cache.get(str(i), "m") for i in range(200)]
    assert caught
    assert None in found
    cache.put([], [Entry("new", "m", b"y")])
    assert cache.get("new", "m") == b"y"


@pytest.mark.parametrize("place", [0, 700, -1])
def test_a_changed_byte_in_what_was_kept_is_a_miss_and_made_good(tmp_path: Path, place: int) -> None:
    """SQLite does not see it: a vector would otherwise be another one without a word."""
    cache = ImageCache(tmp_path)
    content = bytes(range(256)) * 5
    cache.put([], [Entry("d", "m", content), Entry("e", "m", content)])
    cache.close()
    whole = cache.path.read_bytes()
    start = whole.index(content)
    changed = start + place if place >= 0 else start + len(content) + CHECKSUM_BYTES + place
    cache.path.write_bytes(whole[:changed] + bytes([whole[changed] ^ 1]) + whole[changed + 1 :])
    again = ImageCache(tmp_path)
    found = [again.get(name, "m") for name in "de"]
    assert sorted(found, key=bool) == [None, content]
    again.put([], [Entry(name, "m", content) for name in "de"])
    assert [again.get(name, "m") for name in "de"] == [content, content]


def test_an_unusable_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDoctorError, match="--cache"):
        ImageCache(tmp_path / "file")


WRITER = """
import sys
from pathlib import Path
from datadoctor.cache import Entry, ImageCache
cache = ImageCache(Path(sys.argv[1]))
for i in range(200):
    cache.put([], [Entry(f"{sys.argv[2]}-{i}", "m", b"x" * 1000), Entry(f"both-{i}", "m", b"same")])
"""


def test_two_processes_at_once(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    cache = ImageCache(tmp_path)
    for i in range(200):
        assert cache.get(f"a-{i}", "m")
        assert cache.get(f"b-{i}", "m")
        assert cache.get(f"both-{i}", "m") == b"same"
