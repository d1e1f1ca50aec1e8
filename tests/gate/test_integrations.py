"""The action, the hook and the examples of docs/gate.md, run as they are written."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.gate.real import Base, add

yaml = pytest.importorskip("yaml", reason="pyyaml is not installed")

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "gate.md").read_text(encoding="utf-8"), re.DOTALL)
IDENTITY = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]


def example(word: str) -> str:
    return next(str(text) for text in EXAMPLES if word in text)


def shell(script: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub and GitLab do, with the program of this environment first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd, env=os.environ | {"PATH": path} | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def checkout(base: Base, tmp_path: Path) -> Path:
    """A checkout of the base: data, baseline and what the cache action would restore."""
    folder = tmp_path / "checkout"
    base.copy(folder / "data")
    (folder / ".datadoctor").mkdir()
    shutil.copy(base.folder / "baseline.jsonl", folder / ".datadoctor" / "baseline.jsonl")
    shutil.copytree(base.folder / "cache", folder / ".datadoctor-cache")
    return folder


def test_action_workflow_and_pipeline_have_the_shape_their_platforms_ask_for(tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    (tmp_path / "pull-request.yml").write_text(example("pull_request"))
    (tmp_path / "main.yml").write_text(example("branches"))
    (tmp_path / "pipeline.yml").write_text(example("merge_request_event"))
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    for options in (
        ["vendor.github-actions", str(ACTION)],
        ["vendor.github-workflows", str(tmp_path / "pull-request.yml"), str(tmp_path / "main.yml")],
        ["vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(tmp_path / "pipeline.yml")],
    ):
        done = subprocess.run([*check, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def gate_step(inputs: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The script of the action's gate, and its environment with these inputs."""
    action: Any = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    values = {name: given.get("default", "") for name, given in action["inputs"].items()} | dict(inputs)
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "gate")
    named = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")
    return step["run"], {name: named.sub(lambda m: values[m[1]], text) for name, text in step["env"].items()}


def test_the_actions_gate_passes_and_blocks_and_says_so(base: Base, checkout: Path) -> None:
    script, variables = gate_step({"data": "data"})
    files = {"GITHUB_OUTPUT": str(checkout / "output"), "GITHUB_STEP_SUMMARY": str(checkout / "summary.md")}
    passed = shell(script, checkout, **variables, **files)
    assert passed.returncode == 0, passed.stderr
    assert (checkout / "output").read_text() == "exit-code=0\n"
    add(checkout / "data", next(image for image in base.spare if image.parent.name == "1"), "0")
    blocked = shell(script, checkout, **variables, **files)
    assert blocked.returncode == 1
    assert blocked.stdout.startswith("::error file=data/0/new-")
    assert (checkout / "output").read_text().endswith("exit-code=1\n")
    assert "## ❌ Dataset gate blocked" in (checkout / "summary.md").read_text()
    kept = {file.name for file in (checkout / "gate").iterdir()}
    assert kept == {"gate.md", "gate.json", "junit.xml", "datadoctor.sarif"}


def test_the_actions_inputs_are_no_commands(checkout: Path) -> None:
    script, variables = gate_step({"data": "data; touch hacked", "baseline": "$(touch hacked)"})
    files = {"GITHUB_OUTPUT": str(checkout / "output"), "GITHUB_STEP_SUMMARY": str(checkout / "summary.md")}
    assert shell(script, checkout, **variables, **files).returncode == 2
    assert not (checkout / "hacked").exists()


def test_the_gitlab_job_runs_and_its_reports_are_there(base: Base, checkout: Path) -> None:
    job = yaml.safe_load(example("merge_request_event"))["dataset-gate"]
    first, second, *lines = job["script"]
    assert first == "pip install uv"
    assert second.startswith("uv pip install ")
    add(checkout / "data", next(image for image in base.spare if image.parent.name == "1"), "0")
    # The example's dataset has a manifest; this one is a folder of class folders.
    done = shell("\n".join(lines).replace("--manifest labels.csv ", ""), checkout)
    assert done.returncode == 1, done.stderr
    reports = job["artifacts"]["reports"]
    assert (checkout / reports["junit"]).is_file()
    issues = json.loads((checkout / reports["codequality"]).read_text())
    assert issues[0]["location"]["path"].startswith("data/0/new-")
    assert all((checkout / file).is_file() for file in job["artifacts"]["paths"])


def test_the_hook_takes_copies_and_broken_files_and_loads_no_model(base: Base, checkout: Path) -> None:
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    hook = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))[0]
    asked = yaml.safe_load(example("datadoctor-hashes"))[0]["hooks"][0]
    assert hook["id"] == asked["id"]
    options = [option for option in asked["args"] if option not in ("--manifest", "labels.csv")]
    # Where it is installed already: what pre-commit would install is this very package.
    local = hook | asked | {"language": "system", "additional_dependencies": [], "args": options}
    (checkout / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [{"repo": "local", "hooks": [local]}]}))
    (checkout / ".gitignore").write_text(".datadoctor-cache\n")
    shell("git init --quiet && git add --all", checkout)
    run = f"{sys.executable} -m pre_commit run --all-files"
    home = {"PRE_COMMIT_HOME": str(checkout.parent / "pre-commit"), "PYTHONVERBOSE": ""}
    clean = shell(run, checkout, **home)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    original = next((checkout / "data" / "1").iterdir())
    shutil.copy(original, checkout / "data" / "0" / "copy.png")
    (checkout / "data" / "0" / "broken.png").write_bytes(b"\x89PNG")
    refused = shell(f"git add --all && {run}", checkout, **home)
    assert refused.returncode == 1
    assert "conflicting-duplicate, unreadable-image" in refused.stdout
    loaded = "import sys; from datadoctor.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    command = [sys.executable, "-c", loaded, *hook["entry"].split()[1:], *options]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    assert not {"torch", "torchvision", "faiss", "sklearn", "pandas"} & set(done.stdout.split())


def test_where_nothing_changed_the_gate_needs_no_pytorch(checkout: Path) -> None:
    gate = ["gate", "data", "--baseline", ".datadoctor/baseline.jsonl", "--cache", ".datadoctor-cache"]
    code = "import sys; sys.modules.update(torch=None, sklearn=None, scipy=None, pandas=None, faiss=None)\n"
    code += "from datadoctor.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *gate], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "no image changed" in done.stdout


def test_the_hooks_file_is_valid() -> None:
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    done = subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)], check=False)
    assert done.returncode == 0
