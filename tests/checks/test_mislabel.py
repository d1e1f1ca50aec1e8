"""The mislabel check: flagged images worst first, with the reason in words."""

from dataclasses import replace

import numpy as np

from datadoctor import checks
from datadoctor.stages.hierarchy import Hierarchy, Node
from datadoctor.stages.label_quality.explain import explain
from datadoctor.stages.label_quality.judge import judge
from tests.checks.make import dataset_of
from tests.stages.label_quality.planted import planted

DATA = planted(300, k=3, spread=0.4, rate=0.06)
NEAR = DATA.neighbours()
TREE = Hierarchy(
    DATA.classes,
    (Node("root", -1, (0, 1, 2), 1.0, 1.0), *(Node(name, 0, (i,), 0.0, 1.0) for i, name in enumerate(DATA.classes))),
    np.arange(3, dtype=np.int32),
    np.arange(3, dtype=np.int32),
    DATA.classes,
    "given",
)
QUALITY = judge(DATA.labels, DATA.classes, [DATA.view()], neighbours=NEAR, hierarchy=TREE)
DATASET = dataset_of(300, DATA.labels, DATA.classes)


def test_planted_errors_are_reported_worst_first_with_their_reason() -> None:
    found = list(checks.load("mislabel").find(DATASET, QUALITY, TREE, NEAR))
    assert {finding.items[0].path for finding in found} == {f"{row:04d}.png" for row in np.flatnonzero(DATA.wrong)}
    scores = [float(QUALITY.scores[int(finding.items[0].path[:4])]) for finding in found]
    assert scores == sorted(scores, reverse=True)
    for finding in found:
        row = int(finding.items[0].path[:4])
        truth = DATA.classes[DATA.truth[row]]
        assert f"looks like {truth}" in finding.message
        assert f"nearest images are labelled {truth}" in finding.message
        assert truth in finding.suggestion
        assert finding.evidence["relation"] == "cross-superclass"
        assert 0 <= finding.score <= 1


def test_classes_that_are_ids_are_called_by_their_words() -> None:
    called = {name: f"word {i} ({name})" for i, name in enumerate(DATA.classes)}
    found = list(checks.load("mislabel").find(replace(DATASET, class_names=called), QUALITY, TREE, NEAR))
    for finding in found:
        given, suggested = (str(finding.evidence[name]) for name in ("given", "suggested"))
        assert finding.labels == (given,)
        assert finding.message.startswith(f"Given {called[given]}, looks like {called[suggested]}, ")
        assert called[suggested] in finding.suggestion


def test_what_the_check_needs() -> None:
    assert checks.load("mislabel").needs == ("dataset", "label_quality", "hierarchy", "neighbours")


def test_explanation_of_a_flagged_and_of_a_clean_row() -> None:
    wrong, right = int(np.flatnonzero(DATA.wrong)[0]), int(np.flatnonzero(~DATA.wrong)[0])
    flagged = explain(wrong, DATA.labels, DATA.classes, QUALITY, TREE, NEAR)
    assert flagged.flagged
    assert flagged.margin > 0
    assert flagged.suggested == DATA.classes[DATA.truth[wrong]]
    assert [view.name for view in flagged.views] == ["probe", "neighbours"]
    assert len(flagged.neighbours) == 10
    clean = explain(right, DATA.labels, DATA.classes, QUALITY, TREE, NEAR)
    assert not clean.flagged
    assert clean.margin < 0
    assert clean.suggested == clean.given
    assert clean.kind == ""


def test_an_image_that_was_not_judged_says_why() -> None:
    labels = DATA.labels.copy()
    labels[0] = -1
    quality = judge(labels, DATA.classes, [DATA.view(labels)])
    assert explain(0, labels, DATA.classes, quality, None, None).cannot_judge == "no given label"
