"""Sources at URLs: images in folders of a bucket or a server, read one by one; archives and tables, fetched whole.

fsspec opens them: ``s3://`` needs s3fs, ``gs://`` gcsfs, ``https://`` aiohttp. Images are read in the threads that decode, so that as
many are under way at once; a read that fails is tried again before the image counts as unreadable.
"""

from __future__ import annotations

import hashlib
import posixpath
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datadoctor import cache
from datadoctor.errors import DataDoctorError, NotAvailableError
from datadoctor.sources import Listing, SourceProblem
from datadoctor.sources.originals import Original, check_size
from datadoctor.sources.packed.archives import ARCHIVES
from datadoctor.sources.walk import NO_IMAGE, Walk, is_image_path
from datadoctor.sources.walked import list_walked

if TYPE_CHECKING:
    from datadoctor.config import Config

TRIES, FIRST_PAUSE = 3, 0.5
SECONDS = 30
PACKED = (*ARCHIVES, ".parquet")


@dataclass(frozen=True, slots=True)
class Remote:
    """A file of a file system of fsspec. ``version``: what changes when it does, as far as the server says."""

    system: Any
    path: str
    version: str

    @property
    def name(self) -> str:
        """Its URL."""
        return str(self.system.unstrip_protocol(self.path))

    @property
    def suffix(self) -> str:
        """The extension of its name."""
        return posixpath.splitext(self.path)[1]

    @property
    def box(self) -> None:
        """It is all of an image."""
        return

    def stamp(self) -> str:
        """As the server said it when it was listed; raises ``OSError`` where it said nothing."""
        if not self.version:
            raise OSError("the server does not say when it changed")
        return self.version

    def read(self) -> bytes:
        """Its bytes, tried several times; raises ``OSError`` with the cause."""
        for attempt in range(1, TRIES + 1):
            try:
                content: bytes = self.system.cat_file(self.path)
                check_size(len(content))
                return content
            except ValueError:
                raise
            except Exception as error:
                if attempt == TRIES or isinstance(error, FileNotFoundError | PermissionError):
                    raise OSError(None, f"cannot be fetched: {_cause(error)}") from error
                time.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
        raise AssertionError


def fetched(url: str, folder: Path | None) -> Path | None:
    """An archive or table at a URL, in the cache from now on; None for a URL of images in folders."""
    name = posixpath.basename(url.partition("?")[0])
    if not name.lower().endswith(PACKED):
        return None
    system, path = _opened(url)
    try:
        version = _version(system.info(path))
        place = (
            (folder or cache.default_folder())
            / "fetched"
            / hashlib.sha256(f"{url} {version}".encode()).hexdigest()[:16]
        )
        if version and (place / name).is_file():
            return place / name
        place.mkdir(parents=True, exist_ok=True)
        unfinished = place / f".{name}.unfinished"
        with system.open(path, "rb") as there, unfinished.open("wb") as here:
            shutil.copyfileobj(there, here, 2**20)
    except Exception as error:
        raise DataDoctorError(
            f"{url}: cannot be fetched: {_cause(error)}; is the URL right, and may you read it?"
        ) from error
    unfinished.replace(place / name)
    return place / name


def list_remote(url: str, config: Config) -> Listing:
    """The images below a URL, by their folders; raises ``DataDoctorError`` where it cannot be listed or holds none."""
    system, root = _opened(url)
    try:
        found: Mapping[str, Any] = system.find(root, detail=True)
    except Exception as error:
        raise DataDoctorError(
            f"{url}: cannot be listed: {_cause(error)}; is the URL right, and may you read it?"
        ) from error
    base = root.rstrip("/") + "/"
    # What a server lists are links.
    plain = unquote if url.startswith("http") else str
    paths = {plain(path.removeprefix(base)): (path, info) for path, info in found.items()}
    originals: dict[str, Original] = {
        name: Remote(system, path, _version(info)) for name, (path, info) in paths.items() if is_image_path(name)
    }
    if not originals:
        raise DataDoctorError(f"{url}: no images there or below ({len(paths):,} other files); is it the right URL?")
    others = sorted(name for name in paths if name not in originals and not posixpath.basename(name).startswith("."))
    more = f" and {len(others) - 1:,} more like it" if len(others) > 1 else ""
    problems = (SourceProblem(others[0], f"left out{more}: {NO_IMAGE}"),) if others else ()
    listing = list_walked(Path(url), config, Walk(sorted(tuple(name.split("/")) for name in originals), {}, problems))
    kept = {name: originals[name] for name in listing.paths if name in originals}
    return replace(listing, originals=kept, understood=(f"at {url}", *listing.understood), format="url")


def _opened(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise NotAvailableError(f"{url}: `pip install datadoctor[remote]` lets URLs be read") from error
    options: dict[str, Any] = {}
    try:
        if url.startswith(("http://", "https://")):
            import aiohttp

            options = {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=SECONDS)}}
        elif url.startswith(("s3://", "s3a://")):
            waits = {"connect_timeout": SECONDS, "read_timeout": SECONDS, "retries": {"max_attempts": 1}}
            options = {"config_kwargs": waits}
        system, path = fsspec.core.url_to_fs(url, **options)
        if hasattr(system, "retries"):
            # Images are tried several times here; s3fs would do so for each of these, and for a listing.
            system.retries = 1
    except (ImportError, ValueError) as error:
        raise NotAvailableError(f"{url}: cannot be opened: {_cause(error)}") from error
    return system, path


def _version(info: Mapping[str, Any]) -> str:
    """What says which version of a file it is: a tag of the server, or size and time."""
    tag = info.get("ETag") or info.get("etag") or info.get("md5Hash")
    when = info.get("LastModified") or info.get("mtime") or info.get("updated") or info.get("created")
    return f"{info.get('size')} {tag or when}" if tag or when else ""


def _cause(error: Exception) -> str:
    """What the server said, or that it said nothing: libraries wrap that into errors that say less."""
    for one in filter(None, (error, error.__cause__, error.__context__)):
        if "timeout" in type(one).__name__.lower():
            return f"no answer within {SECONDS} seconds"
        if status := getattr(one, "status", None):
            return f"{status} {getattr(one, 'message', '')}".strip()
    return str(error).partition("\n")[0] or type(error).__name__
