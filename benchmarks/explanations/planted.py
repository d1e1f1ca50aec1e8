"""What maps say of planted images: `python -m benchmarks.explanations.planted IMAGES MANIFEST [--label COLUMN] [--classes 12] [--seed 0]`.

Takes some classes of a set and plants into it, by chance: images of two parts of two classes, labelled as the smaller part; labels changed
to another class; and a class that is nothing but a mark in a corner of images of other classes of the set, the same mark on some images of
the classes taken. Audits it and prints what was flagged, and precision and recall of the kind "several objects" among the flagged, as it
was chosen before there were maps and as it is now.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import datadoctor
from benchmarks.explanations.composites import joined
from datadoctor.flow.keeping import Keeper
from datadoctor.machine import share
from datadoctor.run import Run
from datadoctor.stages import every
from datadoctor.stages.label_quality.kinds import SEVERAL

MARK = 0.25
# Of two parts, the share of the width of the one that gives the label.
SMALLER = 0.38
COMPOSITE, CHANGED, MARKED, PLAIN = "composite", "changed", "marked", "plain"


@dataclass(frozen=True)
class Source:
    """Images of a set by class, and those of all other classes."""

    folder: Path
    paths: dict[str, list[str]]
    others: list[str]

    def opened(self, path: str) -> Image.Image:
        """An image as RGB."""
        return Image.open(self.folder / path).convert("RGB")


def marked(image: Image.Image) -> Image.Image:
    """The image with a mark in its top right corner, as a logo of a source is."""
    side = round(MARK * min(image.size))
    page = image.copy()
    pen = ImageDraw.Draw(page)
    left, bottom = image.width - side - 1, side
    pen.rectangle((left, 0, image.width - 1, bottom), fill=(255, 240, 0))
    pen.ellipse((left + side // 5, side // 5, image.width - 1 - side // 5, bottom - side // 5), fill=(200, 0, 120))
    return page


def plant(source: Source, out: Path, n: int, an_class: int, random: np.random.Generator) -> pd.DataFrame:
    """Write the planted set into ``out``: one row an image, with given label and what was done."""
    names = list(source.paths)
    rows = []
    for name in names:
        for number, path in enumerate(source.paths[name][:an_class]):
            image, done, label = source.opened(path), PLAIN, name
            if random.random() < n / (an_class * len(names)):
                image, done = marked(image), MARKED
            elif random.random() < n / (an_class * len(names)):
                label, done = str(random.choice([other for other in names if other != name])), CHANGED
            rows.append(_saved(image, out, f"{name}_{number}", label, done))
    for number in range(n):
        first, second = random.choice(len(names), 2, replace=False)
        pair = [source.opened(random.choice(source.paths[names[one]][an_class:])) for one in (first, second)]
        side = max(32, min(min(one.size) for one in pair))
        rows.append(
            _saved(joined(pair[0], pair[1], side, SMALLER), out, f"composite_{number}", names[first], COMPOSITE)
        )
    for number, path in enumerate(random.permutation(source.others)[:an_class]):
        rows.append(_saved(marked(source.opened(path)), out, f"of_the_mark_{number}", "of the mark", PLAIN))
    return pd.DataFrame(rows, columns=["path", "label", "done"])


def _saved(image: Image.Image, out: Path, name: str, label: str, done: str) -> tuple[str, str, str]:
    image.save(out / f"{name}.png")
    return f"{name}.png", label, done


def share_of(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> str:
    """Precision and recall in words."""
    both = int((found & truth).sum())
    return f"precision {both}/{int(found.sum())}, recall {both}/{int(truth.sum())}"


def report(run: Run, planted: pd.DataFrame) -> None:
    """Print what was found."""
    items = run.items.merge(planted, on="path", validate="one_to_one")
    flagged = items[items["flagged"]]
    print(flagged["done"].value_counts().to_dict(), "flagged of", items["done"].value_counts().to_dict())
    judged = Keeper(run.path / "artifacts" / "stages").latest("label_judgement", every()["label_judgement"].returns)
    truth = (flagged["done"] == COMPOSITE).to_numpy()
    before = np.array([judged.kinds[row] == SEVERAL for row in flagged["row"]])
    print("several objects, before:", share_of(before, truth))
    print("several objects, now:   ", share_of((flagged["kind"] == SEVERAL).to_numpy(), truth))


def main() -> None:
    """Plant, audit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--label", default="label")
    parser.add_argument("--classes", type=int, default=12)
    parser.add_argument("--images-a-class", type=int, default=45)
    parser.add_argument("--n", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    share()
    random = np.random.default_rng(args.seed)
    table = pd.read_csv(args.manifest)
    grouped = {name: part["path"].tolist() for name, part in table.groupby(args.label)}
    large = [name for name, paths in grouped.items() if len(paths) >= args.images_a_class + 10]
    chosen = random.choice(large, min(args.classes, len(large)), replace=False)
    others = [path for name, paths in grouped.items() if name not in set(chosen) for path in paths]
    source = Source(args.images, {str(name): random.permutation(grouped[name]).tolist() for name in chosen}, others)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "images"
        out.mkdir()
        planted = plant(source, out, args.n, args.images_a_class, random)
        planted[["path", "label"]].to_csv(Path(folder) / "labels.csv", index=False)
        run = datadoctor.audit(
            out, manifest=(Path(folder) / "labels.csv",), out=Path(folder) / "run", cache=Path(folder) / "cache",
            select=("mislabel",),
        )  # fmt: skip
        report(run, planted)


if __name__ == "__main__":
    main()
