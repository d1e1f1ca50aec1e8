"""The quick look at a table's paths passes none that the careful one refuses."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from datadoctor.run.checking.tables import _PLAIN
from datadoctor.sources import inside


def looks_plain(*paths: str) -> list[bool]:
    found: list[bool] = pd.Series(paths, dtype="str").str.fullmatch(_PLAIN).astype(bool).tolist()
    return found


@given(st.lists(st.text(alphabet="ab./\\:\0\n$ ", max_size=8), min_size=1))
def test_what_looks_plain_is_inside(paths: list[str]) -> None:
    for path, plain in zip(paths, looks_plain(*paths), strict=True):
        assert inside(path) or not plain


def test_usual_paths_look_plain() -> None:
    assert all(looks_plain("cat/1.png", "train/a b/img_0001.jpeg", "ä.png"))
