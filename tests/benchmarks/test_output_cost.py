"""Cost of retargeting and encoding one frame. Run: pytest tests/benchmarks --benchmark-only"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.geometry import rotvec_from_quat
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.rig import load_rig
from bridge.retarget.settings import RetargetSettings
from bridge.sinks.presets import Dialect
from bridge.sinks.vmc_frame import VmcEncoder
from bridge.types import ActorPose, Stamp
from tools.mocap import rigs
from tools.mocap.bvh import read_bvh
from tools.mocap.retarget import retarget

EVERYTHING: dict[str, Any] = {
    "gaze": {"head_share": 0.7},
    "arms": {"spread_deg": 5.0, "hand_height_m": 0.02},
    "bones": {"Head": {"smoothing_s": 0.05, "offset_deg": [5.0, 0.0, 0.0]}},
}


@pytest.fixture(scope="module")
def dance(shared_data: Callable[[str], Path]) -> list[ActorPose]:
    path = shared_data("mocap/cmu_bvh_ccbase/005_05.bvh")
    motion = retarget(read_bvh(path), rig=rigs.CMU_BVH_CCBASE)
    weights = np.random.default_rng(0).uniform(size=52)
    return [
        ActorPose(
            Stamp(i, int(i * 1e9 / motion.fps), "dance"),
            rotvec_from_quat(local), root, weights, np.ones(55), 1.0,
        )
        for i, (local, root) in enumerate(zip(motion.local_xyzw, motion.root_m, strict=True))
    ]  # fmt: skip


@pytest.mark.parametrize("profile", ["default", "everything"])
def test_retargeting(
    benchmark: Any, dance: list[ActorPose], shared_data: Callable[[str], Path], profile: str
) -> None:
    settings = RetargetSettings.model_validate(EVERYTHING if profile == "everything" else {})
    rig = load_rig(shared_data("avatars/cryptovoxels_vrm0.vrm"))
    retargeter, frames = Retargeter(settings, rig=rig), cycle(dance)
    benchmark.pedantic(lambda: retargeter.retarget(next(frames)), rounds=len(dance), iterations=1)


def test_encoding(benchmark: Any, dance: list[ActorPose]) -> None:
    pose, encoder = Retargeter(RetargetSettings()).retarget(dance[0]), VmcEncoder(Dialect())
    benchmark(lambda: encoder.encode(pose, time_s=1.0))
