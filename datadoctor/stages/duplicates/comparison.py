"""How one image lies on another, and what that says: the same picture, one scene with other things in it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datadoctor.stages.duplicates.changes import UNKNOWN, Changes
from datadoctor.stages.duplicates.regions import UNKNOWN as NO_REGIONS
from datadoctor.stages.duplicates.regions import Regions

LEAST_INLIERS = 8
MANY_INLIERS = 60
LEAST_LOCAL_OF_MANY = 0.5
# A logistic regression on look-alikes and on real and planted copies of four datasets, weights scaled to that of the local
# correlation and rounded.
OF_SHARE = 0.2
OF_AGREEMENT = 0.7
OF_FOLLOWED = 0.7
ENOUGH = 1.37
# Of a part alone: signs of one kind photographed twice reach 1.83, of 75 things cut out and laid on two grounds none less than 2.08.
ENOUGH_OF_A_PART = 1.95
LEAST_SHARE = 0.01
# Of 1,797 written digits no two correlate by more than .996, and no copy with JPEG 50 or at 60 % of its size by less than .999.
EDGE_ON_EDGE = 0.998
LEAST_LOCAL_EDGE_ON_EDGE = 0.97


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the second image lies on the first.

    ``inliers``: matches that agree on one transform. ``agreement`` in [0, 1]: their share of all matches. ``share`` in [0, 1]: and
    of the features in the overlap that could be matched, those of the image that has fewer there. ``followed`` in [0, 1]: share of
    the corners that are found again where one transform puts them. ``local`` in [-1, 1]: mean correlation in the small windows that
    have texture in either image. ``correlation`` in [-1, 1] of the whole grey overlap, ``detail`` the same without broad light and
    dark areas. ``overlap_a``, ``overlap_b`` in [0, 1]: share of each image that the other shows. ``mirrored``, ``inverted``: the
    second image had to be. ``scale``: its magnification; ``stretch``: how much more that is in one direction than across it, at
    least 1; ``turn``: degrees that it had to be turned clockwise, -180 to 180. ``regions``: which part agrees and which does not,
    where it may be one picture. ``subject``: what speaks for one picture in the part alone that agrees, where the ground around it
    is another. ``changes``: what differs between the pixels of the overlap, if this is the same picture, unknown otherwise.
    """

    inliers: int
    agreement: float
    share: float
    followed: float
    local: float
    correlation: float
    detail: float
    overlap_a: float
    overlap_b: float
    mirrored: bool
    scale: float
    inverted: bool = False
    stretch: float = 1.0
    turn: float = 0.0
    regions: Regions = NO_REGIONS
    subject: float = 0.0
    changes: Changes = UNKNOWN

    @property
    def same(self) -> bool:
        """Whether this is the same picture."""
        return (self.alike and not self.regions.other_object) or self.on_other_ground

    @property
    def same_scene(self) -> bool:
        """Whether this is one place with another object in it: no duplicate."""
        return self.alike and not self.same

    @property
    def alike(self) -> bool:
        """Whether so much agrees as in the same picture, whatever part of it does not."""
        if self.inliers == 0:
            return self.correlation >= EDGE_ON_EDGE and self.local >= LEAST_LOCAL_EDGE_ON_EDGE
        if self.inliers >= MANY_INLIERS and self.local >= LEAST_LOCAL_OF_MANY:
            return True
        return self.inliers >= LEAST_INLIERS and self.evidence >= ENOUGH

    @property
    def on_other_ground(self) -> bool:
        """Whether what the two show is the same, and the ground around it is not."""
        return self.regions.other_ground and self.subject >= ENOUGH_OF_A_PART

    @property
    def evidence(self) -> float:
        """How much speaks for one picture: local correlation, followed corners, and how far the matches agree; at most 2.4."""
        return evidence(self.local, self.followed, self.share, self.agreement)

    @property
    def score(self) -> float:
        """In [0, 1]: larger is more alike; grows with the local correlation and with the number of agreeing matches."""
        if self.inliers == 0:
            return max(self.local * self.correlation, 0.0)
        return float(max(self.local, 0.0) * (1 - np.exp(-self.inliers / 15)))


def evidence(local: float, followed: float, share: float, agreement: float) -> float:
    """The sum that decides, of four measures in [-1, 1] or [0, 1]."""
    return local + OF_FOLLOWED * followed + OF_SHARE * float(np.log(max(share, LEAST_SHARE))) + OF_AGREEMENT * agreement


NOTHING = Comparison(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, False, 1.0)
