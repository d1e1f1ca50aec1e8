"""Each value is made once, from what its parameters name; what is kept is not made again unless something of it changed."""

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor import plugins
from datadoctor.config import Config
from datadoctor.errors import NotAvailableError
from datadoctor.flow import Flow, identity
from datadoctor.progress import Silent
from datadoctor.stages import Stage, every, fit, stage
from tests.stages.listings import write_images

MADE: list[str] = []


@stage()
def numbers(*, seed: int) -> NDArray[np.int64]:
    """Numbers."""
    MADE.append("numbers")
    return np.arange(seed)


@fit(keep=True)
def total(numbers: NDArray[np.int64]) -> float:
    """Their sum."""
    MADE.append("total")
    return float(numbers.sum())


@stage(keep=True)
def nothing(numbers: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """None, where there is nothing."""
    MADE.append("nothing")
    return None


@stage()
def broken(numbers: NDArray[np.int64]) -> int:
    """Never there."""
    MADE.append("broken")
    raise NotAvailableError("no")


@stage(keep=True)
def careful(total: float, broken: int = 7) -> float:
    """Does without what is not there."""
    return total + broken


@stage()
def half(total: float) -> float:
    """Half the sum."""
    return total / 2


@stage()
def chosen(*, model: str) -> Literal["half", "broken"] | None:
    """One of two, or none."""
    return None if model == "none" else "half" if model == "half" else "broken"


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Stage]:
    stages: dict[str, Any] = {name: value for name, value in globals().items() if isinstance(value, Stage)}
    monkeypatch.setattr("datadoctor.flow.every", lambda: stages)
    MADE.clear()
    return stages


@pytest.fixture
def flow(toys: Mapping[str, Stage], tmp_path: Path) -> Callable[..., Flow]:
    def make(made: Mapping[str, Any] | None = None, **settings: Any) -> Flow:
        return Flow(tmp_path, Config(**{"out": tmp_path / "run", "seed": 4, **settings}), Silent(), made)

    return make


def test_a_value_is_made_once_and_a_kept_one_once_for_ever(flow: Callable[..., Flow]) -> None:
    first = flow()
    assert first["total"] == first["total"] == 6
    assert MADE == ["numbers", "total"]
    again = flow()
    assert again["total"] == 6
    assert MADE == ["numbers", "total"], "what a kept value needs is not even asked for"
    assert [(cost.stage, cost.reused, cost.kept_bytes > 0) for cost in again.clock.costs] == [("total", True, True)]


def test_that_there_is_nothing_is_kept_too(flow: Callable[..., Flow]) -> None:
    assert flow()["nothing"] is None
    again = flow()
    assert again["nothing"] is None
    assert MADE == ["numbers", "nothing"]
    assert [cost.reused for cost in again.clock.costs] == [True]


def test_another_setting_makes_again_what_follows_from_it(flow: Callable[..., Flow]) -> None:
    assert flow()["careful"] == 13
    assert flow(seed=5)["careful"] == 17
    assert flow(seed=5, device="cpu").identity("careful") == flow(seed=5).identity("careful"), "it reads no device"


def test_a_given_value_is_used_and_counts_by_what_it_is(flow: Callable[..., Flow]) -> None:
    given = flow({"numbers": np.array([1, 2])})
    assert given["total"] == 3
    assert MADE == ["total"]
    assert given.identity("total") != flow().identity("total")
    assert given.identity("total") == flow({"numbers": np.array([1, 2])}).identity("total")


def test_a_failure_is_raised_again_and_found_once(flow: Callable[..., Flow]) -> None:
    one = flow()
    for _ in range(2):
        with pytest.raises(NotAvailableError, match="no"):
            one["broken"]
    assert MADE == ["numbers", "broken"]
    assert one.get("broken") is None
    assert isinstance(one.failed["broken"], NotAvailableError)


@pytest.mark.parametrize(("model", "value"), [("half", 3.0), ("none", None)])
def test_a_choice_makes_only_what_it_names(flow: Callable[..., Flow], model: str, value: float | None) -> None:
    assert flow(model=model)["chosen"] == value
    assert "broken" not in MADE
    with pytest.raises(NotAvailableError):
        flow(model="other")["chosen"]


