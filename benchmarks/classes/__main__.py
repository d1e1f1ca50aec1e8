"""Class pairs and class trees against human truth and beside cleanlab; seconds and memory by number of classes.

``python -m benchmarks.classes agreement RUN --data ../shared/data/cifar10``
    RUN is what ``datadoctor audit`` wrote for images of that set. CIFAR-10: rank correlation over the 45 pairs and average
    precision for the 8 most confused ones, against the disagreement of CIFAR-10N's annotators and CIFAR-10H's votes, beside
    cleanlab's ``find_overlapping_classes`` on the same probabilities and the wrong labels, were they all known; how far ahead,
    with 95 % intervals (images, annotators and votes drawn anew, with replacement). Sets with a ``hierarchy.csv``: cophenetic
    correlation and triplet accuracy of the learnt tree, with a shuffled tree as control.
``python -m benchmarks.classes weight RUN ... --data ../shared/data``
    Which weight of mutual confusion and flipped labels predicts the wrong labels of other images: audits of CIFAR-10, and two
    networks' probabilities.
``python -m benchmarks.classes scale [K ...]``
    Synthetic probabilities of K classes, 20 items each (2 at 10,000); every measurement in a process of its own, of at most 10 GiB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.classes.agreement import print_pairs, print_tree
from benchmarks.classes.scale import measure, scale
from benchmarks.classes.weight import print_weights
from datadoctor.run import Run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser("agreement")
    compare.add_argument("run", type=Path)
    compare.add_argument("--data", type=Path, required=True)
    weigh = commands.add_parser("weight")
    weigh.add_argument("run", type=Path, nargs="+")
    weigh.add_argument("--data", type=Path, required=True)
    grow = commands.add_parser("scale")
    grow.add_argument("classes", type=int, nargs="*", default=[10, 100, 1000, 10_000])
    grow.add_argument("--limit", type=float, default=600, help="seconds")
    one = commands.add_parser("measure")
    one.add_argument("who", choices=("ours", "cleanlab"))
    one.add_argument("classes", type=int)
    arguments = parser.parse_args()
    if arguments.command == "scale":
        scale(arguments.classes, arguments.limit)
    elif arguments.command == "weight":
        print_weights(arguments.run, arguments.data)
    elif arguments.command == "measure":
        measure(arguments.who, arguments.classes)
    else:
        show = print_pairs if (arguments.data / "cifar10h.csv").is_file() else print_tree
        show(Run(arguments.run), arguments.data)


if __name__ == "__main__":
    main()
