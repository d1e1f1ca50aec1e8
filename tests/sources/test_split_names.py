"""Split words inside names."""

import pytest

from datadoctor.sources.split_names import is_annotation, is_split_value, split_kinds


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        ("train val test", "train val test"),
        ("TRAIN Valid tst", "TRAIN Valid tst"),
        ("train-2017 val_v2 03.test", "train-2017 val_v2 03.test"),
        ("xray_train xray_test xray_other", "xray_train xray_test"),
        ("train extra", "train extra"),
        ("extra other", ""),
        ("test_tube trainer valve developer evaluate_me", ""),
        ("bullet_train steam_train test_bench", ""),
        ("detrain contest interval", ""),
        ("invalid latest", ""),
    ],
)
def test_names_of_splits_among_siblings(names: str, splits: str) -> None:
    assert set(split_kinds(names.split())) == set(splits.split())


def test_a_word_is_one_in_every_case_and_with_any_digits() -> None:
    for word in ("train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval", "holdout"):
        for name in (word, word.upper(), word.title(), f"{word}1", f"2020_{word}", f"{word}_set", f"my-{word}-data"):
            assert split_kinds([name]), name
            assert is_split_value(name), name
        assert not split_kinds([f"{word}er", f"pre{word}x", f"{word}ual"]), word


def test_annotations() -> None:
    assert all(map(is_annotation, ["masks", "train_labels", "trainannot", "GT"]))
    assert not any(map(is_annotation, ["train", "segment", "maskara", "cats"]))
