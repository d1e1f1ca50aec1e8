"""Artifacts: computed once, on first use, each from those before it.

listing -> reading (images, embeddings) -> neighbours -> duplicates -> predictions -> confusion -> hierarchy -> label quality ->
class pairs. A check names the artifacts it needs as its parameters; every ``stage`` below is one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor._version import __version__
from datadoctor.artifacts.stages import Clock, stage
from datadoctor.config import Config
from datadoctor.errors import NotAvailableError
from datadoctor.progress import Progress

if TYPE_CHECKING:
    from datadoctor.artifacts.class_pairs import ClassPairs
    from datadoctor.artifacts.confusion import Confusion
    from datadoctor.artifacts.dataset import Dataset, Images, Listing
    from datadoctor.artifacts.duplicates import DuplicatePairs
    from datadoctor.artifacts.embeddings import Embeddings
    from datadoctor.artifacts.hierarchy import Hierarchy
    from datadoctor.artifacts.index import Neighbours
    from datadoctor.artifacts.keeping import Keeper
    from datadoctor.artifacts.label_quality import LabelQuality
    from datadoctor.artifacts.predictions import Predictions

NEIGHBOURS = 30


class Artifacts:
    """The artifacts of one audit.

    ``made`` and ``failed`` hold what was asked for so far, ``notices`` what the user should be told beside the findings.
    """

    def __init__(self, source: Path, config: Config, progress: Progress) -> None:
        self.source = source
        self.config = config
        self.progress = progress
        self.clock = Clock()
        self.made: dict[str, Any] = {}
        self.failed: dict[str, Exception] = {}
        self.notices: list[str] = []

    @property
    def folder(self) -> Path:
        """Where the arrays of the run are."""
        return self.config.out / "artifacts"

    @stage
    def listing(self) -> Listing:
        """What the source lists."""
        from datadoctor.artifacts.dataset.source import list_source

        return list_source(self.source, self.config)

    @stage
    def images(self) -> Images:
        """Facts of every listed image, readable or not."""
        return self.reading.images

    @stage
    def dataset(self) -> Dataset:
        """The readable images."""
        from datadoctor.artifacts.dataset import readable_part

        return readable_part(self.listing, self.images)

    @stage
    def neighbours(self) -> Neighbours:
        """The nearest neighbours of every image in the embedding."""
        from datadoctor.artifacts.index.build import build as nearest

        def build() -> Neighbours:
            return nearest(self.embeddings.vectors, NEIGHBOURS, device=self.config.device, seed=self.config.seed)

        return self._keep("neighbours", build, self.embeddings.made_by)

    @stage
    def duplicates(self) -> DuplicatePairs:
        """Verified pairs of the same picture."""
        from datadoctor.artifacts.duplicates.find import find

        def compute() -> DuplicatePairs:
            return find(self.dataset, self.embeddings, self.neighbours, seed=self.config.seed, progress=self.progress)

        return self._keep("duplicates", compute, self.embeddings.made_by)

    @stage
    def predictions(self) -> Predictions:
        """Out-of-sample class probabilities: the user's, else those of a cross-validated probe on the embeddings."""
        if self.config.pred_probs:
            from datadoctor.artifacts.predictions import precomputed

            return precomputed.read(self.config.pred_probs, self.dataset.paths, self.dataset.labels, self.dataset.classes)
        return self._keep("predictions", self._probe, self.embeddings.made_by)

    def _probe(self) -> Predictions:
        from datadoctor.artifacts.predictions import folds, probe

        dataset = self.dataset
        groups = self.duplicates.group_of(len(dataset))
        held_out = folds.assign(dataset.labels, groups, dataset.images.pixel_digests)
        return probe.predict(
            self.embeddings.vectors, dataset.labels, len(dataset.classes), held_out, device=self.device, progress=self.progress
        )

    @stage
    def confusion(self) -> Confusion:
        """Confident joint, transition matrix and soft confusion."""
        from datadoctor.artifacts.confusion import confident

        return confident.estimate(self.dataset.labels, self.predictions.probabilities)

    @stage
    def given_hierarchy(self) -> Hierarchy | None:
        """The user's hierarchy: a file, or nested class folders; None without either."""
        from datadoctor.artifacts.hierarchy import given

        if self.config.hierarchy:
            return given.read(self.config.hierarchy, self.dataset.classes)
        if any(self.dataset.superclasses.values()):
            return given.from_folders(self.dataset.superclasses, self.dataset.classes)
        return None

    @stage
    def learnt_hierarchy(self) -> Hierarchy:
        """The hierarchy learnt from the confusions."""
        from datadoctor.artifacts.hierarchy import learnt

        dataset, seed = self.dataset, self.config.seed
        probabilities = self.predictions.probabilities
        return learnt.learn(self.confusion, dataset.labels, probabilities, dataset.classes, self.given_hierarchy, seed)

    @stage
    def hierarchy(self) -> Hierarchy:
        """The given hierarchy where there is one, else the learnt."""
        return self.given_hierarchy or self.learnt_hierarchy
