"""Networks of other libraries, with weights made up here: nothing is downloaded."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.stages.embeddings import hub
from datadoctor.stages.embeddings.awaited import Awaited
from datadoctor.stages.embeddings.choice import FAMILIES, choose
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from datadoctor.stages.embeddings.torchvision import check_known

OWN = """
import torch
def tiny():
    torch.manual_seed(0)
    return torch.nn.Sequential(*[torch.nn.Conv2d(c, d, 3, stride=2) for c, d in ((3, 4), (4, 6), (6, 8), (8, 10))])
def shown():
    return tiny(), {"side": 96, "mean": [0.1, 0.2, 0.3], "std": (1, 1, 1), "resampling": "bilinear"}
def fails(): raise ValueError("no weights here")
def odd(): return 3
def unknown(): return tiny(), {"size": 96}
"""


def chosen(model: str, weights: Path | None = None, side: int = 64) -> NetworkExtractor:
    found = choose(model, weights, side, "cpu").extractor
    found = found.loaded if isinstance(found, Awaited) else found
    assert isinstance(found, NetworkExtractor)
    found.batch_size = 2
    return found


def check_looks(extractor: NetworkExtractor, n_stages: int = 3) -> None:
    """Rows of length 1, different for different images, the same again, and not altered by others in the batch."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    batch = np.stack([np.kron(one, np.ones((extractor.side // 8, extractor.side // 8, 1), np.uint8)) for one in coarse])
    batch = np.pad(batch, ((0, 0), *[(0, extractor.side - batch.shape[1])] * 2, (0, 0)), mode="edge")
    vectors, views = extractor.embed_views(batch)
    assert len(extractor.stages) == n_stages
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert views.shape == (2, extractor.views[-1].stop)
    assert vectors[0] @ vectors[1] < 1 - 1e-6
    np.testing.assert_array_equal(extractor.embed(np.stack([batch[0], batch[0]]))[0], vectors[0])


def test_timm_shows_images_as_it_would(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=7)
    torch.save(model.state_dict(), tmp_path / "w.pth")
    extractor = chosen("timm/vit_tiny_patch16_224", tmp_path / "w.pth")
    shown = timm.data.resolve_model_data_config(model)
    assert (extractor.side, extractor.resampling) == (shown["input_size"][1], shown["interpolation"])
    assert f"mean {shown['mean']}, std {shown['std']}" in extractor.computes
    assert extractor.runs_in.startswith("OpenVINO")
    check_looks(extractor)
    with pytest.raises(DataDoctorError, match="not those of timm/resnet18"):
        chosen("timm/resnet18", tmp_path / "w.pth")
    with pytest.raises(DataDoctorError, match=r"not known to timm; it has .*vit_tiny_patch16_224"):
        chosen("timm/vit_tiny_patch16_24")


