"""One picture, or a folder of pictures in their natural order."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import FormatError
from bridge.sources import picture  # first: it quietens OpenCV before that is imported
from bridge.sources.base import Source, SourceInfo
from bridge.sources.settings import SourceSettings
from bridge.types import Frame, Stamp

cv2 = picture.cv2

_LOG = logging.getLogger(__name__)

IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})


class ImageSource(Source):
    """Frames of one image file or of a folder, ``settings.fps`` apart in media time.

    Files in a folder that do not decode are skipped with a warning. Raises ``FormatError`` when
    nothing decodes.
    """

    def __init__(self, path: Path | str, *, settings: SourceSettings) -> None:
        self._path = Path(path)
        self._settings = settings
        if self._path.is_dir():
            files = (f for f in self._path.iterdir() if f.suffix.lower() in IMAGE_SUFFIXES)
            self._files = sorted(files, key=_natural_key)
        else:
            self._files = [self._path]
        self._next = 0
        self._sequence = 0
        self._closed = False
        first = self._decode_next()
        if first is None:
            allowed = ", ".join(sorted(IMAGE_SUFFIXES))
            raise FormatError(f"{self._path} holds no image that can be decoded ({allowed})")
        self._pending: NDArray[Any] | None = first
        height, width = first.shape[:2]
        sideways = settings.rotation_deg in (90, 270)
        self._info = SourceInfo(
            source_id=f"image:{self._path.name}",
            live=False,
            fps=settings.fps,
            size_px=(height, width) if sideways else (width, height),
            length=len(self._files),
        )

    @property
    def info(self) -> SourceInfo:
        """Size of the first picture; the others may differ."""
        return self._info

    def read(self) -> Frame | None:
        """The next picture; None at the end."""
        if self._closed:
            return None
        image = self._pending if self._pending is not None else self._decode_next()
        self._pending = None
        if image is None and self._settings.loop:
            self._next = 0
            image = self._decode_next()
        if image is None:
            return None
        media_ns = round(self._sequence * 1e9 / self._settings.fps)
        stamp = Stamp(self._sequence, media_ns, self._info.source_id)
        self._sequence += 1
        return picture.frame_from_decoded(image, stamp=stamp, settings=self._settings)

    def seek(self, time_s: float) -> None:
        """Continue with the picture shown at ``time_s``."""
        index = round(max(0.0, time_s) * self._settings.fps)
        self._pending = None
        self._next = index % len(self._files) if self._settings.loop else index
        self._sequence = index

    def close(self) -> None:
        """Nothing is held open between pictures."""
        self._closed = True

    def _decode_next(self) -> NDArray[Any] | None:
        while self._next < len(self._files):
            path = self._files[self._next]
            self._next += 1
            image = _decode(path)
            if image is not None:
                return image
            _LOG.warning("%s is not an image that can be decoded; skipped", path)
        return None


def _decode(path: Path) -> NDArray[Any] | None:
    """Through memory, because OpenCV cannot open non-ASCII paths on Windows."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        return None
    if data.size == 0:
        return None
    # Grey, alpha and 16 bits become plain BGR, and a photo's EXIF orientation is honoured.
    image: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image if image is not None and image.size else None


def _natural_key(path: Path) -> list[tuple[int, int, str]]:
    """frame2 before frame10."""
    pieces = re.split(r"(\d+)", path.name.lower())
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in pieces]
