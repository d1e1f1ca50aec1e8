import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor.errors import DataDoctorError
from datadoctor.findings import baseline
from datadoctor.findings.baseline import Baseline, KnownFinding, KnownItem, read, write

ITEMS = (KnownItem("b.png", "b" * 32, "dog"), KnownItem("a.png", "a" * 32, "cat", "test"), KnownItem("c.png", "c" * 32))
FINDINGS = (KnownFinding("outlier", "2" * 32, ("b" * 32,)), KnownFinding("mislabel", "1" * 32, ("a" * 32,), 2))
WHOLE = Baseline({"model": "m", "datadoctor": "0.1.0"}, FINDINGS, ITEMS, "f00d")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(WHOLE, tmp_path / "deep" / "baseline.jsonl")
    found = read(tmp_path / "deep" / "baseline.jsonl")
    assert found.calibration == WHOLE.calibration
    assert found.frozen == "f00d"
    assert found.findings == tuple(sorted(FINDINGS))
    assert found.items == tuple(sorted(ITEMS))


def test_lines_are_sorted_and_an_image_more_is_a_line_more(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write(WHOLE, one)
    write(Baseline(WHOLE.calibration, FINDINGS[::-1], (KnownItem("bb.png", "d" * 32), *ITEMS[::-1]), "f00d"), two)
    before, after = one.read_text().splitlines(), two.read_text().splitlines()
    assert [line for line in after if line not in before] == ['{"path":"bb.png","item":"' + "d" * 32 + '"}']
    assert [line for line in before if line not in after] == []
    paths = [json.loads(line).get("path") for line in after]
    assert paths == [None, None, None, "a.png", "b.png", "bb.png", "c.png"]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@given(st.sets(st.builds(KnownItem, TEXT, st.just("a" * 32), TEXT, TEXT)), st.integers(0, 9))
def test_any_names_survive_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, items: set[KnownItem], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    shuffled = random.Random(seed).sample(sorted(items), len(items))
    write(Baseline({}, (), tuple(shuffled)), folder / "a")
    write(Baseline({}, (), tuple(items)), folder / "b")
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    assert set(read(folder / "a").items) == items


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "not json\n", "[1]\n", '{"schema":"datadoctor/baseline@99"}\n', '{"schema":"other@1"}\n', "{}\n",
        '{"schema":"datadoctor/baseline@1"}\n', '{"schema":"datadoctor/baseline@1","calibration":3,"frozen":""}\n',
        '{"schema":"datadoctor/baseline@1","calibration":{},"frozen":""}\n{"key":"k"}\n', "\x00", "[" * 100_000,
        '{"schema":"datadoctor/baseline@1","calibration":{},"frozen":""}\n{"path":"a","ite',
    ],
)  # fmt: skip
def test_an_unreadable_baseline_is_exit_code_2_and_says_to_refresh(tmp_path: Path, text: str) -> None:
    (tmp_path / "baseline.jsonl").write_text(text)
    with pytest.raises(DataDoctorError, match="refresh the baseline") as raised:
        read(tmp_path / "baseline.jsonl")
    assert raised.value.exit_code == 2


def test_a_missing_or_binary_baseline_is_too(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "binary"):
        with pytest.raises(DataDoctorError, match="refresh the baseline"):
            read(tmp_path / name)


def test_an_earlier_version_is_upgraded_by_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(lines: baseline.Document) -> baseline.Document:
        return [lines[0], *({"path": line["p"], "item": line["i"]} for line in lines[1:])]

    monkeypatch.setitem(baseline.UPGRADES, 0, rename)
    (tmp_path / "old").write_text(
        '{"schema":"datadoctor/baseline@0","calibration":{},"frozen":""}\n{"p":"a.png","i":"aa"}\n'
    )
    assert read(tmp_path / "old").items == (KnownItem("a.png", "aa"),)


def test_differences_name_both_sides() -> None:
    assert baseline.differences({"model": "a", "seed": "0"}, {"seed": "0", "model": "b"}) == ["model was 'a', now 'b'"]
    assert baseline.differences({}, {"hierarchy": "h.csv"}) == ["hierarchy was '', now 'h.csv'"]
    assert baseline.differences({"seed": "0"}, {"seed": "0"}) == []
