"""A real base: photographs of handwritten digits, audited and baselined; and changes to it, judged as in a pull request."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import datadoctor
from datadoctor import checks
from datadoctor.config import load
from datadoctor.findings import baseline
from datadoctor.flow import fits
from datadoctor.gate import frozen, policy, source, state
from datadoctor.gate.judge import Verdict, judge
from datadoctor.progress import Silent
from datadoctor.run import Run

N_BASE, N_SPARE = 200, 60
CLASSES = 4
# Base images filed under another digit: findings that must stay.
WRONG = 6
RULES = policy.read(None, checks.names())
TODAY = datetime.date(2026, 11, 21)


@dataclass(frozen=True)
class Base:
    """A folder with ``data/``, its ``run/``, ``baseline.jsonl`` and ``cache/``; and ``spare/`` images by their true class."""

    folder: Path

    @property
    def known(self) -> baseline.Baseline:
        return baseline.read(self.folder / "baseline.jsonl")

    @property
    def spare(self) -> list[Path]:
        return sorted((self.folder / "spare").rglob("*.png"))

    def copy(self, folder: Path) -> Path:
        """The base's images, to be changed."""
        shutil.copytree(self.folder / "data", folder)
        return folder

    def state(self, data: Path, cache: Path | None = None) -> state.State:
        settings = load(None, {"cache": cache or self.folder / "cache"}, search=False)
        return source.of_source(data, self.known, settings, Silent(), against="baseline.jsonl")

    def verdict(self, data: Path, cache: Path | None = None) -> Verdict:
        return judge(self.state(data, cache), self.known, RULES, today=TODAY, against="baseline.jsonl")


def make_base(folder: Path) -> Base:
    digits = load_digits(n_class=CLASSES)
    rng = np.random.default_rng(0)
    for place, number in enumerate(rng.permutation(len(digits.target))[: N_BASE + N_SPARE].tolist()):
        digit = int(digits.target[number])
        label = (digit + 1) % CLASSES if place < WRONG else digit
        target = folder / ("data" if place < N_BASE else "spare") / str(label)
        target.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(np.uint8(255 - digits.images[number] * (255 / 16)))
        picture.resize((32, 32), Image.Resampling.BICUBIC).save(target / f"{number:04d}.png")
    datadoctor.audit(folder / "data", model="filters", out=folder / "run", cache=folder / "cache")
    run = Run(folder / "run")
    kept = fits.keep(frozen.freeze(run, Silent()), folder / "cache")
    baseline.write(state.baseline_of(state.of_run(run), kept), folder / "baseline.jsonl")
    return Base(folder)


def add(data: Path, image: Path, label: str) -> str:
    """Add a spare image under a label; its path in the dataset."""
    target = data / label / f"new-{image.name}"
    target.parent.mkdir(exist_ok=True)
    shutil.copy(image, target)
    return f"{label}/{target.name}"


def new_findings(verdict: Verdict) -> Mapping[tuple[str, str], float]:
    """Score of each new finding by check and paths."""
    return {(one.check, " ".join(s.path for s in one.subjects)): one.score for one in verdict.new}
