"""Photos with annotated objects in COCO, YOLO and Pascal VOC: the same items, the same problems, whichever format."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.findings import Severity
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from datadoctor.stages.reading.images import Opened, read_image
from tests.sources.boxed import NAMES, WRITERS, Photo, Thing, coco, some, voc, yolo
from tests.sources.packs import in_tar, in_zip

FORMATS = sorted(WRITERS)
BOX = (10.0, 10.0, 60.0, 60.0)


def listed(root: Path, source_format: str | None = None) -> Listing:
    return list_source(root, Config(source_format=source_format))


def causes(listing: Listing) -> list[str]:
    return [one.cause for one in listing.problems if "the splits do not have the same classes" not in one.cause]


def keys(listing: Listing) -> list[tuple[str, str, str]]:
    """Pixels, label and place of each item, in any order."""
    found = []
    for row in range(len(listing)):
        image = read_image(listing.file(row))
        assert isinstance(image, Opened)
        found.append((image.pixel_digest, listing.label_name(row), listing.splits[row].replace("val", "test")))
    return sorted(found)


def test_every_format_gives_the_same_items(tmp_path: Path) -> None:
    photos = some(8)
    listings = {name: listed(write(tmp_path / name, photos)) for name, write in WRITERS.items()}
    assert {name: one.format for name, one in listings.items()} == {name: name for name in FORMATS}
    expected = sorted((t.label, p.split) for p in photos for t in p.things)
    first = keys(listings["coco"])
    assert sorted((label, split) for _, label, split in first) == expected
    assert len({digest for digest, _, _ in first}) == len(expected)
    assert all(keys(one) == first for one in listings.values())
    assert not any(causes(one) for one in listings.values())


@pytest.mark.parametrize("pack", [in_zip, in_tar])
@pytest.mark.parametrize("name", FORMATS)
def test_archives_are_read_in_place_as_their_folders_are(
    name: str, pack: Callable[[Path], Path], tmp_path: Path
) -> None:
    twice = (Thing("cat", BOX), Thing("cat", BOX), Thing("dog", (100, 80, 300, 200)))
    root = WRITERS[name](tmp_path / "set", [*some(4), Photo("odd.png", "train", twice)])
    apart, packed = listed(root), listed(pack(root))
    assert packed.format == name
    assert (packed.paths, packed.locations, packed.splits) == (apart.paths, apart.locations, apart.splits)
    assert causes(packed) == causes(apart) != []
    assert keys(packed) == keys(apart)
    assert "in 1 archive" in packed.sentence()


def test_archives_of_photos_beside_one_of_annotations(tmp_path: Path) -> None:
    """As COCO itself is downloaded."""
    root = coco(tmp_path / "set", some(6))
    apart = keys(listed(root))
    for split in ("train", "test"):
        in_zip(root / split)
        shutil.rmtree(root / split)
    assert keys(listed(root)) == apart
    in_zip(root / "annotations")
    shutil.rmtree(root / "annotations")
    assert keys(listed(root)) == apart


def roboflow(root: Path, name: str) -> Path:
    """What Roboflow exports: a folder a split, annotations beside or below it."""
    made = WRITERS[name](root / "made", some(6))
    for split in ("train", "test"):
        (photos,) = (one.parent for one in made.rglob("p00[01].png") if one.parent.name == split)
        goal = root / "export" / split
        if name == "yolo":
            shutil.copytree(photos, goal / "images")
            shutil.copytree(made / "labels" / split, goal / "labels")
            text = (made / "data.yaml").read_text(encoding="utf-8")
            text = text.replace("images/train", "../train/images").replace("images/test", "../test/images")
            (root / "export/data.yaml").write_text(text, encoding="utf-8")
        else:
            shutil.copytree(photos, goal)
            files = made.rglob(f"{split}/*.xml") if name == "voc" else made.rglob(f"instances_{split}.json")
            for file in files:
                shutil.copy(file, goal / ("_annotations.coco.json" if name == "coco" else file.name))
    return root / "export"


@pytest.mark.parametrize("name", FORMATS)
def test_a_zip_of_roboflow(name: str, tmp_path: Path) -> None:
    listing = listed(in_zip(roboflow(tmp_path, name)))
    assert listing.format == name
    assert keys(listing) == keys(listed(WRITERS[name](tmp_path / "plain", some(6))))
    assert not causes(listing)


def test_labels_of_yolo_beside_photos_in_a_tar_are_no_samples(tmp_path: Path) -> None:
    made = yolo(tmp_path / "made", some(6))
    flat = tmp_path / "flat"
    for split in ("train", "test"):
        shutil.copytree(made / "images" / split, flat / split)
        shutil.copytree(made / "labels" / split, flat / split, dirs_exist_ok=True)
    shutil.copy(made / "data.yaml", flat)
    packed = in_tar(flat)
    assert listed(packed).format == "yolo"
    assert listed(packed, source_format="webdataset").format == "webdataset"
    assert listed(packed, source_format="folder").format == "archive"


@pytest.mark.parametrize("name", FORMATS)
def test_an_item_is_named_by_photo_and_number_and_grouped_by_its_photo(name: str, tmp_path: Path) -> None:
    photos = [Photo("a.png", "train", (Thing("dog", BOX), Thing("cat", (70, 10, 120, 60))))]
    listing = listed(WRITERS[name](tmp_path, photos))
    (first, second), (photo, same) = listing.paths, listing.groups
    assert (first, second) == (f"{photo}#001", f"{photo}#002")
    assert photo == same
    assert [listing.label_name(row) for row in (0, 1)] == ["dog", "cat"]
    file, _, line = listing.locations[1].rpartition(":")
    text = (tmp_path / file).read_text(encoding="utf-8").split("\n")[int(line) - 1 :]
    assert {"coco": "{", "yolo": "0 ", "voc": "<object>"}[name] in text[0]
    assert "2 objects" in listing.sentence()


BAD: list[tuple[str, Thing, str, int]] = [
    ("empty", Thing("dog", (20, 20, 20, 50)), "left out: the box has no area", 1),
    ("outside", Thing("dog", (300, 20, 340, 50)), "left out: the box lies outside its photo", 1),
    ("beyond", Thing("dog", (100, 80, 300, 200)), "the box reaches beyond its photo: what is outside is cut off", 2),
    ("twice", Thing("cat", BOX), "the same object is annotated twice", 2),
    ("two classes", Thing("dog", BOX), "one object is annotated twice, with two classes", 2),
]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("thing", "cause", "left"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_what_is_wrong_with_a_box_is_said(name: str, thing: Thing, cause: str, left: int, tmp_path: Path) -> None:
    photos = [Photo("a.png", "train", (Thing("cat", BOX), thing)), Photo("b.png", "test", (Thing("dog", BOX),))]
    listing = listed(WRITERS[name](tmp_path, photos))
    assert causes(listing) == [cause]
    assert listing.problems[0].path.endswith("a.png#002")
    assert sum("a.png" in path for path in listing.paths) == left


@pytest.mark.parametrize("name", FORMATS)
def test_photos_without_annotations_and_annotations_without_photos_are_said(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path, [*some(4), Photo("empty.png", "train", ())])
    (extra,) = root.rglob("p001.png")
    extra.rename(extra.with_name("other.png"))
    found = causes(listed(root))
    assert "no object is annotated in this photo" in found
    assert sum("not there" in cause for cause in found) >= 1
    assert any(cause in found for cause in (
        "no COCO file lists this photo", "no label file has the name of this photo", "no XML is about this photo"
    ))  # fmt: skip


def test_sizes_that_disagree_with_the_file(tmp_path: Path) -> None:
    photos = [
        replace(photo, size=size) for photo, size in zip(some(3), [(160, 120), (320, 240), (120, 160)], strict=True)
    ]
    root = voc(tmp_path, photos)
    for photo in photos:
        (file,) = root.rglob(f"{photo.name[:-4]}.xml")
        text = file.read_text(encoding="utf-8")
        width, height = {"p000": (0, 0), "p001": (160, 120), "p002": (160, 120)}[photo.name[:-4]]
        text = text.replace(f"<width>{photo.size[0]}", f"<width>{width}").replace(
            f"<height>{photo.size[1]}", f"<height>{height}"
        )
        file.write_text(text, encoding="utf-8")
    found = {one.path[-8:]: (one.severity, one.cause) for one in listed(root).problems}
    assert found["p000.png"] == (Severity.WARNING, "the annotation gives no size of its photo (0)")
    assert found["p001.png"][0] is Severity.ERROR
    assert "another size" in found["p001.png"][1]
    assert "the other way round" in found["p002.png"][1]


def changed(root: Path, split: str, change: Callable[[dict[str, list[dict[str, object]]]], None]) -> Path:
    file = root / "annotations" / f"instances_{split}.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")
    return root


def test_crowds_outlines_and_ids_of_coco(tmp_path: Path) -> None:
    photos = [Photo("a.png", "train", tuple(Thing("cat", (x, 10.0, x + 30, 60.0)) for x in (0.0, 40.0, 80.0, 120.0)))]

    def change(document: dict[str, list[dict[str, object]]]) -> None:
        one, two, three, four = document["annotations"]
        one["iscrowd"] = 1
        two |= {"bbox": [], "segmentation": [[40, 10, 70, 10, 70, 60]]}
        three["category_id"] = 99
        four["image_id"] = 99
        document["annotations"].append({"id": 9, "image_id": 0.0, "category_id": "8", "bbox": [120, 10, 30, 50]})
        document["annotations"].append({"id": 10, "image_id": 0, "category_id": 8, "bbox": [120, 10, None, 50]})

    listing = listed(changed(coco(tmp_path, photos), "train", change))
    assert [listing.label_name(row) for row in range(len(listing))] == ["cat", "", "dog"]
    assert sorted(causes(listing)) == [
        "left out: a crowd (`iscrowd`), not one object",
        "left out: an annotation of an image that is not listed, or not there",
        "left out: an annotation without a box of four numbers",
        "no category has the id 99: the object counts as unlabelled",
    ]
    assert "1 outlines taken as their boxes" in listing.sentence()


def test_lines_of_yolo_that_are_wrong(tmp_path: Path) -> None:
    root = yolo(tmp_path, [Photo("a.png", "train", (Thing("cat", BOX),)), Photo("b.png", "test", (Thing("dog", BOX),))])
    with (root / "labels/train/a.txt").open("a", encoding="utf-8") as stream:
        stream.write(
            "9 0.5 0.5 0.2 0.2\n\n0.5 0.5 0.5 0.2 0.2\nnonsense here and more text\n1 0.1 0.1 0.4 0.1 0.4 0.4\n"
        )
    listing = listed(root)
    assert [listing.label_name(row) for row in range(4)] == ["dog", "cat", "", "dog"]
    assert sorted(causes(listing)) == [
        "class 9 is none of the 3 that are named: the object counts as unlabelled",
        "left out: not a class number and a box",
        "left out: not a class number and a box",
    ]
    assert listing.locations[3] == "labels/train/a.txt:6"
    (root / "data.yaml").unlink()
    assert "they are called by their numbers" in causes(listed(root))[0]


def test_damaged_files_say_which(tmp_path: Path) -> None:
    root = coco(tmp_path / "coco", some(2))
    (root / "annotations/instances_train.json").write_text('{"images": [1, 2', encoding="utf-8")
    with pytest.raises(DataDoctorError, match=r"annotations/instances_train\.json: not a COCO file that can be read"):
        listed(root)
    root = voc(tmp_path / "voc", some(4))
    (root / "Annotations/train/p001.xml").write_text("<annotation><object>", encoding="utf-8")
    assert any(cause.startswith("left out: not XML that can be read") for cause in causes(listed(root)))
    (root / "Annotations/train/p001.xml").write_text(
        '<!DOCTYPE a [<!ENTITY x "y">]><annotation><object><name>&x;</name></object></annotation>', encoding="utf-8"
    )
    assert "left out: not XML that can be read: it declares entities" in causes(listed(root))
    root = yolo(tmp_path / "yolo", some(2))
    (root / "data.yaml").write_text("names: [cat", encoding="utf-8")
    with pytest.raises(DataDoctorError, match="not YAML that can be read"):
        listed(root)


def test_two_formats_in_one_place_are_both_named(tmp_path: Path) -> None:
    root = yolo(tmp_path, some(4))
    (root / "labels/train/p001.xml").write_text("<annotation></annotation>", encoding="utf-8")
    with pytest.raises(DataDoctorError, match=r"can be read as voc \(.*\); yolo|can be read as .*voc.*yolo"):
        listed(root)
    assert listed(root, source_format="yolo").format == "yolo"
    assert listed(root, source_format="folder").format == "folder"


def test_one_file_of_annotations_may_be_named(tmp_path: Path) -> None:
    root = coco(tmp_path, some(6))
    (root / "annotations" / "instances_train.json").rename(root / "train.json")
    listing = listed(root / "train.json")
    assert set(listing.splits) == {"train"}
    assert not causes(listing)


def test_names_of_classes_stay_as_they_are(tmp_path: Path) -> None:
    photos = [Photo("a.png", "train", tuple(Thing(name, BOX) for name in NAMES))]
    for name, write in WRITERS.items():
        assert listed(write(tmp_path / name, photos)).classes == NAMES
