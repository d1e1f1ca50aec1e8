"""Audits of images of more than 8 bits: what is found in 8 bits is found in 12, and the gate looks as the base was looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import datadoctor
from datadoctor.audit import Audit
from datadoctor.cli import main
from datadoctor.errors import DataDoctorError
from fixtures.textures import picture
from tests.shared_cases import unpacked
from tests.stages.reading.deep_images import bands, png, scene, tiff

COPIES = {(0, 3), (1, 3), (2, 3)}
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 20000\n"


def audited(folder: Path, tmp_path: Path, **settings: Any) -> Audit:
    out = tmp_path / f"run-{folder.name}"
    return datadoctor.audit(folder, model="filters", out=out, cache=tmp_path / "cache", **settings)


def planted(root: Path, white: int, dtype: type[np.generic], kind: str) -> Path:
    """Three classes of twelve pictures; the third of each has a darker, noisy copy in the next class."""
    rng = np.random.default_rng(0)
    for label in range(3):
        for number in range(12):
            texture = picture(("rings", "spots")[number % 2], np.random.default_rng(100 * label + number))
            values = np.asarray(texture) / 255
            write(root / f"class{label}/{number}", values, white, dtype, kind)
            if number == 3:
                copy = np.clip(values * 0.85 + rng.normal(0, 0.01, values.shape), 0, 1)
                write(root / f"class{(label + 1) % 3}/copy_{label}_{number}", copy, white, dtype, kind)
    return root


def write(file: Path, values: NDArray[np.float64], white: int, dtype: type[np.generic], kind: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    deep = (values * white if dtype is np.float32 else np.rint(values * white)).astype(dtype)
    if kind == "tif":
        file.with_suffix(".tif").write_bytes(bands(np.concatenate([deep, deep[..., :2]], axis=2)))
    else:
        file.with_suffix(".png").write_bytes(png(deep if kind == "colour" else deep[..., 0]))


def found_copies(audit: Audit) -> set[tuple[int, int]]:
    pairs = audit.duplicates[["path_a", "path_b"]].itertuples(index=False)
    names = [sorted(Path(path).stem for path in pair) for pair in pairs]
    return {(int(a[5]), int(a[7:])) for b, a in names if a.startswith("copy_") and a == f"copy_{a[5]}_{b}"}


@pytest.mark.parametrize(
    ("white", "dtype", "kind"),
    [(255, np.uint8, "colour"), (4095, np.uint16, "grey"), (0.4, np.float32, "tif")],
)
def test_copies_are_found_at_every_depth(tmp_path: Path, white: int, dtype: type[np.generic], kind: str) -> None:
    audit = audited(
        planted(tmp_path / "data", white, dtype, kind), tmp_path, select=("near-duplicate", "image-quality")
    )
    assert found_copies(audit) == COPIES
    faults = audit.findings[audit.findings["check"] == "image-quality"]["message"]
    assert not faults.str.contains("Dark|Low information").any()
    said = " ".join(audit.summary["notices"])
    assert ("more than 8 bits" in said) == (white != 255)
    assert ("choose others with --bands" in said) == (kind == "tif")
    assert bool(audit.summary["reading"]["look"]["ranges"]) == (white != 255)


@pytest.mark.slow
@pytest.mark.shared
def test_the_case_of_12_bits_in_16(tmp_path: Path) -> None:
    case = unpacked("12_bits_in_16", tmp_path)
    for name in ("planted8", "planted12"):
        audit = audited(case / name, tmp_path, select=("near-duplicate", "image-quality"))
        copies = {path.stem for path in (case / name).rglob("copy_*.png")}
        paths = set(audit.duplicates["path_a"]) | set(audit.duplicates["path_b"])
        assert copies <= {Path(path).stem for path in paths}
    audit = audited(case / "data", tmp_path, select=("image-quality",))
    assert not (audit.findings["check"] == "image-quality").any()


def test_bands_are_asked_for_on_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        values = np.zeros((32, 32, 5), np.uint8)
        values[..., 4] = (scene(number, 32, ()) * 255).astype(np.uint8)
        (tmp_path / "data/a").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"data/a/{number}.tif").write_bytes(bands(values))
    command = [
        "audit",
        str(tmp_path / "data"),
        "--model",
        "filters",
        "--cache",
        str(tmp_path / "c"),
        "--select",
        "image-quality",
    ]
    main([*command, "--out", str(tmp_path / "first")])
    main([*command, "--out", str(tmp_path / "fifth"), "--bands", "5,5,5"])
    assert len(datadoctor.run.Run(tmp_path / "first").findings) == 4
    assert len(datadoctor.run.Run(tmp_path / "fifth").findings) == 0
    assert "4 images have 5 bands: 5, 5, 5 shown as red, green and blue" in capfd.readouterr().err
    assert main([*command, "--out", str(tmp_path / "none"), "--bands", "5,4"]) == 2


def gated(tmp_path: Path, *arguments: str) -> int:
    baseline = str(tmp_path / "baseline.jsonl")
    return main(["gate", *arguments, "--baseline", baseline, "--cache", str(tmp_path / "cache")])


def write_baseline(run: Audit, folder: Path) -> None:
    places = ["--write-baseline", str(folder / "baseline.jsonl"), "--cache", str(folder / "cache")]
    assert main(["gate", str(run.path), *places]) == 0


@pytest.mark.slow
def test_the_gate_looks_as_the_base_was_looked_at(tmp_path: Path) -> None:
    """A new image of twice the brightness would change a range that is found anew, and with it every picture."""
    root = planted(tmp_path / "data", 1900, np.uint16, "grey")
    run = audited(root, tmp_path)
    assert run.summary["reading"]["look"]["ranges"] == {"PNG uint16 x1": [[0.0, 2047.0]]}
    write_baseline(run, tmp_path)
    for number in range(30):
        values = scene(900 + number, 64, ()) * 0.6
        (root / f"class0/new{number}.png").write_bytes(png((values * 2047).astype(np.uint16)))
    (root / "class0/bright.png").write_bytes(png((scene(990, 64, ()) * 65535).astype(np.uint16)))
    from datadoctor.config import load
    from datadoctor.findings import baseline
    from datadoctor.gate import source
    from datadoctor.progress import Silent

    config = load(None, {"cache": tmp_path / "cache"}, search=False)
    state = source.of_source(root, baseline.read(tmp_path / "baseline.jsonl"), config, Silent())
    dark = [one for one in state.found if one.check == "image-quality" and "Dark" in one.message]
    assert dark == []


@pytest.mark.slow
def test_pointers_never_count_as_fixed(tmp_path: Path) -> None:
    root = planted(tmp_path / "data", 255, np.uint8, "colour")
    run = audited(root, tmp_path)
    write_baseline(run, tmp_path)
    assert gated(tmp_path, str(root), "--hash-only") == 0
    for number, file in enumerate(sorted(root.rglob("copy_*.png"))):
        file.write_bytes(POINTER % number)
    assert gated(tmp_path, str(root)) == 2
    assert gated(tmp_path, str(root), "--hash-only") == 2
    again = datadoctor.audit(root, model="filters", out=tmp_path / "again", cache=tmp_path / "cache")
    assert (again.findings["check"] == "unreadable-image").sum() == 1
    assert gated(tmp_path, str(again.path)) == 2
    for number, file in enumerate(sorted(root.rglob("*.png"))):
        file.write_bytes(POINTER % number)
    with pytest.raises(DataDoctorError, match="all 39 images are Git LFS pointers"):
        audited(root, tmp_path)


def test_one_image_without_data_in_places_is_no_outlier_of_brightness(tmp_path: Path) -> None:
    for number in range(24):
        values = (scene(number, 64, ()) * 3000).astype(np.float32)
        if number % 3 == 0:
            values[:20, :20] = -9999
        (tmp_path / "data/a").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"data/a/{number}.tif").write_bytes(tiff(values))
    audit = audited(tmp_path / "data", tmp_path, select=("image-quality",))
    assert audit.findings.empty
