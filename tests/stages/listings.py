"""Small real image folders and a small real network for the tests of the reading pass."""

from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image

from datadoctor.sources import Listing
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from datadoctor.stages.embeddings.trunk import remove_head
from datadoctor.stages.embeddings.weights import weights_digest


def write_images(root: Path, n: int, side: int = 60, seed: int = 0) -> None:
    """Write n different images ``NNN.png``."""
    root.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        rng = np.random.default_rng([seed, i])
        coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        coarse.resize((side + 5, side), Image.Resampling.BICUBIC).save(root / f"{i:03d}.png")


def listed(root: Path) -> Listing:
    """A listing of every file, of one class."""
    paths = tuple(sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() or p.is_symlink()))
    empty = ("",) * len(paths)
    return Listing(root, paths, np.zeros(len(paths), dtype=np.int32), ("a",), empty, empty)


def tiny_extractor(side: int = 64) -> NetworkExtractor:
    """SqueezeNet with fixed made-up weights: the arithmetic of a real network, without a download."""
    torch.manual_seed(0)
    model = torchvision.models.squeezenet1_1(weights=None)
    digest = weights_digest(model.state_dict())
    remove_head(model)
    network = Network("squeezenet1_1", model, side, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), digest)
    return NetworkExtractor(network, torch.device("cpu"))
