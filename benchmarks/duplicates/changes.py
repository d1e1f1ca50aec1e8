"""Changes under which a picture stays the same picture, and those that cover a part of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from datadoctor.stages.duplicates.planting import CHANGES as PLANTED_BY_AUDITS

Change = Callable[[Image.Image, np.random.Generator, Image.Image], Image.Image]


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def squashed(share: float) -> Change:
    """The height at that share; the width where it is above 1."""
    return lambda image, rng, other: image.resize(
        (image.width, max(8, round(image.height * share)))
        if share < 1
        else (max(8, round(image.width / share)), image.height),
        Image.Resampling.BICUBIC,
    )


def square(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    side = min(image.size)
    return image.resize((side, side), Image.Resampling.BICUBIC)


def cropped(area: float) -> Change:
    def change(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
        width, height = (max(12, round(side * area**0.5)) for side in image.size)
        left, top = (
            int(rng.integers(0, most - size + 1)) for most, size in zip(image.size, (width, height), strict=True)
        )
        return image.crop((left, top, left + width, top + height))

    return change


def turned(degrees: float) -> Change:
    """About the middle, with the grey corners that it leaves."""
    return lambda image, rng, other: image.rotate(
        degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128)
    )


def tinted(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """Sepia."""
    grey = np.asarray(image.convert("L"), np.float32)[..., None]
    return Image.fromarray(np.clip(grey * (1.1, 0.9, 0.65) + (15, 5, 0), 0, 255).astype(np.uint8))


def inverted(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    return ImageOps.invert(image)


def channels_swapped(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image)[..., ::-1])


def in_low_light(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """An eighth of the light, and the noise of a sensor."""
    dark = np.asarray(image, np.float32) / 8 + rng.normal(0, 1.5, (image.height, image.width, 3))
    return Image.fromarray(np.clip(dark, 0, 255).round().astype(np.uint8))


def collage(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """Beside another picture of the same height."""
    beside = other.resize((max(8, round(other.width * image.height / other.height)), image.height))
    canvas = Image.new("RGB", (image.width + beside.width + 4, image.height), "white")
    first = bool(rng.integers(2))
    canvas.paste(image, (0 if first else beside.width + 4, 0))
    canvas.paste(beside, (image.width + 4 if first else 0, 0))
    return canvas


def inset(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """A third as large as another picture that it lies in: a ninth of its area."""
    canvas = other.resize(image.size, Image.Resampling.BICUBIC)
    size = (max(8, round(image.width * 0.36)), max(8, round(image.height * 0.36)))
    left, top = (int(rng.integers(0, most - side + 1)) for most, side in zip(image.size, size, strict=True))
    canvas.paste(image.resize(size, Image.Resampling.BICUBIC), (left, top))
    return canvas


def screenshot(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """In the middle of a phone's screen, with bars and lines of text around."""
    width = round(image.width * 1.1)
    screen = Image.new("RGB", (width, round(width * 1.9)), (244, 244, 246))
    draw = ImageDraw.Draw(screen)
    step = max(width // 12, 4)
    draw.rectangle((0, 0, width, step), fill=(40, 60, 120))
    draw.text((step // 2, 1), "12:04  Gallery", "white", font_size=max(step - 3, 5))
    left, top = (width - image.width) // 2, (screen.height - image.height) // 3
    screen.paste(image, (left, top))
    for line in range(6):
        y = top + image.height + step * (1 + line)
        draw.text(
            (left, y), "Lorem ipsum dolor sit amet, consetetur"[: 38 - 3 * line], "black", font_size=step * 2 // 3
        )
    return screen


def two_pages(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """Printed on the left page of a book that was scanned open: a little turned, paler, with a fold."""
    page = Image.new("RGB", (round(image.width * 1.3), round(image.height * 1.8)), (238, 234, 224))
    draw = ImageDraw.Draw(page)
    page.paste(image, (round(image.width * 0.15), round(image.height * 0.2)))
    size = max(page.height // 40, 4)
    for line in range(8):
        y = round(image.height * 1.28) + line * size * 3 // 2
        draw.text((page.width // 9, y), "The quick brown fox jumps over the lazy dog", (60, 55, 50), font_size=size)
    right = Image.new("RGB", page.size, (238, 234, 224))
    right.paste(other.resize((image.width, image.height)), (round(image.width * 0.15), round(image.height * 0.5)))
    both = Image.new("RGB", (page.width * 2, page.height))
    both.paste(page, (0, 0))
    both.paste(right, (page.width, 0))
    light = 1 - 0.5 * np.exp(-(((np.arange(both.width) - page.width) / (page.width * 0.06)) ** 2))
    shaded = Image.fromarray(np.clip(np.asarray(both) * 0.92 * light[None, :, None] + 10, 0, 255).astype(np.uint8))
    return shaded.rotate(float(rng.uniform(-2, 2)), Image.Resampling.BICUBIC, fillcolor=(238, 234, 224))


def noisy(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    pixels = np.asarray(image, np.float32) + rng.normal(0, 15, (image.height, image.width, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def blurred(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(min(image.size) / 100))


def seen_again(image: Image.Image, rng: np.random.Generator, other: Image.Image) -> Image.Image:
    """From a little elsewhere: each corner moved by up to 4 %, other light, JPEG 75."""
    moved = rng.uniform(-0.04, 0.04, (4, 2)) + np.array([(0, 0), (0, 1), (1, 1), (1, 0)])
    quad = tuple((moved * image.size).ravel().tolist())
    shot = image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    return jpeg(ImageEnhance.Brightness(shot).enhance(float(rng.uniform(0.85, 1.15))), 75)


def alone(change: Callable[[Image.Image], Image.Image]) -> Change:
    """A change that needs nothing but the image."""
    return lambda image, rng, other: change(image)


CHANGES: Mapping[str, Change] = {
    **{name: alone(change) for name, change in PLANTED_BY_AUDITS.items()},
    "third of the size": lambda image, rng, other: image.resize(
        (max(10, image.width // 3), max(10, image.height // 3))
    ),
    "JPEG 8": lambda image, rng, other: jpeg(image, 8),
    "noise": noisy,
    "blur": blurred,
    "seen again": seen_again,
    "height at .6": squashed(0.6),
    "width at .6": squashed(1 / 0.6),
    "made square": square,
    "inverted": inverted,
    "channels swapped": channels_swapped,
    "sepia": tinted,
    "low light": in_low_light,
    "crop of 50 %": cropped(0.5),
    "crop of 25 %": cropped(0.25),
    "turned by 90": lambda image, rng, other: image.transpose(Image.Transpose.ROTATE_90),
    "turned by 17": turned(17),
    "turned by 45": turned(45),
    "turned by 160": turned(160),
    "collage": collage,
    "inset": inset,
    "screenshot": screenshot,
    "two pages": two_pages,
}
