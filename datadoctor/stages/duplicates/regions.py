"""Which part of two images that lie on each other agrees, and which does not.

Two things on one patterned carpet agree in most of the frame, a cut-out on another ground in a small part, and text, logos and
frames disagree in parts of their own. What decides is what the part that disagrees looks like: compact, textured and not to be
explained by other light, it is another object; along the edges it is the ground or a frame; of few colours it was laid over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.duplicates.photometry import WINDOW, Windows, blurred

AGREES, DIFFERS = 0.6, 0.4  # correlation of a window
# Grey levels, once b's colours are fitted to a's where the two agree: of windows, of windows without texture, of pixels.
OTHER_TONE, OTHER_TONE_OF_FLAT, OTHER_PIXEL = 10.0, 25.0, 15.0
SOLID = 0.6  # share of pixels in a window that differ: lettering has less, it lets the ground through
LEAST_OTHER_TEXTURE = 0.25  # share of what differs; of a flat thing its outline
COMMONEST = 3  # colours of 512
# Share of the overlap, of photographs: second shots and insets differ in .03 at most, things on 15 % of the frame in .05 or more.
OBJECT = 0.04
# Share of the commonest colours: of lettering, logos, bars and frames .88 or more, of things photographed .75 or less.
GRAPHIC, LARGEST_GRAPHIC, LARGEST_GRAPHIC_AT_EDGE = 0.87, 0.12, 0.25
# Of photographs whose shorter side is 120 px or less: of what is laid over .71 or more, of things .63 or less.
GRAPHIC_OF_SMALL, SMALL, LARGE = 0.7, 120, 190
# A subject on another ground. Banners and frames on two pictures are no subject: they lie along the edge. Of things cut out of
# photographs and laid on two grounds the windows inside correlate by .94 or more, of look-alikes and of one room's ground by .94 at most.
SUBJECT, SUBJECT_AGREES, AT_EDGE_BY_SIZE, GROUND_AT_EDGE = 0.12, 0.94, 0.7, 0.3
RIM = 0.06  # of the shorter side: what agrees reaches that far over its outline

Mask = NDArray[np.bool_]
Level = TypeVar("Level", np.uint8, np.float32)


@dataclass(frozen=True, slots=True)
class Regions:
    """Shares in [0, 1] of the overlap of two images.

    ``differing``: the largest coherent part that differs; ``differing_at_edge``: the share of the overlap's edge that differs;
    ``graphic``: the share of the part's pixels that have its three commonest colours, in the image where that is more. ``subject``:
    the largest coherent part that agrees, ``subject_at_edge`` likewise, ``subject_local``: mean correlation of the windows inside it.
    ``subject_graphic``: of the inside of that part, ``ground_graphic``: of what is around it, in the image where that is less and
    more. ``blur``: pixels that a pixel of the smaller image was enlarged to; ``side``: pixels of its own along the shorter side.
    """

    differing: float
    differing_at_edge: float
    graphic: float
    subject: float
    subject_at_edge: float
    subject_local: float
    subject_graphic: float
    ground_graphic: float
    blur: float
    side: float = LARGE

    @property
    def other_object(self) -> bool:
        """Whether what differs is a thing of its own, and not something laid over, or the ground around the same thing."""
        return self.differing > OBJECT * self.blur**0.5 and not self.laid_over and not self.other_ground

    @property
    def laid_over(self) -> bool:
        """Whether what differs is of few colours, and not large but for frames and banners."""
        at_edge = self.differing_at_edge >= self.differing
        largest = LARGEST_GRAPHIC_AT_EDGE if at_edge else LARGEST_GRAPHIC
        return self.graphic >= self.of_few_colours and self.differing <= largest

    @property
    def of_few_colours(self) -> float:
        """The share of the commonest colours from which a part is no photograph: in small images edges mix more of the pixels."""
        return float(np.interp(self.side, (SMALL, LARGE), (GRAPHIC_OF_SMALL, GRAPHIC)))

    @property
    def other_ground(self) -> bool:
        """Whether what agrees lies inside, and what differs around it."""
        return (
            self.subject >= SUBJECT
            and self.subject_at_edge <= AT_EDGE_BY_SIZE * self.subject
            and self.differing_at_edge >= GROUND_AT_EDGE
            and self.subject_local >= SUBJECT_AGREES
            and not self.one_sign
        )

    @property
    def one_sign(self) -> bool:
        """Whether what agrees is of few colours, a sign or a logo, in two scenes of their own; on plain ground it may be a drawing."""
        return self.subject_graphic >= GRAPHIC and self.ground_graphic < GRAPHIC


UNKNOWN = Regions(0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def regions(
    rgb_a: NDArray[np.uint8], rgb_b: NDArray[np.uint8], windows: Windows, inside: Mask, blur: float
) -> tuple[Regions, Mask]:
    """The regions of two images of the same places, (h, w, 3), compared ``inside`` (h, w); and which pixels are the subject.

    ``blur``: pixels of these images a pixel of the smaller one.
    """
    edge = inside & (cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=0) == 0)
    all_that_differs = _differing(rgb_a, rgb_b, windows, inside, blur)
    differs = _largest(all_that_differs)
    # A shadow on flat ground is of another tone, but hardly a window in it has texture that does not correlate.
    if (windows.textured & (windows.correlation < DIFFERS) & differs).sum() < LEAST_OTHER_TEXTURE * differs.sum():
        differs = np.zeros_like(differs)
    subject = _agreeing(windows, inside, blur)
    # Windows around the outline see the ground, too: of a small image that is much of the subject.
    within = _eroded(subject, WINDOW * blur) & windows.textured
    core, ground = _eroded(subject, RIM * min(subject.shape)), inside & ~subject
    found = Regions(
        differing=_share(differs, inside),
        differing_at_edge=_share(all_that_differs & edge, edge),
        graphic=max(_graphic(rgb_a[differs]), _graphic(rgb_b[differs])),
        subject=_share(subject, inside),
        subject_at_edge=_share(subject & edge, edge),
        subject_local=float(windows.correlation[within].mean()) if within.any() else 0.0,
        subject_graphic=min(_graphic(rgb_a[core]), _graphic(rgb_b[core])),
        ground_graphic=max(_graphic(rgb_a[ground]), _graphic(rgb_b[ground])),
        blur=blur,
        side=min(inside.shape) / blur,
    )
    return found, subject


def _share(part: Mask, whole: Mask) -> float:
    return float(part.sum() / max(int(whole.sum()), 1))


def _differing(rgb_a: NDArray[np.uint8], rgb_b: NDArray[np.uint8], windows: Windows, inside: Mask, blur: float) -> Mask:
    """What differs once the more colourful image has the colours of the other: what is grey cannot be given colours."""
    less, more = sorted((rgb_a, rgb_b), key=_colourfulness)
    return _differing_from(less, more, windows, inside, blur)


def _colourfulness(rgb: NDArray[np.uint8]) -> float:
    few = rgb[::4, ::4]
    return float((_most(few).astype(np.int16) - (255 - _most(255 - few))).mean())


def _differing_from(
    rgb_a: NDArray[np.uint8], rgb_b: NDArray[np.uint8], windows: Windows, inside: Mask, blur: float
) -> Mask:
    """Where windows do not correlate and are of another tone, and most of whose pixels differ."""
    sure = inside & windows.textured & (windows.correlation > AGREES)
    fitted = _in_colours_of(rgb_a, rgb_b, sure if sure.sum() > 200 else inside)
    apart = np.where(inside[..., None], rgb_a - fitted, 0).astype(np.float32)
    weight = np.maximum(blurred(inside.astype(np.float32), WINDOW * blur), 1e-3)
    tone = _most(np.abs(blurred(apart, WINDOW * blur))) / weight
    limit = np.where(windows.textured, OTHER_TONE, OTHER_TONE_OF_FLAT)
    differs = inside & (tone > limit) & (~windows.textured | (windows.correlation < DIFFERS))
    pixels = differs & (_most(np.abs(blurred(apart, blur))) > OTHER_PIXEL)
    solid = inside & (blurred(pixels.astype(np.float32), WINDOW * blur) / weight > SOLID)
    return _closed(solid, 0.02)


def _in_colours_of(rgb_a: NDArray[np.uint8], rgb_b: NDArray[np.uint8], where: Mask) -> NDArray[np.float32]:
    """``rgb_b`` by the affine map of its colours that is nearest to ``rgb_a`` there: other light, tints, inverted or grey."""
    known = np.append(rgb_b[where], np.ones((int(where.sum()), 1), np.uint8), axis=1).astype(np.float32)
    # Ten grey levels of noise in each channel: grey images have three times the same one.
    products = known.T @ known + len(known) * np.diag(np.array([10, 10, 10, 0], np.float32))
    products[3, 3] += 1e-3
    fit = np.linalg.solve(products, known.T @ rgb_a[where].astype(np.float32))
    return cv2.transform(rgb_b.astype(np.float32), fit.T).astype(np.float32)


def _most(channels: NDArray[Level]) -> NDArray[Level]:
    """(h, w) of (h, w, 3): NumPy's own maximum takes ten times as long over so short an axis."""
    most: NDArray[Level] = np.maximum(np.maximum(channels[..., 0], channels[..., 1]), channels[..., 2])
    return most


