"""Wrong classes of annotated objects: `python -m benchmarks.boxes [--data ../shared/data/fruits] [--format coco] [--margin 0.1 …]`.

Audits the photos with their boxes and prints the average precision of "the class of this object is wrong", of our score and of
cleanlab's two scores on the same crops: on our probe's probabilities, and on those of a plain logistic regression (scikit-learn) on
the same embeddings, its folds keeping photos whole. ``--margin``: what is cut out around each box, as a share of its side.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

import datadoctor
from datadoctor.machine import share
from datadoctor.sources import box

FORMATS = ("coco", "yolo", "voc")


def laid_out(data: Path, form: str, work: Path) -> Path:
    """The photos with annotations of one format, as people have them."""
    root = work / form
    photos = root / ("images" if form != "voc" else "JPEGImages")
    _unpack(data / "images.tar", photos)
    if form == "coco":
        for file in data.glob("instances_*.json"):
            (root / file.name).write_bytes(file.read_bytes())
    else:
        _unpack(data / f"{form}.tar", root if form == "yolo" else root / "Annotations")
    return root


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")


def truth_of(run: datadoctor.Audit, file: Path) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """The judged items, and which of them have a wrong class."""
    items = run.items.copy()
    name = items["path"].str.rsplit("#", n=1, expand=True)
    items["photo"] = name[0].str.split("/").str[-2:].str.join("/")
    items["box"] = name[1].astype(int) - 1
    joined = items.merge(pd.read_csv(file), left_on=["photo", "box"], right_on=["path", "box"], suffixes=("", "_true"))
    assert len(joined) == len(items)
    assert (joined["given_label"] == joined["given_label_true"]).all()
    return joined, (joined["given_label"] != joined["true_label"]).to_numpy()


def cleanlab(labels: NDArray[np.int64], probabilities: NDArray[np.float64], wrong: NDArray[np.bool_]) -> str:
    p = probabilities / probabilities.sum(axis=1, keepdims=True)
    found = [
        average_precision_score(wrong, 1 - get_label_quality_scores(labels, p, method=method))
        for method in ("self_confidence", "normalized_margin")
    ]
    return f"{found[0]:.3f} (self-confidence), {found[1]:.3f} (margin)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/fruits"))
    parser.add_argument("--format", action="append", choices=FORMATS)
    parser.add_argument("--margin", action="append", type=float)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        for form in arguments.format or FORMATS:
            root = laid_out(arguments.data, form, Path(work))
            for margin in arguments.margin or [box.MARGIN]:
                box.MARGIN = margin
                start, cpu = time.perf_counter(), time.process_time()
                out = Path(work) / f"run-{form}-{margin}"
                run = datadoctor.audit(root, select=("mislabel",), out=out, cache=arguments.cache)
                spent = f"{time.perf_counter() - start:.0f} s, {time.process_time() - cpu:.0f} s of processor"
                items, wrong = truth_of(run, arguments.data / "truth.csv")
                rows = items["row"].to_numpy()
                labels = pd.Categorical(items["given_label"]).codes.astype(np.int64)
                ours = average_precision_score(wrong, items["mislabel_score"].fillna(0))
                flagged = items["flagged"].to_numpy(bool)
                folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
                vectors = np.load(out / "artifacts" / "network.npy")[rows]
                plain = cross_val_predict(
                    LogisticRegression(max_iter=1000), vectors, labels, groups=items["photo"], cv=folds, method="predict_proba"
                )  # fmt: skip
                print(
                    f"{form}, margin {margin:g}: {len(items):,} objects, {wrong.sum():,} wrong; AP {ours:.3f}, "
                    f"{(flagged & wrong).sum():,} of {flagged.sum():,} flagged are; cleanlab on our probabilities "
                    f"{cleanlab(labels, np.asarray(run.array('pred_probs'), dtype=np.float64)[rows], wrong)}; cleanlab on a logistic "
                    f"regression {cleanlab(labels, plain, wrong)}; {spent}; load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    share()
    main()
