"""The findings about classes of two kinds."""

import numpy as np

from datadoctor.checks import load
from datadoctor.stages.embeddings import Embeddings, Stage
from datadoctor.stages.hierarchy.given import from_folders
from datadoctor.stages.predictions import Predictions
from tests.checks.make import dataset_of
from tests.stages.class_structure.test_splits import certain, clouds

TREE = from_folders({}, tuple("abcdefgh"))


def test_check_names_examples_of_both_kinds() -> None:
    labels, vectors = clouds(0)
    merged = np.where(labels == 7, 0, labels).astype(np.int32)
    dataset = dataset_of(len(labels), merged, tuple("abcdefgh"))
    check = load("two-things-one-name")
    embeddings = Embeddings(vectors, (Stage("only", 0, 16),), "test")
    predictions = Predictions(certain(merged, 8), np.zeros(len(labels), np.int8), "test")
    (finding,) = check.find(dataset=dataset, embeddings=embeddings, predictions=predictions, hierarchy=TREE)
    assert finding.labels == ("a",)
    assert finding.items == ()
    one, other = (str(finding.evidence[kind]).split(", ") for kind in ("one_kind", "other_kind"))
    assert {labels[dataset.paths.index(path)] for path in one} != {labels[dataset.paths.index(path)] for path in other}


def test_clear_classes_give_no_finding() -> None:
    labels, vectors = clouds(3)
    embeddings = Embeddings(vectors, (Stage("only", 0, 16),), "test")
    predictions = Predictions(certain(labels, 8), np.zeros(len(labels), np.int8), "test")
    check = load("two-things-one-name")
    dataset = dataset_of(len(labels), labels, tuple("abcdefgh"))
    assert not list(check.find(dataset=dataset, embeddings=embeddings, predictions=predictions, hierarchy=TREE))
