"""Planted truth of what agrees and what does not: one ground with other objects, one object on other grounds, things laid over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.duplicates.changes import seen_again

Rng = np.random.Generator
SIZES = (0.10, 0.15, 0.25, 0.40, 0.60)


def texture(image: Image.Image, rng: Rng) -> Image.Image:
    """A patterned carpet of the image's size: a piece of it, mirrored and repeated, with the grain of its weave."""
    side = max(24, min(image.size) // 4)
    left, top = (int(rng.integers(0, most - side + 1)) for most in image.size)
    piece = np.asarray(image.crop((left, top, left + side, top + side)))
    tile = np.concatenate([piece, piece[:, ::-1]], axis=1)
    tile = np.concatenate([tile, tile[::-1]], axis=0)
    times = (-(-image.height // tile.shape[0]), -(-image.width // tile.shape[1]), 1)
    carpet = np.tile(tile, times)[: image.height, : image.width].astype(np.float32)
    carpet += rng.normal(0, 12, carpet.shape[:2])[..., None]
    return Image.fromarray(np.clip(carpet, 0, 255).astype(np.uint8))


def outline(size: tuple[int, int], share: float, rng: Rng, centre: tuple[float, float], *, smooth: bool) -> Image.Image:
    """An 'L' mask of a shape that covers about that share of a frame: an oval, or a star-shaped blob with lobes."""
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    radius = np.ones_like(angles)
    if not smooth:
        for k in (2, 3, 5):
            radius += rng.uniform(-0.25, 0.25) * np.cos(k * angles + rng.uniform(0, 6.3))
    radius *= np.sqrt(share / np.pi / np.mean(radius**2))
    corners = np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1) * size
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in corners], fill=255)
    return mask.filter(ImageFilter.GaussianBlur(0.8))


def with_object(
    ground: Image.Image,
    thing: Image.Image,
    share: float,
    rng: Rng,
    *,
    where: tuple[float, float] = (0.5, 0.5),
    shadow: bool = False,
) -> Image.Image:
    """``thing``'s pixels in a shape of that ``share`` of the frame, laid on the ground."""
    mask = outline(ground.size, share, rng, where, smooth=bool(rng.integers(2)))
    scene = ground.copy()
    if shadow:
        dark = mask.filter(ImageFilter.GaussianBlur(min(ground.size) / 40)).point([value // 2 for value in range(256)])
        scene.paste((0, 0, 0), (round(ground.width * 0.04), round(ground.height * 0.04)), dark)
    side = max(0.4, 1.25 * share**0.5)
    size = (round(ground.width * side), round(ground.height * side))
    laid = Image.new("RGB", ground.size)
    laid.paste(
        thing.resize(size, Image.Resampling.BICUBIC),
        (round(where[0] * ground.width - size[0] / 2), round(where[1] * ground.height - size[1] / 2)),
    )
    scene.paste(laid, (0, 0), mask)
    return scene


def other_objects(
    ground: Image.Image, one: Image.Image, two: Image.Image, share: float, how: str, rng: Rng
) -> tuple[Image.Image, Image.Image]:
    """Two pictures of one ground with different things on it."""
    if how == "two each":
        places = ((0.28, 0.5), (0.72, 0.5))
        first = with_object(ground, one, share / 2, rng, where=places[0])
        second = with_object(ground, two, share / 2, rng, where=places[0])
        # The second thing is the same in both: what agrees is not only ground.
        same = int(rng.integers(1 << 30))
        return tuple(
            with_object(scene, one, share / 2, np.random.default_rng(same), where=places[1])
            for scene in (first, second)
        )  # type: ignore[return-value]
    moved = (float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.35, 0.65))) if how == "elsewhere" else (0.5, 0.5)
    first = with_object(ground, one, share, rng, shadow=how == "shadows")
    second = with_object(ground, two, share, rng, where=moved, shadow=how == "shadows")
    return first, (seen_again(second, rng, second) if how == "another shot" else second)


HOWS = ("in place", "elsewhere", "two each", "shadows", "another shot")


def moved_object(ground: Image.Image, thing: Image.Image, share: float, rng: Rng) -> tuple[Image.Image, Image.Image]:
    """One thing at two places of one ground: one scene, two pictures."""
    shape = int(rng.integers(1 << 30))
    at = ((0.3, 0.35), (0.68, 0.62))
    first, second = (with_object(ground, thing, share, np.random.default_rng(shape), where=place) for place in at)
    return first, second


