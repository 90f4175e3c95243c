"""Arrays out of an ``.npz`` file that may be anything: named, shaped and bounded."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import FormatError, SourceError
from bridge.types import FloatArray

# An hour of landmarks with the face at 60 fps; more is a decompression bomb or a wrong file.
_UNPACKED_BYTES_MAX: Final = 4 * 1024**3


class NpzFile:
    """The arrays of one file. ``T`` in an expected shape stands for the number of frames.

    Raises ``SourceError`` for a file that cannot be opened and ``FormatError``, with the key, the
    shape found and the shape expected, for anything wrong in it. Pickled objects are refused.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._arrays: dict[str, NDArray[Any]] = {}
        try:
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > _UNPACKED_BYTES_MAX:
                raise FormatError(f"{path} unpacks to {unpacked:,} bytes: too large to be motion")
            with np.load(path, allow_pickle=False) as arrays:
                self.keys: tuple[str, ...] = tuple(arrays.files)
                for key in self.keys:
                    self._arrays[key] = _loaded(arrays, key)
        except OSError as error:
            raise SourceError(f"{path} cannot be opened: {error.strerror or error}") from None
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
            raise FormatError(f"{path} is not a sound .npz file: {error}") from None

    def has(self, key: str) -> bool:
        """Whether the file holds a usable array of that name."""
        return key in self._arrays

    def floats(self, key: str, shapes: Sequence[tuple[int | None, ...]]) -> FloatArray:
        """A float32 array of one of ``shapes``; None in a shape stands for any length."""
        array = self._arrays.get(key)
        expected = " or ".join(_text(shape) for shape in shapes)
        if array is None:
            raise FormatError(
                f"{self.path}: '{key}' {expected} is missing; found {', '.join(self.keys)}"
            )
        if array.dtype.kind not in "fiub" or not any(_fits(array.shape, s) for s in shapes):
            raise FormatError(
                f"{self.path}: '{key}' has shape {array.shape} of {array.dtype}, "
                f"expected numbers of shape {expected}"
            )
        with np.errstate(over="ignore"):
            return array.astype(np.float32)

    def rate(self, keys: Sequence[str]) -> float:
        """Frames per second from the first of ``keys`` that is there."""
        key = next((k for k in keys if self.has(k)), keys[0])
        values = self.floats(key, [(), (1,)])
        fps = float(values.reshape(-1)[0])
        if not 0.0 < fps <= 10_000.0:
            raise FormatError(f"{self.path}: '{key}' is {fps:g}, expected frames per second")
        return fps

    def times_ns(self, key: str, count: int) -> NDArray[np.int64]:
        """Capture times as integers that do not run backwards."""
        times = self._arrays[key]
        if times.dtype.kind not in "iuf" or times.shape != (count,):
            raise FormatError(
                f"{self.path}: '{key}' has shape {times.shape} of {times.dtype}, "
                f"expected integers of shape ({count},)"
            )
        if times.dtype.kind == "f" and not np.isfinite(times).all():
            raise FormatError(f"{self.path}: '{key}' holds NaN or infinity")
        whole = times.astype(np.int64)
        if (np.diff(whole) < 0).any():
            raise FormatError(f"{self.path}: '{key}' runs backwards")
        return whole

    def text(self, key: str, default: str) -> str:
        """A string, or ``default`` where the key is absent or holds no text."""
        array = self._arrays.get(key)
        if array is None or array.dtype.kind not in "US" or array.size != 1:
            return default
        value: Any = array.reshape(-1)[0]
        return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _loaded(arrays: Any, key: str) -> NDArray[Any]:
    try:
        return arrays[key]
    except ValueError as error:
        # AMASS files carry pickled labels beside their arrays: leave those unread.
        if "allow_pickle" in str(error):
            return np.empty(0, dtype="V1")
        raise


def _fits(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(shape) == len(expected) and all(
        e is None or e == s for s, e in zip(shape, expected, strict=True)
    )


def _text(shape: tuple[int | None, ...]) -> str:
    if not shape:
        return "()"
    return (
        "("
        + ", ".join("T" if n is None else str(n) for n in shape)
        + ("," if len(shape) == 1 else "")
        + ")"
    )
