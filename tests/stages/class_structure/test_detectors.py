"""Planted detectors: a channel that tells two classes apart is found at its stage, and its patches show what was planted."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from datadoctor.progress import Silent
from datadoctor.sources.originals import digest_of
from datadoctor.stages.class_structure.detectors import detectors
from datadoctor.stages.class_structure.patches import SHOWN, SIDE, patches
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings import Embeddings, Stage
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor

N = 90
LABELS = (np.arange(N) % 3).astype(np.int32)
PAIR: Any = SimpleNamespace(
    a=np.array([0, 1], np.int32), b=np.array([1, 2], np.int32), ambiguity=np.array([0.5, 0], np.float32)
)
STAGES = (Stage("early", 0, 6), Stage("late", 6, 16))


def vectors() -> NDArray[np.float32]:
    """Noise, but that at the late stage channel 3 responds to class 0 and channel 7 to class 1."""
    made = np.random.default_rng(0).normal(size=(N, 16)).astype(np.float32)
    made[LABELS == 0, 6 + 3] += 5
    made[LABELS == 1, 6 + 7] += 5
    return made


def test_the_stage_that_parts_a_pair_and_its_channels_for_either_class() -> None:
    found = detectors(LABELS, Embeddings(vectors(), STAGES, ""), PAIR)
    assert found.pairs.tolist() == [[0, 1]]  # the other is not mixed up
    early, late = found.accuracy[:, 0]
    assert late > 0.95
    assert early < 0.75
    of_late = found.stage == 1
    assert found.channel[of_late].tolist() == [3, 7]
    assert found.favours[of_late].tolist() == [0, 1]
    assert (found.distance[of_late] > 3).all()
    assert (found.distance[~of_late] < 2).all()


def test_the_order_of_the_images_and_a_shift_of_a_channel_change_nothing() -> None:
    order = np.random.default_rng(1).permutation(N)
    one = detectors(LABELS, Embeddings(vectors(), STAGES, ""), PAIR)
    other = detectors(LABELS[order], Embeddings(vectors()[order] + 3, STAGES, ""), PAIR)
    assert one.channel.tolist() == other.channel.tolist()
    np.testing.assert_allclose(one.accuracy, other.accuracy, atol=1e-6)


def red_and_blue() -> NetworkExtractor:
    """A network whose first channel responds to red, and whose second to blue, at every stage."""
    layers = [nn.Conv2d(3, 2, 4, stride=4, bias=False), nn.Conv2d(2, 2, 1, bias=False), nn.Conv2d(2, 2, 1, bias=False)]
    for layer in layers[1:]:
        nn.init.zeros_(layer.weight)
        layer.weight.data[0, 0] = layer.weight.data[1, 1] = 1
    nn.init.constant_(layers[0].weight, -0.5)
    layers[0].weight.data[0, 0] = layers[0].weight.data[1, 2] = 1
    return NetworkExtractor(Network("r", nn.Sequential(*layers), 64, (0.0,) * 3, (1.0,) * 3, "0"), torch.device("cpu"))


def test_patches_show_what_the_channels_respond_to(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    files = []
    for number in range(N):
        image = Image.new("RGB", (64, 64), (120, 120, 120))
        x, y = random.integers(0, 52, 2).tolist()
        # Of class 0 and 1 the later, the brighter; class 2 has nothing.
        colour = {0: (120 + number, 0, 0), 1: (0, 0, 120 + number), 2: (120, 120, 120)}[number % 3]
        image.paste(colour, (x, y, x + 12, y + 12))
        files.append(tmp_path / f"{number}.png")
        image.save(files[-1])
    eye = red_and_blue()
    shown = np.stack([np.asarray(Image.open(file)) for file in files])
    batches = [eye.embed(shown[start : start + 32]) for start in (0, 32, N - 32)]
    seen = np.concatenate([batches[0], batches[1], batches[2][2 * 32 - (N - 32) :]])
    digests = [digest_of(file.read_bytes(), None) for file in files]
    files[89].write_bytes(b"changed since")
    dataset: Any = SimpleNamespace(file=files.__getitem__, images=SimpleNamespace(digests=digests))
    embeddings = Embeddings(seen, eye.stages, "")
    groups = np.arange(N, dtype=np.int32)
    groups[87] = 84  # a copy: of the two the first is looked at
    found = patches(dataset, embeddings, groups, detectors(LABELS, embeddings, PAIR), eye, Look(), Silent())
    assert len(found.fields) == 2
    assert (found.fields <= 4 / 64).all()
    for number, favours in enumerate(found.detectors.favours.tolist()):
        of = found.detector == number
        assert of.sum() == SHOWN
        assert set(LABELS[found.rows[of]].tolist()) == {favours}
        assert not {87, 89} & set(found.rows[of].tolist())
        middle = found.pictures[of][:, SIDE // 2, SIDE // 2].astype(int)
        assert (middle[:, 2 * favours] > middle[:, 2 - 2 * favours] + 60).all()
