"""Sources at URLs, from a real server on this machine; what it refuses or does not have is said in a line."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.sources import remote
from datadoctor.sources.addresses import url_of
from datadoctor.sources.choice import list_source
from datadoctor.sources.originals import content_of, stamp_of
from datadoctor.stages.reading.images import Unreadable, read_image
from tests.sources.packs import digits, folders, zipped

pytest.importorskip("aiohttp")
pytest.importorskip("fsspec")


class _Server(SimpleHTTPRequestHandler):
    fails: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        if "/forbidden" in self.path:
            self.send_error(403)
        elif self.path in self.fails:
            self.fails.discard(self.path)
            self.send_error(503)
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    root = tmp_path / "served"
    folders(root / "photos", digits(24))
    zipped(root, digits(24))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Server, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_paths_that_are_urls() -> None:
    assert url_of(Path("s3://bucket/photos")) == "s3://bucket/photos"
    assert url_of(Path("https://example.org/a/b.zip")) == "https://example.org/a/b.zip"
    assert url_of(Path("file:///data/photos")) == "file:///data/photos"
    assert [url_of(Path(text)) for text in ("photos", "/data/photos", "C:/photos", "a:b/c")] == [""] * 4


def test_images_on_a_server_are_those_on_the_disk(served: str, tmp_path: Path) -> None:
    here = list_source(tmp_path / "served" / "photos", Config())
    there = list_source(Path(f"{served}/photos/"), Config())
    assert there.format == "url"
    assert (there.paths, there.classes, there.splits) == (here.paths, here.classes, here.splits)
    assert [content_of(file) for file in there.files()[:5]] == [content_of(file) for file in here.files()[:5]]


def test_a_read_that_fails_once_is_tried_again(served: str) -> None:
    listing = list_source(Path(f"{served}/photos/"), Config())
    path = "/photos/" + listing.paths[0].replace(" ", "%20")
    _Server.fails.add(path)
    assert content_of(listing.file(0)).startswith(b"\x89PNG")
    assert not _Server.fails


def test_what_is_gone_is_unreadable_in_words(served: str, tmp_path: Path) -> None:
    listing = list_source(Path(f"{served}/photos/"), Config())
    (tmp_path / "served" / "photos" / listing.paths[0]).unlink()
    found = read_image(listing.file(0))
    assert isinstance(found, Unreadable)
    assert found.cause.startswith("cannot be fetched")


def test_an_archive_is_fetched_once(served: str, tmp_path: Path) -> None:
    config = Config(cache=tmp_path / "cache")
    first, second = (list_source(Path(f"{served}/set.zip"), config) for _ in range(2))
    assert first.format == "archive"
    assert len(first) == 24
    assert stamp_of(first.file(0)) == stamp_of(second.file(0))


@pytest.mark.parametrize("path", ["/forbidden/", "/forbidden/set.zip", "/nothing/", "/nothing.zip"])
def test_refusals_are_a_line(path: str, served: str) -> None:
    said = "403 Forbidden" if "forbidden" in path else r"cannot be (listed|fetched)|no images there"
    with pytest.raises(DataDoctorError, match=said) as caught:
        list_source(Path(served + path), Config())
    assert "\n" not in str(caught.value)
    assert served in str(caught.value)


def test_a_server_that_never_answers_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for path in ("/photos/", "/set.zip"):
            with pytest.raises(DataDoctorError, match=r"cannot be (listed|fetched): no answer within 1 seconds"):
                list_source(Path(url + path), Config())


def test_other_file_systems(tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    for one in digits(12):
        memory.pipe_file(f"/bucket/{one.label}/{one.name}", one.content)
    listing = list_source(Path("memory://bucket"), Config())
    assert len(listing) == 12
    assert stamp_of(listing.file(0))
    with pytest.raises(DataDoctorError, match="nosuch://x"):
        list_source(Path("nosuch://x"), Config())
