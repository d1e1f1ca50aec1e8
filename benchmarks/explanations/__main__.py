"""Are the maps true? `python -m benchmarks.explanations RUN [--n 40] [--masks 400] [--composites 60]`.

RUN is a run of an audit with a network, its images still there. Prints for our maps, Grad-CAM, occlusion, RISE and chance, all of the
same function (the network's views, pooled; one fold's probes): areas under deletion (less is better) and insertion (more is better),
the share of classes whose map is highest in their own half of composites of two classes, and processor seconds a map. Then, as a
check of sanity, how alike our maps are to those of the same network with random weights (Adebayo et al. 2018: they should not be).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.explanations import methods
from benchmarks.explanations.composites import composites, sure_images
from benchmarks.explanations.curves import areas
from benchmarks.explanations.model import Maps, Model
from datadoctor.machine import share
from datadoctor.run import Run
from datadoctor.run.maps.looking import Looker

Method = Callable[[Model, NDArray[np.uint8], int], Maps]


def compared(masks: int) -> dict[str, Method]:
    """The methods, by name."""
    return {
        "ours": lambda model, pixels, number: model.ours(pixels, number),
        "Grad-CAM": lambda model, pixels, number: model.grad_cam(pixels, number),
        "occlusion": methods.occlusion,
        f"RISE, {masks} masks": lambda model, pixels, number: methods.rise(model, pixels, number, masks),
        "chance": lambda model, pixels, number: methods.chance(number),
    }


class Row:
    """What is measured of one method."""

    def __init__(self) -> None:
        self.deletion: list[float] = []
        self.insertion: list[float] = []
        self.pointed: list[bool] = []
        self.seconds: list[float] = []

    def line(self, name: str) -> str:
        """A row of the table."""
        pointed = f"{np.mean(self.pointed):.3f}" if self.pointed else "–"
        figures = f"{np.mean(self.deletion):.3f} | {np.mean(self.insertion):.3f}" if self.deletion else "– | –"
        return f"| {name} | {figures} | {pointed} | {np.mean(self.seconds):.4f} |"


def measured(looker: Looker, n: int, masks: int, n_composites: int) -> dict[str, Row]:
    """Every method on the same images."""
    look, found = looker.second_look, {name: Row() for name in compared(masks)}
    assert look.extractor
    side = look.extractor.side
    models = {fold: Model(look, fold) for fold in range(5)}
    for pixels, number, fold in sure_images(looker, n, side):
        for name, method in compared(masks).items():
            row, made = found[name], timed(method, models[fold], pixels, number, found[name])
            down, up = areas(models[fold], pixels, number, made)
            row.deletion.append(down)
            row.insertion.append(up)
    for one in composites(looker, n_composites, side):
        for name, method in compared(masks).items():
            for number, left in ((one.left, True), (one.right, False)):
                made = timed(method, models[one.fold], one.pixels, number, found[name])
                column = int(made.argmax()) % made.shape[1]
                found[name].pointed.append((column < made.shape[1] / 2) == left)
    return found


def timed(method: Method, model: Model, pixels: NDArray[np.uint8], number: int, row: Row) -> Maps:
    """A map, its processor seconds noted."""
    start = time.process_time()
    made = method(model, pixels, number)
    row.seconds.append(time.process_time() - start)
    return made


def sanity(looker: Looker, n: int) -> tuple[float, float]:
    """Mean rank correlation of our maps with those of random weights, and with those of another image of the class's fold."""
    look = looker.second_look
    assert look.extractor
    images = list(sure_images(looker, n, look.extractor.side, seed=1))
    before = [Model(look, fold).ours(pixels, number) for pixels, number, fold in images]
    torch.manual_seed(0)
    for parameter in look.extractor._looking.parameters():  # type: ignore[attr-defined]
        with torch.no_grad():
            parameter.copy_(
                parameter[..., torch.randperm(parameter.shape[-1])]
                if parameter.ndim < 2
                else parameter.std() * torch.randn_like(parameter)
            )
    after = [Model(look, fold).ours(pixels, number) for pixels, number, fold in images]
    alike = [float(spearmanr(one.ravel(), other.ravel()).statistic) for one, other in zip(before, after, strict=True)]
    shifted = [*before[1:], before[0]]
    others = [
        float(spearmanr(one.ravel(), other.ravel()).statistic) for one, other in zip(before, shifted, strict=True)
    ]
    return float(np.nanmean(alike)), float(np.nanmean(others))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--masks", type=int, default=400)
    parser.add_argument("--composites", type=int, default=60)
    args = parser.parse_args()
    share()
    looker = Looker(Run(args.run))
    print("| maps | deletion AUC | insertion AUC | pointing game on composites | processor seconds a map |")
    print("|---|---|---|---|---|")
    for name, row in measured(looker, args.n, args.masks, args.composites).items():
        print(row.line(name))
    random, others = sanity(looker, args.n)
    print(f"\nrank correlation with maps of random weights {random:+.3f}; of other images {others:+.3f}")


if __name__ == "__main__":
    main()
