"""Settings of an audit: defaults, overridden by a TOML file, overridden by flags."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError


@dataclass(frozen=True, slots=True)
class Config:
    """What an audit is asked to do; every field is a flag of ``datadoctor audit`` and a key of ``[tool.datadoctor]``."""

    manifest: Path | None = None
    path_column: str = "path"
    label_column: str | None = None
    split_column: str | None = None
    group_column: str | None = None
    hierarchy: Path | None = None
    exclude: Path | None = None
    bands: str = ""
    max_pixels: int = 89_478_485
    workers: int = 0
    model: str = "squeezenet1_0"
    weights: Path | None = None
    embeddings: Path | None = None
    pred_probs: Path | None = None
    audited: Path | None = None
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
                raise DataDoctorError(f"{file}: unknown setting '{key}'; known settings: {', '.join(sorted(known))}")
    values = {key.replace("-", "_"): value for key, value in settings.items() if key != "gate"}
    values |= {key: value for key, value in overrides.items() if value is not None}
    return replace(Config(), **{key: _convert(key, value, file) for key, value in values.items()})


def _default_file() -> Path | None:
    return next((file for file in (Path("datadoctor.toml"), Path("pyproject.toml")) if file.is_file()), None)


def _read(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataDoctorError(f"{path}: cannot read the settings: {error.strerror}; check the --config path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataDoctorError(f"{path}: not valid TOML: {error}; correct that line") from error
    if path.name == "pyproject.toml" or "tool" in document:
        document = document.get("tool", {}).get("datadoctor", {})
    return dict(document)


_PATHS = {"manifest", "hierarchy", "exclude", "weights", "embeddings", "pred_probs", "audited", "out", "cache"}
_LISTS = {"select", "ignore"}
_NUMBERS = {"seed", "max_pixels", "workers"}


def _convert(key: str, value: object, file: Path | None) -> Any:
    if key in _PATHS and isinstance(value, str | Path):
        return Path(value)
    if key in _LISTS and isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    if key in _NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        return value
    if key not in _PATHS | _LISTS | _NUMBERS and isinstance(value, str):
        return value
    expected = "a list of check names" if key in _LISTS else "a whole number" if key in _NUMBERS else "text"
    raise DataDoctorError(f"{file or 'command line'}: setting '{key}' must be {expected}, not {value!r}")
