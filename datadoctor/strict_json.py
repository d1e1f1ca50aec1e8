"""JSON as its standard has it, from files that anybody may have written: finite numbers, and no deeper than anything of ours.

Python's own reader takes NaN, infinities and integers of thousands of digits, which break wherever they are used.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

# Deeper nesting is nobody's document, and whoever walks through it runs out of stack.
MOST_DEPTH = 50
_LARGEST = 2**63


def parse(text: str) -> Any:
    """The value that a text says; raises ``ValueError`` with the cause in words for any other text."""
    try:
        value = _READER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if text.count("[") + text.count("{") > MOST_DEPTH:
        _check_depth(value)
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()  # half a character, which no file can hold, is a ValueError
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:20]} is too large")
    return value


def _bounded(text: str) -> int:
    if len(text) > 20 or not -_LARGEST <= int(text) < _LARGEST:
        raise ValueError(f"the number {text[:20]} is too large")
    return int(text)


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MOST_DEPTH):
        parts = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
        level = [part for part in parts if isinstance(part, dict | list)]
        if not level:
            return
    raise ValueError("nested too deep")


# Made once: findings of a large run are hundreds of thousands of texts.
_READER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite, parse_int=_bounded)
