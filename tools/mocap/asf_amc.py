"""Acclaim skeleton (ASF) and motion (AMC), as CMU's motion capture database has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bridge.errors import FormatError
from bridge.geometry import quat_conjugate, quat_multiply
from tools.mocap.motion import (
    Array,
    SourceMotion,
    axis_rotation,
    numbers,
    pose_skeleton,
    read_text,
)

CMU_FPS = 120.0  # an AMC file does not say; CMU's database was captured at this rate
METRES_PER_INCH = 0.0254
_ROOT_DOFS = ("tx", "ty", "tz", "rx", "ry", "rz")


@dataclass(slots=True)
class _Bone:
    name: str = ""
    direction: Array = field(default_factory=lambda: np.zeros(3))
    length: float = 0.0
    frame_xyzw: Array = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1.0]))
    dofs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AsfSkeleton:
    """``bones`` by name without the root; ``parent_of`` names each bone's parent."""

    bones: dict[str, _Bone]
    parent_of: dict[str, str]
    root_dofs: list[str]
    metres_per_unit: float


def read_asf(path: Path) -> AsfSkeleton:
    """Read a skeleton; raises ``FormatError`` with the file and the fault."""
    sections = _sections(read_text(path), path=path)
    try:
        units = dict(line.split()[:2] for line in sections["units"])
        if units.get("angle", "deg") != "deg":
            raise FormatError(f"{path}: angle unit {units['angle']}; only deg is known")
        root_lines = {line.split()[0]: line.split()[1:] for line in sections["root"]}
        bones = _bones(sections["bonedata"], path=path)
        parent_of: dict[str, str] = {}
        for line in sections["hierarchy"]:
            parent, *children = line.split()
            if parent not in ("begin", "end"):
                parent_of.update(dict.fromkeys(children, parent))
    except (KeyError, IndexError, ValueError) as error:
        raise FormatError(f"{path}: not a complete ASF skeleton ({error})") from error
    missing = [name for name in bones if name not in parent_of]
    if missing:
        raise FormatError(f"{path}: bone {missing[0]} is not in the hierarchy")
    return AsfSkeleton(
        bones=bones,
        parent_of=parent_of,
        root_dofs=[dof.lower() for dof in root_lines["order"]],
        # CMU's lengths are inches divided by this unit: 0.45 for every subject.
        metres_per_unit=METRES_PER_INCH / float(units["length"]),
    )


def read_amc(path: Path, *, skeleton: AsfSkeleton, fps: float = CMU_FPS) -> SourceMotion:
    """Read a clip of ``skeleton``; joints sit where bones begin; lengths in metres."""
    order = _ordered(skeleton)
    widths = {"root": len(skeleton.root_dofs)}
    widths |= {name: len(bone.dofs) for name, bone in skeleton.bones.items()}
    rows: dict[str, list[list[str]]] = {name: [] for name, width in widths.items() if width}
    frames = 0
    for line in read_text(path).splitlines():
        words = line.split()
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1 and words[0].isdigit():
            frames += 1
            continue
        if words[0] not in rows or len(words) - 1 != widths[words[0]]:
            raise FormatError(f"{path}: frame {frames}: {line!r} does not fit the skeleton")
        rows[words[0]].append(words[1:])
    short = [name for name, listed in rows.items() if len(listed) != frames]
    if not frames or short:
        raise FormatError(f"{path}: {frames} frames, not all with {short or 'any bone'}")
    values = {
        name: numbers([w for row in listed for w in row], where=f"{path}: {name}")
        .reshape(frames, widths[name])
        for name, listed in rows.items()
    }  # fmt: skip
    return _pose(skeleton, order, values=values, frames=frames, fps=fps)


def _pose(
    skeleton: AsfSkeleton, order: list[str], *, values: dict[str, Array], frames: int, fps: float
) -> SourceMotion:
    names, parents = ["root"], [-1]
    offsets = [np.zeros(3)]
    locals_xyzw = [_turns(values["root"], skeleton.root_dofs)]
    still = np.broadcast_to([0.0, 0.0, 0.0, 1.0], (frames, 4))
    ends: list[tuple[str, Array]] = []
    childless = set(skeleton.bones) - set(skeleton.parent_of.values())
    for name in order:
        bone = skeleton.bones[name]
        parent = skeleton.parent_of[name]
        names.append(name)
        parents.append(names.index(parent))
        offsets.append(_span(skeleton.bones[parent]) if parent != "root" else np.zeros(3))
        turn = _turns(values[name], bone.dofs) if bone.dofs else still
        frame = bone.frame_xyzw
        locals_xyzw.append(quat_multiply(quat_multiply(frame, turn), quat_conjugate(frame)))
        if name in childless:
            ends.append((name, _span(bone)))
    for name, span in ends:
        names.append(f"{name}_end")
        parents.append(names.index(name))
        offsets.append(span)
        locals_xyzw.append(still)
    root = np.zeros((frames, 3))
    for column, dof in enumerate(skeleton.root_dofs):
        if dof.startswith("t"):
            root[:, "xyz".index(dof[1])] = values["root"][:, column]
    scale = skeleton.metres_per_unit
    return pose_skeleton(
        names, parents, np.array(offsets) * scale,
        local_xyzw=np.stack(locals_xyzw, axis=1), root=root * scale, fps=fps,
    )  # fmt: skip


def _span(bone: _Bone) -> Array:
    return bone.direction * bone.length


def _turns(values: Array, dofs: list[str]) -> Array:
    """Rotations about fixed axes in the listed order: the first one acts first."""
    out = np.broadcast_to([0.0, 0.0, 0.0, 1.0], (len(values), 4))
    for column, dof in enumerate(dofs):
        if dof.startswith("r"):
            out = quat_multiply(axis_rotation(dof[1], np.deg2rad(values[:, column])), out)
    return out


def _sections(text: str, *, path: Path) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith(":"):
            current = sections.setdefault(stripped.split()[0][1:], [])
        else:
            current.append(stripped)
    for needed in ("units", "root", "bonedata", "hierarchy"):
        if needed not in sections:
            raise FormatError(f"{path}: no :{needed} section; not an ASF skeleton")
    return sections


def _bones(lines: list[str], *, path: Path) -> dict[str, _Bone]:
    bones: dict[str, _Bone] = {}
    bone = _Bone()
    for line in lines:
        key, *words = line.split()
        if key == "begin":
            bone = _Bone()
        elif key == "name":
            bone.name = words[0]
        elif key == "direction":
            bone.direction = numbers(words[:3], where=f"{path}: {bone.name} direction")
        elif key == "length":
            bone.length = float(words[0])
        elif key == "axis":
            angles = np.deg2rad(numbers(words[:3], where=f"{path}: {bone.name} axis"))
            for axis, angle in zip(words[3], angles, strict=True):
                bone.frame_xyzw = quat_multiply(axis_rotation(axis, angle), bone.frame_xyzw)
        elif key == "dof":
            bone.dofs = words
        elif key == "end":
            bones[bone.name] = bone
    return bones


def _ordered(skeleton: AsfSkeleton) -> list[str]:
    """Bone names, every parent before its children."""
    order: list[str] = []
    waiting = list(skeleton.bones)
    while waiting:
        ready = [n for n in waiting if skeleton.parent_of[n] in ("root", *order)]
        if not ready:
            raise FormatError(f"bones without a way to the root: {', '.join(waiting)}")
        order += ready
        waiting = [n for n in waiting if n not in ready]
    return order
