"""Lists the images named by manifests: one row an image, with its path below the root and its given label.

A path listed twice stays one item. A row without a label is an item without a given label. An image that is not there stays an
item and turns out unreadable. Nothing outside the root is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, counted, listed
from datadoctor.sources.building import Entry, Said, build
from datadoctor.sources.label_sets import with_sets
from datadoctor.sources.layout.splits import find_splits
from datadoctor.sources.layout.tree import tree_of
from datadoctor.sources.manifest.columns import Columns, Named, choose, folded_splits, has_column
from datadoctor.sources.manifest.paths import below, difference, locate, tidy, valid, wrong
from datadoctor.sources.manifest.rows import Row, entries
from datadoctor.sources.manifest.votes import on_votes
from datadoctor.sources.split_names import in_order, split_kinds
from datadoctor.sources.walk import Walk, walk
from datadoctor.tables import Table, read_table
from datadoctor.tables.decoding import WINDOWS


@dataclass(frozen=True, slots=True)
class _Given:
    """A manifest with its columns; ``name``: how locations call it; ``base``: its folder below the root, '' for none."""

    table: Table
    columns: Columns
    name: str
    base: str
    split: str = ""

    def values(self, column: str | None) -> list[str]:
        return self.table.columns[column] if column else [""] * len(self.table)


def list_manifest(
    root: Path,
    *manifests: Path,
    path_column: str | None = None,
    label_column: str | None = None,
    label_separator: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
    annotator_column: str | None = None,
    label_columns: tuple[str, ...] = (),
    merge_spellings: bool | None = None,
    found: Walk | None = None,
) -> Listing:
    """List the images that manifests name below ``root``; columns that are not named are found.

    Several manifests are read as one; where their names are those of splits, they are the splits. ``found``: what lies in ``root``,
    if that is known. ``label_separator``: see ``label_sets.notation_of``. Raises ``DataDoctorError`` if a manifest cannot be read,
    lacks a column, or if they name no image that is there.
    """
    if found is None and not root.is_dir():
        raise DataDoctorError(f"{root}: not a folder; give the folder that the paths in {manifests[0]} start from")
    found = found or walk(root)
    files = {"/".join(parts) for parts in found.images}
    given = _read(
        root, manifests, Named(path_column, label_column, split_column, group_column, annotator_column, label_columns)
    )
    problems = [
        SourceProblem(f"{one.name}:{line}", f"left out: {cause}") for one in given for line, cause in one.table.left_out
    ]
    rows, forms = _rows(root, given, files, problems)
    kept, several = entries(rows, problems)
    if not kept:
        first = f"; {problems[0].where}: {problems[0].cause}" if problems else ""
        raise DataDoctorError(f"{manifests[0]}: names no image{first}; write one row an image")
    kept, set_phrases = (kept, []) if any(entry.votes for entry in kept) else with_sets(kept, label_separator)
    kept, split_phrases = _with_splits(kept, given)
    problems += _without_label(kept, given, several)
    split_phrases += on_votes(kept, bool(label_columns or annotator_column))
    split_phrases += [f"{counted(len(several), 'image')} with several labels"] if several else []
    before = [
        *_on_columns(given),
        *([f"paths taken {'; '.join(forms)}"] if forms else []),
        *set_phrases,
        *split_phrases,
    ]
    after = [*_unlisted(kept, files, problems), *found.own]
    problems += [problem for problem in found.problems if problem.cause.endswith("in it)")]
    return build(
        root, kept, Said(before, after, problems), merge_spellings=merge_spellings, names_on_disk=found.names_on_disk
    )


def _read(root: Path, manifests: Sequence[Path], named: Named) -> list[_Given]:
    names = [file.name for file in manifests]
    splits = _splits_by_name(manifests)
    tables = [read_table(file, "manifest") for file in manifests]
    given = []
    for file, table, split in zip(manifests, tables, splits, strict=True):
        base = below(root, file.parent)
        name = file.name if names.count(file.name) == 1 else f"{base}/{file.name}" if base else file.as_posix()
        given.append(_Given(table, choose(table, _of_some(named, table, tables)), name, base, split))
    return given


def _of_some(named: Named, table: Table, tables: Sequence[Table]) -> Named:
    """The named columns that this table has; that of a label, split or group may be missing where another manifest has it."""

    def there(name: str | None) -> str | None:
        elsewhere = any(has_column(one, name) for one in tables) and not has_column(table, name)
        return None if elsewhere else name

    return replace(named, label=there(named.label), split=there(named.split), group=there(named.group))


def _splits_by_name(manifests: Sequence[Path]) -> list[str]:
    """The split that each of several manifests is, by its name or that of its folder."""
    if len(manifests) < 2:
        return [""] * len(manifests)
    for names in ([file.stem for file in manifests], [file.absolute().parent.name for file in manifests]):
        kinds = split_kinds(names)
        if len(kinds) == len(set(names)) > 1 or len(set(kinds.values())) > 1:
            return [name if name.casefold() == kinds.get(name) else kinds.get(name, name) for name in names]
    return [""] * len(manifests)


def _rows(
    root: Path, given: Sequence[_Given], files: set[str], problems: list[SourceProblem]
) -> tuple[list[Row], tuple[str, ...]]:
    texts = [text for one in given for text in one.values(one.columns.path)]
    bases = [one.base for one in given for _ in one.table.lines]
    located = locate(root, texts, bases, files)
    if any(text.strip() for text in texts) and not any(located.paths):
        raise DataDoctorError(
            f"{given[0].table.file}: none of its {len(texts):,} images is below {root}: {difference(texts, files)}; correct the paths, "
            "or name their column with --path-column, or give the folder that they start from"
        )
    said = [cell for one in given for cell in _said(one)]
    splits = folded_splits([v or one.split for one in given for v in one.values(one.columns.split)])
    groups = [valid(group) for one in given for group in one.values(one.columns.group)]
    where = [f"{one.name}:{line}" for one in given for line in one.table.lines]
    rows = []
    for text, path, cell, split, group, place in zip(texts, located.paths, said, splits, groups, where, strict=True):
        if path is None and (cause := wrong(text)):
            problems.append(SourceProblem(place, f"left out: {cause}", valid(text)))
        else:
            rows += [
                Row(tidy(text) if path is None else path, label, valid(split), group, place, who) for who, label in cell
            ]
    return rows, located.forms


def _said(one: _Given) -> list[list[tuple[str, str]]]:
    """For each row who says which label: the one column of labels, or one for each annotator; '' for nobody that is named."""
    columns = [(name, one.table.columns[name]) for name in one.columns.labels]
    if columns:
        return [[(name, _label(values[row])) for name, values in columns] for row in range(len(one.table))]
    who = one.values(one.columns.annotator)
    return [[(valid(name), _label(label))] for name, label in zip(who, one.values(one.columns.label), strict=True)]


def _label(cell: str) -> str:
    return valid(cell) if cell.strip() else ""


def _with_splits(kept: list[Entry], given: Sequence[_Given]) -> tuple[list[Entry], list[str]]:
    """The images with their splits: those of the manifests, else those that the folders of the images tell."""
    named = in_order(entry.split for entry in kept)
    if named:
        how = "" if any(one.columns.split for one in given) else ", by the names of the manifests"
        return kept, [f"{'splits' if len(named) > 1 else 'one split,'} {listed(named)}{how}"]
    parts = [PurePosixPath(entry.path).parts for entry in kept]
    layout = find_splits(tree_of(parts))
    at = len(layout.top) + layout.per_class
    if len(set(layout.splits.values())) < 2:
        return kept, []
    splits = [layout.splits.get(one[at], "") if len(one) > at + 1 else "" for one in parts]
    entries_ = [replace(entry, split=split) for entry, split in zip(kept, splits, strict=True)]
    return entries_, [f"splits {listed(in_order(splits))}, by the folders of the images"]


def _on_columns(given: Sequence[_Given]) -> list[str]:
    """What was taken from each manifest; alike ones are said once."""
    alike: dict[tuple[Columns, bool, str, int], list[str]] = {}
    for one in given:
        how = (one.columns, one.table.header, one.table.encoding, one.table.comments)
        alike.setdefault(how, []).append(one.name)
    phrases = []
    for (columns, header, encoding, comments), names in alike.items():
        above = [f"{counted(comments, 'comment line')} (#) above the rows left out"] if comments else []
        code_page = (
            ["not UTF-8, read as Windows-1252 (if letters are wrong, save as UTF-8)"] if encoding == WINDOWS else []
        )
        taken = [f"{kind} in `{name}`" for kind, name in _taken(columns)]
        label = [] if columns.label or columns.labels else ["no label column"]
        no_header = [] if header else ["no header (--path-column, --label-column settle the columns)"]
        phrases.append(f"{listed(names, 3)}: {', '.join([*code_page, *above, *no_header, *taken, *label])}")
        phrases += columns.candidates
    return phrases


def _taken(columns: Columns) -> Iterable[tuple[str, str]]:
    kinds = ("paths", "labels", "annotators", "splits", "groups")
    names = (columns.path, columns.label, columns.annotator, columns.split, columns.group)
    several = [("labels of an annotator each", "`, `".join(columns.labels))] if columns.labels else []
    return [*((kind, name) for kind, name in zip(kinds, names, strict=True) if name), *several]


def _without_label(kept: Sequence[Entry], given: Sequence[_Given], several: set[str]) -> list[SourceProblem]:
    """Images whose rows are without a label, in a manifest that has a label column."""
    if not any(one.columns.label or one.columns.labels for one in given):
        return []
    return [
        SourceProblem(entry.location, "no given label: the image is compared for duplicates only", entry.path)
        for entry in kept
        if not entry.labelled and not entry.votes and entry.location not in several
    ]


def _unlisted(kept: Sequence[Entry], files: set[str], problems: list[SourceProblem]) -> list[str]:
    """Images that lie below the root and are in no row."""
    rest = sorted(files - {entry.path for entry in kept})
    if not rest:
        return []
    said = f"{counted(len(rest), 'image')} below the folder {'is' if len(rest) == 1 else 'are'} in no row"
    problems.append(
        SourceProblem(
            rest[0],
            f"{said} of the manifest and not audited",
            rest[0],
            advice="Add rows for them, or move them out of the dataset.",
        )
    )
    return [said]
