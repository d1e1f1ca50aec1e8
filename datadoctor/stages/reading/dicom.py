"""DICOM: pictures of medicine as their files say they are to be shown, decoded by pydicom where that is installed.

What stored values mean is in DICOM PS3.3: the modality's slope and intercept (C.11.1), windows (C.11.2.1.2 and .3), and MONOCHROME1,
whose lowest value is white (C.7.6.3.1.2).
"""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.stages.reading.deep import Deep

# Whether it can be read here.
AVAILABLE = importlib.util.find_spec("pydicom") is not None
_DECODERS = "compressed in a way that needs another decoder: `pip install python-gdcm` lets it be read"


def is_dicom(content: bytes) -> bool:
    """Whether the first bytes are those of a DICOM file."""
    return content[128:132] == b"DICM"


def header(content: bytes) -> Any:
    """All but the pixels; raises ``ValueError`` where there are none, or it is damaged."""
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = pydicom.dcmread(io.BytesIO(content))
            size = int(found.Rows), int(found.Columns)
        except (
            AttributeError,
            TypeError,
            KeyError,
            EOFError,
            NotImplementedError,
            pydicom.errors.InvalidDicomError,
        ) as error:
            raise ValueError("it holds no picture") from error
    if "PixelData" not in found or min(size) < 1:
        raise ValueError("it holds no picture")
    return found


def has_several(file: Any) -> bool:
    """Whether there are frames beside the first."""
    return str(file.get("NumberOfFrames", 1) or 1).strip() not in ("0", "1")


def decode(file: Any) -> Image.Image | Deep:
    """The first frame: of 8 bits where the file says how it is to be shown, else all values, black lowest."""
    values = _values(file)
    if values.ndim == 3:
        return Image.fromarray(values) if values.dtype == np.uint8 else Deep(values, "DICOM")
    inverted = str(file.get("PhotometricInterpretation", "")) == "MONOCHROME1"
    shown = _shown(file, _rescaled(file, values))
    if shown is None and values.dtype == np.uint8:
        shown = values / (2 ** min(int(file.get("BitsStored", 8)), 8) - 1)
    if shown is None:
        rescaled = _rescaled(file, values)
        # As many values as a type without a sign has need the next larger one with it.
        return Deep(
            (0 - rescaled.astype(np.result_type(rescaled, np.int8)) if inverted else rescaled)[..., None], "DICOM"
        )
    grey = np.rint(255 * np.clip(1 - shown if inverted else shown, 0, 1)).astype(np.uint8)
    return Image.fromarray(grey)


def _values(file: Any) -> NDArray[Any]:
    """(h, w) stored values, or (h, w, 3) red, green and blue."""
    from pydicom.pixels import apply_color_lut, pixel_array  # type: ignore[attr-defined] # it exports them in another way

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            values: NDArray[Any] = pixel_array(file, index=0)
            if file.get("PhotometricInterpretation") == "PALETTE COLOR":
                values = apply_color_lut(values, file)
                return (values >> 8).astype(np.uint8) if values.dtype == np.uint16 else values
        except RuntimeError as error:
            undecoded = "missing" in str(error) or "plugins" in str(error)
            raise ValueError(_DECODERS if undecoded else str(error).partition("\n")[0]) from error
        except (AttributeError, TypeError, KeyError, IndexError, NotImplementedError) as error:
            raise ValueError(f"its pixels cannot be decoded: {error}") from error
    return values


def _rescaled(file: Any, values: NDArray[Any]) -> NDArray[Any]:
    """Stored values in the units of the modality, such as Hounsfield's."""
    slope, intercept = _number(file, "RescaleSlope", 1.0), _number(file, "RescaleIntercept", 0.0)
    return values if (slope, intercept) == (1.0, 0.0) else (values * slope + intercept).astype(np.float32)


def _shown(file: Any, values: NDArray[Any]) -> NDArray[np.float64] | None:
    """(h, w) light, 0 black to 1 white, by the first window of the file; None where it has none."""
    centre, width = (_number(file, name, np.nan) for name in ("WindowCenter", "WindowWidth"))
    if not (np.isfinite(centre) and width > 0):
        return None
    function = str(next(_said(file, "VOILUTFunction"), "LINEAR")).upper()
    x = values.astype(np.float64)
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(-4 * (x - centre) / width)))
    if function == "LINEAR_EXACT":
        return np.asarray((x - centre) / width + 0.5)
    # A window of one value is a threshold.
    return np.asarray((x - (centre - 0.5)) / (width - 1) + 0.5 if width > 1 else (x > centre - 0.5) * 1.0)


def _number(file: Any, name: str, otherwise: float) -> float:
    """A number that a file says, the first of several."""
    value: Any = next(_said(file, name), None)
    if hasattr(value, "__iter__") and not isinstance(value, str):
        value = next(iter(value), None)
    try:
        return otherwise if value is None else float(value)
    except (TypeError, ValueError):
        return otherwise


def _said(file: Any, name: str) -> Iterator[Any]:
    """What a file says by this name: of all frames, or of its first one."""
    places = [file]
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for group in list(file.get(groups) or ())[:1]:
            for inner in ("FrameVOILUTSequence", "PixelValueTransformationSequence"):
                places += list(group.get(inner) or ())[:1]
    for place in places:
        if place.get(name) is not None:
            yield place.get(name)
