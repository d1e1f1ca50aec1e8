"""The documents of a run: held to their schema, and to what a schema cannot say: numbers that point into lists, sizes that agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datadoctor import schemas
from datadoctor.run.checking import not_ours


def check_document(content: Any, file: Path) -> None:
    """Raises ``DataDoctorError`` where the content of a JSON file of a run is none."""
    cause = schemas.wrong(file.stem, content)
    if not cause and file.stem in _FURTHER:
        cause = next(_FURTHER[file.stem](content), "")
    if cause:
        raise not_ours(file, cause)


def _summary(content: Mapping[str, Any]) -> Iterator[str]:
    dataset, leakage = content["dataset"], content["split_leakage"]
    if len(dataset["class_counts"]) != dataset["classes"]:
        yield "dataset.class_counts does not count every class"
    if leakage:
        for kind in ("exact", "near"):
            if not _is_matrix(leakage[kind], len(leakage["splits"]), len(leakage["splits"])):
                yield f"split_leakage.{kind} has not a row and a column for each split"


def _hierarchy(content: Mapping[str, Any]) -> Iterator[str]:
    for name in ("used", "learnt"):
        yield from (f"{name}.{cause}" for cause in _tree(content[name] or {}))


def _tree(tree: Mapping[str, Any]) -> Iterator[str]:
    if not tree:
        return
    k = len(tree["classes"])
    if sorted(tree["order"]) != list(range(k)):
        yield "order does not name every class once"
    if len(tree["superclass_of"]) != k or not _below(tree["superclass_of"], len(tree["superclasses"])):
        yield "superclass_of does not name a superclass for each class"
    if len(tree.get("names", ())) not in (0, k):
        yield "names does not name every class"
    for part in ("nodes", "overlapping"):
        if not all(_below(node["members"], k) for node in tree.get(part, ())):
            yield f"{part} has a member that is no class"
    if any(node["parent"] >= number for number, node in enumerate(tree["nodes"])):
        yield "nodes has a parent after its child"
    if [number for number, node in enumerate(tree["nodes"]) if node["parent"] < 0] != [0]:
        yield "nodes has not one root, the first"


def _class_structure(content: Mapping[str, Any]) -> Iterator[str]:
    for part in ("groups", "network", "destinations"):
        for names in _OF_ONE_LENGTH[part]:
            if content[part] and len({len(content[part][name]) for name in names}) > 1:
                yield f"{part}: lists of several lengths"
    for number, one in enumerate(content["responses"] or ()):
        n_channels, n_classes = len(one["channels"]), len(one["classes"])
        fits = (
            _is_matrix(one["means"], n_channels, n_classes)
            and len(one["group"]) == len(one["sensitivity"]) == n_channels
        )
        fits = fits and (not one["correlation"] or _is_matrix(one["correlation"], n_classes, n_classes))
        if not fits or len(one["alike"]) != n_classes or len(one["alikeness"]) != n_classes:
            yield f"responses[{number}]: lists of several lengths"


_OF_ONE_LENGTH: Mapping[str, Sequence[tuple[str, ...]]] = {
    "groups": [("recall", "precision", "f1", "within", "across")],
    "network": [("given", "predicted", "count", "expected", "p_values"), ("drawn", "sent", "community")],
    "destinations": [("classes", "shares")],
}
_FURTHER: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "summary": _summary,
    "hierarchy": _hierarchy,
    "class_structure": _class_structure,
}


def _below(numbers: list[int], end: int) -> bool:
    return all(number < end for number in numbers)


def _is_matrix(rows: list[list[Any]], n_rows: int, n_columns: int) -> bool:
    return len(rows) == n_rows and all(len(row) == n_columns for row in rows)
