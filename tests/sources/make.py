"""Small sources to list: files that only have names, and what a listing says of them."""

from itertools import product
from pathlib import Path

from datadoctor.sources import Listing


def write(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    return root


def grid(*levels: str, images: int = 3) -> list[str]:
    """Paths of images in every combination of the folders of each level, their names separated by spaces."""
    folders = ["/".join(names) for names in product(*(level.split() for level in levels))]
    return [f"{folder}/{number}.png" for folder in folders for number in range(images)]


def labelled(listing: Listing) -> dict[str, str]:
    return {path: listing.label_name(row) for row, path in enumerate(listing.paths)}


def causes(listing: Listing, severity: str = "") -> list[str]:
    return [problem.cause for problem in listing.problems if not severity or problem.severity == severity]
