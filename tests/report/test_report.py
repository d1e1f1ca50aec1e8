"""The report as a file: size, policy, what it holds, and what it says of what is missing."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from datadoctor import report
from datadoctor.errors import DataDoctorError
from datadoctor.relabel.queue import relabel_queue
from datadoctor.report.page import page
from datadoctor.report.pictures import Pictures
from datadoctor.report.scripts import bundle
from datadoctor.report.thumbnails import Album, in_turn
from datadoctor.run import Run
from tests.report.make_run import HOSTILE, Spec, build, say_in_words


def _written(folder: Path, spec: Spec) -> str:
    report.write(Run(folder), build(folder, spec), folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def _data(html: str) -> dict[str, Any]:
    found = re.search(r'id="data">([^<]*)<', html)
    assert found
    content: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(found[1])))
    return content


def test_queue_is_worst_first_and_says_why(tmp_path: Path) -> None:
    data = _data(_written(tmp_path, Spec()))
    flagged = relabel_queue(Run(tmp_path))
    paths = [data["items"]["path"][i] for i in data["queue"]]
    assert paths[: len(flagged)] == flagged["path"].tolist()
    assert flagged["p_mislabel"].is_monotonic_decreasing
    reasons = {
        f["items"][0]: f["message"] for f in data["findings"] if data["checks"][f["check"]]["check"] == "mislabel"
    }
    assert set(data["queue"][: len(flagged)]) == set(reasons)


def test_ids_are_called_by_their_words_and_kept_where_two_have_the_same(tmp_path: Path) -> None:
    html = _written(tmp_path, Spec(classes=4))
    assert _data(html)["names"] == _data(html)["classes"]
    say_in_words(tmp_path, ["crane, bird", "crane, machine", "", "goldfish, Carassius"])
    report.write(Run(tmp_path), lambda _: None, tmp_path / "report.html")
    data = _data((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert data["classes"] == ["class_0", "class_1", "class_2", "class_3"]
    assert data["names"] == ["crane (class_0)", "crane (class_1)", "class_2", "goldfish"]
    assert {"goldfish", "class_2", "superclass 0"} <= set(data["trees"][0]["name"])


def test_conflicting_sets_come_first(tmp_path: Path) -> None:
    sets = _data(_written(tmp_path, Spec(classes=3, items=300, duplicate_sets=40)))["sets"]
    assert len(sets) == 40
    ranks = [(not s["conflict"], not s["leak"]) for s in sets]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 2
    assert all(s["keep"] in s["items"] for s in sets)


def test_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    _written(tmp_path / "a", Spec())
    again = page(Run(tmp_path / "a"), build(tmp_path / "a", Spec()), 20_000_000)
    assert again == (tmp_path / "a" / "report.html").read_bytes()


def test_policy_names_exactly_our_style_and_script(tmp_path: Path) -> None:
    html = _written(tmp_path, Spec(hostile=True))
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert found
    policy = found[1].replace("&#39;", "'")
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    for tag in ("style", 'script type="module"'):
        [text] = re.findall(f"<{tag}>(.*?)</{tag.split()[0]}>", html, re.DOTALL)
        assert "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    assert " style=" not in html.split("<script", 1)[0], "the policy refuses inline styles"


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    html = _written(tmp_path, Spec(hostile=True, failed={"outlier": HOSTILE[1]}))
    assert html.count("</script>") == 3
    assert "<b>hostile" not in html
    assert "</script><b>" not in html
    assert HOSTILE[0] in _data(html)["classes"]


def test_what_did_not_run_is_never_clean(tmp_path: Path) -> None:
    spec = Spec(skipped={"split-leak": "one split only"}, failed={"mislabel": "MemoryError"})
    html = _written(tmp_path, spec)
    assert "2 of 10 checks did not run: this is not a clean result" in html
    assert html.index("MemoryError") < html.index("Do first")
    assert "Wrong labels" in html
    assert "failed: MemoryError" in html


@pytest.mark.parametrize(
    "spec",
    [Spec(classes=0, items=0, duplicate_sets=0, unreadable=0, splits=()), Spec(classes=1, items=1, unreadable=0),
     Spec(items=5, unreadable=5), Spec(classes=2, items=4, unreadable=0), Spec(noise=0.0, duplicate_sets=0)],
)  # fmt: skip
def test_small_and_empty_runs_have_a_page(tmp_path: Path, spec: Spec) -> None:
    assert _data(_written(tmp_path, spec))["shortened"]["items"] == spec.items


@pytest.mark.parametrize("limit", [1_500_000, 3_000_000])
def test_the_limit_holds_and_what_is_left_out_is_said(tmp_path: Path, limit: int) -> None:
    content = page(Run(tmp_path), build(tmp_path, Spec(classes=50, items=4000)), limit)
    assert len(content) <= limit
    assert b"datadoctor explain" in content
    data = _data(content.decode())
    shown = [data["items"]["thumbnail"][i] >= 0 for i in data["queue"]]
    assert shown[0], "the worst item has a thumbnail"


def test_budget_goes_to_the_first() -> None:
    album = Album()
    album.fill(((name, bytes(300)) for name in album.missing(["a", "b", "a", "c", "d"])), 900)
    assert list(album.place) == ["a", "b"]
    assert album.full
    album.fill(((name, bytes(60)) for name in album.missing(["b", "c", "", "d"])), 90)
    assert list(album.place) == ["a", "b", "c", "d"], "what a filling leaves is for the next"
    assert album.taken == [2, 2]
    assert list(in_turn([[1, 2, 3], [4], [5, 6]])) == [1, 4, 5, 2, 6, 3]


def test_worst_items_have_larger_pictures_of_the_audited_bytes(tmp_path: Path) -> None:
    for name, colour in (("wide.png", "red"), ("changed.png", "blue")):
        Image.new("RGB", (800, 400), colour).save(tmp_path / name)
    digest = hashlib.sha256((tmp_path / "wide.png").read_bytes()).hexdigest()
    rows = [("wide.png", digest, 800, 400), ("changed.png", "as it was", 800, 400), ("small.png", "small", 160, 90)]
    pictures = Pictures(tmp_path.joinpath, pd.DataFrame(rows, columns=["path", "digest", "width", "height"]))
    made = dict(pictures.of([digest, "as it was", "small", "unknown"]))
    large = Image.open(io.BytesIO(made.pop(digest) or b""))
    assert (large.format, large.size) == ("WEBP", (384, 192))
    assert made == {"as it was": None, "small": None, "unknown": None}


def test_bundle_refuses_circles_and_unknown_names(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = b;\n')
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    assert bundle(tmp_path, "a").index("module_b =") < bundle(tmp_path, "a").index("module_a =")
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    with pytest.raises(DataDoctorError, match="in a circle: a -> b -> a"):
        bundle(tmp_path, "a")
    (tmp_path / "b.js").write_text("export const other = 1;\n")
    with pytest.raises(DataDoctorError, match="does not export b"):
        bundle(tmp_path, "a")
