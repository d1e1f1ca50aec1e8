"""Two things under one name: how many planted merges of two classes are found, and what is reported of untouched classes.

``python -m benchmarks.class_merges RUN [--merges 20] [--seed 0]``
    RUN is what ``datadoctor audit`` wrote. Each merge gives two classes drawn at random one name, in the labels and in the
    probabilities of the run.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.classes.runs import of_run
from datadoctor.run import Run
from datadoctor.stages.class_structure.splits import find_splits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--merges", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    run = Run(arguments.run)
    labels, probabilities, classes = of_run(run)
    rows = run.items.loc[run.items["row"] >= 0, "row"].sort_values().to_numpy()
    vectors = np.load(run.path / "artifacts" / "embeddings.npy", mmap_mode="r")[rows]
    natural = find_splits(labels, probabilities, vectors)
    reported = ", ".join(classes[i] for i in np.flatnonzero(natural.apart)) or "none"
    print(f"{len(classes)} classes as they are; reported: {reported}")
    pairs = list(combinations(range(len(classes)), 2))
    drawn = np.random.default_rng(arguments.seed).permutation(len(pairs))[: arguments.merges]
    found, false = 0, 0
    for a, b in (pairs[i] for i in drawn):
        merged = probabilities.copy()
        merged[:, a] += merged[:, b]
        merged[:, b] = 0
        apart = find_splits(np.where(labels == b, a, labels).astype(np.int32), merged, vectors).apart
        found += int(apart[a])
        false += int(apart.sum()) - int(apart[a])
        print(f"  {classes[a]} + {classes[b]}: {'found' if apart[a] else 'missed'}", flush=True)
    untouched = len(drawn) * (len(classes) - 2)
    print(f"{found} of {len(drawn)} merges found; {false} of {untouched} untouched classes reported")


if __name__ == "__main__":
    main()
