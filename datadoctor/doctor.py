"""Whether datadoctor works on this machine: what an audit needs, one part after the other, and a small audit of known truth."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from datadoctor import machine
from datadoctor._version import __version__
from datadoctor.errors import DataDoctorError

LEAST_DISK, LEAST_MEMORY = 10**9, 2 * 10**9
N_DRAWN = 10  # of each class, in the self-test
# What `--model` names by these words needs a package more.
FURTHER = {"timm": "timm", "open_clip": "open_clip", "transformers": "hf", "onnxruntime": "onnx"}
PACKAGES = (
    "numpy",
    "pandas",
    "pyarrow",
    "pillow",
    "opencv-python-headless",
    "scikit-learn",
    "scipy",
    "cleanlab",
    "torch",
    "openvino",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part, whether it works, whether an audit needs it, and what is known of it in words."""

    name: str
    works: bool
    needed: bool
    said: str


def parts() -> Iterator[Part]:
    """Every part, as it is looked at."""
    yield Part(
        "datadoctor", True, True, f"{__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    )
    yield _tried("packages", _packages)
    yield _tried("FAISS", _faiss)
    yield _tried("device", _device)
    yield _tried("network that comes along", _own_network)
    yield from _networks()
    yield _cache()
    yield _disk()
    yield _memory()
    yield _tried("self-test", _self_test)


def _tried(name: str, look: Callable[[], str]) -> Part:
    try:
        return Part(name, True, True, look())
    except Exception as error:  # noqa: BLE001 - whatever is broken here is what was asked for
        return Part(name, False, True, f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}")


def _packages() -> str:
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)


def _faiss() -> str:
    import faiss

    n_gpus = faiss.get_num_gpus() if hasattr(faiss, "get_num_gpus") else 0
    return f"{faiss.__version__}, {'for GPUs' if hasattr(faiss, 'StandardGpuResources') else 'for processors'}, {n_gpus} GPUs seen"


def _device() -> str:
    import torch

    cores = f"{machine.processors()} processors"
    if not torch.cuda.is_available():
        return f"{cores}, no CUDA: networks run in OpenVINO or PyTorch on processors"
    return f"{cores}, {', '.join(torch.cuda.get_device_name(one) for one in range(torch.cuda.device_count()))}"


def _own_network() -> str:
    from datadoctor.stages.embeddings.choice import DEFAULT
    from datadoctor.stages.embeddings.packaged import published_weights

    return f"{DEFAULT}, {published_weights(DEFAULT).stat().st_size / 1e6:.0f} MB of weights, offline"


def _networks() -> Iterator[Part]:
    """Networks whose weights have been fetched, and families that another package adds."""
    import torch

    fetched = sorted(Path(torch.hub.get_dir(), "checkpoints").glob("*.pth"))
    names = ", ".join(one.stem for one in fetched[:5]) + (f" and {len(fetched) - 5} more" if len(fetched) > 5 else "")
    yield Part(
        "torchvision's networks", bool(fetched), False, f"ready offline: {names}" if fetched else "none fetched yet"
    )
    for package, extra in FURTHER.items():
        there = importlib.util.find_spec(package) is not None
        said = "installed" if there else f"not installed: pip install 'datadoctor[{extra}]'"
        yield Part(f"networks of {package}", there, False, said)


def _cache() -> Part:
    from datadoctor.cache import default_folder
    from datadoctor.cache.pruning import MOST_BYTES, kinds
    from datadoctor.files import check_folder_can_be_written

    folder = default_folder()
    try:
        check_folder_can_be_written(folder)
        size = sum(one.bytes for one in kinds(folder))
    except Exception as error:  # noqa: BLE001 - whatever is broken here is what was asked for
        return Part("cache", False, True, str(error))
    return Part("cache", True, True, f"{folder}, {size / 1e9:.2f} GB (pruned above {MOST_BYTES / 1e9:g} GB)")


def _disk() -> Part:
    free = shutil.disk_usage(Path.cwd()).free
    return Part(
        "disk", free >= LEAST_DISK, True, f"{free / 1e9:,.0f} GB free here, an audit writes about 30 KB an image"
    )


def _memory() -> Part:
    most = machine.memory()
    return Part(
        "memory", most >= LEAST_MEMORY, True, f"{most / 1e9:,.1f} GB may be used, of which an audit takes 2 GB or more"
    )


def _self_test() -> str:
    """Audits a few drawn images with one wrong label and one copy."""
    from datadoctor.audit import audit_with
    from datadoctor.config import Config
    from datadoctor.progress import Silent

    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wrong, copy = _draw(folder / "images")
        checks = ("mislabel", "exact-duplicate")
        found = audit_with(
            folder / "images",
            Config(model="filters", select=checks, out=folder / "out", cache=folder / "cache"),
            Silent(),
        )
        suspects = found.items.loc[found.items["flagged"], "path"].tolist()
        pairs = found.duplicates[["path_a", "path_b"]].to_numpy().tolist()
    if wrong not in suspects:
        raise DataDoctorError(f"a wrong label that was planted was not found (found: {', '.join(suspects) or 'none'})")
    if not any(copy in pair for pair in pairs):
        raise DataDoctorError("a copy that was planted was not found")
    return f"found the wrong label and the copy that were planted, {time.monotonic() - begin:.1f} s"


def _draw(folder: Path) -> tuple[str, str]:
    """Stripes and discs, one of each other's class and one copied; returns the paths of the wrong one and of the copy."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    y, x = np.mgrid[0:48, 0:48]
    for name in ("stripes", "discs"):
        (folder / name).mkdir(parents=True)
        for number in range(N_DRAWN):
            (left, top), period = random.uniform(14, 34, 2), random.uniform(6, 12)
            stripes = np.sin(2 * np.pi * x / period + left) > 0
            is_striped = (name == "stripes") != ((name, number) == ("stripes", 7))
            shape = stripes if is_striped else np.hypot(x - left, y - top) < period
            dark, light = random.uniform(0, 90, 3), random.uniform(160, 255, 3)
            values = np.where(shape[..., None], light, dark) + random.normal(0, 6, (48, 48, 3))
            Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)).save(folder / name / f"{number:02d}.png")
    shutil.copy(folder / "discs" / "03.png", folder / "discs" / "copy.png")
    return "stripes/07.png", "discs/copy.png"
