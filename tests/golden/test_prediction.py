"""How far interpolated and predicted poses are from the motion that was really made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridge.geometry import angle_between
from bridge.sinks.timeline import PoseTimeline
from bridge.types import HumanoidPose, Stamp, TrackingState
from tools.mocap import rigs
from tools.mocap.bvh import read_bvh
from tools.mocap.retarget import SmplxMotion, retarget

LIMBS = list(range(22))
CAMERA_STEP = 2  # the clips have 60 fps: every other frame is what a camera of 30 fps sees


def pose(motion: SmplxMotion, frame: int) -> HumanoidPose:
    stamp = Stamp(frame, int(frame * 1e9 / motion.fps), "clip")
    identity = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
    identity[LIMBS] = motion.local_xyzw[frame][LIMBS]
    return HumanoidPose(stamp, motion.root_m[frame], identity, {}, TrackingState.TRACKED)


def errors_deg(motion: SmplxMotion) -> dict[str, float]:
    timeline = PoseTimeline()
    found: dict[str, list[float]] = {"interpolated": [], "predicted": [], "held": []}

    def off(name: str, seen: HumanoidPose | None, frame: int) -> None:
        assert seen is not None
        true = motion.local_xyzw[frame][LIMBS]
        angle = angle_between(seen.rotations_xyzw[LIMBS].astype(float), true)
        found[name].append(float(np.degrees(angle).mean()))

    for frame in range(0, len(motion.root_m) - CAMERA_STEP, CAMERA_STEP):
        timeline.add(pose(motion, frame))
        if frame < 4 * CAMERA_STEP:
            continue
        between = frame - CAMERA_STEP // 2
        off("interpolated", timeline.at(int(between * 1e9 / motion.fps)), between)
        ahead = frame + CAMERA_STEP // 2
        off("predicted", timeline.at(int(ahead * 1e9 / motion.fps)), ahead)
        off("held", timeline.newest, ahead)
    return {name: float(np.mean(values)) for name, values in found.items()}


@pytest.mark.parametrize("clip", ["007_01", "007_03", "005_03", "006_05"])
def test_prediction_is_nearer_than_holding(shared_data: Callable[[str], Path], clip: str) -> None:
    path = shared_data(f"mocap/cmu_bvh_ccbase/{clip}.bvh")
    errors = errors_deg(retarget(read_bvh(path), rig=rigs.CMU_BVH_CCBASE))
    print(clip, {name: round(value, 2) for name, value in errors.items()})
    assert errors["interpolated"] < errors["predicted"] < errors["held"]