def test_timm_finds_late_stages_of_convolutional_networks(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    torch.save(timm.create_model("convnext_atto", pretrained=False).state_dict(), tmp_path / "w.pth")
    extractor = chosen("timm/convnext_atto", tmp_path / "w.pth")
    assert extractor.stages[-1].stop - extractor.stages[-1].start == 320
    torch.save(timm.create_model("tf_efficientnet_lite2", pretrained=False).state_dict(), tmp_path / "w.pth")
    ours, theirs = chosen("efficientnet_lite2"), chosen("timm/tf_efficientnet_lite2", tmp_path / "w.pth")
    assert [stage.stop for stage in theirs.stages] == [stage.stop for stage in ours.stages]


@pytest.mark.parametrize("model", ["timm/resnet18", "hf/nobody/nothing", "open_clip/ViT-B-32/laion2b_s34b_b79k"])
def test_offline_it_is_said_where_weights_would_be_and_nothing_else_looks(
    model: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip({"hf": "transformers"}.get(model.split("/")[0], model.split("/")[0]))
    from huggingface_hub import constants

    monkeypatch.setattr(hub, "_online", lambda: False)
    with pytest.raises(IncompleteError, match="pretrained weights of") as stopped:
        chosen(model)
    assert stopped.value.exit_code == 3
    for said in (model, constants.HF_HUB_CACHE, "--weights"):
        assert said in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("answers", ["http://127.0.0.1:9", "nonsense"])
def test_a_hub_that_does_not_answer_is_offline(answers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", answers)
    assert not hub._online()


def test_open_clip_looks_through_the_image_tower(tmp_path: Path) -> None:
    open_clip = pytest.importorskip("open_clip")
    torch.manual_seed(0)
    model = open_clip.create_model("ViT-S-32-alt", pretrained=None)
    torch.save(model.state_dict(), tmp_path / "whole.pth")
    torch.save(model.visual.state_dict(), tmp_path / "tower.pth")
    whole, tower = (chosen("open_clip/ViT-S-32-alt", tmp_path / f"{each}.pth") for each in ("whole", "tower"))
    assert whole.weights_sha256 == tower.weights_sha256
    assert f"mean {open_clip.OPENAI_DATASET_MEAN}" in whole.computes
    check_looks(whole)
    for model_name, message in (
        ("open_clip/ViT-X", "not known to open_clip"),
        ("open_clip/ViT-B-32/x", "no weights 'x'"),
    ):
        with pytest.raises(DataDoctorError, match=message):
            chosen(model_name)


def test_transformers_from_a_folder_and_with_other_weights(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    sizes = {"hidden_size": 24, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32}
    model = transformers.ViTModel(transformers.ViTConfig(image_size=64, patch_size=16, **sizes))
    model.save_pretrained(tmp_path)
    transformers.ViTImageProcessor(
        size={"height": 64, "width": 64}, image_mean=[0.5, 0.4, 0.3], resample=2
    ).save_pretrained(tmp_path)
    extractor = chosen(f"hf/{tmp_path}")
    assert (extractor.side, extractor.resampling) == (64, "bilinear")
    assert "mean (0.5, 0.4, 0.3)" in extractor.computes
    check_looks(extractor)
    other = {name: value + 1 for name, value in model.state_dict().items()}
    torch.save(other, tmp_path / "other.pth")
    assert chosen(f"hf/{tmp_path}", tmp_path / "other.pth").weights_sha256 != extractor.weights_sha256


def exported(file: Path, side: int | None, channels_last: bool = False) -> nn.Module:
    """A small convolutional network as an ONNX file, and as the module it was made from."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    layers = [
        nn.Conv2d(3, 8, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(8, 12, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(12, 16, 3),
        nn.ReLU(),
    ]
    helper, values, nodes, weights = onnx.helper, "images", [], []
    for number, layer in enumerate(layers):
        inputs = [values]
        values = f"v{number}"
        if isinstance(layer, nn.Conv2d):
            for part in ("weight", "bias"):
                inputs.append(f"{part}{number}")
                weights.append(onnx.numpy_helper.from_array(getattr(layer, part).detach().numpy(), inputs[-1]))
            nodes.append(helper.make_node("Conv", inputs, [values], kernel_shape=[3, 3], strides=list(layer.stride)))
        else:
            nodes.append(helper.make_node("Relu", inputs, [values]))
    nodes.append(helper.make_node("GlobalAveragePool", [values], ["scores"]))
    shape: list[Any] = ["n", side or "h", side or "w", 3] if channels_last else ["n", 3, side or "h", side or "w"]
    float_ = onnx.TensorProto.FLOAT
    given, made = (
        helper.make_tensor_value_info("images", float_, shape),
        helper.make_tensor_value_info("scores", float_, None),
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(
        helper.make_model(helper.make_graph(nodes, "g", [given], [made], weights), opset_imports=opset, ir_version=9),
        file,
    )
    return nn.Sequential(*layers)


def test_onnx_stages_are_what_the_layers_put_out(tmp_path: Path) -> None:
    module = exported(tmp_path / "net.onnx", None)
    extractor = chosen(f"onnx/{tmp_path / 'net.onnx'}")
    assert [stage.name for stage in extractor.stages] == ["v3", "v5"]
    assert extractor.runs_in.startswith("onnxruntime")
    assert extractor.side == 160
    check_looks(extractor, 2)
    batch = np.random.default_rng(0).integers(0, 256, (2, 160, 160, 3), dtype=np.uint8)
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        last = module((torch.from_numpy(batch).permute(0, 3, 1, 2) / 255 - mean) / std).mean(dim=(2, 3))
    found = extractor.embed(batch)[:, 12:]
    np.testing.assert_allclose(found, nn.functional.normalize(last, dim=1).numpy() / 2**0.5, atol=1e-5)


def test_onnx_of_one_size_and_onnx_that_cannot_be_used(tmp_path: Path) -> None:
    exported(tmp_path / "fixed.onnx", 64)
    assert chosen(f"onnx/{tmp_path / 'fixed.onnx'}").side == 64
    exported(tmp_path / "last.onnx", 64, channels_last=True)
    (tmp_path / "text.onnx").write_text("hello")
    for file, weights, message in (
        ("last.onnx", None, "channels first"),
        ("text.onnx", None, "text.onnx: not an ONNX file"),
        ("none.onnx", None, "no such file"),
        ("fixed.onnx", tmp_path / "w.pth", "holds its weights"),
    ):
        with pytest.raises(DataDoctorError, match=message):
            chosen(f"onnx/{tmp_path / file}", weights)


def test_the_users_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    extractor = chosen(f"python/{tmp_path / 'mine.py'}:tiny")
    assert extractor.side == 160
    check_looks(extractor, 2)
    shown = chosen(f"python/{tmp_path / 'mine.py'}:shown")
    assert (shown.side, shown.resampling) == (96, "bilinear")
    assert "mean (0.1, 0.2, 0.3)" in shown.computes
    monkeypatch.syspath_prepend(str(tmp_path))
    assert chosen("python/mine:tiny").weights_sha256 == extractor.weights_sha256
    for function, message in (
        ("fails", "ValueError: no weights here"),
        ("odd", "must return"),
        ("unknown", "must return"),
        ("missing", "no function 'missing'"),
    ):
        with pytest.raises(DataDoctorError, match=message):
            chosen(f"python/mine:{function}")
    for model in ("python/none.py:tiny", "python/nowhere:tiny"):
        with pytest.raises(DataDoctorError, match="cannot be imported"):
            chosen(model)


@pytest.mark.parametrize(
    ("name", "meant"), [("efficientnet_lte2", "efficientnet_lite2"), ("filter", "filters"), ("resnt50", "resnet50")]
)
def test_a_mistyped_network_is_answered_by_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(DataDoctorError, match=f"did you mean '{meant}'"):
        check_known(name)


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "timm", None)
    with pytest.raises(DataDoctorError, match=r"pip install 'datadoctor\[timm\]'"):
        chosen("timm/resnet18")
    with pytest.raises(DataDoctorError, match="'keras/' is not known; there are timm/, "):
        chosen("keras/x")
    assert set(FAMILIES) == {"timm", "open_clip", "hf", "onnx", "python"}
