"""Several networks at once: what each sees is what it would see alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import datadoctor
from datadoctor.config import Config, load
from datadoctor.demo import write_digits
from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.choice import choose
from datadoctor.stages.embeddings.several import Several
from tests.stages.listings import tiny_extractor


def test_each_sees_what_it_would_alone() -> None:
    first, second, small = tiny_extractor(64), tiny_extractor(80), tiny_extractor(48)
    several = Several([first, second, small], ["a", "b", "c"])
    assert (several.side, several.stages) == (80, first.stages)
    names = [view.name for view in several.views]
    assert names == ["quarters", "b", "b, quarters", "c", "c, quarters"]
    coarse = np.random.default_rng(0).integers(0, 256, (several.batch_size, 5, 5, 3), dtype=np.uint8)
    batch = np.stack([np.asarray(Image.fromarray(one).resize((80, 80), Image.Resampling.BICUBIC)) for one in coarse])
    vectors, views = several.embed_views(batch)
    np.testing.assert_array_equal(several.embed(batch), vectors)
    columns = {view.name: views[:, view.start : view.stop] for view in several.views}
    # One at the side of the images sees just what it would see alone.
    alone, alone_views = second.embed_views(batch)
    np.testing.assert_array_equal(columns["b"], alone.astype(np.float16))
    np.testing.assert_array_equal(columns["b, quarters"], alone_views)
    # Smaller ones see the images shrunk, nearly as if they had been read at that side.
    shrunk = np.stack([np.asarray(Image.fromarray(one).resize((64, 64), Image.Resampling.BICUBIC)) for one in batch])
    assert (first.embed(shrunk) * vectors).sum(axis=1).min() > 0.999


def test_the_key_names_all_in_their_order() -> None:
    one, other = tiny_extractor(64), tiny_extractor(80)
    keys = {Several(each, ["a", "b"]).key for each in ([one, other], [other, one])}
    assert len(keys) == 2
    assert len(keys | {one.key, other.key}) == 4


def test_names_that_do_not_go_together() -> None:
    for model in ("filters + efficientnet_lite2", "train + filters", "efficientnet_lite2 + efficientnet_lite2"):
        with pytest.raises(DataDoctorError, match="name different pretrained networks"):
            choose(model, None, 64, "cpu")


def test_models_are_a_list_or_a_text() -> None:
    assert load(None, {"model": ["a", "b"]}, search=False).model == "a + b"
    assert load(None, {"model": ["a"]}, search=False) == load(None, {"model": "a"}, search=False) == Config(model="a")
    with pytest.raises(DataDoctorError, match="model"):
        load(None, {"model": [1]}, search=False)


@pytest.mark.slow
def test_an_audit_through_two(tmp_path: Path) -> None:
    """A network of noise beside a real one: it gets next to no weight, and is one of the views."""

    root = write_digits(tmp_path)
    for number, file in enumerate(sorted(root.rglob("*.png"))):
        if number % 6:
            file.unlink()
    (tmp_path / "noise.py").write_text(
        "import torch\ndef noise():\n    torch.manual_seed(0)\n"
        "    layer = torch.nn.Conv2d(3, 8, 3, stride=8)\n    torch.nn.init.zeros_(layer.weight)\n"
        "    return torch.nn.Sequential(layer, torch.nn.Conv2d(8, 8, 1), torch.nn.Conv2d(8, 8, 1))\n"
    )
    audit = datadoctor.audit(
        root,
        model=["efficientnet_lite2", f"python/{tmp_path / 'noise.py'}:noise"],
        select=("mislabel",),
        out=tmp_path / "out",
        cache=tmp_path / "cache",
    )
    choices = audit.summary["label_errors"]["choices"]
    weights = dict(zip(choices["views"], choices["weights"], strict=True))
    noise = [weight for name, weight in weights.items() if "noise" in name]
    assert len(noise) == 2
    assert max(noise) < 0.02 < max(weights.values())
    assert " + python/" in audit.summary["model"]["embeddings"]
