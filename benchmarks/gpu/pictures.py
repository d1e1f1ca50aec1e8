"""Pictures of photograph size, made fast, and weights that no download is needed for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from PIL import Image
from torch import nn

BASES = 300
SIDE = 224
QUALITY = 90


def write_pictures(folder: Path, n: int) -> None:
    """Write ``n`` JPEGs of 224 px: 300 generated scenes, each picture one of them moved, with noise of its own, encoded anew."""
    folder.mkdir(parents=True)
    scenes = _scenes()

    def write(number: int) -> None:
        (folder / f"{number:06d}.jpg").write_bytes(_encoded(scenes[number % BASES], number))

    _in_threads(write, n)


def _encoded(scene: NDArray[np.uint8], number: int) -> bytes:
    rng = np.random.default_rng(number)
    moved = np.roll(scene, rng.integers(0, SIDE, 2), axis=(0, 1))
    noise = rng.integers(-20, 21, (SIDE // 2, SIDE // 2, 3)).astype(np.int16)
    noisy = moved + cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    _, encoded = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(encoded)


def _scenes() -> list[NDArray[np.uint8]]:
    """Smooth colours of several scales with some discs: edges and textures as photographs have them."""
    return [_scene(np.random.default_rng([1, number])) for number in range(BASES)]


def _scene(rng: np.random.Generator) -> NDArray[np.uint8]:
    canvas = np.full((SIDE, SIDE, 3), 127.0, dtype=np.float32)
    for cells, strength in ((4, 60), (16, 30), (56, 15)):
        coarse = rng.normal(0, strength, (cells, cells, 3)).astype(np.float32)
        canvas += cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(2, 7))):
        x, y, radius = rng.integers(0, SIDE, 3).tolist()
        cv2.circle(canvas, (x, y), 5 + radius // 4, rng.integers(0, 256, 3).tolist(), -1)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def _in_threads(work: Callable[[int], None], n: int) -> None:
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(work, range(n)):
            pass


def weights_file(model: str, given: Path | None, pictures: Path, folder: Path) -> Path:
    """``given``/MODEL.pth where it is there, else seeded random weights, with batch norms set to the pictures.

    Speed does not depend on the values; norms that fit keep the activations in the range that trained ones have.
    """
    if given and (given / f"{model}.pth").is_file():
        return given / f"{model}.pth"
    torch.manual_seed(0)
    network: nn.Module = torchvision.models.get_model(model, weights=None)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    images = np.stack([np.asarray(Image.open(file)) for file in sorted(pictures.iterdir())[:64]])
    with torch.no_grad():
        network.train()(torch.from_numpy(images).permute(0, 3, 1, 2).float().sub(127).div(60))
    torch.save(network.state_dict(), folder / f"{model}.pth")
    return folder / f"{model}.pth"
