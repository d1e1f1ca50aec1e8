"""Which level of nested folders names the class, and what the levels above and below it are.

``classes/groups``: patients, dates or cameras below the classes. ``superclasses/classes``: a hierarchy.
``parts/classes``: the same class folders in each of several folders that no name says to be splits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from datadoctor.sources.layout.tree import Parts, is_container
from datadoctor.sources.split_names import tokens

# Names are ids when so many of them hold digits, and so few different words are left without these.
WITH_DIGITS, WORDS_LEFT = 0.8, 0.25
# Images a folder, from which on folders 0 … n are rather classes than patients.
MANY_IMAGES = 15
# Parents share their subfolders when so many of each are those of the others.
SHARED = 0.6
# More parts than this are rather patients or dates.
MOST_PARTS = 5
# fmt: off
_CLASS_WORDS = frozenset(["class", "classes", "cls", "label", "category", "cat", "type", "species", "grade", "digit"])
GROUP_WORDS = frozenset([
    "patient", "patients", "subject", "person", "case", "session", "visit", "day", "night", "scan", "series", "study", "slide",
    "cam", "camera", "view", "left", "right", "front", "back", "rear", "top", "side", "bottom", "clip", "video", "sequence", "seq",
    "frame", "frames", "location", "site", "plate", "field", "device", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "morning", "evening", "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december",
])
_PART_WORDS = frozenset([
    "part", "parts", "fold", "batch", "set", "subset", "chunk", "domain", "source", "shard", "volume", "disk", "round", "phase",
    "release", "version", "year",
])
# fmt: on
_WORDNET = re.compile(r"n\d{8}")


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a chain of folders: ``parts`` (0 or 1), then class levels up to ``stop``, then groups.

    ``parts_are_groups``: the first level is patients or sites, not parts to compare. ``repeated``: names that are below several
    parents although nothing says what these are.
    """

    parts: int = 0
    stop: int = 1
    parts_are_groups: bool = False
    repeated: tuple[str, ...] = ()


def decide(chains: Mapping[Parts, int]) -> Levels:
    """The likeliest levels of chains of folders that directly hold images, with how many."""
    deepest = max(map(len, chains), default=0)
    if deepest < 2:
        return Levels()
    stop = next((level for level in range(1, deepest) if are_groups(chains, level)), deepest)
    if stop < 2:
        return Levels(stop=1)
    children = _children(chains, 0)
    shared = _shared(children)
    if not shared:
        return Levels(stop=stop, repeated=_repeated(chains, stop))
    called_classes = all(set(tokens(name)) & _CLASS_WORDS for name in children)
    if not called_classes and (_is_ids(children) or _say(children, _PART_WORDS) or len(shared) >= len(children)):
        parts = _say(children, _PART_WORDS)
        groups = len(children) > MOST_PARTS or (not parts and (_is_ids(children) or _say(children, GROUP_WORDS)))
        return Levels(1, stop, groups, tuple(sorted(shared)))
    return Levels(stop=1, repeated=tuple(sorted(shared)))


def share_classes(chains: Collection[Parts]) -> bool:
    """Whether the folders above the last level mostly hold the same, so that one name is one class wherever it is."""
    children: dict[str, set[str]] = {}
    for chain in chains:
        if len(chain) > 1:
            children.setdefault("/".join(chain[:-1]), set()).add(chain[-1])
    return bool(_shared(children))


def _children(chains: Collection[Parts], level: int) -> dict[str, set[str]]:
    """For each name of a level that has subfolders, the names of these."""
    children: dict[str, set[str]] = {}
    for chain in chains:
        if len(chain) > level + 1:
            children.setdefault("/".join(chain[: level + 1]), set()).add(chain[level + 1])
    return children


def _shared(children: Mapping[str, set[str]]) -> set[str]:
    """The names below most parents, where the parents have mostly the same; else none."""
    if len(children) < 2:
        return set()
    counts = Counter(name for names in children.values() for name in names)
    alike = all(sum(counts[name] > 1 for name in names) >= SHARED * len(names) for names in children.values())
    common = {name for name, count in counts.items() if count > len(children) / 2}
    return common if alike and len(common) > 1 else set()


def _repeated(chains: Collection[Parts], stop: int) -> tuple[str, ...]:
    """The names of classes that several superclasses have."""
    classes = {chain[:stop] for chain in chains if len(chain) > 1}
    counts = Counter(chain[-1] for chain in classes)
    return tuple(sorted(name for name, count in counts.items() if count > 1))


def are_groups(chains: Mapping[Parts, int], level: int) -> bool:
    """Whether the folders of a level are patients, dates or cameras of the class above, by their names."""
    names = {chain[level] for chain in chains if len(chain) > level}
    if _say(names, GROUP_WORDS) or all(map(is_container, names)):
        return True
    if not _is_ids(names):
        return False
    images = sum(count for chain, count in chains.items() if len(chain) > level)
    folders = Counter(chain[: level + 1] for chain in chains if len(chain) > level)
    unique = len({chain[-1] for chain in folders}) == len(folders)
    numbered = names == {str(number) for number in range(min(map(_number, names)), max(map(_number, names)) + 1)}
    return not (unique and numbered and images >= MANY_IMAGES * len(folders))


def _number(name: str) -> int:
    return int(name) if name.isdecimal() and len(name) < 9 else -1


def _say(names: Collection[str], words: frozenset[str]) -> bool:
    """Whether every name has one of these words."""
    return bool(names) and all(words & set(tokens(name)) for name in names)


def _is_ids(names: Collection[str]) -> bool:
    """Whether names are numbers, dates or ids rather than words."""
    digits = [name for name in names if any(map(str.isdigit, name)) and not _WORDNET.fullmatch(name)]
    if not digits or len(digits) < WITH_DIGITS * len(names):
        return False
    left = {tuple(tokens(name)) for name in names}
    if any(set(words) & _CLASS_WORDS for words in left):
        return False
    hexadecimal = all(re.fullmatch(r"[0-9a-fA-F]{6,}|[0-9a-fA-F-]{32,}", name) for name in names)
    return hexadecimal or len(left) <= max(1, WORDS_LEFT * len(names))
