"""What an audit kept of the labels and of what was predicted for them."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadoctor.flow.keeping import Keeper
from datadoctor.run import Run
from datadoctor.stages import every
from datadoctor.stages.label_quality.fusion import fused

Labels: TypeAlias = NDArray[np.int32]
Probabilities: TypeAlias = NDArray[np.float32]


def of_run(run: Run) -> tuple[Labels, Probabilities, tuple[str, ...]]:
    """Labels, probabilities and classes of the items that a run could read."""
    items = run.items[run.items["row"] >= 0].sort_values("row")
    classes = tuple(run.hierarchy["used"]["classes"])
    labels = items["given_label"].map({name: i for i, name in enumerate(classes)}).fillna(-1).to_numpy(np.int32)
    return labels, np.load(run.path / "artifacts" / "pred_probs.npy"), classes


def kept(run: Run, stage: str) -> Any:
    """What the audit kept of a stage; None where it had no use for it."""
    folder = run.path / "artifacts" / "stages"
    file = folder / stage / "value.json"
    if not file.is_file():
        return None

    return Keeper(folder).fetch(stage, json.loads(file.read_text())["key"], every()[stage].returns)


def fused_of(run: Run) -> Probabilities:
    """All views as one, as the audit sees class pairs."""
    labels, probabilities, _ = of_run(run)
    further = [kept(run, name) for name in ("own_predictions", "likeness_predictions")]
    further += kept(run, "further_predictions") or ()
    return fused([probabilities, *(view.probabilities for view in further if view)], labels)


def clean_labels(run: Run, manifest: pd.DataFrame, classes: tuple[str, ...]) -> Labels:
    """(n,) the true classes of the same items, from the manifest of the set."""
    paths = run.items[run.items["row"] >= 0].sort_values("row")["path"]
    true = manifest.set_index("path")["clean_label"][paths].map({name: i for i, name in enumerate(classes)})
    labels: Labels = true.to_numpy().astype(np.int32)
    return labels


def confusions(labels: Labels, clean: Labels, n_classes: int) -> NDArray[np.float64]:
    """(K, K) symmetric: items of one class given the other."""
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (labels, clean), 1)
    return counts + counts.T
