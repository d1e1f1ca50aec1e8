"""Whole audits of sources that were misread once: what is found, what is said first, and the exit code."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datadoctor.cli import main
from datadoctor.run import Run
from tests.sources.boxed import Photo, Thing, some, voc
from tests.sources.packs import in_zip

NOT_OF_LABELS = {"exact-duplicate", "near-duplicate", "image-quality", "unreadable-image", "source-problem"}
OF_LABELS = {"mislabel", "ambiguous-class", "class-imbalance", "two-things-one-name", "hierarchy-disagreement"}


def pictures(root: Path, paths: Sequence[str], seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(root / path)
    return root


def audit(tmp_path: Path, *arguments: str) -> tuple[int, Run]:
    flags = ["--model", "filters", "--cache", str(tmp_path / "cache"), "--out", str(tmp_path / "run")]
    return main(["audit", *arguments, *flags]), Run(tmp_path / "run")


def status(run: Run) -> dict[str, str]:
    return {
        check["check"]: check["status"] if check["applicable"] else "does not apply" for check in run.summary["checks"]
    }


def frames(root: Path) -> list[str]:
    """Splits full of images."""
    pictures(root, [f"{split}/{number}.png" for split in ("train", "val") for number in range(12)])
    return [str(root)]


def one_class(root: Path) -> list[str]:
    pictures(root, [f"{split}/cat/{number}.png" for split in ("train", "val") for number in range(12)])
    return [str(root)]


def no_label_column(root: Path) -> list[str]:
    paths = [f"{split}/{number}.png" for split in ("train", "val") for number in range(12)]
    pictures(root, paths)
    (root / "files.csv").write_text("path,Subset\n" + "".join(f"{path},{path.split('/')[0]}\n" for path in paths))
    return [str(root), "--manifest", str(root / "files.csv")]


@pytest.mark.parametrize("make", [frames, one_class, no_label_column])
def test_without_labels_to_judge_an_audit_is_complete(
    tmp_path: Path, make: Callable[[Path], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = make(tmp_path / "data")
    first = next((tmp_path / "data/train").rglob("3.png"))
    copy = next((tmp_path / "data/val").rglob("5.png"))
    copy.write_bytes(first.read_bytes())
    code, run = audit(tmp_path, *arguments)
    assert code == 0
    known = status(run)
    assert {known[name] for name in NOT_OF_LABELS | {"split-leak", "outlier"}} == {"ran"}
    assert {known[name] for name in OF_LABELS - ({"class-imbalance"} if make is one_class else set())} == {
        "does not apply"
    }
    leaks = run.findings[run.findings["check"] == "split-leak"]
    assert len(leaks) == 1
    assert leaks["severity"].item() == "error"
    said = capsys.readouterr().err.split("\n")[0]
    assert said.startswith("24 images: ")
    assert "splits train, val" in said
    assert ("1 class" if make is one_class else "no labels") in said


def test_spellings_are_no_wrong_labels_and_apply_merges_them(tmp_path: Path) -> None:
    root = tmp_path / "data"
    rng = np.random.default_rng(0)
    rows = []
    for number in range(60):
        kind = number % 2
        path = f"images/{number}.png"
        (root / "images").mkdir(parents=True, exist_ok=True)
        pixels = np.full((24, 24, 3), (220, 40, 40) if kind else (40, 40, 220), dtype=np.uint8)
        noise = rng.integers(0, 60, pixels.shape, dtype=np.uint8)
        Image.fromarray(np.clip(pixels.astype(int) + noise - 30, 0, 255).astype(np.uint8)).save(root / path)
        rows.append((path, ("dog", "dog", "Dog ")[number % 3] if kind else ("cat", "CAT", "cat")[number % 3]))
    manifest = root / "labels.csv"
    pd.DataFrame(rows, columns=["path", "label"]).to_csv(manifest, index=False, sep=";")
    code, run = audit(tmp_path, str(root), "--manifest", str(manifest))
    assert code == 0
    assert run.findings["check"].iloc[0] == "source-problem"
    assert "2 classes are written in several ways" in run.findings["message"].iloc[0]
    assert int(run.items["flagged"].sum()) == 0
    assert not run.class_pairs["significant"].any()
    assert run.summary["dataset"]["classes"] == 2
    decisions = str(tmp_path / "run/spellings.csv")
    records = ["--records", str(tmp_path / "records")]
    assert main(["apply", decisions, "--manifest", str(manifest), "--write", "--by", "ann", *records]) == 0
    assert set(pd.read_csv(manifest, sep=";")["label"]) == {"cat", "dog"}
    _, after = audit(tmp_path, str(root), "--manifest", str(manifest), "--select", "source-problem")
    assert not (after.findings["check"] == "source-problem").any()
    assert not (tmp_path / "run/spellings.csv").exists()
    undo = ["apply", "--undo", str(tmp_path / "records/corrections.jsonl"), "--manifest", str(manifest)]
    assert main([*undo, "--write"]) == 0
    assert manifest.read_text() == "path;label\n" + "".join(f"{path};{label}\n" for path, label in rows)


def test_an_audit_of_a_folder_does_not_audit_its_last_run(tmp_path: Path) -> None:
    paths = [f"{name}/{number}.png" for name in ("cat", "dog") for number in range(5)]
    root = pictures(tmp_path / "data", paths)
    select = ["--select", "source-problem", "--model", "filters", "--cache", str(tmp_path / "cache")]
    for _ in range(2):
        assert main(["audit", str(root), *select, "--out", str(root / "run")]) == 0
    run = Run(root / "run")
    assert run.summary["dataset"]["images"] == 10
    assert "`run/` left out: a run of datadoctor" in run.summary["dataset"]["understood"]


def test_the_gate_takes_an_archive_for_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = Thing("cat", (10, 10, 60, 60))
    packed = in_zip(voc(tmp_path / "set", [*some(4), Photo("odd.png", "train", (twice, twice))]))
    assert main(["gate", str(packed), "--hash-only", "--cache", str(tmp_path / "cache")]) in (0, 1)
    assert "the same object is annotated twice" in capsys.readouterr().out
