"""The server is killed at ten moments: every decision that it confirmed is in the journal, and `apply` takes it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from datadoctor.findings import journal
from tests.review.conftest import SPEC
from tests.review.serving import Served, served

MOMENTS = 10


@pytest.mark.slow
def test_no_confirmed_decision_is_lost(made_run: Path) -> None:
    confirmed: list[str] = []
    for moment in range(MOMENTS):
        with served(made_run) as server:
            deciding = threading.Thread(target=_decide_until_it_dies, args=(server, confirmed))
            deciding.start()
            before = len(confirmed)
            while len(confirmed) == before and deciding.is_alive():
                time.sleep(0.005)
            time.sleep(0.011 * moment)
            server.process.kill()
            deciding.join(timeout=60)
            assert not deciding.is_alive()
        kept = [one.id for one in journal.read(made_run / "review.jsonl")]
        assert set(confirmed) <= set(kept)
        assert len(kept) - len(confirmed) <= moment + 1, "at most the key being pressed each time"
    assert len(confirmed) > MOMENTS


def _decide_until_it_dies(server: Served, confirmed: list[str]) -> None:
    for place in range(10_000):
        try:
            confirmed.append(server.decide(place % SPEC.items).json["id"])
        except OSError:
            return
        except Exception:  # the answer was cut off
            return
