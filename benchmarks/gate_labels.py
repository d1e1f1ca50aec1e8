"""How many wrong labels of a change the gate reports, and how many right ones: ``python -m benchmarks.gate_labels``.

Three quarters of a real set are audited and baselined; the last quarter is added as a change, with the labels that people or the
set's makers gave it, with true labels, and with a fifth of the true labels replaced at random. ``gate`` judges each change as in a
pull request (recommended profile). The base is once as it was given, once with true labels.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
PLANTED = 0.2
MOST_IMAGES = 8_000


@dataclass(frozen=True)
class Labelled:
    """An image set: its ``root``, and for each path the true label and those that were given."""

    name: str
    root: Path
    labels: Mapping[str, Mapping[str, str]]
    given: Sequence[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="default: %(default)s")
    parser.add_argument("--weights", type=Path, default=SHARED / "weights" / "squeezenet1_0_imagenet.pth")
    parser.add_argument("--cache", type=Path, help="default: a new one")
    parser.add_argument("--sets", nargs="+", choices=("caltech44", "cifar10"), default=["caltech44", "cifar10"])
    args = parser.parse_args()
    print("set, base labels, change labels: wrong labels reported; right labels reported")
    with tempfile.TemporaryDirectory() as name:
        work, cache = Path(name), args.cache or Path(name) / "cache"
        model = ["--model", "squeezenet1_0", "--weights", str(args.weights)]
        for one in args.sets:
            images = {"caltech44": caltech44, "cifar10": cifar10}[one](args.data / one, work / one)
            for column in ("true", images.given[0]):
                measure(
                    images,
                    column,
                    work / f"{one}-{column}",
                    ["--cache", str(cache), *model],
                )


def caltech44(data: Path, root: Path) -> Labelled:
    """Labels by hand; a tenth was replaced by the set's makers, half of it within the superclass."""
    rows = _rows(data / "truth.csv")
    labels = {row["path"]: {"true": row["true_label"], "given": row["given_label"]} for row in rows}
    return Labelled("caltech44", _unpacked(data, root), labels, ["given"])


def cifar10(data: Path, root: Path) -> Labelled:
    """CIFAR-10N: labels by people, a majority of three (aggre) and one of them (rand1)."""
    rows = [row for row in _rows(data / "manifest.csv") if row["split"] == "train"]
    chosen = random.Random(0).sample(rows, min(MOST_IMAGES, len(rows)))
    given = ["aggre", "rand1"]
    labels = {row["path"]: {"true": row["clean_label"]} | {n: row[f"{n}_label"] for n in given} for row in chosen}
    return Labelled("cifar10", _unpacked(data, root), labels, given)


def measure(images: Labelled, column: str, work: Path, options: Sequence[str]) -> None:
    """Baseline three quarters with the labels of ``column``, then judge the last quarter with each kind of labels."""
    work.mkdir(parents=True)
    paths = sorted(images.labels)
    random.Random(0).shuffle(paths)
    n_base = len(paths) * 3 // 4
    base = {path: images.labels[path][column] for path in paths[:n_base]}
    true = {path: images.labels[path]["true"] for path in paths[n_base:]}
    changes = {name: {path: images.labels[path][name] for path in true} for name in ("true", *images.given)}
    manifest, baseline, root = work / "labels.csv", work / "baseline.jsonl", str(images.root)
    _write(manifest, base)
    source = ["--manifest", str(manifest), *options]
    run("audit", root, "--label-column", "label", "--out", str(work / "run"), *source)
    run("gate", str(work / "run"), "--write-baseline", str(baseline), *options[:2])
    for name, labels in (changes | {"planted": planted(true)}).items():
        _write(manifest, base | labels)
        verdict = json.loads(run("gate", root, "--baseline", str(baseline), "--format", "json", *source))
        reported = {
            one["subjects"][0]["path"] for row in verdict["checks"] if row["check"] == "mislabel" for one in row["new"]
        }
        wrong = {path for path, label in labels.items() if label != true[path]}
        print(
            f"{images.name}, {column}, {name}: {share(reported & wrong, wrong)}; {share(reported - wrong, set(true) - wrong)}"
        )


def planted(true: Mapping[str, str]) -> dict[str, str]:
    """A fifth of the labels replaced by another class, any one as likely."""
    rng = random.Random(1)
    classes, hit = sorted(set(true.values())), set(rng.sample(sorted(true), int(len(true) * PLANTED)))
    return {
        path: rng.choice([c for c in classes if c != label]) if path in hit else label for path, label in true.items()
    }


def share(part: set[str], whole: set[str]) -> str:
    return f"{len(part):,} of {len(whole):,} ({len(part) / len(whole):.1%})" if whole else "none there"


def run(*arguments: str) -> str:
    """The standard output of the program; stops where it fails."""
    done = subprocess.run([sys.executable, "-m", "datadoctor", *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"datadoctor {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def _unpacked(data: Path, root: Path) -> Path:
    with tarfile.open(data / "images.tar") as archive:
        archive.extractall(root)
    return root


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(file: Path, labels: Mapping[str, str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("path", "label"), *sorted(labels.items())])


if __name__ == "__main__":
    main()
