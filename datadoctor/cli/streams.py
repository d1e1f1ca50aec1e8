"""Standard output and error that outlast their reader and replace what they cannot show."""

from __future__ import annotations

import io
import os
import sys


class Stream(io.TextIOWrapper):
    """Text to a terminal, pipe or file. Once nobody reads it any more (``| head``), what is written goes nowhere.

    The command goes on: what it has to do is done, and its exit code is its own.
    """

    def write(self, text: str) -> int:
        """Write text; characters that the encoding lacks become '?'."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._to_nowhere()
            return len(text)

    def flush(self) -> None:
        """Pass on what was written."""
        try:
            super().flush()
        except BrokenPipeError:
            self._to_nowhere()

    def _to_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def outlast() -> None:
    """Make standard output and error such streams; those that were replaced or closed stay as they are."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:
            lines, through = stream.line_buffering, stream.write_through
            same = Stream(stream.buffer, stream.encoding, "replace", line_buffering=lines, write_through=through)
            setattr(sys, name, same)
