"""Which of some sibling names (folders, files, values of a column) are those of splits.

A name is one if a split word is all it says (``train``, ``Train2017``, ``train_set``, ``01-validation``), or if what it says
besides is what a sibling with another split word says, too (``seg_train`` beside ``seg_test``). So ``test_tube``, ``trainer``,
``valve`` and ``developer`` are none.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

# fmt: off
_WORDS = {
    "train": ["train", "training", "trainset", "trainval", "trn"],
    "val": ["val", "valid", "validation", "validate", "valset", "validset", "dev", "devset", "devel", "development"],
    "test": ["test", "testing", "testset", "tst", "eval", "evaluation", "evalset", "holdout"],
}
# Parts of a dataset where others are recognised beside them.
_BESIDE = {"extra": ["extra"], "unlabelled": ["unlabeled", "unlabelled"], "pred": ["pred", "predict", "prediction"],
           "query": ["query"], "gallery": ["gallery"]}
_NEUTRAL = frozenset([
    "set", "sets", "data", "dataset", "datasets", "image", "images", "img", "imgs", "pic", "pics", "picture", "pictures",
    "photo", "photos", "split", "splits", "subset", "folder", "dir", "fold", "part", "new", "old", "final", "full", "small",
    "large", "mini", "raw", "resized", "cropped", "processed", "preprocessed", "original", "augmented", "aug", "sample",
    "samples", "version", "the", "my", "for", "of", "and", "jpg", "jpeg", "png", "px", "label", "labels", "list", "csv", "metadata",
    "manifest", "annotations", "public", "private",
])
ANNOTATIONS = frozenset([
    "mask", "masks", "annot", "annots", "annotation", "annotations", "label", "labels", "gt", "groundtruth", "segmentation",
    "segmentations", "labelids", "trimap", "trimaps",
])
# fmt: on
# Letters before a split word from which on they may be what siblings have in common: 'xraytrain' beside 'xraytest'.
SHORTEST_PREFIX = 3
_KIND = {word: kind for kind, words in _WORDS.items() for word in words}
_KIND_BESIDE = {word: kind for kind, words in _BESIDE.items() for word in words}


def split_kinds(names: Iterable[str]) -> dict[str, str]:
    """The split names among siblings, with what each is: 'train', 'val', 'test', or a part that only others make one ('extra')."""
    names = list(names)
    read = {name: _read(tokens(name), _KIND) for name in names}
    found = _recognised(read)
    if found:
        beside = {name: _read(tokens(name), _KIND_BESIDE) for name in names if name not in found}
        shared = {rest for name in found if (rest := read[name][1])}
        found |= {name: kind for name, (kind, rest) in beside.items() if kind and (not rest or rest in shared)}
    return found


def is_split_value(text: str) -> bool:
    """Whether a value of a column names a split by itself."""
    kind, rest = _read(tokens(text), _KIND)
    return bool(kind) and not rest


def in_order(splits: Iterable[str]) -> list[str]:
    """The splits in the order that people name them: train, val, test, others; without an empty one."""
    names = set(splits) - {""}
    kinds = split_kinds(names)
    order = [*_WORDS, *_BESIDE, ""]
    return sorted(names, key=lambda name: (order.index(kinds.get(name, "")), name))


def tokens(name: str) -> list[str]:
    """The words of a name in small letters, without digits: 'Train2017' and 'train_01' are both one word."""
    text = re.sub(r"(?i)hold[\W_]?out", "holdout", unicodedata.normalize("NFC", name))
    return [found for word in re.findall(r"[^\W\d_]+", text) for found in _taken_apart(word)]


def is_annotation(name: str) -> bool:
    """Whether a folder's name says that it holds annotations, such as ``masks``, ``trainannot`` or ``ground_truth``."""
    words = tokens(name)
    return any(word in ANNOTATIONS for word in (*words, *map("".join, itertools.pairwise(words))))


def _taken_apart(word: str) -> list[str]:
    """'trainannot', 'TrainData' and 'xraytrain' are two words each."""
    small = word.casefold()
    if small in _KIND or small in _KIND_BESIDE:
        return [small]
    camel = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word).casefold().split()
    if len(camel) > 1:
        return camel
    for split in sorted(_KIND, key=len, reverse=True):
        rest = small.removeprefix(split)
        if small.startswith(split) and rest in _NEUTRAL | ANNOTATIONS:
            return [split, rest]
        rest = small.removesuffix(split)
        if small.endswith(split) and (rest in _NEUTRAL or len(rest) >= SHORTEST_PREFIX):
            return [rest, split]
    return [small]


def _read(words: Collection[str], kinds: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The kind of split that words name, '' for none, and the other words that mean something."""
    found = [kinds[word] for word in words if word in kinds]
    rest = tuple(word for word in words if word not in kinds and word not in _NEUTRAL and len(word) > 1)
    if not found:
        return "", rest
    # 'train_val' is what people train on; one name of several splits otherwise is no split's.
    if len(set(found)) > 1 and set(found) != {"train", "val"}:
        return "", rest
    return found[0] if len(set(found)) == 1 else "train", rest


def _recognised(read: Mapping[str, tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    kinds_with: dict[tuple[str, ...], set[str]] = {}
    for kind, rest in read.values():
        if kind:
            kinds_with.setdefault(rest, set()).add(kind)
    return {name: kind for name, (kind, rest) in read.items() if kind and (not rest or len(kinds_with[rest]) > 1)}
