"""What looks at images again: the eyes of an audit, with the probes that judged what they saw."""

from __future__ import annotations

from collections.abc import Sequence

from datadoctor.errors import NotAvailableError
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings import NETWORK, OWN_FILTERS, TEXT_SPACE, Stage, further
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.filters import Filters
from datadoctor.stages.embeddings.narrowing import Narrowed
from datadoctor.stages.evidence.looking import SecondLook
from datadoctor.stages.evidence.spread import Spreader
from datadoctor.stages.label_quality import LabelQuality


def second_look(
    extractor: Extractor | None,
    small_side: int,
    look: Look,
    quality: LabelQuality,
    serving: Sequence[str],
    filters: Filters,
) -> SecondLook:
    """The eyes whose views the pool heard; ``serving``: the names of the network's stages that serve.

    Raises ``NotAvailableError`` where nothing that was heard can say where it saw something.
    """
    weights = quality.weights
    heard = {name: probes for name, probes in quality.probes.items() if weights[name] > 0}
    stages = _stages(extractor, serving) if extractor else {}
    if OWN_FILTERS in heard:
        stages[OWN_FILTERS] = (Stage("filters", 0, len(heard[OWN_FILTERS].mean)),)
    heard = {name: probes for name, probes in heard.items() if name in stages}
    if not heard:
        raise NotAvailableError("what judged the labels does not say where it looks")
    extractor = extractor if heard.keys() - {OWN_FILTERS} else None
    return SecondLook(
        extractor, filters if OWN_FILTERS in heard else None, small_side, look, Spreader(heard, stages, weights)
    )


def _stages(extractor: Extractor, serving: Sequence[str]) -> dict[str, tuple[Stage, ...]]:
    """The columns of every view of a network, by the name of the view: of the stages that serve."""
    found = {NETWORK: Narrowed(extractor.stages, serving).stages}
    for view in extractor.views:
        if view.name.endswith(TEXT_SPACE):
            continue  # of the whole image: it has no places
        of_network = extractor.view_stages.get(view.name)
        whole = (Stage(view.name, 0, view.stop - view.start),)
        found[further(view.name)] = Narrowed(of_network, serving).stages if of_network else whole
    return found
