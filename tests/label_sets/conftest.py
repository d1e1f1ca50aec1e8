import pytest

import datadoctor
from tests.label_sets.make import Made, make, write_manifest


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """400 images, 24 of them with a wrong or missing label, and ``labels.csv`` beside the folder."""
    folder = tmp_path_factory.mktemp("sets")
    found = make(folder / "images", 400, 24)
    write_manifest(folder / "labels.csv", found.given)
    return found


@pytest.fixture(scope="session")
def audit(made: Made) -> datadoctor.Audit:
    root = made.folder.parent
    return datadoctor.audit(
        made.folder, manifest=root / "labels.csv", model="filters", out=root / "run", cache=root / "cache"
    )
