"""A small real run with every file that a run may have, and the command line called in this process."""

import contextlib
import io
import shutil
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from datadoctor.cli import main
from fixtures.textures import picture


class Ended(NamedTuple):
    """How a call ended: exit code, standard error and standard output."""

    code: int
    said: str
    told: str


def called(call: list[str]) -> Ended:
    """Call the command line here."""
    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(said), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Ended(main(call), said.getvalue(), told.getvalue())


def pictures(root: Path) -> dict[str, str]:
    """A few pictures in two splits, a copy across them and one that is damaged; the true classes by path."""
    random = np.random.default_rng(0)
    truth = {}
    for number in range(48):
        class_ = ("stripes", "spots", "rings")[number % 3]
        name = f"{('train', 'test')[number % 4 == 0]}/{class_}/{number:02d}.png"
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        picture(class_ if number % 12 else "cross", random).save(root / name)
        truth[name] = class_ if number % 12 else "stripes"
    shutil.copy(root / "train/spots/01.png", root / "test/rings/copy.png")
    (root / "train/spots/damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    return truth


def whole_run(folder: Path) -> Path:
    """An audit of a few pictures in two splits with every file that a run may have, and a truth for it."""
    lines = ["path,true_label", *(f"{name},{class_}" for name, class_ in pictures(folder / "images").items())]
    (folder / "truth.csv").write_text("\n".join(lines) + "\n")
    (folder / "pairs.csv").write_text("path_a,path_b,judgment\ntrain/spots/01.png,test/rings/copy.png,0\n")
    places = ["--out", str(folder / "run"), "--cache", str(folder / "cache")]
    ended = called(["audit", str(folder / "images"), "--model", "filters", *places])
    assert ended.code == 0, ended
    readable = int(pd.read_parquet(folder / "run" / "items.parquet")["readable"].sum())
    random = np.random.default_rng(0)
    np.save(folder / "run/artifacts/embeddings.npy", random.normal(size=(readable, 8)).astype(np.float32))
    assert called(["changes", str(folder / "run"), str(folder / "run")]).code == 0
    return folder
