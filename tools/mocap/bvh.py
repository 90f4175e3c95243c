"""Biovision hierarchy (BVH), as its de-facto specification has it: any channel order, end sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bridge.errors import FormatError
from tools.mocap.motion import (
    Array,
    SourceMotion,
    axis_rotation,
    numbers,
    pose_skeleton,
    quat_multiply,
    read_text,
)

MAX_JOINTS = 512  # the richest rig at hand has 101
_CHANNELS = tuple(f"{axis}{kind}" for kind in ("position", "rotation") for axis in "XYZ")


@dataclass(slots=True)
class _Hierarchy:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[Array] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)


def read_bvh(path: Path) -> SourceMotion:
    """Read a clip; raises ``FormatError`` with the file and the fault."""
    text = read_text(path)
    head, separator, tail = text.partition("MOTION")
    words = head.split()
    if not separator or not words or words[0] != "HIERARCHY":
        raise FormatError(f"{path}: not BVH; expected HIERARCHY … MOTION")
    skeleton = _parse_hierarchy(words, path=path)
    frame_count, interval_s, values = _parse_motion(tail.split(), path=path)
    width = sum(len(channels) for channels in skeleton.channels)
    if values.size != frame_count * width:
        raise FormatError(
            f"{path}: {values.size} values, expected {frame_count} frames × {width} channels; "
            "the file is cut short or its header is wrong"
        )
    local, root = _decode(skeleton, values.reshape(frame_count, width))
    return pose_skeleton(
        skeleton.names, skeleton.parents, np.array(skeleton.offsets),
        local_xyzw=local, root=root, fps=1.0 / interval_s,
    )  # fmt: skip


def _parse_hierarchy(words: list[str], *, path: Path) -> _Hierarchy:
    out = _Hierarchy()
    stack: list[int] = []
    i = 1
    try:
        while i < len(words):
            word = words[i]
            if word in ("ROOT", "JOINT", "End"):
                parent = stack[-1] if stack else -1
                name = f"{out.names[parent]}_end" if word == "End" else words[i + 1]
                out.names.append(name)
                out.parents.append(parent)
                out.offsets.append(np.zeros(3))
                out.channels.append([])
                if words[i + 2] != "{":
                    raise FormatError(f"{path}: joint {name}: expected an opening brace")
                stack.append(len(out.names) - 1)
                i += 3
            elif word == "OFFSET":
                out.offsets[stack[-1]] = numbers(words[i + 1 : i + 4], where=f"{path}: OFFSET")
                i += 4
            elif word == "CHANNELS":
                count = int(words[i + 1])
                channels = words[i + 2 : i + 2 + count]
                unknown = [c for c in channels if c not in _CHANNELS]
                if unknown:
                    raise FormatError(f"{path}: channel {unknown[0]}; allowed: {_CHANNELS}")
                out.channels[stack[-1]] = channels
                i += 2 + count
            elif word == "}":
                stack.pop()
                i += 1
            else:
                raise FormatError(f"{path}: unexpected {word!r} in the hierarchy")
            if len(out.names) > MAX_JOINTS:
                raise FormatError(f"{path}: more than {MAX_JOINTS} joints")
    except (IndexError, ValueError) as error:
        raise FormatError(f"{path}: the hierarchy is cut short or malformed") from error
    if stack or not out.names:
        raise FormatError(f"{path}: braces of the hierarchy do not match")
    return out


def _parse_motion(words: list[str], *, path: Path) -> tuple[int, float, Array]:
    if len(words) < 5 or words[0] != "Frames:" or words[2:4] != ["Frame", "Time:"]:
        raise FormatError(f"{path}: expected 'Frames: N' and 'Frame Time: s' after MOTION")
    header = numbers([words[1], words[4]], where=f"{path}: motion header")
    if header[0] < 1 or header[1] <= 0.0:
        raise FormatError(f"{path}: {words[1]} frames of {words[4]} s")
    return int(header[0]), float(header[1]), numbers(words[5:], where=f"{path}: motion")


def _decode(skeleton: _Hierarchy, values: Array) -> tuple[Array, Array]:
    frames = values.shape[0]
    local = np.zeros((frames, len(skeleton.names), 4))
    local[..., 3] = 1.0
    root = np.zeros((frames, 3))
    column = 0
    for joint, channels in enumerate(skeleton.channels):
        for channel in channels:
            series = values[:, column]
            column += 1
            axis, kind = channel[0], channel[1:]
            if kind == "rotation":
                turn = axis_rotation(axis, np.deg2rad(series))
                local[:, joint] = quat_multiply(local[:, joint], turn)
            elif joint == 0:
                root[:, "XYZ".index(axis)] = series
    return local, root
