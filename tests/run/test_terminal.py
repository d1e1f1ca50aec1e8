"""The summary in a terminal and in a pull request says what the report's first screen says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from datadoctor.run import Run
from datadoctor.run.assessment import assess
from datadoctor.run.terminal import FORMATS, summary_text
from tests.report.make_run import HOSTILE, Spec, build


def _run(folder: Path, spec: Spec) -> Run:
    build(folder, spec)
    return Run(folder)


@pytest.mark.parametrize("format_", FORMATS)
def test_summary_says_figures_failures_todos_and_worst(tmp_path: Path, format_: str) -> None:
    run = _run(tmp_path, Spec(skipped={"outlier": "fewer than 5 images"}, failed={"image-quality": "MemoryError"}))
    text, found = summary_text(run, format_).replace("\\", ""), assess(run)
    labels = run.summary["label_errors"]
    assert f"{labels['low']:.1%} to {labels['high']:.1%}" in text
    for needed in ("MemoryError", "fewer than 5 images", *(todo.title for todo in found.todos)):
        assert needed in text
    assert len(found.todos) == 5
    worst = run.items[run.items["flagged"]].nlargest(1, "p_mislabel")["path"].item()
    assert worst in text
    assert text.index("MemoryError") < text.index(worst)


def test_counts_are_of_the_whole_run(tmp_path: Path) -> None:
    run = _run(tmp_path, Spec(classes=4, items=400, duplicate_sets=30))
    sets = [set_ for _, set_ in run.duplicates.groupby("set_id")]
    conflicts = sum(len({*s["label_a"], *s["label_b"]}) > 1 for s in sets)
    crossing = sum(len({*s["split_a"], *s["split_b"]}) > 1 for s in sets)
    titles = " ".join(todo.title for todo in assess(run).todos)
    assert f"Settle {conflicts} duplicate sets" in titles
    assert f"Separate {crossing} duplicate sets" in titles


@pytest.mark.parametrize("format_", FORMATS)
def test_checks_not_asked_for_give_nothing_to_do(tmp_path: Path, format_: str) -> None:
    run = _run(tmp_path, Spec())
    assert {todo.link.partition("?")[0] for todo in assess(run).todos} >= {"#duplicates", "#review", "#classes"}
    file = tmp_path / "summary.json"
    summary = json.loads(file.read_text())
    summary["checks"] = [check for check in summary["checks"] if check["check"] == "ambiguous-class"]
    file.write_text(json.dumps(summary))
    asked = Run(tmp_path)
    assert [todo.link for todo in assess(asked).todos] == ["#classes"]
    worst = asked.items[asked.items["flagged"]].nlargest(1, "p_mislabel")["path"].item()
    assert worst in summary_text(run, format_).replace("\\", "")
    assert worst not in summary_text(asked, format_).replace("\\", "")


def test_nothing_found_and_nothing_there(tmp_path: Path) -> None:
    for name, spec in (
        ("clean", Spec(noise=0.0, duplicate_sets=0, unreadable=0)),
        ("empty", Spec(classes=0, items=0, duplicate_sets=0, unreadable=0, splits=())),
    ):
        run = _run(tmp_path / name, spec)
        for format_ in FORMATS:
            assert "most likely" not in summary_text(run, format_)


def test_names_are_text_in_markdown(tmp_path: Path) -> None:
    run = _run(tmp_path, Spec(hostile=True, failed={"outlier": HOSTILE[0] + " | @everyone\n# big"}))
    text = summary_text(run, "markdown")
    assert "<" not in text
    assert " | @everyone" not in text
    assert "\n# big" not in text


def test_command_line_stays_light() -> None:
    code = "import sys, datadoctor.cli, datadoctor.cli.audit; print([m for m in ('pandas', 'torch', 'cv2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
