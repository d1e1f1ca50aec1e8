"""Which network looks at the images, and what it and the dataset's own filters see of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotAvailableError
from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages import fit, stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.embeddings import LIKENESS, NETWORK, OWN_FILTERS, Embeddings, FurtherView, Landmarks, further
from datadoctor.stages.embeddings.choice import SMALL, TRAINED_HERE
from datadoctor.stages.embeddings.filters import Filters

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.choice import Choice

Vectors = NDArray[np.float32] | NDArray[np.float16]
Seen = tuple[NDArray[np.float32] | None, NDArray[np.float16] | None]


@stage(known_by=lambda choice: choice.extractor.key if choice.extractor else "")
def choice(short_side: int, *, model: str, weights: Path | None, device: str) -> Choice:
    """The network that looks at the images, if any."""
    from datadoctor.stages.embeddings.choice import choose

    return choose(model, weights, short_side, device)


@fit()
def network(choice: Choice) -> str:
    """What the network computes; '' where the dataset's own filters alone look at the images."""
    return choice.extractor.computes if choice.extractor else ""


@stage(known_by=lambda device: device)
def device(*, device: str) -> str:
    """'cpu' or 'cuda': where the probes are fitted."""
    from datadoctor.stages.embeddings.devices import kind_named

    return kind_named(device)


@fit(keep=True)
def filters(small: NDArray[np.uint8], *, seed: int) -> Filters:
    """Filters learnt from the images themselves."""
    from datadoctor.stages.embeddings.patches import learn_filters

    if not len(small):
        raise NotAvailableError("no image could be read")
    return learn_filters(small, seed)


@stage()
def embeddings(
    choice: Choice, dataset: Dataset, *, embeddings: Path | None
) -> Literal["brought_embeddings", "network_embeddings", "filter_embeddings"]:
    """The user's embeddings, the network's, or those of the dataset's own filters."""
    if not len(dataset):
        raise NotAvailableError("no image could be read")
    if embeddings:
        return "brought_embeddings"
    return "network_embeddings" if choice.extractor else "filter_embeddings"


@stage()
def main_view(choice: Choice, *, embeddings: Path | None) -> str:
    """The name of the view that the embeddings are."""
    return NETWORK if choice.extractor or embeddings else OWN_FILTERS


@stage()
def brought_embeddings(
    listing: Listing,
    dataset: Dataset,
    small: NDArray[np.uint8],
    *,
    embeddings: Path,
    folder: Path,
    notice: Callable[[str], None],
) -> Embeddings:
    """The embeddings that the user brings."""
    from datadoctor.stages.brought.orders import of_listing
    from datadoctor.stages.embeddings import precomputed

    listed = of_listing(listing, dataset.listing_rows)
    return precomputed.read(embeddings, dataset, listed, folder / "embeddings.npy", small, notice)


@stage()
def network_embeddings(choice: Choice, seen: Seen, serving: tuple[str, ...], *, folder: Path) -> Embeddings:
    """What the network sees in the images, by the stages that serve."""
    from datadoctor.stages.embeddings.narrowing import Narrowed

    assert choice.extractor is not None  # else others are chosen
    assert seen[0] is not None
    narrowed = Narrowed(choice.extractor.stages, serving)
    said = f", stages {', '.join(stage.name for stage in narrowed.stages)}" if narrowed.left_out else ""
    vectors = narrowed.vectors(seen[0], folder / "embeddings.npy")
    return Embeddings(vectors, narrowed.stages, f"{choice.extractor.made_by}{said}")


@stage()
def filter_embeddings(
    filters: Filters, small: NDArray[np.uint8], main_view: str, *, folder: Path, device: str, progress: Progress
) -> Embeddings:
    """What the dataset's own filters see in the images."""
    from datadoctor.stages.embeddings.patches import embed_filters

    file = folder / ("embeddings.npy" if main_view == OWN_FILTERS else "own_filters.npy")
    return embed_filters(filters, small, file, device=device, progress=progress)


@stage()
def own_filters(
    choice: Choice, filters_serve: bool, *, model: str, embeddings: Path | None
) -> Literal["embeddings", "filter_embeddings"] | None:
    """The same images through filters learnt from themselves: a second view beside a network; None without one, or of no use."""
    if model == TRAINED_HERE:
        return "embeddings"
    return "filter_embeddings" if filters_serve and (embeddings or choice.extractor) else None


@stage()
def further_views(choice: Choice, seen: Seen, serving: tuple[str, ...], *, folder: Path) -> tuple[FurtherView, ...]:
    """What the networks saw of the images besides: views for the judgement of labels only, none without a network."""
    from datadoctor.stages.embeddings.narrowing import Narrowed

    if choice.extractor is None or seen[1] is None:
        return ()
    made = []
    for number, view in enumerate(choice.extractor.views):
        vectors = seen[1][:, view.start : view.stop]
        if stages := choice.extractor.view_stages.get(view.name):
            narrowed = Narrowed(stages, serving)
            vectors = narrowed.vectors(vectors, folder / f"further_view_{number}.npy") if narrowed.left_out else vectors
        made.append(FurtherView(view.name, vectors))
    return tuple(made)


@fit(keep=True)
def landmarks(
    dataset: Dataset,
    main_view: str,
    embeddings: Embeddings,
    further_views: tuple[FurtherView, ...],
    short_side: int,
    device: str,
) -> Landmarks | None:
    """Images that the others are compared with; None where images are large or few, or no network looks at them."""
    if short_side > SMALL or main_view != NETWORK:
        return None
    from datadoctor.stages.embeddings import kernel

    if not kernel.enough(dataset.labels, len(dataset.classes)):
        return None
    seen: list[Vectors] = [embeddings.vectors, *(view.vectors for view in further_views)]
    return kernel.fit(seen, kernel.landmark_rows(dataset.images.pixel_digests), device)


@stage()
def likeness(
    landmarks: Landmarks | None,
    embeddings: Embeddings,
    further_views: tuple[FurtherView, ...],
    device: str,
    *,
    folder: Path,
) -> FurtherView | None:
    """How alike images are in all that the networks see of them: one more view, None without landmarks."""
    if landmarks is None:
        return None
    from datadoctor.stages.embeddings import kernel

    seen: list[Vectors] = [embeddings.vectors, *(view.vectors for view in further_views)]
    return FurtherView(LIKENESS, kernel.columns(landmarks, seen, folder / f"{LIKENESS}.npy", device))


@stage()
def view_vectors(
    main_view: str,
    embeddings: Embeddings,
    further_views: tuple[FurtherView, ...],
    likeness: FurtherView | None,
    own_filters: Embeddings | None,
) -> Mapping[str, Vectors]:
    """(n, d) what each view sees of the images, by the name of the view."""
    views: dict[str, Vectors] = {main_view: embeddings.vectors}
    views |= {further(view.name): view.vectors for view in (*further_views, *([likeness] if likeness else []))}
    return views | ({OWN_FILTERS: own_filters.vectors} if own_filters else {})
