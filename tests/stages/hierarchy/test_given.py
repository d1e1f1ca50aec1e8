"""Given hierarchies: every format, the graph with several parents, and what cannot be used."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from datadoctor.errors import DataDoctorError
from datadoctor.stages.hierarchy import Hierarchy, given
from datadoctor.stages.hierarchy.graph import Graph, height, hierarchy_of
from tests.stages.hierarchy.test_learnt import check_contract, groups

SHARED = Path(__file__).parents[4] / "shared" / "data"
ANIMALS = ("cat", "cow", "dog", "truck")


def read(folder: Path, text: str, classes: tuple[str, ...] = ANIMALS, name: str = "tree.csv") -> Hierarchy:
    (folder / name).write_text(text, encoding="utf-8")
    return given.read(folder / name, classes)


def test_class_and_superclass(tmp_path: Path) -> None:
    tree = read(tmp_path, "class,superclass\ntruck,vehicle\ncat,animal\ndog,animal\ncow,animal\n")
    check_contract(tree)
    assert [tree.superclasses[i] for i in tree.superclass_of] == ["animal", "animal", "animal", "vehicle"]
    assert tree.relation(0, 2).value == "sibling"
    assert tree.relation(0, 3).value == "cross-superclass"
    assert tree.origin == "given"


def test_superclass_with_the_name_of_a_class(tmp_path: Path) -> None:
    tree = read(tmp_path, "class,superclass\ncat,cat\ncow,cat\ndog,cat\ntruck,truck\n")
    check_contract(tree)
    assert frozenset({0, 1, 2}) in groups(tree)


EDGES = "child,parent\ncat,pet\ndog,pet\npet,animal\ncow,animal\nanimal,thing\ntruck,thing\n"
NESTED = {"thing": {"animal": {"pet": ["cat", "dog"], "farm": "cow"}, "vehicle": ["truck"]}}
NODES = {
    "id": "n1",
    "name": "thing",
    "children": [
        {
            "name": "animal",
            "children": [
                {"name": "pet", "children": ["cat", {"name": "dog", "children": []}]},
                {"name": "cow", "children": None},
            ],
        },
        {"id": "n2", "name": "vehicle", "children": [{"id": "n3", "name": "truck"}]},
    ],
}
PARENTS = {"cat": "pet", "dog": "pet", "pet": "animal", "cow": "animal", "animal": "thing", "truck": "thing"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tree.csv", EDGES),
        ("tree.csv", "\ufeff" + EDGES.replace("child,parent", "child_id,parent_id")),
        ("tree.json", json.dumps(NESTED)),
        ("tree.json", json.dumps(PARENTS)),
        ("tree.json", json.dumps(NODES)),
    ],
)
def test_the_same_tree_from_every_format(tmp_path: Path, name: str, text: str) -> None:
    tree = read(tmp_path, text, name=name)
    check_contract(tree)
    assert groups(tree) == {frozenset(g) for g in ({0}, {1}, {2}, {3}, {0, 2}, {0, 1, 2}, {0, 1, 2, 3})}
    assert {node.name for node in tree.nodes if len(node.members) > 1} == {"pet", "animal", "thing"}
    distances = tree.distances()
    assert distances[0, 2] < distances[0, 1] < distances[0, 3] == 1


def test_a_group_may_be_called_children(tmp_path: Path) -> None:
    tree = read(tmp_path, json.dumps({"children": ["cat", "dog"], "adults": ["cow", "truck"]}), name="tree.json")
    assert set(tree.superclasses) == {"children", "adults"}


def test_folders_with_the_same_name_in_different_places() -> None:
    above = {
        "cat": ("small", "animal"),
        "dog": ("small", "animal"),
        "cow": ("large", "animal"),
        "truck": ("large", "thing"),
    }
    tree = given.from_folders(above, (*ANIMALS[:3], "moped", "truck"))
    check_contract(tree)
    assert frozenset({0, 2}) in groups(tree)
    assert not any({1, 4} == set(node.members) for node in tree.nodes)


def test_flat_folders_are_one_group() -> None:
    tree = given.from_folders({}, ANIMALS)
    check_contract(tree)
    assert len(tree.nodes) == 5
    assert set(tree.distances()[0, 1:].tolist()) == {1.0}


@pytest.mark.parametrize("classes", [("only",), ("a", "b")])
def test_one_and_two_classes(classes: tuple[str, ...]) -> None:
    tree = given.from_folders({"only": ("group",)}, classes)
    check_contract(tree)
    assert tree.relations(np.array([0]), np.array([0])).tolist() == [0]


def test_words_name_nodes_and_match_classes(tmp_path: Path) -> None:
    text = 'child_wnid,parent_wnid,child_words,parent_words\nn1,n9,"cat, true cat",animal\nn2,n9,dog,animal\nn3,n8,cow,beast\n'
    tree = read(tmp_path, text + "n8,n9,beast,animal\n", ("cat", "n2", "cow"))
    check_contract(tree)
    assert tree.nodes[0].name == "animal"


def test_a_class_that_is_also_a_group(tmp_path: Path) -> None:
    tree = read(
        tmp_path, "child,parent\npoodle,dog\nbeagle,dog\ndog,animal\ncat,animal\n", ("beagle", "cat", "dog", "poodle")
    )
    check_contract(tree)
    assert frozenset({0, 2, 3}) in groups(tree)


def test_several_parents_closest_relatives_first() -> None:
    edges = [("cat", "animal"), ("cat", "pet"), ("dog", "pet"), ("dog", "animal"), ("cow", "animal")]
    edges += [("cow", "alone"), ("alone", "thing"), ("pet", "thing"), ("animal", "thing"), ("truck", "thing")]
    tree = hierarchy_of(Graph("edges", edges), ANIMALS)
    check_contract(dataclass_without_overlap(tree))
    assert frozenset({0, 2}) in groups(tree)  # pets: smaller than animals
    assert [(group.name, group.members) for group in tree.overlapping] == [("animal", (0, 1, 2))]
    # 'animal' is no node of the tree, but it still brings cat and cow nearer than cat and truck.
    assert tree.distances()[0, 1] == np.float32(height(3, 4))
    assert tree.distances()[0, 3] == 1


def test_a_parent_without_other_classes_gives_way_to_relatives() -> None:
    edges = [("cat", "alone"), ("alone", "thing"), ("cat", "pet"), ("dog", "pet"), ("pet", "thing"), ("cow", "thing")]
    tree = hierarchy_of(Graph("edges", edges), ("cat", "cow", "dog"))
    assert frozenset({0, 2}) in groups(tree)
    assert tree.overlapping == ()


def dataclass_without_overlap(tree: Hierarchy) -> Hierarchy:
    from dataclasses import replace

    return replace(tree, overlapping=())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "child,parent\ncat,pet\npet,animal\nanimal,pet\ndog,pet\n",
            r"a cycle: (pet -> animal -> pet|animal -> pet -> animal)",
        ),
        ("child,parent\ncat,cat\n", "a cycle: cat -> cat"),
        ("class,superclass\ncat,animal\ndog,animal\ncow,animal\n", "not in it: 'truck'"),
        ("class,superclass\ncat,a\ndog,a\ncow,a\ntruc,b\n", r"'truck' \(there is 'truc'\)"),
        ("class,superclass\ncat,a\ndog,a\ncow,a\ntruck,b\nship,b\n", "dataset does not have: 'ship'"),
        ("class,superclass\ncat,a\ncat,b\n", "class 'cat' is in 'a' and in 'b'"),
        ("class,superclass\ncat,a\ndog,a\ncow,truck\n", "not in it: 'truck'"),
        ("class,superclass\ncat,\n", "line 2: empty"),
        ("name,group\ncat,a\n", "expected class,superclass or child,parent"),
        ("", "expected class,superclass"),
        ('child,parent\n"cat,pet\n', ":2: unexpected end of data; quote"),
    ],
)
def test_unusable_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataDoctorError, match=message) as raised:
        read(tmp_path, text)
    assert "tree.csv" in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1, 2]",
        '{"a": {"b": 3}}',
        '"cat"',
        "null",
        '{"name": "a", "children": [3]}',
        '{"name": "a", "children": [{"children": []}]}',
        '{"name": "a", "children": [{"name": "b", "children": "c"}]}',
    ],
)
def test_unusable_json(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataDoctorError, match=r"tree\.json"):
        read(tmp_path, text, name="tree.json")


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(DataDoctorError, match="cannot read"):
        given.read(tmp_path / "absent.csv", ANIMALS)
    (tmp_path / "noise.csv").write_bytes(b"class,superclass\ncaf\x81,b\n")
    with pytest.raises(DataDoctorError, match="UTF-8"):
        given.read(tmp_path / "noise.csv", ANIMALS)


def test_more_leaves_than_classes_are_noted(tmp_path: Path) -> None:
    tree = read(tmp_path, EDGES + "horse,animal\nship,thing\n")
    assert "'horse', 'ship'" in tree.notes[0]
    check_contract(tree)


@forall(st.lists(st.tuples(st.integers(1, 24), st.integers(0, 23)), min_size=1, max_size=60))
@settings(max_examples=80, deadline=None)
def test_any_acyclic_graph_keeps_the_contract(pairs: list[tuple[int, int]]) -> None:
    edges = [(str(child), str(parent)) for child, parent in pairs if parent < child]
    inner = {parent for _, parent in edges}
    classes = tuple(sorted({child for child, _ in edges} - inner)) or ("0",)
    if not edges:
        return
    tree = hierarchy_of(Graph("edges", edges), classes)
    check_contract(dataclass_without_overlap(tree))
    ancestors = {name: closure(name, edges) for name in classes}
    distances = tree.distances()
    for (i, a), (j, b) in itertools.combinations(enumerate(classes), 2):
        sizes = [sum(c in ancestors[x] for x in classes) for c in ancestors[a] & ancestors[b]]
        expected = height(min(sizes, default=len(classes)), len(classes))
        assert distances[i, j] == pytest.approx(expected, abs=1e-6)


def closure(name: str, edges: list[tuple[str, str]]) -> set[str]:
    found = {name}
    while more := {parent for child, parent in edges if child in found} - found:
        found |= more
    return found


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the real image sets are not beside the checkout")
@pytest.mark.parametrize("file", ["tinyimagenet_mini/hierarchy.csv", "hierarchy/imagenet1k_wordnet_edges.csv"])
def test_wordnet(file: str) -> None:
    rows = (SHARED / "tinyimagenet_mini" / "manifest.csv").read_text(encoding="utf-8").splitlines()[1:]
    classes = tuple(sorted({row.split("/")[0] for row in rows}))
    tree = given.read(SHARED / file, classes)
    check_contract(dataclass_without_overlap(tree))
    assert len(tree.overlapping) > 0
    assert len(tree.superclasses) >= np.sqrt(len(classes))
    cat, dog, bottle = (classes.index(wnid) for wnid in ("n02123045", "n02099712", "n02823428"))
    assert tree.distances()[cat, dog] < tree.distances()[cat, bottle]


@pytest.mark.parametrize(
    "text",
    [
        'child_wnid,parent_wnid,child_words,parent_words\nn1,g,"cat, true cat",animal\nn2,g,,animal\n',
        "child,parent,name\nn1,g,cat\nn2,g,\n",
        "class,superclass,name\nn1,g,cat\nn2,g,\n",
    ],
)
def test_classes_that_are_ids_are_called_by_their_words_where_the_file_has_them(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tree.csv"
    file.write_text(text)
    tree = given.read(file, ("n1", "n2"))
    assert [tree.called(0), tree.called(1)] == ["cat (n1)", "n2"]
    assert tree.classes == ("n1", "n2")


def test_a_superclass_of_one_class_is_called_by_its_words(tmp_path: Path) -> None:
    file = tmp_path / "tree.csv"
    file.write_text(
        'child,parent,child_words,parent_words\nn1,r,"teddy, bear",all\nn2,g,cat,animal\nn3,g,dog,animal\ng,r,animal,all\n'
    )
    assert given.read(file, ("n1", "n2", "n3")).superclasses == ("teddy (n1)", "animal")


def test_without_words_classes_are_called_what_they_are(tmp_path: Path) -> None:
    file = tmp_path / "tree.csv"
    file.write_text("child,parent\ncat,animal\ndog,animal\n")
    tree = given.read(file, ("cat", "dog"))
    assert (tree.names, tree.called(1)) == ((), "dog")
