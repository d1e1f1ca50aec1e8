"""Frames of videos as images, decoded by OpenCV where they are asked for.

A frame is the first one at or after a time, so that it is the same one whether it was come to from the beginning or by a jump.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor import cache
from datadoctor.errors import NotAvailableError
from datadoctor.quiet import quiet
from datadoctor.sources.originals import check_size

# Containers round the times of frames, by half of this at most.
ROUNDING = 0.001
# Frames that were passed are kept, since several threads ask for them in nearly their order.
KEPT = 16
# From so many seconds ahead on, a jump is quicker than to decode all that lies between; it lands so long before.
FAR, BEFORE = 20.0, 2.0
# Frames a second that no video has: what containers say that do not know.
MOST_RATE = 1e5


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """The frame of a ``video`` at ``number`` times ``step`` seconds."""

    video: Path
    number: int
    step: float

    @property
    def seconds(self) -> float:
        """When it is shown, from the beginning."""
        return self.number * self.step

    @property
    def name(self) -> str:
        """The video and the time."""
        return f"{self.video.absolute()}#t={self.seconds:.3f}"

    @property
    def suffix(self) -> str:
        """That of the file that its bytes would be."""
        return ".bmp"

    @property
    def box(self) -> None:
        """It is all of an image."""
        return

    def stamp(self) -> str:
        """The video's."""
        return cache.stamp(self.video)

    def read(self) -> bytes:
        """Its pixels as a BMP; raises ``OSError`` or ``ValueError`` where the video cannot be read, or ends before."""
        pixels = _reader(self.video, self.stamp(), self.step).frame(self.number)
        check_size(pixels.nbytes)
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "BMP")
        return stream.getvalue()


@dataclass(frozen=True, slots=True)
class Facts:
    """``last``: seconds from the beginning to the last frame. ``rate``: frames a second, 0 where the container does not say."""

    last: float
    rate: float


def facts_of(video: Path) -> Facts:
    """What the container says, or counting where it says nothing. Raises ``OSError``, and ``ValueError`` for what is no video."""
    opened = _opened(video)
    import cv2

    try:
        count, rate = (float(opened.get(one)) for one in (cv2.CAP_PROP_FRAME_COUNT, cv2.CAP_PROP_FPS))
        rate = rate if 0 < rate < MOST_RATE else 0.0
        if count > 0 and rate:
            return Facts((count - 1) / rate, rate)
        last = 0.0
        with quiet():
            while (now := _next(opened)) is not None:
                last = now
        return Facts(last, rate)
    finally:
        opened.release()


class _Reader:
    """One video, read forward; ``step``: seconds between the frames that are asked for."""

    def __init__(self, video: Path, step: float) -> None:
        self._video, self._step = video, step
        self._opened: Any = None
        # The time of the frame that was come to last, and the number of the last one that was due by then.
        self._time, self._number = 0.0, -1
        self._kept: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._lock = Lock()

    def frame(self, number: int) -> NDArray[np.uint8]:
        """(height, width, 3) RGB pixels of the first frame at or after ``number`` steps."""
        with self._lock, quiet():
            if number not in self._kept:
                ahead = number * self._step - self._time
                if self._opened is None or number <= self._number or ahead > FAR:
                    self._start_before(number)
                while number not in self._kept:
                    self._advance()
            return self._kept[number]

    def _start_before(self, number: int) -> None:
        """Come to a frame before ``number``: by a jump, or at the beginning where the jump goes too far."""
        import cv2

        self._close()
        before = number * self._step - BEFORE
        if before > 0:
            self._opened = _opened(self._video)
            self._opened.set(cv2.CAP_PROP_POS_MSEC, before * 1000)
            time = _next(self._opened)
            if time is not None and time < number * self._step - ROUNDING:
                self._time, self._number = time, self._due(time)
                return
            self._close()
        self._opened, self._time, self._number = _opened(self._video), 0.0, -1

    def _advance(self) -> None:
        """Go on by one frame, and keep it where it is the first at or after a step."""
        time = _next(self._opened)
        if time is None:
            self._close()
            raise ValueError("damaged: the video ends before this frame")
        due, self._time = self._due(time), time
        if due <= self._number:
            return
        found, pixels = self._opened.retrieve()
        if not found:
            raise ValueError("damaged: the video has a frame here that cannot be decoded")
        for number in range(max(self._number + 1, due - KEPT + 1), due + 1):
            self._kept[number] = np.ascontiguousarray(pixels[..., ::-1])
        self._number = due
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _due(self, time: float) -> int:
        """The number of the last step at or before a time."""
        return int((time + ROUNDING) / self._step)

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.release()
        self._opened, self._number = None, -1


@lru_cache(maxsize=8)
def _reader(video: Path, _: str, step: float) -> _Reader:
    return _Reader(video, step)


def _opened(video: Path) -> Any:
    """The video; raises ``OSError`` where the file cannot be read, ``ValueError`` where it is no video."""
    try:
        import cv2
    except ModuleNotFoundError as error:  # where only hashes are compared it need not be installed
        raise NotAvailableError(f"{video}: `pip install opencv-python-headless` lets videos be read") from error
    with video.open("rb") as stream:
        if not stream.read(1):
            raise ValueError("an empty file")
    with quiet():
        opened = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
    if not opened.isOpened():
        raise ValueError("damaged, cut off, or not a video that OpenCV reads")
    return opened


def _next(opened: Any) -> float | None:
    """Seconds from the beginning of the next frame, None at the end."""
    import cv2

    return float(opened.get(cv2.CAP_PROP_POS_MSEC)) / 1000 if opened.grab() else None
