"""DICOM: shown as the file says, by values that pydicom's own windows give; what cannot be read is said with what to install."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from datadoctor.config import Config
from datadoctor.sources.choice import list_source
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading import dicom
from datadoctor.stages.reading.images import Opened, Unreadable, decode
from datadoctor.stages.reading.ranges import survey

VALUES = np.random.default_rng(0).integers(-200, 1800, (24, 20)).astype(np.int16)


def written(values: NDArray[Any], syntax: str = "1.2.840.10008.1.2.1", **said: Any) -> bytes:
    """A file with these stored values, and what else it says."""
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    meta.MediaStorageSOPClassUID = meta.MediaStorageSOPInstanceUID = pydicom.uid.UID("1.2.3")
    made = FileDataset("a.dcm", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    frames = values[None] if values.ndim == 2 else values
    made.Rows, made.Columns, made.SamplesPerPixel = *frames.shape[1:3], 1
    made.PhotometricInterpretation = said.pop("PhotometricInterpretation", "MONOCHROME2")
    made.BitsAllocated, made.BitsStored = values.dtype.itemsize * 8, said.pop("BitsStored", values.dtype.itemsize * 8)
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, int(values.dtype.kind == "i")
    if values.ndim == 3:
        made.NumberOfFrames = len(frames)
    for name, value in said.items():
        setattr(made, name, value)
    made.PixelData = frames.tobytes()
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def opened(content: bytes) -> Opened:
    made = decode(content)
    assert isinstance(made, Opened), made
    return made


def grey(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(opened(content).pixels)[..., 0]


@pytest.mark.parametrize("function", [None, "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (2.5, -1024), (-1, 40)])
def test_windows_are_those_of_the_standard(function: str | None, slope: float, intercept: float) -> None:
    from pydicom.pixels import apply_modality_lut, apply_voi_lut  # type: ignore[attr-defined]

    said: dict[str, Any] = {"VOILUTFunction": function} if function else {}
    said |= {"WindowCenter": [400, 7], "WindowWidth": [1000, 3], "RescaleSlope": slope, "RescaleIntercept": intercept}
    content = written(VALUES, **said)
    file = pydicom.dcmread(io.BytesIO(content))
    theirs = apply_voi_lut(apply_modality_lut(VALUES, file), file).astype(float)
    # They spread over the modality's range, whichever way its slope goes.
    ends = sorted((-(2**15) * slope + intercept, (2**15 - 1) * slope + intercept))
    if slope > 0:
        expected = 255 * (theirs - ends[0]) / (ends[1] - ends[0])
        assert np.abs(grey(content).astype(float) - expected).max() <= 1
    shown, x = grey(content).astype(float), VALUES * slope + intercept
    order = np.argsort(x.ravel())
    assert (np.diff(shown.ravel()[order]) >= 0).all()
    assert (shown[x < 400 - 501] == 0).all() or function == "SIGMOID"
    assert (shown[x > 400 + 501] == 255).all() or function == "SIGMOID"


def test_monochrome1_has_white_lowest() -> None:
    window: dict[str, Any] = {"WindowCenter": 400, "WindowWidth": 1000}
    one, two = (grey(written(VALUES, PhotometricInterpretation=f"MONOCHROME{n}", **window)) for n in (1, 2))
    assert np.abs(one.astype(int) + two - 255).max() <= 1
    eight = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert (grey(written(eight, PhotometricInterpretation="MONOCHROME1")) == 255 - eight).all()
    assert (grey(written(eight)) == eight).all()
    assert set(np.unique(grey(written(eight % 2, BitsStored=1)))) == {0, 255}


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
def test_without_a_window_the_range_of_the_dataset_is_shown(photometric: str, tmp_path: Path) -> None:
    twelve = [
        np.random.default_rng(n).integers(0, most, (40, 40)).astype(np.uint16) for n, most in enumerate((900, 4000))
    ]
    for number, values in enumerate(twelve):
        (tmp_path / f"{number}.dcm").write_bytes(written(values, BitsStored=12, PhotometricInterpretation=photometric))
    listing = list_source(tmp_path, Config())
    assert listing.paths == ("0.dcm", "1.dcm")
    look = Look(ranges=survey(listing.files(), Look()))
    found = [decode((tmp_path / f"{n}.dcm").read_bytes(), look) for n in (0, 1)]
    light = [np.asarray(one.pixels)[..., 0].astype(float) for one in found if isinstance(one, Opened)]
    assert len(light) == 2
    for values, shown in zip(twelve, light, strict=True):
        expected = 255 * (values / 4095)
        assert np.abs(shown - (expected if photometric == "MONOCHROME2" else 255 - expected)).max() < 8
    assert abs(light[0].mean() - light[1].mean()) > 60


def test_windows_of_frames_are_found_and_the_first_frame_is_shown() -> None:
    from pydicom.dataset import Dataset

    group, voi, units = Dataset(), Dataset(), Dataset()
    voi.WindowCenter, voi.WindowWidth = 100, 200
    units.RescaleSlope, units.RescaleIntercept = 2, -50
    group.FrameVOILUTSequence, group.PixelValueTransformationSequence = [voi], [units]
    frames = np.stack([VALUES, VALUES[::-1]])
    made = opened(written(frames, SharedFunctionalGroupsSequence=[group]))
    flat = grey(written(VALUES, WindowCenter=100, WindowWidth=200, RescaleSlope=2, RescaleIntercept=-50))
    assert (np.asarray(made.pixels)[..., 0] == flat).all()
    assert "several frames: only the first is used" in made.warning


def test_a_real_ct_is_read() -> None:
    from pydicom.data import get_testdata_file

    content = Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()
    made = opened(content)
    assert (made.width, made.height) == (128, 128)
    assert made.mode.startswith("float32")
    assert np.asarray(made.pixels).std() > 30


def test_what_cannot_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    content = written(VALUES)
    cut = decode(content[: len(content) // 2])
    assert isinstance(cut, Unreadable)
    assert cut.cause.startswith("damaged DICOM file: ")
    assert "\n" not in cut.cause
    empty = decode(content[:200])
    assert isinstance(empty, Unreadable)
    assert empty.cause == "damaged DICOM file: it holds no picture"
    large = decode(content, Look(most_pixels=100))
    assert isinstance(large, Unreadable)
    assert large.cause.startswith("too large: 20x24 pixels")
    monkeypatch.setattr(dicom, "AVAILABLE", False)
    missing = decode(content)
    assert isinstance(missing, Unreadable)
    assert missing.cause == "a file of DICOM, whatever its name says: `pip install pydicom` lets it be read"
