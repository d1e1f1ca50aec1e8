"""Progress: a bar in a terminal, a line every half minute in a log, and nothing where nothing is wanted."""

import io
import sys
from pathlib import Path

import pytest

from datadoctor.cli import main
from datadoctor.console import coloured, nearest, painted
from datadoctor.progress import Bars, Log, Silent, for_stream


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_suits_where_it_prints() -> None:
    assert isinstance(for_stream(Screen()), Bars)
    assert isinstance(for_stream(io.StringIO()), Log)
    assert isinstance(for_stream(None), Log)
    assert isinstance(for_stream(Screen(), quiet=True), Silent)


def test_a_log_has_a_line_every_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter(range(0, 1000, 10))
    with Log(lambda: float(next(seconds))).stage("Reading images", 20) as advance:
        for _ in range(20):
            advance(1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Reading images: 3 of 20 (15%) after 30 s, about 3 min left"
    assert [line.partition(" of")[0] for line in lines] == [f"Reading images: {done}" for done in (3, 6, 9, 12, 15, 18)]
    with Log(lambda: 0.0).stage("short", 3) as advance:
        advance(3)
    assert not capsys.readouterr().err


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Bars().stage("Reading images", 2) as advance:
        advance(2)
    assert "Reading images" not in screen.getvalue()  # done within a second
    Bars().say("a notice")
    assert screen.getvalue().endswith("a notice\n")


def test_colours_only_in_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured(Screen())
    assert not coloured(io.StringIO())
    assert painted("3", "bad", True) == "\x1b[31m3\x1b[0m"
    assert painted("3", "none", True) == painted("3", "bad", False) == "3"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Screen())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not coloured(Screen())


def test_the_nearest_right_word() -> None:
    assert nearest("mislabl", ["mislabel", "outlier"]) == " (did you mean 'mislabel'?)"
    assert nearest("zebra", ["mislabel", "outlier"]) == ""


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        (["auidt", "."], "audit"),
        (["audit", ".", "--mdoel", "x"], "--model"),
        (["gate", ".", "--format", "mrkdown"], "markdown"),
        (["checks", "mislable"], "mislabel"),
        (["schema", "sumary"], "summary"),
        (["queue", ".", "--format", "label_studio"], "label-studio"),
        (["cache", "--prun"], "--prune"),  # no abbreviation: it removes what is cached
        (["apply", "answers.csv", "--wri"], "--write"),
    ],
)
def test_typos_are_answered(call: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(call)
    except SystemExit as stop:
        code = int(stop.code or 0)
    assert code == 2
    assert f"did you mean '{meant}'?" in capsys.readouterr().err


def test_a_typo_in_the_settings_is_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "datadoctor.toml").write_text('modle = "filters"\n')
    (tmp_path / "images").mkdir()
    assert main(["audit", str(tmp_path / "images"), "--config", str(tmp_path / "datadoctor.toml")]) == 2
    assert "did you mean 'model'?" in capsys.readouterr().err
