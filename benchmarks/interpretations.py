"""Groups of flagged images that one answer is given to, by truth: `python -m benchmarks.interpretations RUN --truth truth.csv`.

RUN is an audit's, the truth has the columns path and true_label (`--true NAME` for another). Prints for the reasons of the run, for
connected nearest neighbours (what `queue --diverse` had before), for k-means of the embeddings with as many groups of each pair as either,
and for whole pairs of given and suggested class: how many groups there are, the share of members with the representative's answer, how
many groups, those that are expected to hold most errors first, hold 80 % of the flagged errors, and labels that are right and wrong after
each group got its representative's answer.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans

from datadoctor.run import Run
from datadoctor.run.reasons import reasons

COVERED = 0.8


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--true", default="true_label", metavar="NAME")
    args = parser.parse_args()
    run = Run(args.run)
    truth = pd.read_csv(args.truth).set_index("path")[args.true]
    items = run.items
    flagged = items[items["flagged"] & (items["given_label"] != items["suggested_label"])].reset_index(drop=True)
    flagged["true"] = truth[flagged["path"]].to_numpy()
    wrong = flagged["true"] != flagged["given_label"]
    print(f"{len(flagged)} flagged with another class, {wrong.sum()} of them wrong")
    print(
        "| groups | how many | with the representative's answer | to hold 80 % of the errors | right after it | wrong after it |"
    )
    print("|---|---|---|---|---|---|")
    for name, numbers in grouped(run, flagged).items():
        print(f"| {name} | {judged(flagged.assign(group=numbers, wrong=wrong))} |")


def grouped(run: Run, flagged: pd.DataFrame) -> dict[str, NDArray[np.int64]]:
    """The number of each flagged image's group, by the name of what made them."""
    shared = {path: number for number, reason in enumerate(reasons(run) or ()) for path in reason.paths}
    by_reason = np.array([shared[path] for path in flagged["path"]], dtype=np.int64)
    both = flagged["given_label"] + "\x1f" + flagged["suggested_label"]
    pair: NDArray[np.int64] = np.asarray(pd.factorize(both)[0], dtype=np.int64)
    near = components(run, flagged["row"].to_numpy(), pair)
    vectors = np.asarray(run.array("embeddings")[flagged["row"].to_numpy()], dtype=np.float32)
    return {
        "reasons": by_reason,
        "connected neighbours": near,
        "k-means, as many as reasons": means(vectors, pair, by_reason),
        "k-means, as many as connected": means(vectors, pair, near),
        "whole pairs": pair,
        "each alone": np.arange(len(flagged)),
    }


def components(run: Run, rows: NDArray[np.int64], pair: NDArray[np.int64]) -> NDArray[np.int64]:
    """Connected by nearest neighbours of the same pair."""
    near = np.asarray(run.arrays("neighbours")["rows"])
    place = np.full(len(near), -1)
    place[rows] = np.arange(len(rows))
    a, b = np.repeat(np.arange(len(rows)), near.shape[1]), np.where(near[rows] >= 0, place[near[rows]], -1).ravel()
    same = (b >= 0) & (pair[a] == pair[b])
    graph = csr_array((np.ones(same.sum(), bool), (a[same], b[same])), shape=(len(rows),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def means(vectors: NDArray[np.float32], pair: NDArray[np.int64], like: NDArray[np.int64]) -> NDArray[np.int64]:
    """k-means of each pair, into as many groups as ``like`` has there."""
    found = np.zeros(len(pair), np.int64)
    for number in np.unique(pair):
        inside = np.flatnonzero(pair == number)
        k = len(np.unique(like[inside]))
        found[inside] = found.max() + 1 + KMeans(k, n_init=3, random_state=0).fit_predict(vectors[inside])
    return found


def judged(flagged: pd.DataFrame) -> str:
    """The figures of one way to group."""
    groups = [part.sort_values("p_mislabel", ascending=False) for _, part in flagged.groupby("group")]
    groups.sort(key=lambda part: -float(part["p_mislabel"].sum()))
    same, members, covered, needed, after = 0, 0, 0, 0, Counter[str]()
    enough = COVERED * flagged["wrong"].sum()
    for part in groups:
        as_first = part["true"] == part["true"].iloc[0]
        same, members = same + int(as_first.sum()) - 1, members + len(part) - 1
        needed += covered < enough
        covered += int(part["wrong"].sum())
        after.update(np.where(as_first, "right", "wrong").tolist())
    share = f"{same / members:.3f} of {members}" if members else "–"
    return f"{len(groups)} | {share} | {needed} | {after['right']} | {after['wrong']}"


if __name__ == "__main__":
    main()
