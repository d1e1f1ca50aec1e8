"""JSON Lines of records: an object a line, each made into what it says, or refused with its number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from datadoctor.errors import DataDoctorError

T = TypeVar("T")


def made_of(
    content: bytes, file: Path, make: Callable[[dict[str, Any]], T], *, what: str, advice: str, first: int = 1
) -> Iterator[T]:
    """What ``make`` makes of each line of a file that is not empty; ``first``: the number of the first one.

    Raises ``DataDoctorError`` naming file, line, ``what`` it should be of and the next step, where a line is no object or ``make``
    raises ``KeyError``, ``TypeError`` or ``ValueError``.
    """
    for number, line in enumerate(content.split(b"\n"), first):
        if not line:
            continue
        try:
            value = json.loads(line.decode())
            if not isinstance(value, dict):
                raise ValueError("no object")
            one = make(value)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise DataDoctorError(f"{file}:{number}: not a line of {what} ({error}); {advice}") from error
        yield one
