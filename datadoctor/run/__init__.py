"""A run directory: what an audit leaves on disk, read back as tables.

| file | content |
|---|---|
| ``summary.json`` | schema ``datadoctor/summary@1``: facts, counts, what did not run and why, settings, versions, timings |
| ``findings.parquet`` / ``.csv`` | one row per finding |
| ``items.parquet`` | one row per listed image, sorted by path: with quality figures and ``view_<name>`` |
| ``duplicates.parquet`` | one row per verified pair, with ``figure_<name>`` |
| ``class_pairs.parquet`` | one row per class pair |
| ``hierarchy.json`` | schema ``datadoctor/hierarchy@1``: the tree used, and the learnt one beside a given one |
| ``class_structure.json`` | schema ``datadoctor/class_structure@1``: groups, confusion network, layers, responses; see below |
| ``relabel.csv`` | the relabel queue, worst first |
| ``spellings.csv`` | decisions for ``apply`` that give every class one spelling; only where a class has several |
| ``artifacts/`` | ``embeddings.npy``, ``pred_probs.npy``, ``neighbours.npz``, ``confusion.npz``, ``thumbnails.sqlite`` |

Classes, superclasses and nodes are numbered as in ``used`` of ``hierarchy.json``. Parts of ``class_structure.json`` (null if
they were not made, with the reason under the same name in ``missing``) and the dataclasses of ``stages.class_structure`` whose
fields they hold, arrays as lists, NaN as null: ``level_accuracy`` (``LevelAccuracy``), ``cuts`` (a list of ``Cut``), ``groups``
(``GroupMetrics``, one entry a node), ``network`` (``ConfusionNetwork``, at most 5,000 edges), ``destinations``, ``agreement``
(``hierarchy.comparison.Agreement`` of the learnt tree with the given one), ``separability``, ``responses`` (a list of
``Responses``, one a stage), ``two_stage`` (``TwoStage``).

Row r of the arrays is the item whose column ``row`` is r; unreadable images have row -1 and no row in the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor import strict_json
from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.faults import fault_of
from datadoctor.files import regular
from datadoctor.links import check_inside

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

SUMMARY_SCHEMA = "datadoctor/summary@1"
HIERARCHY_SCHEMA = "datadoctor/hierarchy@1"
CHANGES_SCHEMA = "datadoctor/changes@1"
CHANGES_FILE = "changes.json"
SPELLINGS_FILE = "spellings.csv"
CONSENSUS_FILE = "consensus.csv"
GROUPED_SPLIT_FILE = "grouped_split.csv"
STRUCTURE_SCHEMA = "datadoctor/class_structure@1"

# `subjects` is a JSON list of {"path", "digest", "label", "split"}; `labels` a JSON list; `evidence` a JSON object.
FINDING_COLUMNS = ("key", "check", "severity", "score", "subjects", "labels", "message", "suggestion", "evidence")
ITEM_COLUMNS = (
    "row", "path", "split", "group", "given_label", "suggested_label", "mislabel_score", "p_mislabel", "flagged", "kind",
    "self_confidence", "neighbour_agreement", "relation", "judged", "fold", "digest", "pixel_digest", "width", "height",
    "mode", "file_size", "readable", "error", "warning", "location",
)  # fmt: skip
DUPLICATE_COLUMNS = (
    "path_a", "path_b", "kind", "score", "p_value", "difference", "split_a", "split_b", "label_a", "label_b", "set_id",
    "keep",
)  # fmt: skip
CLASS_PAIR_COLUMNS = (
    "class_a", "class_b", "ambiguity", "low", "high", "p_value", "significant", "kind", "n_ab", "n_ba",
    "mislabel_share", "relation", "action", "boundary_a", "boundary_b",
)  # fmt: skip
QUEUE_COLUMNS = (
    "key", "path", "split", "given_label", "suggested_label", "p_mislabel", "priority", "reason", "digest", "decision",
    "new_label", "reviewer", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run directory; each table is read on first use."""

    path: Path

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of ``summary.json``."""
        return self._json("summary.json", SUMMARY_SCHEMA)

    @cached_property
    def hierarchy(self) -> dict[str, Any]:
        """The content of ``hierarchy.json``."""
        return self._json("hierarchy.json", HIERARCHY_SCHEMA)

    @cached_property
    def class_words(self) -> dict[str, str]:
        """The first name of those classes that have one besides their id, by id: 'goldfish'."""
        from datadoctor.stages.hierarchy import class_words

        tree = self.hierarchy.get("used") or {}
        return class_words(tree.get("classes", ()), tree.get("names", ()))

    @cached_property
    def class_names(self) -> dict[str, str]:
        """What people call those classes that have a name besides their id, by id: 'goldfish (n01443537)'."""
        from datadoctor.stages.hierarchy import with_ids

        return with_ids(self.class_words)

    def called(self, class_id: str) -> str:
        """A class for people: 'goldfish (n01443537)' where its id is known in words, else the id."""
        return self.class_names.get(class_id, class_id)

    @cached_property
    def class_structure(self) -> dict[str, Any]:
        """The content of ``class_structure.json``."""
        return self._json("class_structure.json", STRUCTURE_SCHEMA)

    @cached_property
    def changes(self) -> dict[str, Any] | None:
        """The content of ``changes.json``, None where `datadoctor changes` compared this run with none."""
        return self._json(CHANGES_FILE, CHANGES_SCHEMA) if (self.path / CHANGES_FILE).is_file() else None

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row per finding, worst first within a check."""
        return self._table("findings.parquet")

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row per listed image, sorted by path."""
        return self._table("items.parquet")

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """One row per verified duplicate pair."""
        return self._table("duplicates.parquet")

    @cached_property
    def class_pairs(self) -> pd.DataFrame:
        """One row per class pair."""
        return self._table("class_pairs.parquet")

    @property
    def several_labels(self) -> bool:
        """Whether images may have several labels."""
        return bool(self.summary["dataset"].get("several_labels", False))

    @cached_property
    def label_texts(self) -> list[str]:
        """The classes; where images have several labels, then the texts of those sets of them that are no single class."""
        classes = list(self.summary["dataset"]["class_counts"])
        if not self.several_labels:
            return classes
        texts = {text for name in ("given_label", "suggested_label") for text in self.items[name].unique()}
        return [*classes, *sorted(texts.difference(classes, [""]))]

    def array(self, name: str) -> NDArray[np.generic]:
        """A memory-mapped array of ``artifacts/``: 'embeddings' or 'pred_probs'."""
        from datadoctor.run.checking.arrays import check_array

        file = self.path / "artifacts" / f"{name}.npy"
        loaded: NDArray[np.generic] = _loaded(file)
        check_array(loaded, file, *self._sizes)
        return loaded

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """The arrays of ``artifacts/<name>.npz``: 'neighbours' (rows, cosines) or 'confusion'."""
        from datadoctor.run.checking.arrays import check_arrays

        file = self.path / "artifacts" / f"{name}.npz"
        loaded: dict[str, NDArray[np.generic]] = _loaded(file)
        check_arrays(loaded, file, *self._sizes)
        return loaded

    def has(self, name: str) -> bool:
        """Whether the run made this file: 'artifacts/neighbours.npz'; those of checks that did not run are not there."""
        return (self.path / name).is_file()

    @property
    def _sizes(self) -> tuple[int, int]:
        """How many images are readable, and how many classes there are: the rows and columns of arrays."""
        return int((self.items["row"] >= 0).sum()), int(self.summary["dataset"]["classes"])

    def class_numbers(self, labels: pd.Series[str]) -> NDArray[np.int64]:
        """The column of each label in arrays; raises ``DataDoctorError`` where one is no class of the run."""
        import numpy as np

        from datadoctor.run.checking import not_ours

        numbers = {name: number for number, name in enumerate(self.summary["dataset"]["class_counts"])}
        unknown = next((label for label in labels if label not in numbers), None)
        if unknown is not None:
            raise not_ours(self.path / "items.parquet", f"label '{unknown}' is no class of summary.json")
        return np.array([numbers[label] for label in labels], dtype=np.int64)

    def check_written(self, file: Path) -> None:
        """Raises ``DataDoctorError`` where a file is to be written into this directory, and a link in it leads elsewhere."""
        if file.absolute().is_relative_to(self.path.absolute()):
            check_inside(file, self.path)

    def _table(self, name: str) -> pd.DataFrame:
        from datadoctor.parquet import read_frame
        from datadoctor.run.checking.tables import check_table

        file = self._existing(name)
        try:
            table = read_frame(file, plain=True)
        except (OSError, ValueError) as error:  # also what pyarrow raises for a file that is no table
            if isinstance(fault_of(error), IncompleteError):
                raise
            cause = str(error).partition("\n")[0]
            raise DataDoctorError(f"{file}: not a table that can be read: {cause}; run the audit again") from error
        check_table(table, file)
        return table

    def _json(self, name: str, schema: str) -> dict[str, Any]:
        from datadoctor.run.checking.documents import check_document

        file = self._existing(name)
        try:
            content = strict_json.parse(regular(file).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataDoctorError(f"{file}: not valid JSON: {error}; run the audit again") from error
        found = content.get("schema") if isinstance(content, dict) else type(content).__name__
        if found != schema:
            raise DataDoctorError(f"{file}: schema is {str(found)[:40]!r}, expected {schema!r}; run the audit again")
        check_document(content, file)
        document: dict[str, Any] = content
        return document

    def _existing(self, name: str) -> Path:
        file = self.path / name
        if not file.is_file():
            raise DataDoctorError(
                f"{file}: no such file; is {self.path} a directory that `datadoctor audit --out` wrote?"
            )
        return file


def _loaded(file: Path) -> Any:
    """One array of an ``.npy`` file, or all of an ``.npz`` file by name."""
    import numpy as np

    from datadoctor.arrays import DAMAGED

    if not file.is_file():
        raise DataDoctorError(f"{file}: not there; this run did not make it, see 'checks' in summary.json")
    try:
        loaded = np.load(file, mmap_mode="r", allow_pickle=False)
        if isinstance(loaded, np.ndarray) != (file.suffix == ".npy"):
            raise ValueError("one array where several belong, or several where one does")
        return loaded if isinstance(loaded, np.ndarray) else dict(loaded)
    except DAMAGED as error:
        raise DataDoctorError(f"{file}: not an array that can be read: {error}; run the audit again") from error
