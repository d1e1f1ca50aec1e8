import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor.errors import DataDoctorError
from datadoctor.findings.suppressions import Suppression, read, write

GOOD = '[[allow]]\nkey = "0123abcd"\nreason = "museum scan"\nowner = "mara"\nexpires = 2027-01-31\n'


def test_entries_are_read_with_their_expiry(tmp_path: Path) -> None:
    (tmp_path / "allow.toml").write_text(GOOD + '[[allow]]\nkey = "ffffffff"\nreason = "r"\nowner = "o"\n')
    first, second = read(tmp_path / "allow.toml")
    assert first == Suppression("0123abcd", "museum scan", "mara", datetime.date(2027, 1, 31))
    assert second.expires is None
    assert first.covers("0123abcd" + "0" * 24)
    assert not first.covers("1123abcd" + "0" * 24)
    assert not first.expired(datetime.date(2027, 1, 30))
    assert first.expired(datetime.date(2027, 1, 31))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('reason = "museum scan"\n', ""), "'reason'"),
        (('"museum scan"', '"  "'), "'reason'"),
        (('owner = "mara"\n', ""), "'owner'"),
        (("owner", "ownr"), "'ownr'"),
        (("0123abcd", "0123abc"), "hex digits"),
        (("0123abcd", "0123abcX"), "hex digits"),
        (("2027-01-31", '"2027-01-31"'), "'expires'"),
        (("2027-01-31", "2027-01-31T00:00:00"), "'expires'"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named_by_its_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    (tmp_path / "allow.toml").write_text("# accepted\n" + GOOD + GOOD.replace(*change))
    with pytest.raises(DataDoctorError) as raised:
        read(tmp_path / "allow.toml")
    assert "allow.toml:7: " in str(raised.value)
    assert said in str(raised.value)


@pytest.mark.parametrize("text", ["allow = 3\n", "[other]\n", "[[allow]\n", "allow = [3]\n"])
def test_a_file_of_another_shape_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "allow.toml").write_text(text)
    with pytest.raises(DataDoctorError, match=r"allow\.toml"):
        read(tmp_path / "allow.toml")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9).map(str.strip).filter(bool)
KEY = st.text("0123456789abcdef", min_size=8, max_size=32)


@given(st.sets(st.builds(Suppression, KEY, TEXT, TEXT, st.none() | st.dates())))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, entries: set[Suppression]) -> None:
    file = tmp_path_factory.mktemp("any") / "deep" / "allow.toml"
    write(entries, file)
    assert set(read(file)) == entries
