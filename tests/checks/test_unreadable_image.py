"""Every unreadable file is one finding, with its cause, and no two share a key."""

from pathlib import Path

from datadoctor.checks import load
from datadoctor.findings import Severity
from datadoctor.sources import file_on_disk
from datadoctor.sources.folder import list_folder
from datadoctor.sources.manifest import list_manifest
from datadoctor.stages.dataset import readable_part
from datadoctor.stages.reading.images import read_image
from fixtures.make import make_malformed, make_malformed_manifest
from tests.stages.reading.collect import collect

unreadable = load("unreadable-image")


def test_exactly_the_unreadable_files_are_found(tmp_path: Path) -> None:
    expected = make_malformed(tmp_path / "made")
    listing = list_folder(tmp_path / "made")
    images = collect(read_image(file_on_disk(listing.root, path, listing.names_on_disk)) for path in listing.paths)
    findings = list(unreadable.find(listing=listing, images=images))
    found = {finding.items[0].path: finding for finding in findings}
    assert set(found) == {path for path, cause in expected.items() if cause}
    for path, finding in found.items():
        assert expected[path] in finding.message
        assert (finding.severity, finding.labels) == (Severity.ERROR, ("odd",))
    assert len({finding.key for finding in findings}) == len(findings)
    assert len(readable_part(listing, images)) == len(expected) - len(found)


def test_a_missing_file_says_where_it_is_listed(tmp_path: Path) -> None:
    listing = list_manifest(tmp_path / "made", make_malformed_manifest(tmp_path / "made"))
    images = collect(read_image(listing.root / path) for path in listing.paths)
    (finding,) = unreadable.find(listing=listing, images=images)
    assert finding.message == "Cannot be read: file not found."
    assert (finding.evidence["location"], finding.items[0].label) == ("labels.csv:8", "dog")


def test_empty_and_missing_files_are_told_apart_and_damage_is_known_by_content(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    contents = {"one.png": b"", "two.png": b"", "bad.png": b"no image", "whole.ppm": b"P6 1 1 255\nabc"}
    for name, content in contents.items():
        (tmp_path / "a" / name).write_bytes(content)
    (tmp_path / "a/gone1.png").symlink_to("x")
    (tmp_path / "a/gone2.png").symlink_to("x")
    listing = list_folder(tmp_path)
    images = collect(read_image(tmp_path / path) for path in listing.paths)
    keys = {f.items[0].path: f.key for f in unreadable.find(listing=listing, images=images)}
    assert len(set(keys.values())) == len(keys) == 5
    (tmp_path / "a/bad.png").rename(tmp_path / "a/renamed.png")
    listing = list_folder(tmp_path)
    images = collect(read_image(tmp_path / path) for path in listing.paths)
    again = {f.items[0].path: f.key for f in unreadable.find(listing=listing, images=images)}
    assert again["a/renamed.png"] == keys["a/bad.png"]


def test_nothing_is_found_where_all_is_readable(tmp_path: Path) -> None:
    make_malformed(tmp_path / "made")
    listing = list_folder(tmp_path / "made/plain")
    images = collect(read_image(listing.root / path) for path in listing.paths)
    assert list(unreadable.find(listing=listing, images=images)) == []
