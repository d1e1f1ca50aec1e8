"""Judging again on a real run: real digits, some filed wrong on purpose, audited, partly answered with the truth."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import datadoctor
from datadoctor.findings import journal
from datadoctor.flow import Flow
from datadoctor.progress import Silent
from datadoctor.review.desk import Desk
from datadoctor.review.improve import judged_again
from datadoctor.review.table import Table
from datadoctor.run import Run
from datadoctor.run.originals import settings_of
from tests.review.serving import served

pytestmark = pytest.mark.slow
WRONG = 24


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A run on 300 digits of five kinds, and the true label of each path."""
    folder = tmp_path_factory.mktemp("digits")
    digits = load_digits(n_class=5)
    random = np.random.default_rng(0)
    moved = set(random.choice(300, WRONG, replace=False).tolist())
    truth = {}
    for number, (pixels, digit) in enumerate(zip(digits.images[:300], digits.target[:300], strict=True)):
        given = (int(digit) + int(random.integers(1, 5))) % 5 if number in moved else int(digit)
        path = f"{given}/{number:04d}.png"
        (folder / "photos" / str(given)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.uint8(255 - pixels * 15.9)).resize((24, 24)).save(folder / "photos" / path)
        truth[path] = str(digit)
    datadoctor.audit(
        folder / "photos", model="filters", select=("mislabel",), out=folder / "run", cache=folder / "cache"
    )
    return folder / "run", truth


def answered(run: Path, truth: dict[str, str], many: int, file: Path) -> list[int]:
    """A journal with the truth about the worst ``many``; their places."""
    table = Table(Run(run))
    worst: list[int] = np.argsort(-table.numbers["score"], kind="stable")[:many].tolist()
    said = []
    for place in worst:
        label, given = truth[table.items["path"][place]], table.items["given_label"][place]
        said.append({"place": place, "decision": "keep" if label == given else "relabel", "label": label})
    Desk(table, file).decide("mara", said)
    return worst


def test_answers_are_heeded_by_the_review_and_by_the_next_audit(
    audited: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    run, truth = audited
    file = tmp_path / journal.FILE
    places = answered(run, truth, 15, file)
    found = judged_again(Run(run), file)
    items = found.items
    wrong = np.array([truth[path] != given for path, given in zip(items["path"], items["given_label"], strict=True)])
    assert found.known == 15
    assert (items["p_mislabel"].to_numpy()[places] == wrong[places]).all()
    assert (items["suggested_label"][places] == [truth[items["path"][place]] for place in places]).all()
    assert found.low <= wrong.mean() <= found.high
    before = Run(run).items["p_mislabel"].to_numpy()
    left = np.setdiff1d(np.arange(len(items)), places)
    after = items["p_mislabel"].to_numpy()
    assert abs(after[left].sum() - wrong[left].sum()) <= abs(before[left].sum() - wrong[left].sum()) + 2
    audit = datadoctor.audit(
        run.parent / "photos",
        model="filters",
        select=("mislabel",),
        out=tmp_path / "again",
        cache=run.parent / "cache",
        answers=file,
    )
    assert np.allclose(audit.items["p_mislabel"], after, atol=1e-5, equal_nan=True)


def test_a_page_asks_for_it_and_shows_what_flipped(audited: tuple[Path, dict[str, str]]) -> None:
    run, truth = audited
    answered(run, truth, 15, run / journal.FILE)
    with served(run) as server:
        assert server.ask("improved").json == {"state": "never"}
        assert server.tell("improve", reviewer="mara").json["state"] == "running"
        while (state := server.ask("improved").json)["state"] == "running":
            time.sleep(0.1)
        assert state["state"] == "done", state
        assert state["known"] == 15
        assert len(server.ask("rows", state="up").body) == 4 * state["up"]
        assert len(server.ask("rows", state="down").body) == 4 * state["down"]
        worst = np.frombuffer(server.ask("rows", sort="-p", state="open").body, "<u4")
        assert len(worst) == 285
    (run / journal.FILE).unlink()


def test_answers_about_what_is_gone_are_counted_and_said(audited: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    run, truth = audited
    file = tmp_path / journal.FILE
    answered(run, truth, 5, file)
    text = file.read_text(encoding="ascii")
    first = journal.read(file)[0].decisions[0].path
    file.write_text(text.replace(first, "0/gone.png"), encoding="ascii")
    flow = Flow(run.parent / "photos", settings_of(Run(run), out=tmp_path / "out", answers=file), Silent())
    assert (flow["known"] >= 0).sum() == 4
    assert any("1 answers are about images" in notice for notice in flow.notices)
