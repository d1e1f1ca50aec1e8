"""The quick look at a table's paths passes none that the careful one refuses."""

from hypothesis import given
from hypothesis import strategies as st

from datadoctor.run.checking.tables import _PLAIN
from datadoctor.sources import inside


@given(st.text(alphabet="ab./\\:\0 ", max_size=8))
def test_what_looks_plain_is_inside(path: str) -> None:
    assert inside(path) or not _PLAIN.fullmatch(path)


def test_usual_paths_look_plain() -> None:
    assert all(map(_PLAIN.fullmatch, ("cat/1.png", "train/a b/img_0001.jpeg", "ä.png")))
