"""Settings of an audit: defaults, overridden by a TOML file, overridden by flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError
from datadoctor.files import check_utf8
from datadoctor.toml import read_toml

# Between the names of several models.
SEVERAL = " + "
# What the name of a model begins with that is the user's own code: it runs only where a person named it in the call.
OWN_CODE = "python/"
# The settings that say how the columns of a table are read.
COLUMNS = (
    "path_column", "label_column", "label_separator", "split_column", "group_column", "annotator_column", "label_columns",
)  # fmt: skip


def runs_code(model: str) -> bool:
    """Whether looking through ``model`` runs code that it names."""
    return any(name.startswith(OWN_CODE) for name in model.split(SEVERAL))


@dataclass(frozen=True, slots=True)
class Config:
    """What an audit is asked to do; every field is a flag of ``datadoctor audit`` and a key of ``[tool.datadoctor]``.

    ``model`` may be given as a list of names; they are joined by `` + ``.
    """

    manifest: tuple[Path, ...] = ()
    source_format: str | None = None
    path_column: str | None = None
    label_column: str | None = None
    label_separator: str | None = None
    split_column: str | None = None
    group_column: str | None = None
    annotator_column: str | None = None
    label_columns: tuple[str, ...] = ()
    every: str | None = None
    class_level: int | None = None
    group_level: int | None = None
    merge_spellings: bool | None = None
    hierarchy: Path | None = None
    exclude: Path | None = None
    bands: str = ""
    max_pixels: int = 89_478_485
    workers: int = 0
    model: str = "efficientnet_lite"
    weights: Path | None = None
    embeddings: Path | None = None
    pred_probs: Path | None = None
    audited: Path | None = None
    answers: Path | None = None
    device: str = "auto"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    out: Path = Path("datadoctor-report")
    cache: Path | None = None
    seed: int = 0


def load(path: Path | None, overrides: Mapping[str, object], *, search: bool = True) -> Config:
    """Read settings from ``path``, else, with ``search``, from the settings file here; then apply ``overrides`` that are not None."""
    file = path or (_default_file() if search else None)
    settings = _read(file) if file else {}
    known = {field.name for field in fields(Config)}
    if file:
        for key in settings:
            if key.replace("-", "_") not in known and key != "gate":
                raise DataDoctorError(
                    f"{file}: unknown setting '{key}'{nearest(key, known)}; known settings: {', '.join(sorted(known))}"
                )
    values = {key.replace("-", "_"): value for key, value in settings.items() if key != "gate"}
    if "model" in values and runs_code(_convert("model", values["model"], file)):
        raise DataDoctorError(
            f"{file}: model {values['model']!r} is code, which no settings file may name; give it with --model"
        )
    values |= {key: value for key, value in overrides.items() if value is not None}
    return replace(Config(), **{key: _convert(key, value, file) for key, value in values.items()})


def _default_file() -> Path | None:
    return next((file for file in (Path("datadoctor.toml"), Path("pyproject.toml")) if file.is_file()), None)


def _read(path: Path) -> dict[str, object]:
    _, document = read_toml(path, "the settings", "the --config path")
    if path.name == "pyproject.toml" or "tool" in document:
        document = document.get("tool", {}).get("datadoctor", {})
    return dict(document)


_PATHS = {"hierarchy", "exclude", "weights", "embeddings", "pred_probs", "audited", "answers", "out", "cache"}
_LISTS = {"select", "ignore", "label_columns"}
_PATH_LISTS = {"manifest"}
_LEVELS = {"class_level", "group_level"}
_SWITCHES = {"merge_spellings"}
_NUMBERS = {"seed", "max_pixels", "workers"} | _LEVELS


_EXPECTED = {
    "seed": "a whole number",
    "max_pixels": "a whole number",
    "workers": "a whole number",
    "class_level": "a whole number from 1",
    "group_level": "a whole number from 1",
    "merge_spellings": "true or false",
    "manifest": "a file or a list of files",
    "label_columns": "a list of columns",
}


def _paths(value: object) -> tuple[Path, ...] | None:
    """One path or several, None where it is neither."""
    several = [value] if isinstance(value, str | Path) else value
    if isinstance(several, list | tuple) and all(isinstance(one, str | Path) for one in several):
        return tuple(Path(one) for one in several)
    return None


def _convert(key: str, value: object, file: Path | None) -> Any:
    if key in _PATHS and isinstance(value, str | Path):
        check_utf8(Path(value))
        return Path(value)
    if key in _LISTS and isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    if key in _PATH_LISTS and (paths := _paths(value)) is not None:
        check_utf8(*paths)
        return paths
    if key == "model" and isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return SEVERAL.join(value)
    if key in _NUMBERS and isinstance(value, int) and not isinstance(value, bool) and (value > 0 or key not in _LEVELS):
        return value
    if key in _SWITCHES and isinstance(value, bool):
        return value
    if key not in _PATHS | _LISTS | _PATH_LISTS | _NUMBERS | _SWITCHES and isinstance(value, str):
        return value
    expected = _EXPECTED.get(key, "a list of check names" if key in _LISTS else "text")
    raise DataDoctorError(f"{file or 'command line'}: setting '{key}' must be {expected}, not {value!r}")
