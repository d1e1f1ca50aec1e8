"""Runs that an audit wrote, of every small size, are read by everything that reads one: what is checked there is what it writes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.audit import audit_with
from datadoctor.config import Config
from datadoctor.progress import Silent
from datadoctor.run import Run
from fixtures.textures import picture

FILES = {"array": ("pred_probs", "embeddings"), "arrays": ("neighbours", "confusion")}


@pytest.mark.parametrize(
    ("per_class", "classes"),
    [(0, ("stripes",)), (1, ("stripes",)), (1, ("stripes", "spots")), (3, ("stripes", "spots", "rings"))],
)
def test_a_run_of_few_images_is_whole(per_class: int, classes: tuple[str, ...], tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for name in classes:
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "images" / name / "damaged.png").write_bytes(b"\x89PNG")
        for number in range(per_class):
            picture(name, random).save(tmp_path / "images" / name / f"{number}.png")
    if per_class == 3:  # all of one colour: nothing to tell apart
        Image.new("RGB", (8, 8)).save(tmp_path / "images" / classes[0] / "black.png")
    config = Config(model="filters", out=tmp_path / "run", cache=tmp_path / "cache")
    audit_with(tmp_path / "images", config, Silent())
    run = Run(tmp_path / "run")
    for name in ("summary", "hierarchy", "class_structure", "findings", "items", "duplicates", "class_pairs"):
        assert getattr(run, name) is not None
    for reader, names in FILES.items():
        for name in names:
            if run.has(f"artifacts/{name}.{'npy' if reader == 'array' else 'npz'}"):
                assert len(getattr(run, reader)(name))
