import datetime
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from datadoctor.findings.suppressions import Suppression
from datadoctor.gate.formats import FORMATS, render
from datadoctor.gate.judge import Verdict, judge
from datadoctor.gate.policy import PROFILES, Level, Override, Policy, Rule
from datadoctor.gate.state import LEFT_OUT, Incomplete, baseline_of
from datadoctor.run.markdown import MOST_BYTES
from tests.gate.make import CHECKS, finding, incomplete, item, state

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
HOSTILE = "a|b`<script>\n::error::x\x1b[31m\x00@team [l](http://x) \u2028\ufffe_*.png"
LEAKAGE = {"splits": ["test", "train"], "exact": [[0, 3], [3, 1]], "near": [[0, 4], [4, 2]]}


def verdict(n_new: int = 12, name: str = "cat/new", **options: Any) -> Verdict:
    """``n_new`` blocking mislabels, one advisory finding, one fixed, one check that did not run."""
    old = item("cat/old.png")
    added = [item(f"{name}{number}.png", str(number)) for number in range(n_new)]
    found = [finding("mislabel", [one], 0.9 + number / 1000) for number, one in enumerate(added)]
    now = state(
        added,
        [*found, finding("image-quality", added[:1])],
        leakage=LEAKAGE,
        incomplete=(incomplete("conflicting-duplicate"),),
    )
    policy = Policy("recommended", {check: PROFILES["recommended"](check) for check in CHECKS}, **options)
    before = baseline_of(state([old], [finding("mislabel", [old])]))
    gone = [Suppression("0" * 8, "no more", "mara"), Suppression("1" * 8, "old", "mara", datetime.date(2026, 1, 1))]
    return judge(now, before, policy, gone, today=datetime.date(2026, 11, 21), against="base.jsonl")


def sarif(found: Verdict) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(found, "sarif"))
    jsonschema.Draft7Validator(SCHEMA).validate(log)
    return log


def test_text_says_what_blocks_what_is_fixed_and_what_did_not_run() -> None:
    text = render(verdict(), "text")
    assert text.startswith(
        "gate blocked: 12 new findings over budget (mislabel)\n12 added, 1 removed, against base.jsonl\n"
    )
    assert "1 fixed by this change" in text
    assert "conflicting-duplicate skipped: too few images" in text
    assert "unused suppression 00000000" in text
    assert "suppression 11111111 (mara) expired on 2026-01-01" in text
    assert text.count("  mislabel  ") == 10
    assert text.index("cat/new11.png") < text.index("cat/new10.png")


def test_markdown_has_verdict_table_leak_matrix_and_the_ten_worst() -> None:
    lines = render(verdict(), "markdown").splitlines()
    assert lines[0].startswith("## ❌ Dataset gate blocked")
    assert "| mislabel | error | **12** | 0 | 1 | 0 |" in lines
    assert "| unreadable\\-image | error | 0 | 0 | 0 | 0 |" in lines
    assert "| test | 0 + 0 | 3 + 4 |" in lines
    assert "| train | 3 + 4 | 1 + 2 |" in lines
    assert "🎉 1 fixed by this change" in lines
    assert sum(line.startswith("| 0.9") for line in lines) == 10


def test_markdown_is_cut_by_us_below_the_limit_of_the_platform() -> None:
    overrides = tuple(
        Override(f"cat/new{number}.*" + "*" * 300, "", {"mislabel": {"max_new": 0}}) for number in range(400)
    )
    text = render(verdict(400, overrides=overrides), "markdown")
    assert 50_000 < len(text.encode()) <= MOST_BYTES < 65_536
    assert text.endswith("*Cut here: the whole is in the JSON output.*\n")


def test_json_holds_everything() -> None:
    content = json.loads(render(verdict(30), "json"))
    rows = {row["check"]: row for row in content["checks"]}
    assert content["schema"] == "datadoctor/gate@1"
    assert content["exit_code"] == 1
    assert len(rows["mislabel"]["new"]) == 30
    assert rows["mislabel"]["fixed"] == 1
    assert content["delta"]["added"] == 30
    assert content["expired_suppressions"][0]["expires"] == "2026-01-01"


def test_junit_fails_skips_and_errs_by_level() -> None:
    suite = ET.fromstring(render(verdict(), "junit"))[0]
    assert suite.attrib == {"name": "datadoctor gate", "tests": "5", "failures": "1", "errors": "1", "skipped": "1"}
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {
        "conflicting-duplicate": ["error"],
        "image-quality": ["skipped"],
        "mislabel": ["failure"],
        "split-leak": [],
        "unreadable-image": [],
    }


