"""Reads and embeds two datasets so that their vectors can be compared: both through what was fitted on the first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from datadoctor.errors import DataDoctorError
from datadoctor.flow import Flow
from datadoctor.stages.duplicates.compare import Side

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.progress import Progress


class Pictures(Protocol):
    """Thumbnails by digest."""

    def get(self, digest: str) -> bytes | None:
        """The JPEG of the image whose bytes have this digest."""
        ...


@dataclass(frozen=True, slots=True)
class ReadSide:
    """One dataset as ``compare`` takes it, its thumbnails, and the files that could not be read: path -> cause."""

    side: Side
    thumbnails: Pictures
    unreadable: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sides:
    """Both datasets; ``seen_by`` names what looked at the images."""

    a: ReadSide
    b: ReadSide
    seen_by: str


def read_sides(a: Path, b: Path, configs: tuple[Config, Config], out: Path, progress: Progress) -> Sides:
    """Read both with the settings of each; arrays are written below ``out``. Raises ``DataDoctorError`` where none can be read."""
    apart = [
        replace(config, out=out / "artifacts" / name, embeddings=None, hierarchy=None)
        for name, config in zip("ab", configs, strict=True)
    ]
    listed = [Flow(root, config, progress) for root, config in zip((a, b), apart, strict=True)]
    # Neither may be asked for more pixels than it has.
    sides = {name: min(flow[name] for flow in listed) for name in ("short_side", "small_side")}
    first, second = (Flow(one.source, one.config, progress, {"listing": one["listing"], **sides}) for one in listed)
    second.made["choice"] = first["choice"]
    read = checked(first), checked(second)
    fitted = "serving" if first["choice"].extractor else "filters"
    second.made[fitted] = first[fitted]
    a_read, b_read = map(side_of, read)
    return Sides(a_read, b_read, first["embeddings"].made_by)


def checked(flow: Flow) -> Flow:
    """The flow, if any of its images could be read; else raises ``DataDoctorError``."""
    if not flow["images"].readable.any():
        n = len(flow["listing"])
        raise DataDoctorError(f"{flow.source}: none of {n:,} images could be read; check the folder")
    return flow


def side_of(flow: Flow) -> ReadSide:
    """The dataset of a flow as a side."""
    listing, images = flow["listing"], flow["images"]
    errors = zip(listing.paths, images.readable.tolist(), images.errors, strict=True)
    unreadable = {path: error for path, readable, error in errors if not readable}
    side = Side(flow["dataset"], flow["embeddings"].vectors, flow["small"])
    return ReadSide(side, flow["reading"].thumbnails, unreadable)
