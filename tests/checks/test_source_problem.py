"""Problems of the source: one finding a kind, nothing left unsaid, keys that follow the problem and not its line."""

from pathlib import Path

from datadoctor.checks import load
from datadoctor.sources import Listing
from datadoctor.sources.manifest import list_manifest
from fixtures.make import make_malformed_manifest

check = load("source-problem")


def listing_of(folder: Path, *rows: str) -> Listing:
    for name in ("a", "b", "c"):
        (folder / f"{name}.png").unlink(missing_ok=True)
    for row in rows:
        (folder / row.split(",")[0]).write_bytes(b"x")
    (folder / "labels.csv").write_text("\n".join(["path,label", *rows]))
    return list_manifest(folder, folder / "labels.csv")


def test_every_problem_of_a_manifest_is_said(tmp_path: Path) -> None:
    listing = list_manifest(tmp_path / "made", make_malformed_manifest(tmp_path / "made"))
    findings = list(check.find(listing=listing))
    messages = "\n".join(finding.message for finding in findings)
    assert len(findings) == 8
    assert findings[0].severity == "error"
    assert findings[0].message.startswith(
        "1 image of 5 has several rows with different labels, such as 'a/1.png': '007', 'dog'"
    )
    assert all(problem.cause[1:] in messages for problem in listing.problems)
    assert all(problem.where in messages for problem in listing.problems if problem.severity != "error")
    assert len({finding.key for finding in findings}) == 8
    assert all(0 <= finding.score <= 1 for finding in findings)


def test_many_of_a_kind_are_one_finding(tmp_path: Path) -> None:
    (finding,) = check.find(listing=listing_of(tmp_path, "a.png,x", "b.png,"))
    assert finding.message == "labels.csv:3: no given label: the image is compared for duplicates only."
    (finding,) = check.find(listing=listing_of(tmp_path, "a.png,x", *["a.png,x"] * 9))
    assert finding.evidence["count"] == 9
    assert finding.message.startswith(
        "labels.csv:3, labels.csv:4, labels.csv:5, labels.csv:6, labels.csv:7 and 4 more: "
    )


def test_keys_survive_other_lines_and_reopen_with_another_problem(tmp_path: Path) -> None:
    (before,) = check.find(listing=listing_of(tmp_path, "a.png,x", "b.png,"))
    (moved,) = check.find(listing=listing_of(tmp_path, "c.png,x", "a.png,x", "b.png,"))
    (more,) = check.find(listing=listing_of(tmp_path, "a.png,x", "b.png,", "c.png,"))
    assert before.key == moved.key != more.key


def test_a_clean_source_has_no_finding(tmp_path: Path) -> None:
    assert list(check.find(listing=listing_of(tmp_path, "a.png,x", "b.png,y"))) == []
