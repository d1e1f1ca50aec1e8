"""Judging again while the review goes on: in a thread of its own, one at a time."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError, NotAvailableError
from datadoctor.review.improve import Improved, judged_again
from datadoctor.review.table import Table
from datadoctor.run import Run


class Improving:
    """How judging again goes, for pages that ask."""

    def __init__(self, run: Run, journal: Path) -> None:
        self._run = run
        self._journal = journal
        self._lock = threading.Lock()
        self._state: dict[str, Any] = {"state": "never"}

    def state(self) -> dict[str, Any]:
        """``state``: 'never', 'running', 'done' with figures, or 'failed' with ``error``."""
        return dict(self._state)

    def start(self, done: Callable[[Table], None]) -> None:
        """Begin, unless it is under way; ``done`` gets the table with the new judgement."""
        with self._lock:
            if self._state["state"] == "running":
                return
            self._state = {"state": "running"}
        threading.Thread(target=self._judge, args=(done,), daemon=True).start()

    def _judge(self, done: Callable[[Table], None]) -> None:
        began = time.monotonic()
        try:
            found = judged_again(self._run, self._journal)
            done(_table(self._run, found))
            rate = {"estimate": found.estimate, "low": found.low, "high": found.high}
            flips = {"up": len(found.up), "down": len(found.down)}
            self._state = {"state": "done", "known": found.known, "seconds": time.monotonic() - began, **rate, **flips}
        except (DataDoctorError, NotAvailableError) as error:
            self._state = {"state": "failed", "error": str(error)}
        except Exception as error:  # noqa: BLE001 - a page waits for the answer, and the review goes on without it
            traceback.print_exc()
            self._state = {"state": "failed", "error": f"{type(error).__name__}: {error}"}


def _table(run: Run, found: Improved) -> Table:
    """A run whose images are judged as found; everything else is read as it was."""
    again = Run(run.path)
    again.__dict__["items"] = found.items
    return Table(again, {"up": found.up, "down": found.down})
