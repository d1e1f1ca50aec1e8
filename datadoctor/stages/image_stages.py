"""The stages of the images: from the files to embeddings, neighbours and duplicates; and what every stage works with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from datadoctor.config import Config
from datadoctor.errors import NotAvailableError
from datadoctor.progress import Progress
from datadoctor.stages.stages import Clock, stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datadoctor.sources import Listing
    from datadoctor.stages.dataset import Dataset, Images
    from datadoctor.stages.duplicates import DuplicatePairs
    from datadoctor.stages.embeddings import Embeddings, FurtherView
    from datadoctor.stages.embeddings.choice import Choice
    from datadoctor.stages.embeddings.patches import Filters
    from datadoctor.stages.hierarchy import Hierarchy
    from datadoctor.stages.index import Neighbours
    from datadoctor.stages.keeping import Keeper
    from datadoctor.stages.reading.read import Reading

Made = TypeVar("Made")
NEIGHBOURS = 30
TRAINED_HERE = "train"


class ImageStages:
    """Stages that look at no label, and the settings, clock and kept values that all stages share."""

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
        from datadoctor.sources.choice import list_source

        listing = list_source(self.source, self.config)
        if listing.left_out:
            self._notice(f"images left out: {len(listing.left_out):,} ({self.config.exclude})")
        return listing

    @stage
    def choice(self) -> Choice:
        """The network that looks at the images, or why it is none."""
        from datadoctor.stages.embeddings.choice import choose
        from datadoctor.stages.reading.read import typical_short_side

        made = choose(self.config.model, self.config.weights, typical_short_side(self.listing), self.config.device)
        if made.notice:
            self._notice(made.notice)
        return made

    @stage
    def reading(self) -> Reading:
        """One pass over the files."""
        from datadoctor.cache import ImageCache
        from datadoctor.stages.dataset.look import Look, bands_of
        from datadoctor.stages.reading.read import read
        from datadoctor.stages.reading.said import said

        cache = ImageCache(self.config.cache)
        try:
            extractor = None if self.config.embeddings else self.choice.extractor
            look = Look(bands=bands_of(self.config.bands), most_pixels=self.config.max_pixels)
            made = read(self.listing, extractor, cache=cache, out=self.folder, progress=self.progress, look=look)
        finally:
            cache.close()
        said(made.images, self._notice)
        return made

    @stage
    def images(self) -> Images:
        """Facts of every listed image, readable or not."""
        return self.reading.images

    @stage
    def given_hierarchy(self) -> Hierarchy | None:
        """The user's hierarchy: a file, or nested class folders; None without either."""
        from datadoctor.stages.hierarchy import given

        if self.config.hierarchy:
            return given.read(self.config.hierarchy, self.listing.classes)
        if any(self.listing.superclasses.values()):
            return given.from_folders(self.listing.superclasses, self.listing.classes)
        return None

    @stage
    def dataset(self) -> Dataset:
        """The readable images."""
        from datadoctor.stages.dataset import readable_part

        tree = self.given_hierarchy
        return readable_part(self.listing, self.images, tree.class_names if tree else None)

    @stage
    def embeddings(self) -> Embeddings:
        """The user's embeddings, the network's, or those of the dataset's own filters."""
        from datadoctor.stages.embeddings import Embeddings

        if not len(self.dataset):
            raise NotAvailableError("no image could be read")
        if self.config.embeddings:
            from datadoctor.stages.brought.orders import of_listing
            from datadoctor.stages.embeddings import precomputed

            listed, small = of_listing(self.listing, self.dataset.listing_rows), self.reading.small
            file = self.folder / "embeddings.npy"
            return precomputed.read(self.config.embeddings, self.dataset, listed, file, small, self._notice)
        extractor, vectors = self.choice.extractor, self.reading.vectors
        if extractor is None or vectors is None:
            return self._through_own_filters("embeddings")
        return Embeddings(vectors, extractor.stages, extractor.made_by)

    @stage
    def further_views(self) -> tuple[FurtherView, ...]:
        """What the network saw of the images besides: views for the judgement of labels only, none without a network."""
        from datadoctor.stages.embeddings import FurtherView

        extractor, columns = self.choice.extractor, self.reading.views
        if extractor is None or columns is None:
            return ()
        return tuple(FurtherView(view.name, columns[:, view.start : view.stop]) for view in extractor.views)

    @stage
    def own_filters(self) -> Embeddings | None:
        """The same images through filters learnt from themselves: a second view beside a network, None without one."""
        if self.config.model == TRAINED_HERE:
            return self.embeddings
        if not self.config.embeddings and self.choice.extractor is None:
            return None
        return self._through_own_filters("own_filters") if len(self.dataset) else None

    @stage
    def filters(self) -> Filters:
        """Filters learnt from the images themselves."""
        from datadoctor.stages.embeddings.patches import learn_filters
        from datadoctor.stages.fingerprint import of_pixels

        small, seed = self.reading.small, self.config.seed
        return self._keeper.keep("filters", of_pixels(small, seed), lambda: learn_filters(small, seed))

    def _through_own_filters(self, name: str) -> Embeddings:
        from datadoctor.stages.embeddings.patches import embed_filters

        file = self.folder / f"{name}.npy"
        return embed_filters(self.filters, self.reading.small, file, device=self.config.device, progress=self.progress)

    @stage
    def neighbours(self) -> Neighbours:
        """The nearest neighbours of every image in the embedding."""
        from datadoctor.stages.index.build import build

        def compute() -> Neighbours:
            return build(self.embeddings.vectors, NEIGHBOURS, device=self.config.device, seed=self.config.seed)

        return self._keep("neighbours", compute)

    @stage
    def duplicates(self) -> DuplicatePairs:
        """Verified pairs of the same picture."""
        from datadoctor.stages.duplicates.find import find

        def compute() -> DuplicatePairs:
            device, seed = self.config.device, self.config.seed
            small = self.reading.small
            return find(self.dataset, small, self.neighbours, progress=self.progress, device=device, seed=seed)

        return self._keep("duplicates", compute)

    @stage
    def groups(self) -> NDArray[np.int32]:
        """(n,) rows with the same value show the same picture."""
        return self.duplicates.group_of(len(self.dataset))

    @stage
    def device(self) -> str:
        """'cpu' or 'cuda': where the probes are fitted."""
        from datadoctor.stages.embeddings.devices import device_named

        return device_named(self.config.device).type

    def _notice(self, text: str) -> None:
        self.notices.append(text)
        self.progress.say(text)

    def _keep(self, name: str, compute: Callable[[], Made]) -> Made:
        """What ``compute`` makes, kept in the run directory for the next run on the same images with the same settings."""
        return self._keeper.keep(name, self._fingerprint, compute)

    @cached_property
    def _keeper(self) -> Keeper:
        from datadoctor.stages.class_pairs import ClassPairs
        from datadoctor.stages.class_structure import TwoStage
        from datadoctor.stages.duplicates import DuplicatePairs
        from datadoctor.stages.embeddings.patches import Filters, Parameters
        from datadoctor.stages.index import Neighbours
        from datadoctor.stages.keeping import Keeper
        from datadoctor.stages.label_quality import ErrorRate, LabelQuality
        from datadoctor.stages.predictions import Predictions

        of_images = (DuplicatePairs, Filters, Neighbours, Parameters)
        types = (*of_images, ClassPairs, ErrorRate, LabelQuality, Predictions, TwoStage)
        return Keeper(self.folder / "stages", types)

    @cached_property
    def _fingerprint(self) -> str:
        from datadoctor.stages.fingerprint import fingerprint

        extractor = self.choice.extractor
        seen_through = f"{self.embeddings.made_by} {extractor.key if extractor else ''} {self.images.look.key}"
        return fingerprint(self.dataset, self.config, seen_through)
