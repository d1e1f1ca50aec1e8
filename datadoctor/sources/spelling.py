"""One class in several spellings: ``dog``, ``Dog`` and ``dog ``; ``1``, ``1.0`` and ``01``; composed and decomposed accents.

Single letters in two cases stay two classes (they are those of a dataset of letters) unless all are to be merged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from datadoctor.findings import Severity
from datadoctor.sources import SourceProblem

Chain = tuple[str, ...]
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff]")
_WHOLE = re.compile(r"([+-]?)0*(\d+)(?:\.0*)?")
# fmt: off
MISSING = frozenset([
    "nan", "na", "n/a", "#n/a", "null", "none", "nil", "unknown", "unk", "?", "??", "???", "-", "--", "missing", "undefined",
    "unlabeled", "unlabelled", "tbd", "not available", "not labeled", "not labelled", "no label", "empty", "<na>", "<nan>", "<none>",
    "nat",
])
# fmt: on
NAMED = 6


def folded(text: str, letters_too: bool = False) -> str:
    """What the spellings of one class have in common; ``letters_too``: also of a single letter."""
    # A hyphen is a space, but not before a number.
    plain = re.sub(r"(?:[\s_]|(?<=\S)-)+", " ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()
    whole = _WHOLE.fullmatch(plain)
    if whole:
        return f"{'-' if whole[1] == '-' and whole[2] != '0' else ''}{whole[2]}"
    return plain if len(plain) == 1 and not letters_too else unicodedata.normalize("NFC", plain.casefold())


def spellings(counts: Mapping[Chain, int], letters_too: bool = False) -> dict[Chain, Chain]:
    """For each way to write a class (with its superclasses) that is not the usual one, the usual one: the most frequent."""
    alike: dict[Chain, list[Chain]] = {}
    for chain in counts:
        if is_missing(chain[-1]):
            continue
        alike.setdefault(tuple(folded(name, letters_too) for name in chain), []).append(chain)
    usual: dict[Chain, Chain] = {}
    for ways in alike.values():
        best = min(ways, key=lambda way: (-counts[way], _oddness(way), way))
        usual |= {way: best for way in ways if way != best}
    return usual


def _oddness(way: Chain) -> int:
    """How unlike tidy text a spelling is: decides between spellings of the same frequency."""
    text = "/".join(way)
    tidy = unicodedata.normalize("NFC", text).strip()
    return sum((text != tidy, text != text.casefold(), "." in text, text[:1] == "0" != text))


def spelling_problems(
    usual: Mapping[Chain, Chain], counts: Mapping[Chain, int], where: Mapping[Chain, str], merged: bool | None
) -> list[SourceProblem]:
    """One finding, first of all, on all classes in several spellings; ``merged``: the user's word for it, None for none."""
    groups: dict[Chain, list[Chain]] = {}
    for way, best in usual.items():
        groups.setdefault(best, [best]).append(way)
    if not groups:
        return []
    named = [_named(best, ways, counts) for best, ways in sorted(groups.items())]
    more = f"; and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
    first = min((where[way] for way in usual), default="")
    classes = "One class is" if len(named) == 1 else f"{len(named):,} classes are"
    said = f"{classes} written in several ways: {'; '.join(named[:NAMED])}{more}"
    if merged is False:
        return [
            SourceProblem(first, f"{said}. They are kept apart, as --no-merge-spellings says", severity=Severity.INFO)
        ]
    if merged:
        return [SourceProblem(first, f"{said}. They are merged, as --merge-spellings says", severity=Severity.INFO)]
    return [
        SourceProblem(
            first,
            f"{said}. Each is judged as one class here, but whoever trains on this data gets "
            f"{len(usual) + len(named):,} classes of them",
            severity=Severity.ERROR,
            advice="`datadoctor apply RUN/spellings.csv` writes the usual spelling into the dataset; --merge-spellings says that this "
            "is right, --no-merge-spellings keeps them apart",
        )
    ]


def letters_in_two_cases(names: list[str]) -> list[SourceProblem]:
    """Say so where single letters in two cases are kept apart."""
    letters = [name for name in names if len(name.strip()) == 1]
    both = sorted({name for name in letters if name.swapcase() != name and name.swapcase() in letters})
    if not both:
        return []
    said = (
        f"single letters in two cases are classes of their own: {', '.join(both[:12])}{' …' if len(both) > 12 else ''}"
    )
    return [SourceProblem(both[0], f"{said}; --merge-spellings makes one class of each pair", severity=Severity.INFO)]


def is_missing(label: str) -> bool:
    """Whether a label reads like the absence of one."""
    return _INVISIBLE.sub("", label).strip().casefold() in MISSING


def words_for_missing(counts: Mapping[str, int], where: Mapping[str, str]) -> list[SourceProblem]:
    """One finding on the classes whose name says that the label is missing."""
    odd = {name: n for name, n in sorted(counts.items()) if is_missing(name)}
    if not odd:
        return []
    named = ", ".join(f"{name!r} ({n:,})" for name, n in odd.items())
    return [
        SourceProblem(
            where[next(iter(odd))],
            f"labels that read like a missing one are kept as classes: {named}",
            advice="Where they mean that there is no label, leave the cell empty or exclude the images.",
        )
    ]


def _named(best: Chain, ways: list[Chain], counts: Mapping[Chain, int]) -> str:
    ordered = sorted(ways, key=lambda way: (-counts[way], way))
    return f"{', '.join(f'{_text(way)!r} ({counts[way]:,})' for way in ordered)} → {_text(best)!r}"


def _text(chain: Chain) -> str:
    return "/".join(chain)