def other_ground(
    one: Image.Image, two: Image.Image, thing: Image.Image, share: float, rng: Rng
) -> tuple[Image.Image, Image.Image]:
    """One thing cut out and laid on two grounds."""
    shape = int(rng.integers(1 << 30))
    first, second = (with_object(ground, thing, share, np.random.default_rng(shape)) for ground in (one, two))
    return first, second


def _letters(image: Image.Image, rng: Rng) -> Image.Image:
    copy, size = image.copy(), max(image.height // 9, 6)
    draw = ImageDraw.Draw(copy)
    for line in range(3):
        draw.text(
            (image.width // 12, image.height // 5 + line * size * 2),
            "SPECIAL OFFER 50%",
            "yellow",
            font_size=size,
            stroke_width=1,
            stroke_fill="black",
        )
    return copy


def _logo(image: Image.Image, rng: Rng) -> Image.Image:
    """In a corner: a disc with letters, 7 % of the frame."""
    copy = image.copy()
    side = round((0.07 * image.width * image.height * 4 / np.pi) ** 0.5)
    left, top = (int(rng.choice([4, most - side - 4])) for most in image.size)
    draw = ImageDraw.Draw(copy)
    draw.ellipse((left, top, left + side, top + side), fill=(200, 30, 40), outline="white", width=max(side // 16, 1))
    draw.text((left + side // 5, top + side // 3), "ACME", "white", font_size=max(side // 4, 5))
    return copy


def _framed(image: Image.Image, rng: Rng) -> Image.Image:
    """A frame with a pattern laid over the edges, 6 % of the sides."""
    copy, width = image.copy(), max(round(min(image.size) * 0.06), 2)
    draw = ImageDraw.Draw(copy)
    colours = [(120, 80, 30), (190, 150, 60)]
    for step in range(width):
        draw.rectangle((step, step, image.width - 1 - step, image.height - 1 - step), outline=colours[step // 2 % 2])
    return copy


def _framed_around(image: Image.Image, rng: Rng) -> Image.Image:
    width = round(min(image.size) * 0.12)
    canvas = Image.new("RGB", (image.width + 2 * width, image.height + 2 * width), (60, 40, 20))
    canvas.paste(image, (width, width))
    return canvas


def _watermarked(image: Image.Image, rng: Rng) -> Image.Image:
    layer = Image.new("L", image.size, 0)
    draw, size = ImageDraw.Draw(layer), max(image.height // 10, 6)
    for row in range(0, image.height, size * 2):
        for column in range(0, image.width, size * 6):
            draw.text((column + row % (size * 3), row), "© stock", 110, font_size=size)
    return Image.composite(Image.new("RGB", image.size, "white"), image, layer)


def _censored(image: Image.Image, rng: Rng) -> Image.Image:
    """A black bar over 8 % of the frame."""
    copy = image.copy()
    width, height = round(image.width * 0.4), round(image.height * 0.2)
    left, top = (int(rng.integers(0, most - size)) for most, size in zip(image.size, (width, height), strict=True))
    copy.paste((0, 0, 0), (left, top, left + width, top + height))
    return copy


def _pixelated(image: Image.Image, rng: Rng) -> Image.Image:
    """Blocks in place of a face: 8 % of the frame."""
    copy = image.copy()
    size = (round(image.width * 0.25), round(image.height * 0.32))
    left, top = (int(rng.integers(0, most - side)) for most, side in zip(image.size, size, strict=True))
    part = (left, top, left + size[0], top + size[1])
    blocks = image.crop(part).resize((5, 6), Image.Resampling.BOX)
    copy.paste(blocks.resize(size, Image.Resampling.NEAREST), part)
    return copy


def _bannered(image: Image.Image, rng: Rng) -> Image.Image:
    copy, height = image.copy(), max(round(image.height * 0.13), 7)
    draw = ImageDraw.Draw(copy)
    draw.rectangle((0, image.height - height, image.width, image.height), fill=(20, 60, 160))
    draw.text(
        (8, image.height - height + 1), "www.example.org - daily news", "white", font_size=max(height * 2 // 3, 5)
    )
    return copy


OVERLAYS: Mapping[str, Callable[[Image.Image, Rng], Image.Image]] = {
    "three lines of text": _letters,
    "logo": _logo,
    "frame over it": _framed,
    "frame around it": _framed_around,
    "watermarks": _watermarked,
    "black bar": _censored,
    "pixelated part": _pixelated,
    "banner": _bannered,
}


def flatness(image: Image.Image) -> float:
    """Share of the pixels that have the commonest of 512 colours: drawings and cut-out products have much."""
    colours: NDArray[np.int64] = (np.asarray(image) // 32).astype(np.int64) @ (64, 8, 1)
    return float(np.bincount(colours.ravel(), minlength=512).max() / colours.size)
