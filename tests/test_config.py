"""Settings: defaults, then file, then flags; mistakes name the file and the key."""

from pathlib import Path

import pytest

from datadoctor.config import Config, load
from datadoctor.errors import DataDoctorError


def test_flags_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "datadoctor.toml"
    file.write_text(
        'model = "resnet18"\nseed = 5\nselect = ["mislabel"]\nlabel-column = "y"\n[gate]\nprofile = "strict"\n'
    )
    config = load(file, {"seed": 7, "model": None})
    assert config == Config(model="resnet18", seed=7, select=("mislabel",), label_column="y")


def test_a_pyproject_without_our_table_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\n')
    assert load(file, {}) == Config()


def test_the_settings_file_beside_us_is_found_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.datadoctor]\nseed = 3\n")
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).seed == 3
    assert load(None, {}, search=False).seed == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modle = 'x'\n", "unknown setting 'modle'"),
        ("seed = 'x'\n", "'seed' must be a whole number"),
        ("seed = true\n", "'seed' must be a whole number"),
        ("select = 'mislabel'\n", "'select' must be a list"),
        ("model = 3\n", "'model' must be text"),
        ("model = \n", "not valid TOML"),
    ],
)
def test_a_mistake_names_the_file_and_the_cause(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "datadoctor.toml"
    file.write_text(text)
    with pytest.raises(DataDoctorError, match=said) as caught:
        load(file, {})
    assert str(file) in str(caught.value)


def test_a_missing_file_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(DataDoctorError, match="cannot read the settings"):
        load(tmp_path / "none.toml", {})


@pytest.mark.parametrize("model", ['"python/evil.py:run"', '["efficientnet_lite2", "python/evil.py:run"]'])
def test_no_settings_file_names_code(tmp_path: Path, model: str) -> None:
    (tmp_path / "s.toml").write_text(f"model = {model}\n")
    with pytest.raises(DataDoctorError, match="is code, which no settings file may name"):
        load(tmp_path / "s.toml", {})
    assert load(None, {"model": "python/mine.py:run"}, search=False).model == "python/mine.py:run"