def test_sarif_is_valid_and_keeps_fingerprints() -> None:
    found = verdict()
    run = sarif(found)["runs"][0]
    assert len(run["results"]) == 13
    assert run["results"][0]["partialFingerprints"]["datadoctorKey/v1"] == found.new[0].key
    assert {(result["ruleId"], result["level"]) for result in run["results"]} == {
        ("mislabel", "error"),
        ("image-quality", "warning"),
    }
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_stops_at_what_is_shown_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datadoctor.gate.formats.sarif.MOST_RESULTS", 5)
    run = sarif(verdict())["runs"][0]
    assert len(run["results"]) == 5
    assert "8 more new findings are left out" in [
        n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]
    ]


def test_the_schema_refuses_what_is_not_sarif() -> None:
    log = sarif(verdict())
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(log)


def test_github_annotates_the_ten_worst_blocking_first() -> None:
    lines = render(verdict(), "github").splitlines()
    assert [line.split(" ")[0] for line in lines[:11]] == ["::error"] * 10 + ["gate"]
    assert not any(line.startswith("::") for line in lines[10:])
    assert lines[0].startswith("::error file=data/cat/new11.png,title=mislabel::")
    few = render(verdict(1), "github").splitlines()
    assert [line.split(" ")[0] for line in few[:3]] == ["::error", "::warning", "gate"]


def test_gitlab_issues_have_what_gitlab_asks_for() -> None:
    copies = [item("cat/a.png", "same"), item("cat/b.png", "same")]
    now = state(copies, [finding("mislabel", [one]) for one in copies], incomplete=(incomplete("split-leak"),))
    rules = Policy("recommended", {check: PROFILES["recommended"](check) for check in CHECKS})
    found = judge(now, baseline_of(state([])), rules, today=datetime.date(2026, 11, 21), against="base")
    first, second, silent = issues = json.loads(render(found, "gitlab"))
    for issue in issues:
        assert issue["description"]
        assert issue["check_name"]
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not Path(issue["location"]["path"]).is_absolute()
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert first["fingerprint"] == now.found[0].key
    assert second["fingerprint"] == f"{now.found[0].key}-2"
    assert (first["severity"], silent["severity"]) == ("blocker", "critical")


def test_what_did_not_judge_is_said_in_every_format_and_no_clean_pass() -> None:
    items = [item("a.png")]
    left_out = Incomplete("split-leak", LEFT_OUT, "exact copies only")
    skipped = Incomplete("image-quality", "skipped", "no image")
    rules = Policy("recommended", {check: PROFILES["recommended"](check) for check in CHECKS})
    now = state(items, incomplete=(left_out, skipped))
    found = judge(now, baseline_of(state(items)), rules, today=datetime.date(2026, 11, 21), against="base")
    assert found.exit_code == 0
    for name in FORMATS:
        text = render(found, name)
        assert all(word in text for word in ("exact copies only", "no image", "split", "quality")), name
        if name in ("text", "markdown", "github"):
            assert "passed; 2 of 5 checks did not judge all of it" in text, name
    assert json.loads(render(found, "json"))["incomplete"][0]["status"] == "left out"
    assert [case.find("skipped") is not None for case in ET.fromstring(render(found, "junit"))[0]].count(True) == 2


def test_hostile_names_stay_text_in_every_format() -> None:
    found = verdict(2, HOSTILE)
    for name in FORMATS:
        text = render(found, name)
        assert "\x1b" not in text, name
        assert "\x00" not in text, name
    ET.fromstring(render(found, "junit"))
    sarif(found)
    assert json.loads(render(found, "json"))["checks"][2]["new"][0]["subjects"][0]["path"].startswith(HOSTILE)
    github = render(found, "github").split("\n")
    assert [line[:8] for line in github if line.startswith("::")] == ["::error ", "::error ", "::warnin"]
    markdown = render(found, "markdown")
    assert "<script" not in markdown
    assert "@team" not in markdown.replace("\\@team", "")
    assert all(line.count(" | ") == 5 for line in markdown.splitlines() if line.startswith("| 0.9"))


def test_a_pass_is_short_in_every_format() -> None:
    items = [item("a.png")]
    rules = Policy("strict", {check: Rule(Level.ERROR) for check in CHECKS})
    found = judge(state(items), baseline_of(state(items)), rules, today=datetime.date(2026, 11, 21), against="base")
    assert render(found, "text").startswith("gate passed\nno image changed, against base\n")
    assert render(found, "markdown").startswith("## ✅")
    assert render(found, "github") == "gate passed; no image changed, against base\n"
    assert sarif(found)["runs"][0]["results"] == []
