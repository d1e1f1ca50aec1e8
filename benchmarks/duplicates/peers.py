"""The peers: what others join of the same images, at their defaults."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.index import Neighbours

MOST_BY_ALL_PAIRS = 10_000  # images; more would need n x n similarities

Pair = tuple[int, int]
Joins = Callable[[Pair], bool]


def cosine(neighbours: Neighbours, vectors: NDArray[np.float32], least: float) -> tuple[int, Joins]:
    near = np.nan_to_num(neighbours.cosines, nan=-1) >= least
    rows = np.broadcast_to(np.arange(len(near))[:, None], near.shape)[near]
    edges = np.unique(np.sort(np.stack([rows, neighbours.rows[near]], axis=1), axis=1), axis=0)
    return len(edges), lambda pair: float(vectors[pair[0]] @ vectors[pair[1]]) >= least


def datalab(vectors: NDArray[np.float32]) -> tuple[int, Joins]:
    """Cleanlab's near_duplicate issue at its default threshold."""
    from cleanlab import Datalab

    lab = Datalab(data={"row": list(range(len(vectors)))})
    with contextlib.redirect_stdout(io.StringIO()):
        lab.find_issues(features=vectors, issue_types={"near_duplicate": {}})
    sets = [set(map(int, found)) for found in lab.get_info("near_duplicate")["near_duplicate_sets"]]
    pairs = {(min(a, b), max(a, b)) for a, found in enumerate(sets) for b in found}
    return len(pairs), lambda pair: pair in pairs


def dhash(dataset: Dataset, most_bits: int) -> tuple[int, Joins]:
    """Difference hash of 64 bits (signs of differences at 9 x 8), as imagededup's and CleanVision's."""
    bits = np.empty((len(dataset), 64), dtype=np.float32)
    for row in range(len(dataset)):
        with Image.open(dataset.root / dataset.paths[row]) as image:
            grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.LANCZOS), dtype=np.int16)
        bits[row] = np.where(grey[:, 1:] > grey[:, :-1], 1, -1).ravel()
    least, count = 64 - 2 * most_bits, 0
    for start in range(0, len(bits), 1024):
        count += int((bits[start : start + 1024] @ bits.T >= least).sum())
    return (count - len(bits)) // 2, lambda pair: float(bits[pair[0]] @ bits[pair[1]]) >= least


def imagededup(dataset: Dataset, method: str) -> tuple[int, Joins]:
    """A perceptual hash of imagededup at its default of 10 bits."""
    from imagededup import methods

    hasher = getattr(methods, method)()
    encodings = {str(row): hasher.encode_image(str(dataset.file(row))) for row in range(len(dataset))}
    found = hasher.find_duplicates(encoding_map=encodings, max_distance_threshold=10)
    pairs = {(min(int(a), int(b)), max(int(a), int(b))) for a, others in found.items() for b in others}
    return len(pairs), lambda pair: pair in pairs


def imagededup_cnn(dataset: Dataset, weights: Path) -> tuple[int, Joins]:
    """imagededup's CNN at its default similarity of .9, with the network that our embeddings come from."""
    import torch
    from imagededup.methods import CNN
    from imagededup.utils import CustomModel
    from torchvision import models, transforms

    network = models.squeezenet1_0()
    network.load_state_dict(torch.load(weights, weights_only=True))
    trunk = torch.nn.Sequential(network.features, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    normalise = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    prepare = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor(), normalise])
    cnn = CNN(verbose=False, model_config=CustomModel(name="squeezenet1_0", model=trunk.eval(), transform=prepare))
    encodings = {str(row): cnn.encode_image(str(dataset.file(row)))[0] for row in range(len(dataset))}
    found = cnn.find_duplicates(encoding_map=encodings, min_similarity_threshold=0.9)
    pairs = {(min(int(a), int(b)), max(int(a), int(b))) for a, others in found.items() for b in others}
    return len(pairs), lambda pair: pair in pairs


def cleanvision(dataset: Dataset) -> tuple[int, Joins]:
    from cleanvision import Imagelab

    lab = Imagelab(filepaths=[str(dataset.file(row)) for row in range(len(dataset))])
    with contextlib.redirect_stdout(io.StringIO()):
        lab.find_issues({"near_duplicates": {}, "exact_duplicates": {}}, n_jobs=1)
    number = {str(dataset.file(row)): row for row in range(len(dataset))}
    sets = [s for kind in ("near_duplicates", "exact_duplicates") for s in lab.info[kind]["sets"]]
    pairs = {tuple(sorted((number[a], number[b]))) for s in sets for a in s for b in s if a < b}
    return len(pairs), lambda pair: pair in pairs


def peers(
    dataset: Dataset, vectors: NDArray[np.float32], neighbours: Neighbours, weights: Path | None
) -> list[tuple[str, str, Callable[[], tuple[int, Joins]]]]:
    by_network = [("imagededup CNN", "imagededup", lambda: imagededup_cnn(dataset, weights))] if weights else []
    return [
        ("cosine >= .90", "", lambda: cosine(neighbours, vectors, 0.90)),
        ("cosine >= .95", "", lambda: cosine(neighbours, vectors, 0.95)),
        ("dHash-64 within 6 bits", "", lambda: dhash(dataset, 6)),
        ("Datalab near_duplicate", "datasets", lambda: datalab(vectors)),
        ("imagededup PHash", "imagededup", lambda: imagededup(dataset, "PHash")),
        ("imagededup DHash", "imagededup", lambda: imagededup(dataset, "DHash")),
        *(by_network if len(dataset) <= MOST_BY_ALL_PAIRS else []),
        ("CleanVision", "cleanvision", lambda: cleanvision(dataset)),
    ]