def _agreeing(windows: Windows, inside: Mask, blur: float) -> Mask:
    """The largest part whose windows with texture correlate."""
    textured = inside & windows.textured
    agree = textured & (windows.correlation > AGREES)
    among = blurred(textured.astype(np.float32), WINDOW * blur)
    share = blurred(agree.astype(np.float32), WINDOW * blur) / np.maximum(among, 0.02)
    return _largest(_opened(_closed(inside & (share > 0.7) & (among > 0.1), 0.03), 0.03))


def _closed(mask: Mask, share: float) -> Mask:
    return _morphed(mask, cv2.MORPH_CLOSE, share)


def _opened(mask: Mask, share: float) -> Mask:
    return _morphed(mask, cv2.MORPH_OPEN, share)


def _eroded(mask: Mask, radius: float) -> Mask:
    return _by_disc(mask, cv2.MORPH_ERODE, radius)


def _morphed(mask: Mask, how: int, share: float) -> Mask:
    """By a disc whose radius is that share of the shorter side."""
    return _by_disc(mask, how, share * min(mask.shape))


def _by_disc(mask: Mask, how: int, radius: float) -> Mask:
    side = 2 * round(radius) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), how, disc) > 0)


def _largest(mask: Mask) -> Mask:
    """Its largest connected part."""
    n, parts, sizes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return np.asarray(parts == 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))) if n > 1 else np.zeros_like(mask)


def _graphic(pixels: NDArray[np.uint8]) -> float:
    """Share of (m, 3) pixels that have the commonest three of 512 colours."""
    if not len(pixels):
        return 0.0
    counts = np.bincount((pixels // 32).astype(np.int64) @ (64, 8, 1), minlength=512)
    return float(np.sort(counts)[-COMMONEST:].sum() / len(pixels))
