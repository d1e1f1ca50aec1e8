"""Archives: a zip or tar of folders of images, laid out as folders on a disk are; several archives are parts or splits of one set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing
from datadoctor.sources.formats import Format
from datadoctor.sources.packed.place import Packed
from datadoctor.sources.places import Place
from datadoctor.sources.walked import list_walked

if TYPE_CHECKING:
    from datadoctor.config import Config


def lists(place: Place, config: Config) -> Listing:
    """The images of all archives, by a manifest, or by the folders that their names tell."""
    if not isinstance(place, Packed) or not place.walk.images:
        raise DataDoctorError(f"{place}: no images{place.within or ', and no archive'}; is it the right one?")
    listing = list_walked(place.root, config, place.walk)
    understood = (place.within.removeprefix(", "), *listing.understood)
    return replace(listing, originals=place.originals(listing.paths), understood=understood)


ARCHIVE = Format(
    "archive",
    "zip or tar of images in folders",
    "photos.zip: train/cat/1.jpg, val/dog/2.jpg; or train.tar and val.tar. Boxes and one-hot tables are read in archives, too",
    lambda _: "",
    lists,
)
