"""The gate as a shell sees it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gate.make import finding, item, write_run

BASE = [item(f"cat/{number}.png") for number in range(4)]
ADDED = item("cat/new.png")


def gate(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "datadoctor", "gate", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def baselined(tmp_path: Path) -> Path:
    """A folder with the baseline of a run, and a run with one more mislabel."""
    old = finding("mislabel", BASE[:1])
    write_run(tmp_path / "base", BASE, [old], manifest="data/labels.csv")
    write_run(tmp_path / "worse", [*BASE, ADDED], [old, finding("mislabel", [ADDED])], manifest="data/labels.csv")
    done = gate(tmp_path, "base", "--write-baseline", ".datadoctor/baseline.jsonl")
    assert done.returncode == 0, done.stderr
    assert "4 images and 1 findings" in done.stdout
    return tmp_path


AGAINST = ("--baseline", ".datadoctor/baseline.jsonl")


def test_pass_is_0_and_block_is_1(baselined: Path) -> None:
    passed, blocked = gate(baselined, "base", *AGAINST), gate(baselined, "worse", *AGAINST)
    assert (passed.returncode, blocked.returncode) == (0, 1)
    assert blocked.stdout.startswith("gate blocked: 1 new finding over budget (mislabel)")
    assert "'data/labels.csv':6" in blocked.stdout
    assert blocked.stderr == ""


def test_exit_zero_reports_but_does_not_block(baselined: Path) -> None:
    done = gate(baselined, "worse", *AGAINST, "--exit-zero")
    assert (done.returncode, done.stdout[:12]) == (0, "gate blocked")


def test_all_formats_of_one_run(baselined: Path) -> None:
    files = {"markdown": "out/gate.md", "json": "out/gate.json", "junit": "out/junit.xml", "sarif": "out/gate.sarif"}
    done = gate(
        baselined, "worse", *AGAINST, "--format", "github", *(f"--write={name}={file}" for name, file in files.items())
    )
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=data/labels.csv,line=6,title=mislabel::")
    assert all((baselined / file).is_file() for file in files.values())
    location = json.loads((baselined / "out/gate.sarif").read_text())["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "data/labels.csv"}, "region": {"startLine": 6}}


def test_a_suppression_by_the_default_file(baselined: Path) -> None:
    key = finding("mislabel", [ADDED]).key
    allow = baselined / ".datadoctor" / "allow.toml"
    allow.write_text(f'[[allow]]\nkey = "{key}"\nreason = "a lynx, really"\nowner = "mara"\n')
    accepted = gate(baselined, "worse", *AGAINST)
    assert accepted.returncode == 0
    assert "new, but accepted by suppressions: 1 mislabel" in accepted.stdout
    allow.write_text(f'[[allow]]\nkey = "{key}"\nowner = "mara"\n')
    done = gate(baselined, "worse", *AGAINST)
    assert done.returncode == 2
    assert "allow.toml:1: an entry needs 'reason'" in done.stderr


def test_policy_of_the_settings_file_and_profile(baselined: Path) -> None:
    (baselined / "datadoctor.toml").write_text("[gate.checks]\nmislabel = { max_new = 1 }\n")
    assert gate(baselined, "worse", *AGAINST).returncode == 0
    (baselined / "datadoctor.toml").write_text('[gate.checks]\nmislabl = "off"\n')
    done = gate(baselined, "worse", *AGAINST)
    assert done.returncode == 2
    assert "datadoctor.toml:2: unknown check 'mislabl'" in done.stderr
    (baselined / "datadoctor.toml").unlink()
    assert gate(baselined, "worse", *AGAINST, "--profile", "advisory").returncode == 0


@pytest.mark.parametrize("content", ["", "{", '{"schema":"datadoctor/baseline@99"}\n'])
def test_a_corrupt_baseline_is_2(baselined: Path, content: str) -> None:
    (baselined / "bad.jsonl").write_text(content)
    done = gate(baselined, "base", "--baseline", "bad.jsonl")
    assert done.returncode == 2
    assert "bad.jsonl: cannot use this baseline" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_baseline_of_another_model_is_2(baselined: Path) -> None:
    write_run(baselined / "other", BASE, model="resnet18")
    done = gate(baselined, "other", *AGAINST)
    assert done.returncode == 2
    assert "model was 'squeezenet1_0', now 'resnet18'" in done.stderr
    assert "refresh the baseline" in done.stderr


def test_no_run_or_a_wrong_flag_is_2(baselined: Path) -> None:
    assert gate(baselined, "nowhere").returncode == 2
    assert gate(baselined, "base", "--format", "html").returncode == 2
    assert gate(baselined, "base", "--write", "html=x").returncode == 2


def test_an_incomplete_run_is_3_unless_the_check_cannot_block(baselined: Path) -> None:
    write_run(baselined / "blind", BASE, skipped={"mislabel": "no weights"})
    write_run(baselined / "dim", BASE, skipped={"image-quality": "no weights"})
    write_run(baselined / "whole", BASE, skipped={"split-leak": "one split only"})
    blind, dim = gate(baselined, "blind"), gate(baselined, "dim")
    assert (blind.returncode, dim.returncode, gate(baselined, "whole").returncode) == (3, 0, 0)
    assert "mislabel skipped: no weights" in blind.stdout
    assert "image-quality skipped: no weights" in dim.stdout


def test_renaming_and_removing_pass(baselined: Path) -> None:
    renamed = [replace(one, path=one.path.replace("cat/", "cat/x")) for one in BASE[:2]]
    write_run(baselined / "renamed", renamed, [finding("mislabel", renamed[:1])])
    done = gate(baselined, "renamed", *AGAINST)
    assert done.returncode == 0
    assert "2 removed, 2 renamed" in done.stdout
