"""The wheel holds what it should, runs the demo where POSIX is missing, and every command and Python block of the documentation
runs, on the demo and on a small dataset."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.install import images
from tests.shipping.pages import blocks, pages, unmarked

columns = pytest.importorskip("documentation.columns")
ROOT = Path(__file__).parents[2]


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"OMP_NUM_THREADS": "1"} | environment
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what the source distribution holds, as it is when pip finds no wheel."""
    folder = tmp_path_factory.mktemp("dist")
    # -P: a folder of the checkout may be called as a module is.
    done = run([sys.executable, "-P", "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)], ROOT)
    assert done.returncode == 0, done.stderr
    shutil.unpack_archive(next(folder.glob("*.tar.gz")), folder)
    source = next(one for one in folder.iterdir() if one.is_dir())
    done = run([sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], source)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def demo(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, from the wheel's files alone, without what Windows lacks; what it printed is in ``said.txt``."""
    folder = tmp_path_factory.mktemp("demo")
    installed = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    elsewhere = ["-P", str(ROOT / "tests/shipping/elsewhere.py"), "datadoctor"]
    path, cache = str(installed), str(folder / "cache")
    asked = run([sys.executable, "-P", "-c", "import datadoctor; print(datadoctor.__file__)"], folder, PYTHONPATH=path)
    assert asked.stdout.startswith(path)
    done = run([sys.executable, *elsewhere, "demo"], folder, PYTHONPATH=path, XDG_CACHE_HOME=cache)
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture
def desk(demo: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder as readers have it: the demo and its run, and class folders of their own; the user's cache beside it."""
    there = tmp_path / "desk"
    shutil.copytree(demo, there, ignore=shutil.ignore_patterns("said.txt"))
    for name in ("photos", "data"):
        images(there / name)
    labels = [
        f"{file.relative_to(there / 'data').as_posix()},{file.parent.name}"
        for file in sorted((there / "data").rglob("*.png"))
    ]
    (there / "labels.csv").write_text("\n".join(["path,label", *labels]) + "\n", encoding="utf-8")
    # The commands are as they are written; with the filters for a default they do not take long.
    (there / "datadoctor.toml").write_text('model = "filters"\n', encoding="utf-8")
    yield there
    shutil.rmtree(tmp_path)


def test_the_wheel_holds_code_templates_and_licence_and_nothing_else(wheel: Path) -> None:
    listed = run(["git", "ls-files", "datadoctor", "templates"], ROOT).stdout.split()
    expected = {name if name.startswith("datadoctor/") else f"datadoctor/{name}" for name in listed}
    with zipfile.ZipFile(wheel) as archive:
        names = {
            name for name in archive.namelist() if not name.startswith(f"{wheel.name.rsplit('-', 3)[0]}.dist-info/")
        }
        about = {Path(name).name for name in archive.namelist()} - {Path(name).name for name in names}
    assert names == expected
    assert about == {"METADATA", "WHEEL", "entry_points.txt", "LICENSE", "RECORD"}


def test_the_source_distribution_holds_no_tests(wheel: Path) -> None:
    source = next(one for one in wheel.parent.iterdir() if one.is_dir())
    there = {one.name for one in source.iterdir()}
    assert {"datadoctor", "templates", "LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml"} <= there
    assert not {"tests", "benchmarks", "docs", "fixtures", "documentation"} & there


def test_the_demo_finds_what_was_changed_also_where_posix_is_missing(demo: Path) -> None:
    assert "of the 36 changed labels, 97% are flagged" in (demo / "said.txt").read_text(encoding="utf-8")
    assert (demo / "datadoctor-demo/report/report.html").stat().st_size > 1e6


def test_every_module_can_be_imported_where_posix_is_missing() -> None:
    done = run([sys.executable, "-m", "tests.shipping.elsewhere", "--import-all", "datadoctor"], ROOT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 300


@pytest.mark.parametrize("name", list(columns.TABLES))
def test_every_column_is_described(demo: Path, name: str) -> None:
    folder = demo / "datadoctor-demo/report"
    file = folder / f"{name}.parquet"
    table = pd.read_parquet(file) if file.is_file() else pd.read_csv(folder / f"{name}.csv")
    there = {f"{column.partition('_')[0]}_NAME" if column.startswith("view_") else column for column in table.columns}
    assert there == set(columns.TABLES[name])


@pytest.mark.parametrize("page", pages())
def test_what_a_page_says_to_run_runs(desk: Path, page: str) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in blocks(page):
        # It has been run; its cache is there, so that it would only take longer.
        text = block.text.replace("datadoctor demo\n", "")
        command = ["bash", "-e", "-c", text] if block.language == "bash" else [sys.executable, "-c", text]
        done = run(command, desk, PATH=programs, PYTHONPATH=str(ROOT), XDG_CACHE_HOME=str(desk / "cache"))
        assert done.returncode == block.exit_code, f"{page}\n{text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", [*pages(), "layouts.md", "images.md", "reliability.md", "report.md"])
def test_no_command_hides_from_being_run(page: str) -> None:
    assert unmarked(page) == []


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    building = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = run(building, ROOT, NO_MKDOCS_2_WARNING="1")
    assert done.returncode == 0, done.stdout + done.stderr
    commands = (tmp_path / "site/reference/commands/index.html").read_text(encoding="utf-8")
    assert "datadoctor audit-sample" in commands
    assert "--write-baseline" in commands
    assert "DataDoctorError" in (tmp_path / "site/reference/python/index.html").read_text(encoding="utf-8")
    flow = (tmp_path / "site/architecture/index.html").read_text(encoding="utf-8")
    assert 'class="mermaid"' not in flow, "drawn by a script from elsewhere"
    assert "the list of the stages</a>" in flow
