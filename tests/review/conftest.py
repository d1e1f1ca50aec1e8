"""A run with real image files, and one server on it for all tests that only ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datadoctor.run import Run
from datadoctor.stages.reading.thumbnails import ThumbnailWriter
from tests.report.make_run import Spec, build
from tests.review.serving import Served, served

SPEC = Spec(classes=4, items=120, noise=0.2, duplicate_sets=6, unreadable=0)


def write_run(folder: Path, spec: Spec = SPEC) -> Path:
    """A run in ``folder/run`` whose images are in ``folder/photos``."""
    thumbnail = build(folder / "run", spec, folder / "photos")
    kept = ThumbnailWriter(folder / "run" / "artifacts" / "thumbnails.sqlite")
    for digest in Run(folder / "run").items["digest"]:
        if jpeg := thumbnail(digest):
            kept.put(digest, jpeg)
    kept.finish()
    return folder / "run"


@pytest.fixture
def made_run(tmp_path: Path) -> Path:
    return write_run(tmp_path)


@pytest.fixture(scope="session")
def shared_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that no test may decide in."""
    return write_run(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="session")
def reading(shared_run: Path) -> Iterator[Served]:
    """A read-only review of the shared run."""
    with served(shared_run, "--read-only") as found:
        yield found


@pytest.fixture(scope="session")
def refused_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which one may decide, for tests of what is refused."""
    return write_run(tmp_path_factory.mktemp("refused"))


@pytest.fixture(scope="session")
def _refusing(refused_run: Path) -> Iterator[Served]:
    with served(refused_run) as found:
        yield found


@pytest.fixture
def refusing(_refusing: Served, refused_run: Path) -> Iterator[Served]:
    """A review in which, when the test ends, nothing may be decided."""
    yield _refusing
    assert not (refused_run / "review.jsonl").exists()
    assert _refusing.ask("desk").status == 200


@pytest.fixture
def serve(made_run: Path) -> Iterator[Callable[..., Served]]:
    """Starts reviews of a run of this test's own; a later one while the first still runs, too."""
    running = []

    def start(*options: str) -> Served:
        context = served(made_run, *options)
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)
