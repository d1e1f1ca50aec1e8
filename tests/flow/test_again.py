"""A second audit of what has not changed: the same run directory, from what was kept alone."""

import filecmp
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fixtures.planted import make_planted

PROGRAM = """
import sys
from datadoctor.cli import main
main(["audit", sys.argv[1], "--out", sys.argv[2], "--cache", sys.argv[3], "-q"])
print(sorted({"torch", "sklearn", "cleanlab", "openvino", "scipy", "faiss", "cv2"} & sys.modules.keys()))
"""


def audited(folder: Path) -> tuple[str, dict[str, Any]]:
    """Which libraries an audit loaded, and its summary but for what it took and what ran."""
    command = [sys.executable, "-c", PROGRAM, *(str(folder / name) for name in ("images", "run", "cache"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary = json.loads((folder / "run/summary.json").read_text())
    summary["model"].pop("runs_in")
    return done.stdout.splitlines()[-1], {part: summary[part] for part in summary.keys() - {"stages", "reading"}}


def test_a_second_audit_says_the_same_and_loads_only_what_it_shows(tmp_path: Path) -> None:
    """PyTorch alone takes a second and .9 GB; nothing that was kept needs it again."""
    make_planted(tmp_path)
    loaded, summary = audited(tmp_path)
    assert "torch" in loaded
    (tmp_path / "run").rename(tmp_path / "before")
    (tmp_path / "run/artifacts").mkdir(parents=True)
    (tmp_path / "before/artifacts/stages").rename(tmp_path / "run/artifacts/stages")
    again, summary_again = audited(tmp_path)
    assert again == "[]"
    assert summary_again == summary
    files = [file.relative_to(tmp_path / "before") for file in (tmp_path / "before").rglob("*") if file.is_file()]
    names = [
        str(file)
        for file in files
        if file.name not in {"summary.json", "report.html", "thumbnails.sqlite", "own_filters.npy"}
    ]
    assert {"items.parquet", "findings.csv", "artifacts/embeddings.npy", "artifacts/pred_probs.npy"} <= set(names)
    _, differ, missing = filecmp.cmpfiles(tmp_path / "before", tmp_path / "run", names, shallow=False)
    assert (differ, missing) == ([], [])
