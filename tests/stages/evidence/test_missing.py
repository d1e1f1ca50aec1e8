"""A second look that breaks takes the maps only: labels are judged, and the run says what is missing and why."""

from pathlib import Path
from typing import Any

import pytest

import datadoctor
from datadoctor.run.maps.kept import kept
from datadoctor.stages.evidence.looking import SecondLook
from tests.run.whole import pictures


def test_labels_are_judged_without_maps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("so many images at once are not for me\nline two")

    monkeypatch.setattr(SecondLook, "_places", broken)
    pictures(tmp_path / "images")
    audit = datadoctor.audit(
        tmp_path / "images", model="filters", select=("mislabel",), out=tmp_path / "run", cache=tmp_path / "cache"
    )
    assert [check["status"] for check in audit.summary["checks"] if check["check"] == "mislabel"] == ["ran"]
    assert audit.items["flagged"].any()
    (said,) = [notice for notice in audit.summary["notices"] if "no maps" in notice]
    assert said.endswith("the second look failed: RuntimeError: so many images at once are not for me")
    assert kept(audit) is None
