"""Attempts to decode a file: whether one failed through the file's fault, or because memory ran out.

Decoders say so in many ways where they get no memory, some of them as if the file were damaged; and damaged files may ask for more
memory than there is. So a failure counts as the file's only where memory was not short, and whoever asked for too much is asked
once more with no other image in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from datadoctor import machine
from datadoctor.faults import is_memory
from datadoctor.quiet import quiet
from datadoctor.stages.reading.budget import BUDGET

T = TypeVar("T")
# What a decoder needs besides pixels.
_LEAST = 64 * 2**20


def attempted(decode: Callable[[], T]) -> T | Exception:
    """What a decoder makes of a file, or what it raised where that is the file's fault; raises ``MemoryError`` where memory ran out."""
    made = _once(decode)
    if isinstance(made, Exception) and is_memory(made):
        del made  # and the pixels that its traceback holds
        with BUDGET.alone():
            made = _once(decode)
    return made


def _once(decode: Callable[[], T]) -> T | Exception:
    with quiet(), BUDGET.held():
        try:
            return decode()
        except Exception as error:  # noqa: BLE001 - decoders raise nearly every exception there is on damaged bytes
            # A pixel once more, for what a decoder has beside the picture.
            needed = _LEAST + 2 * machine.BYTES_A_PIXEL * BUDGET.taken
            failed = error
    if not machine.can_get(needed):
        raise MemoryError(f"while an image was decoded: {failed}") from failed
    return failed
