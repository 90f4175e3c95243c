"""How well retargeted clips follow their source: figures, and a picture to look at.

python -m tools.mocap.check --split held_out
python -m tools.mocap.check --clip cmu_asf_amc/02_05 --picture check.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bridge.geometry import normalise
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.skeleton import SMPLX_PARENT_INDEX, SmplxJoint
from tools.mocap.dataset import DEFAULT_MOCAP_FOLDER, Split, clips
from tools.mocap.motion import Array, SourceMotion
from tools.mocap.retarget import SmplxMotion
from tools.mocap.rigs import Rig

_J = SmplxJoint
_LIMB_BONES = {
    "HIP": "KNEE", "KNEE": "ANKLE", "SHOULDER": "ELBOW", "ELBOW": "WRIST",
}  # fmt: skip


def direction_error_deg(source: SourceMotion, motion: SmplxMotion, *, rig: Rig) -> dict[str, float]:
    """Mean angle between each limb bone and the source's own, by name of the bone's joint."""
    positions, _ = forward_kinematics(
        motion.local_xyzw, motion.root_m, rest_joints=rest_joints_m().astype(np.float64)
    )
    out: dict[str, float] = {}
    for joint, rule in rig.rules.items():
        if rule.child is None or any(rule.offset_deg):
            continue
        side, _, part = joint.name.partition("_")
        ours = normalise(positions[:, _J[f"{side}_{_LIMB_BONES[part]}"]] - positions[:, joint])
        bone, child = source.index(rule.sources[0]), source.index(rule.child)
        theirs = normalise(source.positions[:, child] - source.positions[:, bone])[-len(ours) :]
        cosine = np.clip(np.sum(ours * theirs, axis=-1), -1.0, 1.0)
        out[joint.name] = float(np.rad2deg(np.arccos(cosine)).mean())
    return out


def draw(source: SourceMotion, motion: SmplxMotion, *, path: Path, count: int = 5) -> None:
    """Source joints (above) and the SMPL-X skeleton with its axes of hands, knees, head (below)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rest = rest_joints_m().astype(np.float64)
    frames = np.linspace(0, len(motion.root_m) - 1, count).astype(int)
    figure, axes = pyplot.subplots(2, count, figsize=(3.2 * count, 7.0))
    for column, frame in enumerate(frames):
        _stick(axes[0, column], source.positions[frame], list(source.parents))
        axes[0, column].set_title(f"source {frame}", fontsize=8)
        positions, rotations = forward_kinematics(
            motion.local_xyzw[frame], motion.root_m[frame], rest_joints=rest
        )
        _stick(axes[1, column], positions, list(SMPLX_PARENT_INDEX))
        for joint in (_J.HEAD, _J.LEFT_WRIST, _J.RIGHT_WRIST, _J.LEFT_ANKLE, _J.RIGHT_ANKLE):
            _triad(axes[1, column], positions[joint], rotations[joint])
        axes[1, column].set_title("SMPL-X (x red, y green, z blue)", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


# Seen from the front, turned a little, so that depth shows.
_VIEW = np.array([[0.87, 0.0, 0.5], [-0.1, 0.98, 0.17]])


def _stick(axes: object, positions: Array, parents: list[int]) -> None:
    flat = positions @ _VIEW.T
    for joint, parent in enumerate(parents):
        if parent >= 0:
            colour = "tab:blue" if positions[joint, 0] > positions[0, 0] else "tab:gray"
            axes.plot(*flat[[parent, joint]].T, "-", color=colour, linewidth=1.5)  # type: ignore[attr-defined]
    axes.set_aspect("equal")  # type: ignore[attr-defined]


def _triad(axes: object, origin: Array, rotation: Array) -> None:
    from bridge.geometry import matrix_from_quat

    matrix = matrix_from_quat(rotation)
    for column, colour in enumerate(("red", "green", "blue")):
        ends = np.stack((origin, origin + 0.12 * matrix[:, column])) @ _VIEW.T
        axes.plot(*ends.T, "-", color=colour, linewidth=1.0)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=DEFAULT_MOCAP_FOLDER)
    parser.add_argument("--split", type=Split, default=None)
    parser.add_argument("--clip", default=None, help="<folder>/<file without suffix>")
    parser.add_argument("--picture", type=Path, default=None)
    arguments = parser.parse_args()
    for clip in clips(arguments.folder, split=arguments.split):
        if arguments.clip not in (None, clip.name):
            continue
        source = clip.read()
        motion = clip.load()
        errors = direction_error_deg(source, motion, rig=clip.rig)
        listed = " ".join(f"{name} {value:.2f}°" for name, value in errors.items() if value > 0.01)
        print(
            f"{clip.name:34s} {clip.split.value:10s} {len(motion.root_m):5d} frames "
            f"{motion.fps:5.1f} fps  direction errors above 0.01°: {listed or 'none'}"
        )
        if arguments.picture is not None:
            draw(source, motion, path=arguments.picture)


if __name__ == "__main__":
    main()
