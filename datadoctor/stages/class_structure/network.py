"""The confusion network: which confusions exceed chance, which classes swallow others, which classes belong together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.class_structure import ConfusionNetwork, Destinations
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.confusion.null_network import chance_of_at_least, discoveries, expected_factors

CHUNK = 512  # classes looked at together


def confusion_network(confusion: Confusion, seed: int = 0) -> ConfusionNetwork:
    """The significant edges, hubs and communities of the argmax confusions."""
    counts = confusion.argmax_counts
    given, predicted = np.nonzero(counts)
    given, predicted = given[given != predicted], predicted[given != predicted]
    count = counts[given, predicted]
    alpha, beta = expected_factors(counts)
    expected = alpha[given] * beta[predicted]
    p_values = chance_of_at_least(count, expected)
    present = int(np.count_nonzero(confusion.n_given))
    kept = np.flatnonzero(discoveries(p_values, present * (len(counts) - 1)))
    kept = kept[np.lexsort((predicted[kept], given[kept], -count[kept]))]
    drawn, sent = counts.sum(axis=0) - counts.diagonal(), counts.sum(axis=1) - counts.diagonal()
    return ConfusionNetwork(
        given=given[kept].astype(np.int32),
        predicted=predicted[kept].astype(np.int32),
        count=count[kept],
        expected=expected[kept].astype(np.float32),
        p_values=p_values[kept],
        drawn=drawn.astype(np.int32),
        sent=sent.astype(np.int32),
        hubs=_hubs(drawn, sent),
        community=_communities(len(counts), given[kept], predicted[kept], count[kept], seed),
    )


def destinations(confusion: Confusion, most: int = 5) -> Destinations:
    """Where the items of each class go when it is left out.

    With a softmax over a linear head, leaving a class out without retraining renormalises the probabilities of the
    others, which is what ``confusion.soft`` averages (leave-one-class-out, as in He, Eliassi-Rad & Scarpino 2024).
    """
    n_classes = len(confusion.soft)
    best = np.zeros((n_classes, min(most, n_classes - 1)), dtype=np.int32)
    for start in range(0, n_classes, CHUNK):
        rows = np.arange(start, min(start + CHUNK, n_classes))
        shares = confusion.soft[rows]
        shares[np.arange(len(rows)), rows] = -1  # a class that is left out is no destination
        best[rows] = np.argsort(-shares, axis=1, kind="stable")[:, : best.shape[1]]
    return Destinations(best, np.take_along_axis(confusion.soft, best, axis=1))


def _hubs(drawn: NDArray[np.integer], sent: NDArray[np.integer]) -> NDArray[np.int32]:
    """Classes that draw significantly more wrong predictions than their own items make: a fair coin would hardly do so."""
    from scipy.special import betainc

    p_values = np.where(drawn > 0, betainc(np.maximum(drawn, 1), sent + 1, 0.5), 1.0)
    hubs = np.flatnonzero(discoveries(p_values, len(p_values)))
    return hubs[np.lexsort((hubs, -(drawn - sent)[hubs]))].astype(np.int32)


def _communities(
    n_classes: int,
    given: NDArray[np.int64],
    predicted: NDArray[np.int64],
    count: NDArray[np.int32],
    seed: int,
) -> NDArray[np.int32]:
    """(K,) int32: Louvain communities (Blondel et al. 2008) of the significant edges, largest first, ties by class."""
    import networkx  # type: ignore[import-untyped] # it has no stubs of its own

    graph = networkx.Graph()
    graph.add_nodes_from(range(n_classes))
    for a, b, weight in zip(given.tolist(), predicted.tolist(), count.tolist(), strict=True):
        graph.add_edge(a, b, weight=weight + graph.get_edge_data(a, b, {"weight": 0})["weight"])
    found = networkx.community.louvain_communities(graph, seed=seed)
    community = np.zeros(n_classes, dtype=np.int32)
    for index, members in enumerate(sorted(found, key=lambda members: (-len(members), min(members)))):
        community[list(members)] = index
    return community
