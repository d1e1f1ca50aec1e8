"""Reads TOML files that people write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular


def read_toml(file: Path, what: str, named_by: str) -> tuple[str, dict[str, Any]]:
    """The text of a file and what it says; raises ``DataDoctorError`` if it cannot be read.

    ``what`` it holds and what it was ``named_by``, for the message: 'the policy', 'the --config path'.
    """
    import tomllib  # most runs read none

    try:
        text = regular(file).read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read {what}: {error.strerror}; check {named_by}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataDoctorError(f"{file}: not valid TOML: {error}; correct that line") from error
