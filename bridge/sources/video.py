"""A video file, each picture stamped with its media time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from bridge.errors import FormatError, SourceError
from bridge.sources import picture  # first: it quietens OpenCV before that is imported
from bridge.sources.base import Source, SourceInfo
from bridge.sources.settings import SourceSettings
from bridge.types import Frame, Stamp

cv2 = picture.cv2

_LOG = logging.getLogger(__name__)

_DEFAULT_FPS: Final = 30.0  # where the container does not say
_FPS_MAX: Final = 1000.0  # some containers hold their time base, 90000, in this field
_SNIFF_BYTES: Final = 4096


class VideoSource(Source):
    """Frames of ``path`` in order.

    A damaged file plays as far as it decodes. Raises ``SourceError`` when there is no such file
    and ``FormatError`` when no picture can be decoded from it.
    """

    def __init__(self, path: Path | str, *, settings: SourceSettings) -> None:
        self._name = str(path)
        self._settings = settings
        self._capture = _opened(self._name)
        first = self._decode()
        if first is None:
            self._capture.release()
            raise FormatError(_why_not_a_video(self._name))
        self._pending: NDArray[Any] | None = first
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self._period_ns = round(1e9 / (fps if 0.0 < fps <= _FPS_MAX else _DEFAULT_FPS))
        length = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        height, width = first.shape[:2]
        sideways = settings.rotation_deg in (90, 270)
        self._info = SourceInfo(
            source_id=f"video:{Path(self._name).name}",
            live=False,
            fps=1e9 / self._period_ns,
            size_px=(height, width) if sideways else (width, height),
            length=length if length > 0 else None,
        )
        self._sequence = 0
        self._round_start_ns = 0  # media time at which this round of a loop began
        self._round_sequence = 0
        self._last_media_ns = -1
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """Size as delivered, after rotation; ``length`` as the container promises."""
        return self._info

    def read(self) -> Frame | None:
        """The next picture; None at the end. Media time never goes back, also not in a loop."""
        if self._closed:
            return None
        image = self._pending if self._pending is not None else self._decode()
        self._pending = None
        if image is None:
            self._report_missing()
            if not self._settings.loop:
                return None
            self._rewind(0.0)
            self._round_start_ns = self._last_media_ns + self._period_ns
            image = self._decode()
            if image is None:
                return None
        stamp = Stamp(self._sequence, self._media_time_ns(), self._info.source_id)
        self._sequence += 1
        self._round_sequence += 1
        return picture.frame_from_decoded(image, stamp=stamp, settings=self._settings)

    def seek(self, time_s: float) -> None:
        """Continue with the picture shown at ``time_s``."""
        self._rewind(max(0.0, time_s))
        self._round_start_ns = 0
        self._last_media_ns = -1

    def close(self) -> None:
        """Release the file."""
        self._closed = True
        self._capture.release()

    def _decode(self) -> NDArray[Any] | None:
        try:
            ok, image = self._capture.read()
        except cv2.error:  # OpenCV throws on some damaged files where others just end
            return None
        return image if ok else None

    def _media_time_ns(self) -> int:
        media_ns = self._round_start_ns + round(self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6)
        if media_ns <= self._last_media_ns:  # without time stamps, or out of order
            media_ns = self._last_media_ns + self._period_ns
        self._last_media_ns = media_ns
        return media_ns

    def _rewind(self, time_s: float) -> None:
        # Opening afresh is exact; seeking by time lands on a key frame in some containers.
        self._capture.release()
        self._capture = _opened(self._name)
        if not self._capture.isOpened():
            raise SourceError(f"{self._name} can no longer be opened")
        self._pending = None
        self._round_sequence = 0
        target_ms = time_s * 1e3 - self._period_ns * 0.5e-6
        while time_s > 0.0:
            image = self._decode()
            if image is None:
                raise SourceError(
                    f"{self._name} ends at {self._last_media_ns * 1e-9:.2f} s; "
                    f"cannot continue at {time_s:g} s"
                )
            if self._capture.get(cv2.CAP_PROP_POS_MSEC) >= target_ms:
                self._pending = image
                return
            self._round_sequence += 1

    def _report_missing(self) -> None:
        promised = self._info.length
        # Containers count a picture or two that decoders do not give.
        if promised is not None and self._round_sequence < promised - 2:
            _LOG.warning(
                "%s ended after %d of %d pictures: the file is cut short or damaged",
                self._name, self._round_sequence, promised,
            )  # fmt: skip


def _opened(name: str) -> Any:
    capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # a phone held upright
    return capture


def _why_not_a_video(name: str) -> str:
    """One line that says what is wrong with a file that gives no picture."""
    path = Path(name)
    if "://" in name:
        return f"{name} gives no picture. Check the address in a browser or media player"
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFF_BYTES)
    except OSError as error:
        return f"{name} cannot be read: {error.strerror}"
    if not head:
        return f"{name} is empty"
    if _looks_like_text(head):
        return f"{name} is a text file, not a video. Give a video (.mp4, .mov, .webm, .avi)"
    return (
        f"{name} holds no picture that can be decoded: it is damaged, cut short before its "
        "index, or not a video. Try: ffmpeg -i FILE -c copy repaired.mp4"
    )


def _looks_like_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8", errors="strict" if len(head) < _SNIFF_BYTES else "ignore")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)
