from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.stages.embeddings import choice
from datadoctor.stages.embeddings.choice import choose
from datadoctor.stages.embeddings.devices import arithmetic
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from datadoctor.stages.embeddings.torchvision import network
from datadoctor.stages.embeddings.weights import read_weights, weights_digest

CPU = torch.device("cpu")
STAGES = {
    "squeezenet1_0": [("features.7", 256), ("features.9", 384), ("features.12", 512)],
    "resnet18": [("layer2.1", 128), ("layer3.1", 256), ("layer4.1", 512)],
    "mobilenet_v3_small": [("features.6", 40), ("features.8", 48), ("features.11", 96), ("features.12", 576)],
    "efficientnet_b0": [("features.4.2", 80), ("features.6.0", 192), ("features.7.0", 320), ("features.8", 1280)],
    "vit_b_16": [("encoder.layers.encoder_layer_5", 768), ("encoder.layers.encoder_layer_8", 768), ("encoder.ln", 768)],
    "convnext_tiny": [("features.5.1", 384), ("features.5.7", 384), ("features.7.2", 768)],
    "densenet121": [("features.transition2", 256), ("features.denseblock3", 1024), ("features.norm5", 1024)],
    "vgg11": [("features.12", 512), ("features.14", 512), ("features.19", 512)],
    "swin_t": [("features.5.1", 384), ("features.5.4", 384), ("norm", 768)],
}


def extractor_of(
    name: str, weights: Mapping[str, Any], folder: Path, side: int = 112, dtype: torch.dtype = torch.float32
) -> NetworkExtractor:
    torch.save(weights, folder / "w.pth")
    extractor = NetworkExtractor(network(name, folder / "w.pth", side), CPU, dtype)
    extractor.batch_size = 2
    return extractor


