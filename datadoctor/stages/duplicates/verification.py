"""Do two images show the same picture? A geometric test on local features, then a photometric one on the overlap.

One image is warped onto the other, and the overlap compared by normalised cross-correlation in small windows. Four things speak for
one picture: the windows correlate, the matches agree on the transform, much of what can be matched is, and most corners are found
again. Rigid look-alikes (two stop signs, two pianos) agree on a part of the picture; broad correlation does not tell them apart,
because their outlines outweigh everything that differs. Then it is asked what the part is that does not agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.alignment import Alignment, Points, aligned, moved
from datadoctor.stages.duplicates.changes import changes
from datadoctor.stages.duplicates.comparison import NOTHING, Comparison, evidence
from datadoctor.stages.duplicates.features import OTHER_SHAPE, Features, inverted, mirrored, stretched
from datadoctor.stages.duplicates.photometry import correlation, grey_and_detail, windows
from datadoctor.stages.duplicates.regions import AGREES, SUBJECT, regions
from datadoctor.stages.duplicates.tracking import followed

FEW_FEATURES = 12
# Matches from which the part that agrees may be a picture of its own on another ground.
ENOUGH_FOR_A_PART = 12
AT_A_GLANCE = 0.95  # what correlates less when shrunk need not be looked at: shrinking takes away differences
ALIKE_AT_A_GLANCE = (
    0.9  # what correlates more may be the same picture squashed, or inverted where it is less than minus that
)

Compares = Callable[[Features, Features], Comparison]


def compare(a: Features, b: Features) -> Comparison:
    """Compare as they are, then mirrored, squashed or inverted, as the shrunken images suggest, if that did not show the same picture.

    First edge on edge, where whole copies agree but for noise; images with hardly a feature only so, for a few strokes agree on a
    transform by chance. Then the plainer image is laid on the other where features agree, whichever comes first.
    """
    if len(a.points) < len(b.points):
        return _seen_from_the_other(compare(b, a))
    versions = [b, mirrored(b)]
    whole = _first(_edge_on_edge, a, versions)
    if whole.same or len(b.points) < FEW_FEATURES:
        return whole
    found = _first(_by_features, a, versions)
    if found.same:
        return found
    return max(found, _as_suggested_at_a_glance(a, versions), key=_order)


def _order(comparison: Comparison) -> tuple[bool, bool, float]:
    return comparison.same, comparison.same_scene, comparison.score


def _first(by: Compares, a: Features, versions: list[Features]) -> Comparison:
    """The first version that shows the same picture, or else the most alike."""
    found = []
    for number, version in enumerate(versions):
        one = replace(by(a, version), mirrored=number == 1)
        if one.same:
            return one
        found.append(one)
    return max(found, key=_order)


def _as_suggested_at_a_glance(a: Features, versions: list[Features]) -> Comparison:
    """With the second image drawn out to the shape of the first, or as a negative, where the shrunken images are alike that way."""
    best = NOTHING
    for number, (at_a_glance, version) in enumerate((_at_a_glance(a, version), version) for version in versions):
        for one in _other_versions(a, version, at_a_glance):
            found = max(_edge_on_edge(a, one), _by_features(a, one), key=_order)
            drawn_out = _shape(one) / _shape(version)
            stretch = found.stretch * max(drawn_out, 1 / drawn_out)
            best = max(
                best, replace(found, mirrored=number == 1, inverted=at_a_glance < 0, stretch=stretch), key=_order
            )
    return best


def _other_versions(a: Features, b: Features, at_a_glance: float) -> Iterator[Features]:
    if abs(at_a_glance) < ALIKE_AT_A_GLANCE:
        return
    other_shape = not 1 / OTHER_SHAPE < _shape(a) / _shape(b) < OTHER_SHAPE
    if other_shape or at_a_glance < 0:
        one = inverted(b) if at_a_glance < 0 else b
        yield stretched(one, a.size) if other_shape else one


def _shape(image: Features) -> float:
    return image.size[0] / image.size[1]


def _seen_from_the_other(found: Comparison) -> Comparison:
    """How the first image lies on the second."""
    return replace(
        found,
        overlap_a=found.overlap_b,
        overlap_b=found.overlap_a,
        scale=1 / found.scale,
        turn=found.turn if found.mirrored else -found.turn,
        changes=replace(found.changes, brightness=-found.changes.brightness),
    )


def _edge_on_edge(a: Features, b: Features) -> Comparison:
    """With all of one image laid on all of the other; ``NOTHING`` where shapes differ by more than rounding does, or all else."""
    (width, height), (other_width, other_height) = a.size, b.size
    scale_x, scale_y = width / other_width, height / other_height
    if not 1 / OTHER_SHAPE < scale_x / scale_y < OTHER_SHAPE or _at_a_glance(a, b) < AT_A_GLANCE:
        return NOTHING
    # Pixels are squares, and what is laid on each other are their corners.
    transform = np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2]])
    nothing = np.zeros((0, 2), np.float32)
    return _photometric(a, b, Alignment(transform, nothing, nothing, 0))


def _at_a_glance(a: Features, b: Features) -> float:
    """Correlation of the shrunken images, in [-1, 1]."""
    return correlation(a.glance.reshape(-1).astype(np.float32), b.glance.reshape(-1).astype(np.float32))


def _by_features(a: Features, b: Features) -> Comparison:
    found = aligned(a, b)
    # Most candidates end here.
    return _photometric(a, b, found) if found and 0.1 < found.scale < 10 else NOTHING


def _share(a: Features, b: Features, found: Alignment, where: NDArray[np.bool_] | None = None) -> float:
    """Of the features in the overlap, or in the part of a ``where`` that is, those that agree, of the image that has fewer there."""
    back = cv2.invertAffineTransform(found.transform).astype(np.float64)
    from_b, of_a = moved(b.points, found.transform), a.points[_inside(moved(a.points, back), b.size)]
    if where is None:
        matchable = min(int(_inside(from_b, a.size).sum()), len(of_a))
        return min(1.0, len(found.to_a) / max(matchable, 1))
    matchable = min(_n_in(from_b, where), _n_in(of_a, where))
    return min(1.0, _n_in(found.to_a, where) / max(matchable, 1))


def _inside(points: Points | NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray(((points >= 0) & (points < size)).all(axis=1))


def _n_in(points: Points | NDArray[np.float64], where: NDArray[np.bool_]) -> int:
    columns, rows = points[_inside(points, (where.shape[1], where.shape[0]))].astype(int).T
    return int(where[rows, columns].sum())


def _photometric(a: Features, b: Features, how: Alignment) -> Comparison:
    rgb_a, rgb_b, scale = a.rgb, b.rgb, how.scale
    height, width = rgb_a.shape[:2]
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    warped = cv2.warpAffine(rgb_b, how.transform, (width, height), flags=flags).astype(np.uint8)
    whole = np.ones(rgb_b.shape[:2], np.uint8)
    shown = cv2.warpAffine(whole, how.transform, (width, height), flags=cv2.INTER_NEAREST)
    mask = cv2.erode(shown, np.ones((3, 3), np.uint8)) > 0
    overlap = int(mask.sum())
    if overlap < 64:
        return NOTHING
    # Of what is enlarged, here or before, what is finer than its own pixels says nothing.
    blur = max(a.blur, b.blur * max(scale, 1.0))
    grey_a, detail_a = grey_and_detail(rgb_a, blur)
    grey_b, detail_b = grey_and_detail(warped, blur)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=1) > 0
    seen = windows(detail_a, detail_b, inner, blur)
    inliers = len(how.to_a)
    found = Comparison(
        inliers,
        agreement=inliers / how.matches if inliers else 0.0,
        share=_share(a, b, how) if inliers else 0.0,
        followed=1.0 if inliers else 0.0,
        local=seen.mean,
        correlation=correlation(grey_a[mask], grey_b[mask]),
        detail=correlation(detail_a[inner], detail_b[inner]),
        overlap_a=overlap / (height * width),
        overlap_b=min(1.0, overlap / (whole.size * scale**2)),
        mirrored=False,
        scale=scale,
        stretch=how.stretch,
        turn=how.turn,
    )
    # Following corners is what takes longest: only where it can make a difference.
    if inliers:
        found = replace(found, followed=followed(detail_a, detail_b, inner, blur) if found.alike else 0.0)
    a_part_agrees = inliers >= ENOUGH_FOR_A_PART and (seen.textured & (seen.correlation > AGREES)).mean() > SUBJECT / 2
    if not found.alike and not a_part_agrees:
        return found
    parts, subject = regions(rgb_a, warped, seen, inner, blur)
    found = replace(found, regions=parts)
    if parts.other_ground and inliers:
        again = followed(detail_a, detail_b, subject, blur)
        found = replace(
            found, subject=evidence(parts.subject_local, again, _share(a, b, how, subject), found.agreement)
        )
    # Only of one picture anybody asks what changed.
    if not found.same:
        return found
    own_a, own_b = (
        rgb[mask] / np.float32(image.gain) + np.float32(image.darkest) for rgb, image in ((rgb_a, a), (warped, b))
    )
    return replace(
        found, changes=changes(own_a, own_b, grey_a[mask] / a.gain + a.darkest, grey_b[mask] / b.gain + b.darkest)
    )
