"""Planted copies are called by the change that made them."""

import pytest

from datadoctor.stages.duplicates.features import features
from datadoctor.stages.duplicates.naming import difference
from datadoctor.stages.duplicates.planting import CHANGES
from datadoctor.stages.duplicates.verification import compare
from tests.stages.duplicates.pictures import picture

NAMES = {
    "recompressed to JPEG 50": {"recompressed"},
    "rescaled to 60 %": {"rescaled"},
    "cropped to 80 %": {"cropped to 77 %", "cropped to 78 %", "cropped to 79 %", "cropped to 80 %"},
    "mirrored": {"mirrored"},
    "squashed to 60 %": {"squashed to 60 %"},
    "turned by 20°": {"turned by 20°"},
    "inverted": {"inverted"},
    "grey": {"without its colours"},
    "30 % brighter": {"lighter or darker", "colour changed, lighter or darker"},
    "text over it": {"edited in places", "same scene, other shot or edit"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_has_its_name(change: str) -> None:
    named = []
    for seed in range(5):
        image = picture(seed)
        copy = CHANGES[change](image)
        named.append(difference(compare(features(image), features(copy)), image.size, copy.size))
    assert sum(name in NAMES[change] for name in named) >= 4, named