@pytest.mark.parametrize("name", STAGES)
def test_late_stages_of_any_classifier(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    extractor = extractor_of(name, torchvision.models.get_model(name, weights=None).state_dict(), tmp_path)
    assert [(stage.name, stage.stop - stage.start) for stage in extractor.stages] == STAGES[name]
    assert extractor.side == (224 if name == "vit_b_16" else 112)


@pytest.mark.parametrize("name", ["squeezenet1_0", "efficientnet_b0", "vit_b_16"])
def test_stages_and_views_have_length_1(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    extractor = extractor_of(name, torchvision.models.get_model(name, weights=None).state_dict(), tmp_path)
    assert extractor.runs_in.startswith("OpenVINO")
    rng = np.random.default_rng(0)
    batch = rng.integers(0, 256, (extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
    vectors, views = extractor.embed_views(batch)
    np.testing.assert_array_equal(vectors, extractor.embed(batch))
    share = len(extractor.stages) ** -0.5
    for stage in extractor.stages:
        np.testing.assert_allclose(np.linalg.norm(vectors[:, stage.start : stage.stop], axis=1), share, rtol=1e-5)
    body = extractor.stages[2]
    sizes = [(view.name, view.stop - view.start) for view in extractor.views]
    assert sizes == [("quarters", 4 * min(body.stop - body.start, 512))]
    assert views.shape == (len(batch), extractor.views[-1].stop)
    for view in extractor.views:
        np.testing.assert_allclose(np.linalg.norm(views[:, view.start : view.stop].astype(float), axis=1), 1, rtol=1e-3)


def layer_outputs(model: torch.nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    """What layers 7, 9 and 12 of SqueezeNet make of images (B, 3, s, s) from 0 to 255."""
    x = (images / 255 - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor(
        [0.229, 0.224, 0.225]
    ).view(1, 3, 1, 1)
    found = []
    with torch.inference_mode():
        for number, layer in enumerate(model.features):  # type: ignore[arg-type]
            x = layer(x)
            if number in (7, 9, 12):
                found.append(x.clone())
    return found


def test_stages_and_views_are_what_the_layers_put_out(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = torchvision.models.squeezenet1_0(weights=None).eval()
    extractor = extractor_of("squeezenet1_0", model.state_dict(), tmp_path)
    batch = np.random.default_rng(0).integers(0, 256, (extractor.batch_size, 112, 112, 3), dtype=np.uint8)
    batch[:, :, :56] //= 8  # left and right differ
    unit = torch.nn.functional.normalize
    images = torch.from_numpy(batch).permute(0, 3, 1, 2).float()
    layers = layer_outputs(model, images)
    found, views = extractor.embed_views(batch)
    expected = torch.cat([unit(x.mean((2, 3))) / 3**0.5 for x in layers], 1)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)
    # A quarter of the 6 x 6 maps is 3 x 3 places.
    by_quarter = torch.nn.functional.avg_pool2d(layers[-1], 3)
    np.testing.assert_allclose(by_quarter[:, :, 0, 0], layers[-1][:, :, :3, :3].mean((2, 3)), atol=1e-6)
    np.testing.assert_allclose(views, unit(by_quarter.flatten(1)).numpy(), atol=1e-3)


def test_the_key_changes_with_weights_side_and_how_images_are_shown(tmp_path: Path) -> None:
    state = torchvision.models.squeezenet1_1(weights=None).state_dict()
    changed = OrderedDict((key, value + (key == "features.0.bias")) for key, value in state.items())
    made = [extractor_of("squeezenet1_1", s, tmp_path, side) for s, side in ((state, 64), (changed, 64), (state, 96))]
    shown = network("squeezenet1_1", tmp_path / "w.pth", 96)
    made += [
        NetworkExtractor(replace(shown, **other), CPU)
        for other in ({"mean": (0.5,) * 3}, {"std": (0.5,) * 3}, {"resampling": "bilinear"})
    ]
    assert len({one.key for one in made}) == len({one.computes for one in made}) == 6
    assert weights_digest(state) == weights_digest(OrderedDict(reversed(state.items())))


def test_a_head_for_other_classes_is_no_obstacle(tmp_path: Path) -> None:
    torch.save(torchvision.models.resnet18(weights=None, num_classes=7).state_dict(), tmp_path / "w.pth")
    found = choose("resnet18", tmp_path / "w.pth", 64, "cpu")
    assert found.extractor is not None
    assert found.extractor.side == 160


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("never run this",))


def test_weights_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(Harmful(), tmp_path / "code.pth")
    torch.save(torch.nn.Linear(1, 1), tmp_path / "module.pth")
    torch.save({"state_dict": {"a": torch.ones(1)}}, tmp_path / "nested.pth")
    (tmp_path / "text.pth").write_text("hello")
    (tmp_path / "empty.pth").write_bytes(b"")
    for name, message in [
        ("code.pth", "not loaded"), ("module.pth", "not loaded"), ("nested.pth", "not a state_dict"), ("text.pth", "text.pth"),
        ("empty.pth", "empty.pth"), ("none.pth", "no such file"),
    ]:  # fmt: skip
        with pytest.raises(DataDoctorError, match=message):
            read_weights(tmp_path / name)
    assert "never run this" not in capsys.readouterr().out


def test_weights_of_another_model_and_unknown_names(tmp_path: Path) -> None:
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "w.pth")
    with pytest.raises(DataDoctorError, match="not those of squeezenet1_0"):
        choose("squeezenet1_0", tmp_path / "w.pth", 64, "cpu")
    with pytest.raises(DataDoctorError, match="resnet18"):
        choose("resnet_18", None, 64, "cpu")
    with pytest.raises(DataDoctorError, match="takes none"):
        choose("filters", tmp_path / "w.pth", 64, "cpu")


def test_offline_the_audit_stops_and_says_where_weights_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    # A proxy that nobody listens at: as on a machine without network.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(IncompleteError, match="could not be downloaded") as stopped:
        choose("squeezenet1_0", None, 64, "cpu")
    assert stopped.value.exit_code == 3
    for said in ("squeezenet1_0", str(tmp_path), "--weights", "--model"):
        assert said in str(stopped.value)
    assert choose(choice.OWN_FILTERS, None, 64, "cpu") == choice.Choice(None)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataDoctorError, match="finds no CUDA"):
        choose("squeezenet1_0", None, 64, "cuda")


def blocks_of_colour(n: int, side: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(0).integers(0, 256, (n, side // 16, side // 16, 3), dtype=np.uint8)
    return coarse.repeat(16, axis=1).repeat(16, axis=2)


def lowest_cosines(extractor: NetworkExtractor, exact: NetworkExtractor, batch: NDArray[np.uint8]) -> list[float]:
    """Over the images, of the vectors and of each view."""
    seen = [each.embed_views(batch) for each in (extractor, exact)]
    a, b = (np.concatenate([vectors, views.astype(np.float32)], axis=1) for vectors, views in seen)
    first = exact.stages[-1].stop
    columns = [slice(first), *(slice(first + view.start, first + view.stop) for view in exact.views)]
    return [float((a[:, part] * b[:, part]).sum(axis=1).min()) for part in columns]


@pytest.mark.parametrize("name", ["squeezenet1_0", "mobilenet_v3_small"])
def test_float16_keeps_the_direction(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = torchvision.models.get_model(name, weights=None).state_dict()
    half, exact = (extractor_of(name, state, tmp_path, 64, dtype) for dtype in (torch.float16, torch.float32))
    assert min(lowest_cosines(half, exact, blocks_of_colour(2, 64))) > 0.9995
    assert half.key != exact.key


@pytest.mark.parametrize("factor", [1e6, 1e-9])
def test_what_is_out_of_the_range_of_float16_is_seen_in_float32(factor: float, tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = torchvision.models.squeezenet1_1(weights=None).state_dict()
    for name in ("features.0.weight", "features.0.bias"):
        state[name] *= factor
    half, exact = (
        extractor_of("squeezenet1_1", state, tmp_path, 64, dtype) for dtype in (torch.float16, torch.float32)
    )
    batch = blocks_of_colour(2, 64)
    assert min(lowest_cosines(half, exact, batch)) > 0.9999


@pytest.mark.gpu
def test_a_gpu_that_is_almost_full_takes_smaller_parts(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = torchvision.models.vgg11(weights=None).state_dict()
    gpu = torch.device("cuda")
    torch.save(state, tmp_path / "w.pth")
    extractor = NetworkExtractor(network("vgg11", tmp_path / "w.pth", 224), gpu, arithmetic(gpu))
    batch = np.tile(blocks_of_colour(8, 224), (32, 1, 1, 1))
    whole, _ = extractor.embed_views(batch)
    assert extractor.batch_size == extractor._in_parts.at_once == 256
    torch.cuda.empty_cache()
    # A quarter of a GiB more than the network itself takes.
    total = torch.cuda.mem_get_info(gpu)[1]
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved(gpu) + 2**28) / total)
    try:
        parts, _ = extractor.embed_views(batch)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert extractor._in_parts.at_once < 256
    assert (whole * parts).sum(axis=1).min() > 0.999


@pytest.mark.gpu
@pytest.mark.parametrize("name", STAGES)
def test_a_gpu_sees_what_a_cpu_sees(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = torchvision.models.get_model(name, weights=None).state_dict()
    gpu = torch.device("cuda")
    exact = extractor_of(name, state, tmp_path)
    fast = NetworkExtractor(network(name, tmp_path / "w.pth", 112), gpu, arithmetic(gpu))
    assert min(lowest_cosines(fast, exact, blocks_of_colour(2, exact.side))) > 0.999
