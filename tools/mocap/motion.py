"""What every motion-capture reader returns: a posed source skeleton, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.errors import FormatError
from bridge.geometry import quat_from_rotvec, quat_multiply, quat_rotate

Array = NDArray[np.float64]

MAX_FILE_BYTES = 64 * 1024 * 1024  # the largest CMU clip as text has 10 MB
_AXES = {"X": np.array([1.0, 0, 0]), "Y": np.array([0, 1.0, 0]), "Z": np.array([0, 0, 1.0])}


@dataclass(frozen=True, slots=True)
class SourceMotion:
    """A clip on its own skeleton, in the file's own world axes and lengths.

    ``parents (J,)``, -1 for the root, every parent before its child; ``rest (J, 3)`` joint
    positions of the zero pose, root at the origin; ``rotations_xyzw (T, J, 4)`` in the file's
    world, identity in the zero pose; ``positions (T, J, 3)``. A bone that ends the chain has
    one more joint, ``<name>_end``.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int64]
    rest: Array
    rotations_xyzw: Array
    positions: Array
    fps: float

    def index(self, name: str) -> int:
        """The row of a joint; raises ``FormatError`` naming what there is."""
        if name not in self.names:
            raise FormatError(f"no joint {name!r}; the skeleton has {', '.join(self.names)}")
        return self.names.index(name)


def pose_skeleton(
    names: list[str], parents: list[int], offsets: Array, *, local_xyzw: Array, root: Array,
    fps: float,
) -> SourceMotion:  # fmt: skip
    """Forward kinematics of a source skeleton; ``local_xyzw (T, J, 4)``, ``root (T, 3)``."""
    frames, count = local_xyzw.shape[:2]
    rotations = np.empty((frames, count, 4))
    positions = np.empty((frames, count, 3))
    rest = np.zeros((count, 3))
    for joint, parent in enumerate(parents):
        if parent < 0:
            rotations[:, joint] = local_xyzw[:, joint]
            positions[:, joint] = root
            continue
        rest[joint] = rest[parent] + offsets[joint]
        rotations[:, joint] = quat_multiply(rotations[:, parent], local_xyzw[:, joint])
        turned = quat_rotate(rotations[:, parent], np.broadcast_to(offsets[joint], (frames, 3)))
        positions[:, joint] = positions[:, parent] + turned
    return SourceMotion(
        names=tuple(names), parents=np.array(parents, np.int64), rest=rest,
        rotations_xyzw=rotations, positions=positions, fps=fps,
    )  # fmt: skip


def axis_rotation(axis: str, angle_rad: Array) -> Array:
    """Rotations ``(T, 4)`` about the named coordinate axis."""
    return quat_from_rotvec(np.asarray(angle_rad)[..., None] * _AXES[axis.upper()])


def read_text(path: Path) -> str:
    """A text file of bounded size; raises ``FormatError``."""
    if not path.is_file():
        raise FormatError(f"motion file not found: {path}")
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise FormatError(f"{path}: {size} bytes, allowed are {MAX_FILE_BYTES}")
    try:
        return path.read_text(encoding="utf-8", errors="strict")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: not a text file ({error.reason})") from error


def numbers(words: list[str], *, where: str) -> Array:
    """Words as finite floats; raises ``FormatError``."""
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError as error:
        raise FormatError(f"{where}: not a number ({error})") from error
    if not np.isfinite(values).all():
        raise FormatError(f"{where}: holds NaN or infinity")
    return values