def test_the_time_of_what_a_stage_needs_is_not_its_own(flow: Callable[..., Flow]) -> None:
    one = flow()
    _ = one["half"]
    assert [cost.stage for cost in one.clock.costs] == ["numbers", "total", "half"]
    assert all(cost.seconds >= 0 for cost in one.clock.costs)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("images")
    write_images(root, 12)
    return root


def identities(dataset: Path, labels: str, tmp_path: Path, **settings: Any) -> dict[str, str]:
    paths = sorted(path.name for path in dataset.glob("*.png"))
    rows = (f"{path},{label}" for path, label in zip(paths, labels, strict=True))
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *rows]))
    config = Config(
        **{"manifest": (tmp_path / "labels.csv",), "model": "filters", "cache": tmp_path, "out": tmp_path, **settings}
    )
    flow = Flow(dataset, config, Silent())
    return {name: flow.identity(name) for name in ("filters", "neighbours", "probe_predictions", "label_judgement")}


def test_another_label_leaves_what_looks_at_no_label(dataset: Path, tmp_path: Path) -> None:
    before, after = (identities(dataset, labels, tmp_path) for labels in ("aaaaaabbbbbb", "aaaaaabbbbba"))
    assert [name for name in before if before[name] != after[name]] == ["probe_predictions", "label_judgement"]
    assert identities(dataset, "aaaaaabbbbbb", tmp_path) == before
    seeded = identities(dataset, "aaaaaabbbbbb", tmp_path, seed=1)
    assert not any(seeded[name] == before[name] for name in before)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "stages").mkdir()
    monkeypatch.setenv(plugins.VARIABLE, str(tmp_path))
    caches = (identity.of_code, identity._imports, identity._file, identity._source)
    yield tmp_path / "stages"
    for one in caches:
        one.cache_clear()


def test_the_code_of_a_stage_is_all_that_it_imports(plugin: Path) -> None:
    (plugin / "toy.py").write_text("def f():\n    from datadoctor.stages.helper import g\n")
    (plugin / "alone.py").write_text("x = 1\n")
    hashes = []
    for text in ("g = 1\n", "g = 2\n"):
        (plugin / "helper.py").write_text(text)
        for one in (identity.of_code, identity._imports, identity._file, identity._source):
            one.cache_clear()
        hashes.append([identity.of_code(f"datadoctor.stages.{name}") for name in ("toy", "alone")])
    assert hashes[0][0] != hashes[1][0]
    assert hashes[0][1] == hashes[1][1]


def test_imports_are_found_as_python_finds_them() -> None:
    package = Path(identity.__file__).parent.parent
    for file in package.rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        expected = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("datadoctor"):
                expected |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
            elif isinstance(node, ast.Import):
                expected |= {one.name for one in node.names if one.name.startswith("datadoctor")}
        assert set(identity._imported(source)) == expected, file


def test_imports_in_every_form() -> None:
    source = "import datadoctor.a\n  from datadoctor.b import (\n    c,  # d, e\n    f as g,\n)\n"
    source += "from other import h\nfrom datadoctor import i, j as k"
    expected = [
        "datadoctor.a",
        "datadoctor.b",
        "datadoctor.b.c",
        "datadoctor.b.f",
        "datadoctor",
        "datadoctor.i",
        "datadoctor.j",
    ]
    assert list(identity._imported(source)) == expected


def test_what_stages_need_is_there_and_nothing_needs_itself() -> None:
    from datadoctor.flow.picture import ordered

    assert {one.name for one in ordered()} == set(every())
    for one in every().values():
        unknown = set(one.needs) | set(one.chooses)
        assert unknown <= set(every()), one.name
        assert one.explanation, one.name
        assert not one.known_by or not one.keep, (
            f"{one.name}: a value that identifies itself cannot be found before it is made"
        )
        assert "config" not in one.settings or one.known_by, (
            f"{one.name}: names no settings, so its identity needs its value"
        )


def test_every_fit_can_be_kept() -> None:
    from datadoctor.flow.keeping import dataclasses_in

    for one in every().values():
        if one.fits or one.keep:
            list(dataclasses_in(one.returns))
