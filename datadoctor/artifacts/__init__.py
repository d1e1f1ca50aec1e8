"""Artifacts: computed once, on first use, each from those before it.

listing -> reading (images, embeddings) -> neighbours -> duplicates -> predictions -> confusion -> hierarchy -> label quality ->
class pairs. A check names the artifacts it needs as its parameters; every ``stage`` below is one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from datadoctor.artifacts.stages import Clock, stage
from datadoctor.config import Config
from datadoctor.errors import NotAvailableError
from datadoctor.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datadoctor.artifacts.class_pairs import ClassPairs
    from datadoctor.artifacts.confusion import Confusion
    from datadoctor.artifacts.dataset import Dataset, Images, Listing
    from datadoctor.artifacts.duplicates import DuplicatePairs
    from datadoctor.artifacts.embeddings import Embeddings
    from datadoctor.artifacts.embeddings.choice import Choice
    from datadoctor.artifacts.hierarchy import Hierarchy
    from datadoctor.artifacts.index import Neighbours
    from datadoctor.artifacts.keeping import Keeper
    from datadoctor.artifacts.label_quality import LabelQuality
    from datadoctor.artifacts.label_quality.views import View
    from datadoctor.artifacts.predictions import Predictions
    from datadoctor.artifacts.reading import Reading

Made = TypeVar("Made")
NEIGHBOURS = 30
TRAINED_HERE = "train"


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
    def choice(self) -> Choice:
        """The network that looks at the images, or why it is none."""
        from datadoctor.artifacts.embeddings.choice import choose
        from datadoctor.artifacts.reading import typical_short_side

        made = choose(self.config.model, self.config.weights, typical_short_side(self.listing), self.config.device)
        if made.notice:
            self.notices.append(made.notice)
            self.progress.say(made.notice)
        return made

    @stage
    def reading(self) -> Reading:
        """One pass over the files."""
        from datadoctor.artifacts.reading import read
        from datadoctor.cache import ImageCache

        cache = ImageCache(self.config.cache)
        try:
            extractor = None if self.config.embeddings else self.choice.extractor
            return read(self.listing, extractor, cache=cache, out=self.folder, progress=self.progress)
        finally:
            cache.close()

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
    def embeddings(self) -> Embeddings:
        """The user's embeddings, the network's, or those of the dataset's own filters."""
        from datadoctor.artifacts.embeddings import Embeddings

        if not len(self.dataset):
            raise NotAvailableError("no image could be read")
        if self.config.embeddings:
            from datadoctor.artifacts.embeddings import precomputed

            return precomputed.read(
                self.config.embeddings, self.dataset, len(self.listing), self.folder / "embeddings.npy"
            )
        extractor, vectors = self.choice.extractor, self.reading.vectors
        if extractor is None or vectors is None:
            return self._through_own_filters("embeddings")
        return Embeddings(vectors, extractor.stages, extractor.made_by)

    @stage
    def own_filters(self) -> Embeddings | None:
        """The same images through filters learnt from themselves: a second view beside a network, None without one."""
        if self.config.model == TRAINED_HERE:
            return self.embeddings
        if not self.config.embeddings and self.choice.extractor is None:
            return None
        return self._through_own_filters("own_filters") if len(self.dataset) else None

    def _through_own_filters(self, name: str) -> Embeddings:
        from datadoctor.artifacts.embeddings.patches import embed_filters, learn_filters

        small = self.reading.small
        filters = learn_filters(small, self.config.seed)
        return embed_filters(
            filters, small, self.folder / f"{name}.npy", device=self.config.device, progress=self.progress
        )

    @stage
    def neighbours(self) -> Neighbours:
        """The nearest neighbours of every image in the embedding."""
        from datadoctor.artifacts.index.build import build

        def compute() -> Neighbours:
            return build(self.embeddings.vectors, NEIGHBOURS, device=self.config.device, seed=self.config.seed)

        return self._keep("neighbours", compute)

    @stage
    def duplicates(self) -> DuplicatePairs:
        """Verified pairs of the same picture."""
        from datadoctor.artifacts.duplicates.find import find

        def compute() -> DuplicatePairs:
            device, seed = self.config.device, self.config.seed
            small = self.reading.small
            return find(self.dataset, small, self.neighbours, progress=self.progress, device=device, seed=seed)

        return self._keep("duplicates", compute)

    @stage
    def predictions(self) -> Predictions:
        """Out-of-sample class probabilities: the user's, else those of a cross-validated probe on the embeddings."""
        if self.config.pred_probs:
            from datadoctor.artifacts.predictions import precomputed

            return precomputed.read(
                self.config.pred_probs, self.dataset.paths, self.dataset.labels, self.dataset.classes
            )
        if self.config.model == TRAINED_HERE:
            return self._keep("predictions", self._trained)
        return self._keep("predictions", lambda: self._probe(self.embeddings))

    def _trained(self) -> Predictions:
        from datadoctor.artifacts.predictions.training import train

        n_classes, seed = len(self.dataset.classes), self.config.seed
        small, labels, device = self.reading.small, self.dataset.labels, self.config.device
        return train(
            small, labels, self._folds(), n_classes, seed=seed, device=device, progress=self.progress
        ).predictions

    @stage
    def own_predictions(self) -> Predictions | None:
        """Out-of-sample class probabilities of a probe on the second view."""
        view = self.own_filters
        return self._keep("own_predictions", lambda: self._probe(view)) if view else None

    def _probe(self, embeddings: Embeddings) -> Predictions:
        from datadoctor.artifacts.predictions import probe

        labels, n_classes = self.dataset.labels, len(self.dataset.classes)
        device, progress = self.device, self.progress
        return probe.predict(embeddings.vectors, labels, n_classes, self._folds(), device=device, progress=progress)

    def _folds(self) -> NDArray[np.int8]:
        from datadoctor.artifacts.predictions import folds

        if len(self.dataset.classes) < 2:
            raise NotAvailableError("fewer than two classes: there is nothing to confuse")
        return folds.assign(self.dataset.labels, self.groups, self.dataset.images.pixel_digests)

    @stage
    def groups(self) -> NDArray[np.int32]:
        """(n,) rows with the same value show the same picture."""
        return self.duplicates.group_of(len(self.dataset))

    @stage
    def device(self) -> str:
        """'cpu' or 'cuda': where the probes are fitted."""
        from datadoctor.artifacts.embeddings.devices import device_named

        return device_named(self.config.device).type

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

    @stage
    def label_quality(self) -> LabelQuality:
        """How likely each given label is wrong."""
        from datadoctor.artifacts.label_quality.judge import judge

        def compute() -> LabelQuality:
            return judge(
                self.dataset.labels,
                self.dataset.classes,
                self._views(),
                neighbours=self.neighbours,
                groups=self.groups,
                hierarchy=self.hierarchy,
            )

        quality = self._keep("label_quality", compute)
        if self.config.audited is None:
            return quality
        from datadoctor.artifacts.label_quality.audit_answers import recalibrated

        return recalibrated(quality, self.dataset, self.config.audited)

    def _views(self) -> list[View]:
        from datadoctor.artifacts.label_quality.views import View, of_probe

        labels, device, progress = self.dataset.labels, self.device, self.progress
        own, theirs = self.own_filters, self.own_predictions
        if self.config.pred_probs or self.config.model == TRAINED_HERE:
            name = "given probabilities" if self.config.pred_probs else "trained network"
            views = [View(name, self.predictions.probabilities)]
        else:
            vectors = self.embeddings.vectors
            name = "network" if self.choice.extractor or self.config.embeddings else "own filters"
            views = [of_probe(name, self.predictions, vectors, labels, device=device, progress=progress)]
        if own and theirs:
            views.append(of_probe("own filters", theirs, own.vectors, labels, device=device, progress=progress))
        return views

    @stage
    def class_pairs(self) -> ClassPairs:
        """Classes that are confused with each other."""
        from datadoctor.artifacts.class_pairs.find import find

        try:
            quality = self.label_quality
        except NotAvailableError:
            quality = None

        def compute() -> ClassPairs:
            return find(self.dataset.labels, self.predictions.probabilities, self.confusion, self.hierarchy, quality)

        return self._keep("class_pairs", compute)

    def thumbnail(self, digest: str) -> bytes | None:
        """The JPEG thumbnail of the image whose file has this digest."""
        return self.reading.thumbnails.get(digest)

    def announce(self) -> None:
        """Say what is going to be audited, before it takes time."""
        from datadoctor.artifacts.estimate import forecast

        self.progress.say(forecast(self.listing, self.choice.extractor, self.config.cache))

    def _keep(self, name: str, compute: Callable[[], Made]) -> Made:
        """What ``compute`` makes, kept in the run directory for the next run on the same images with the same settings."""
        return self._keeper.keep(name, self._fingerprint, compute)

    @cached_property
    def _keeper(self) -> Keeper:
        from datadoctor.artifacts.class_pairs import ClassPairs
        from datadoctor.artifacts.duplicates import DuplicatePairs
        from datadoctor.artifacts.index import Neighbours
        from datadoctor.artifacts.keeping import Keeper
        from datadoctor.artifacts.label_quality import ErrorRate, LabelQuality
        from datadoctor.artifacts.predictions import Predictions

        types = (ClassPairs, DuplicatePairs, ErrorRate, LabelQuality, Neighbours, Predictions)
        return Keeper(self.folder / "stages", types)

    @cached_property
    def _fingerprint(self) -> str:
        from datadoctor.artifacts.fingerprint import fingerprint

        extractor = self.choice.extractor
        return fingerprint(self.dataset, self.config, f"{self.embeddings.made_by} {extractor.key if extractor else ''}")
