"""The view model of a small run, word for word: what the templates and scripts are given.

``python -m tests.report.test_view_model`` writes ``golden.json`` anew; look at the difference before you commit it.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

from datadoctor.report.duplicates import duplicate_sets
from datadoctor.report.items import chosen_items
from datadoctor.report.method import method
from datadoctor.report.overview import overview
from datadoctor.report.page import filled
from datadoctor.run import Run
from datadoctor.run.assessment.figures import figures
from datadoctor.run.assessment.tally import tally
from tests.report.make_changes import write_changes
from tests.report.make_run import Spec, build

GOLDEN = Path(__file__).with_name("golden.json")


def view_model(folder: Path) -> str:
    """What the page of a run of twelve images is made from, as JSON; the folder's own name is left out."""
    thumbnail = build(folder, Spec(classes=3, items=12, duplicate_sets=2, unreadable=1, noise=0.3))
    write_changes(folder)
    run = Run(folder)
    payload, album = filled(run, thumbnail, 20_000_000)
    model: dict[str, Any] = {
        "overview": dataclasses.asdict(overview(run, payload, album)),
        "method": dataclasses.asdict(method(run)),
        "data": json.loads(gzip.decompress(base64.b64decode(payload.encoded()))),
    }
    return json.dumps(model, indent=1, ensure_ascii=False).replace(str(folder), "RUN") + "\n"


def test_copies_that_are_mostly_missed_are_named_beside_the_number_of_sets(tmp_path: Path) -> None:
    build(tmp_path, Spec(classes=3, items=12, duplicate_sets=2, unreadable=0, noise=0.3))
    run = Run(tmp_path)
    recall = {"mirrored": 1.0, "grey": 1.0, "cropped to 80 %": 0.0, "text over it": 0.05}
    reached = {"grey": 0.4}
    found_of = {**run.summary["duplicates"], "planted_recall": recall, "planted_reached": reached}
    summary = {**run.summary, "duplicates": found_of}
    (found,) = (figure for figure in figures(summary, tally(run)) if figure.title == "Duplicate sets")
    assert found.detail.endswith(
        "0% to 100% of planted copies found, most of these missed: grey, cropped to 80 %, text over it"
    )


def test_the_image_to_keep_comes_first_in_its_set(tmp_path: Path) -> None:
    build(tmp_path, Spec(classes=3, items=12, duplicate_sets=2, unreadable=0, noise=0.3))
    pairs = Run(tmp_path).duplicates
    pairs.assign(keep=pairs["path_b"]).to_parquet(tmp_path / "duplicates.parquet")
    run = Run(tmp_path)
    sets = duplicate_sets(run, chosen_items(run, 100))
    assert len(sets) == 2
    assert [found.items[0] for found in sets] == [found.keep for found in sets]


def test_view_model_is_as_it_was(tmp_path: Path) -> None:
    made = view_model(tmp_path)
    (tmp_path / "golden.json").write_text(made, encoding="utf-8")
    assert json.loads(made) == json.loads(GOLDEN.read_text(encoding="utf-8"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        GOLDEN.write_text(view_model(Path(name)), encoding="utf-8")
