"""``shard.json``: what a shard's folder holds and what it was made of; written last, so that a shard without it is half written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datadoctor import files, schemas
from datadoctor._version import __version__
from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.shards import Share
from datadoctor.strict_json import parse

FILE, BEGUN = "shard.json", "begun.json"
NAME = "shard"
# Settings that say where and how fast, not what.
OF_THE_MACHINE = ("out", "cache", "workers", "device")


@dataclass(frozen=True, slots=True)
class Origin:
    """What all shards of one audit must have in common.

    ``listing``: hash of what the source lists, ``images`` of them. ``network``: what it computes, '' without one. ``look``: how images
    are made visible; ``small_side`` in pixels: both are found by looking at a sample of all images. ``reader``: version of the code
    that opens images.
    """

    source: str
    settings: Mapping[str, Any]
    listing: str
    images: int
    network: str
    small_side: int
    look: str
    reader: str


@dataclass(frozen=True, slots=True)
class Document:
    """``arithmetic``: what vectors follow from to the last bit, '' without a network. ``files``: by name, sha256 hex."""

    share: Share
    origin: Origin
    arithmetic: str
    readable: int
    decoded: int
    embedded: int
    files: Mapping[str, str]

    def plain(self) -> dict[str, Any]:
        """As it stands in the file."""
        known = {"schema": schemas.version(NAME), "created_with": f"datadoctor {__version__}"}
        counts = {name: getattr(self, name) for name in ("readable", "decoded", "embedded")}
        share = {"number": self.share.number, "of": self.share.of}
        return known | share | asdict(self.origin) | {"arithmetic": self.arithmetic} | counts | {"files": self.files}


def settings_of(config: Config) -> dict[str, Any]:
    """The settings that shards must have in common, as JSON has them."""
    values = {name: getattr(config, name) for name in Config.__dataclass_fields__ if name not in OF_THE_MACHINE}
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def written(folder: Path, document: Document) -> None:
    """Put it into the shard's folder: the shard is whole."""
    text = json.dumps(document.plain(), indent=1, ensure_ascii=False)
    files.write_whole(folder / FILE, text.encode() + b"\n")
    (folder / BEGUN).unlink(missing_ok=True)


def begun(folder: Path, share: Share) -> None:
    """Note which shard is being made, until it is whole."""
    files.write_whole(folder / BEGUN, json.dumps({"number": share.number, "of": share.of}).encode())
    (folder / FILE).unlink(missing_ok=True)


def read(folder: Path) -> Document | None:
    """What is in a shard's folder, None where it is not whole. Raises ``DataDoctorError`` where the file is damaged."""
    file = folder / FILE
    if not file.exists():
        return None
    try:
        found = parse(files.regular(file).read_text(encoding="utf-8"))
    except ValueError as error:
        raise _damaged(file, str(error)) from error
    if wrong := schemas.wrong(NAME, found):
        raise _damaged(file, wrong)
    return Document(
        share=Share(found["number"], found["of"]),
        origin=Origin(**{name: found[name] for name in Origin.__dataclass_fields__}),
        **{name: found[name] for name in ("arithmetic", "readable", "decoded", "embedded", "files")},
    )


def _damaged(file: Path, cause: str) -> DataDoctorError:
    return DataDoctorError(f"{file}: not what a shard writes ({cause}); make that shard again")
