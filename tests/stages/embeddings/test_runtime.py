"""Whatever runs a network, it computes the same; and which one runs is said."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from datadoctor.machine import workers
from datadoctor.stages.embeddings import packaged, runtime, versions
from datadoctor.stages.embeddings.looking import Looking
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from tests.stages.listings import tiny_extractor

CPU = torch.device("cpu")


class Branching(nn.Module):
    """Which way it goes depends on the image, and a trace takes only the way of its example."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, 3, stride=4)

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.convolution(images.flip(3) if images.mean() > 0.3 else images)
        return found


class Leaving(Branching):
    """Leaves PyTorch on its way, where no trace can follow."""

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.convolution(torch.from_numpy(np.flip(images.detach().numpy(), 3).copy()))
        return found


def extractor_of(module: nn.Module) -> NetworkExtractor:
    torch.manual_seed(0)
    return NetworkExtractor(Network("own", module, 32, (0.0,) * 3, (1.0,) * 3, "0" * 64), CPU)


def test_openvino_computes_what_pytorch_does() -> None:
    extractor = tiny_extractor()
    batch = np.random.default_rng(0).integers(0, 256, (extractor.batch_size, 64, 64, 3), dtype=np.uint8)
    found = extractor.embed_views(batch)
    assert extractor.runs_in == f"OpenVINO {versions.openvino()}, {workers()} threads"
    extractor.__dict__["_runtime"] = runtime.Eager(extractor._looking, CPU, "PyTorch")
    expected = extractor.embed_views(batch)
    assert extractor.runs_in.startswith("PyTorch")
    assert ((found[0].astype(np.float64) * expected[0]).sum(axis=1) >= 1 - 1e-6).all()
    np.testing.assert_allclose(found[1], expected[1], atol=2e-3)


@pytest.mark.parametrize("module", [Branching, Leaving])
def test_a_network_that_does_not_convert_runs_in_pytorch_and_it_is_said(module: type[nn.Module]) -> None:
    extractor = extractor_of(module())
    assert extractor.runs_in.startswith("PyTorch")
    assert "OpenVINO does not take this network" in extractor.runs_in
    black = np.zeros((extractor.batch_size, 32, 32, 3), dtype=np.uint8)
    assert extractor.embed(black).shape == (extractor.batch_size, 8)


def test_without_openvino_pytorch_runs_under_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with_it = tiny_extractor()
    monkeypatch.setattr(versions, "openvino", lambda: "")
    without = tiny_extractor()
    assert with_it.key != without.key
    assert with_it.computes == without.computes
    assert without.runs_in == f"PyTorch {torch.__version__} on cpu"


def test_on_a_gpu_openvino_is_not_asked() -> None:
    facts = packaged.facts("efficientnet_lite0", 112)
    assert "openvino" in versions.key(facts, "cpu", "float32")
    assert "openvino" not in versions.key(facts, "cuda", "float16")


def test_openvino_tells_nobody_that_it_is_used() -> None:
    """It would send word over the network when imported: no connection is tried, and what would send is not even loaded."""
    program = """
import socket, sys, time
tried = []
socket.socket.connect = socket.create_connection = socket.getaddrinfo = lambda *a, **k: tried.append(a) or 1 / 0
from datadoctor.stages.embeddings.openvino import _library
library = _library()
time.sleep(1)
print(tried, [name for name in sys.modules if "telemetry" in name and sys.modules[name] and "stub" not in name
              and not name.startswith("openvino.tools")], hasattr(library, "convert_model"))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] [] True"


def test_a_network_is_not_started_for_what_is_in_the_cache() -> None:
    extractor = tiny_extractor()
    assert "_runtime" not in vars(extractor)
    assert isinstance(extractor._looking, Looking)


def test_after_a_rest_it_computes_the_same_and_what_ran_is_known() -> None:
    extractor = tiny_extractor()
    batch = np.random.default_rng(0).integers(0, 256, (extractor.batch_size, 64, 64, 3), dtype=np.uint8)
    before, ran_in = extractor.embed_views(batch), extractor.runs_in
    extractor.rest()
    assert extractor.runs_in == ran_in
    assert "_compiled" not in vars(extractor._runtime)
    for first, second in zip(before, extractor.embed_views(batch), strict=True):
        np.testing.assert_array_equal(first, second)
