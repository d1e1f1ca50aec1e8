"""Networks that come along are known without PyTorch, and are what was said of them once they are there."""

import numpy as np
import pytest

from datadoctor.stages.embeddings import packaged, versions
from datadoctor.stages.embeddings.awaited import Awaited
from datadoctor.stages.embeddings.choice import choose, side_for
from datadoctor.stages.embeddings.efficientnet_lite import network
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.facts import Facts
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from tests.stages.listings import tiny_extractor

SAID = ("key", "computes", "made_by", "weights_sha256", "side", "resampling", "batch_size", "stages", "views")


def loaded(name: str) -> Extractor:
    import torch

    return NetworkExtractor(network(name, None, side_for(32)), torch.device("cpu"))


@pytest.mark.parametrize("name", ["efficientnet_lite2", "efficientnet_lite0"])
def test_what_is_said_of_a_network_is_what_it_turns_out_to_be(name: str) -> None:
    told = choose(name, None, 32, "cpu").extractor
    assert isinstance(told, Awaited)
    there = loaded(name)
    for fact in SAID:
        assert getattr(told, fact) == getattr(there, fact)


def test_it_looks_as_the_network_does() -> None:
    tiny = tiny_extractor()
    awaited = Awaited(tiny_facts(tiny), tiny.key, tiny.batch_size, tiny_extractor)
    awaited.rest()
    batch = np.random.default_rng(0).integers(0, 256, (tiny.batch_size, 64, 64, 3), dtype=np.uint8)
    for ours, its in zip(awaited.embed_views(batch), tiny.embed_views(batch), strict=True):
        np.testing.assert_array_equal(ours, its)
    assert awaited.runs_in == tiny.runs_in


def test_another_network_than_was_said_is_not_used() -> None:
    tiny = tiny_extractor()
    facts = packaged.facts("efficientnet_lite0", 64)
    other = Awaited(facts, versions.key(facts, "cpu", "float32"), tiny.batch_size, tiny_extractor)
    with pytest.raises(AssertionError, match="turned out to be another network"):
        other.embed(np.zeros((tiny.batch_size, 64, 64, 3), dtype=np.uint8))


def tiny_facts(tiny: NetworkExtractor) -> Facts:
    looking = tiny._looking
    names, sizes, views = looking.names, looking.sizes, looking.views
    network = tiny.made_by.split(",")[0]
    return Facts(network, tiny.weights_sha256, 64, (0.0,) * 3, (1.0,) * 3, tiny.resampling, names, sizes, views)
