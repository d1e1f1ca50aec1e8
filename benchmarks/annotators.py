"""Several people's labels: `python -m benchmarks.annotators [--images 2000] [--per-image 3] [--cache DIR]`.

CIFAR-10N's three labels of each image. As three annotators (``rand1``, ``rand2``, ``rand3``), and as planted people of whom three saw each
image: each of the three given labels is one person's among 30, and six more people guess, say one class, or err on 40 %. Prints the
average precision of "the consensus is wrong" and of "this annotator is one of the bad", of ours and of cleanlab's
``multiannotator`` on the same probabilities in the same run, and how many images either gets wrong.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from cleanlab.multiannotator import get_label_quality_multiannotator
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from benchmarks.boxes import _unpack
from datadoctor.config import Config
from datadoctor.flow import Flow
from datadoctor.progress import Silent
from datadoctor.sources import Votes
from datadoctor.stages.annotators.consensus import consensus

COLUMNS = ("rand1_label", "rand2_label", "rand3_label")
PEOPLE, BAD = 30, 6


def of_votes(
    votes: Votes, truth: NDArray[np.int64], seen: NDArray[np.float32], bad: NDArray[np.bool_] | None
) -> dict[str, float]:
    """By name, the figures of ours and cleanlab's."""
    n, n_classes = seen.shape
    counts = np.zeros((n, n_classes))
    np.add.at(counts, (votes.rows, votes.labels), 1)
    top = np.sort(counts, axis=1)
    majority = np.where(top[:, -1] > top[:, -2], counts.argmax(axis=1), -1).astype(np.int32)
    ours = consensus(votes, majority, n_classes, seen)
    dense = np.full((n, len(votes.annotators)), np.nan)
    dense[votes.rows, votes.who] = votes.labels
    theirs = get_label_quality_multiannotator(
        pd.DataFrame(dense, columns=list(votes.annotators)), seen.astype(float), verbose=False
    )
    label, stats = theirs["label_quality"], theirs["annotator_stats"]
    found = {
        "wrong ours": float((ours.labels != truth).mean()),
        "wrong cleanlab": float((label["consensus_label"].to_numpy() != truth).mean()),
        "wrong majority": float((majority != truth)[majority >= 0].mean()),
        "AP ours": average_precision_score(ours.labels != truth, 1 - ours.quality),
        "AP cleanlab": average_precision_score(label["consensus_label"] != truth, 1 - label["consensus_quality_score"]),
        "expected over true": float((1 - ours.quality).sum() / max((ours.labels != truth).sum(), 1)),
        "alpha": ours.alpha,
    }
    judged = majority >= 0
    same = get_label_quality_multiannotator(
        pd.DataFrame(dense[judged], columns=list(votes.annotators)),
        seen[judged].astype(float),
        consensus_method="majority_vote",
        return_annotator_stats=False,
        verbose=False,
    )["label_quality"]
    wrong = (majority != truth)[judged]
    found["majority AP ours"] = average_precision_score(wrong, 1 - ours.p_majority[judged])
    found["majority AP cleanlab"] = average_precision_score(wrong, 1 - same["consensus_quality_score"])
    real = [(votes.labels != truth[votes.rows])[votes.who == place].mean() for place in range(len(votes.annotators))]
    inside = [low <= one <= high for one, low, high in zip(real, ours.low, ours.high, strict=True)]
    found["error inside interval"] = float(np.mean(inside))
    if bad is not None:
        quality = stats["annotator_quality"].reindex(list(votes.annotators)).to_numpy()
        found["bad AP ours"] = average_precision_score(bad, ours.error)
        found["bad AP cleanlab"] = average_precision_score(bad, 1 - quality)
        flagged = np.array([bool(kind) for kind in ours.kinds])
        found["bad flagged"], found["good flagged"] = float(flagged[bad].mean()), float(flagged[~bad].mean())
    return found


def shared_out(votes: Votes, n_classes: int, seed: int) -> tuple[Votes, NDArray[np.bool_]]:
    """The same votes as those of many people, of whom some are bad: they guess, say one class, or err on 40 %."""
    rng = np.random.default_rng(seed)
    who = np.concatenate([rng.permutation(PEOPLE)[:3] for _ in range(int(votes.rows.max()) + 1)]).astype(np.int32)
    order = np.argsort(votes.rows, kind="stable")
    rows, labels = votes.rows[order], votes.labels[order].copy()
    for person in range(BAD):
        mine = np.flatnonzero(who == person)
        random = rng.integers(0, n_classes, len(mine))
        labels[mine] = (
            random
            if person % 3 == 0
            else person
            if person % 3 == 1
            else np.where(rng.random(len(mine)) < 0.4, random, labels[mine])
        )
    names = tuple(f"p{number:02d}" for number in range(PEOPLE))
    return Votes(names, rows, who, labels), np.arange(PEOPLE) < BAD


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/cifar10"))
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.data / "manifest.csv")
    table = table[table["split"] == "train"].sample(arguments.images, random_state=arguments.seed).sort_values("path")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _unpack(arguments.data / "images.tar", work / "all")
        for path in table["path"]:
            (work / "images" / path).parent.mkdir(parents=True, exist_ok=True)
            (work / "all" / path).rename(work / "images" / path)
        table[["path", *COLUMNS]].to_csv(work / "votes.csv", index=False)
        config = Config(
            manifest=(work / "votes.csv",),
            label_columns=COLUMNS,
            out=work / "run",
            cache=arguments.cache or work / "cache",
        )
        flow = Flow(work / "images", config, Silent())
        dataset, seen = flow["dataset"], flow["seen_without_votes"]
    number = {name: place for place, name in enumerate(dataset.classes)}
    truth = table.set_index("path")["clean_label"].reindex(list(dataset.paths)).map(number).to_numpy()
    assert dataset.votes is not None
    shared, bad = shared_out(dataset.votes, len(dataset.classes), arguments.seed)
    for name, votes, whose in (("three columns", dataset.votes, None), ("30 people, 6 bad", shared, bad)):
        print(name, {key: round(value, 4) for key, value in of_votes(votes, truth, seen, whose).items()})


if __name__ == "__main__":
    main()
