"""Simulated sensors for unit tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from bridge.geometry import camera_from_world, quat_rotate
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import BodyLandmark, Layout
from bridge.skeleton import SmplxJoint
from bridge.types import Intrinsics, Keypoints, Observation, Stamp

J = SmplxJoint
_FPS = 30.0
_JOINT_OF = {"INDEX": "INDEX1", "PINKY": "PINKY1", "THUMB": "THUMB2"}
# Landmarks that are no joints of SMPL-X: (joint that carries them, offset in its rest frame, m).
_CARRIED = {
    BodyLandmark.NOSE: (J.HEAD, (0.0, 0.036, 0.112)),
    BodyLandmark.MOUTH_LEFT: (J.HEAD, (0.026, -0.002, 0.092)),
    BodyLandmark.MOUTH_RIGHT: (J.HEAD, (-0.026, -0.002, 0.092)),
}
for _side, _sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
    for _part, _x in (("EYE_INNER", 0.022), ("EYE", 0.032), ("EYE_OUTER", 0.042)):
        _CARRIED[BodyLandmark[f"{_side}_{_part}"]] = (J.HEAD, (_sign * _x, 0.072, 0.084))
    _CARRIED[BodyLandmark[f"{_side}_EAR"]] = (J.HEAD, (_sign * 0.075, 0.05, 0.0))
    _CARRIED[BodyLandmark[f"{_side}_HEEL"]] = (J[f"{_side}_ANKLE"], (0.0, -0.05, -0.06))
    _CARRIED[BodyLandmark[f"{_side}_FOOT_INDEX"]] = (J[f"{_side}_ANKLE"], (0.0, -0.05, 0.15))


@pytest.fixture(scope="session")
def observe_pose() -> Callable[..., Observation]:
    """MediaPipe's 33 body landmarks of a posed skeleton, seen by a 1280×720 camera."""

    def observe(
        local_xyzw: np.ndarray,
        *,
        sequence: int = 0,
        place_m: tuple[float, float, float] | None = None,
        pitch_deg: float = 0.0,
        noise_m: float = 0.0,
        seed: int = 0,
        hidden: Sequence[int] = (),
        doubted: Mapping[int, float] | None = None,
    ) -> Observation:
        rest = rest_joints_m()
        joints, rotations = forward_kinematics(
            local_xyzw, np.array(place_m or (0.0, 0.9, -3.0)), rest_joints=rest
        )
        world = np.zeros((33, 3))
        for landmark in BodyLandmark:
            if landmark in _CARRIED:
                joint, offset = _CARRIED[landmark]
                world[landmark] = joints[joint] + quat_rotate(rotations[joint], np.array(offset))
            else:
                side, part = landmark.name.split("_")
                world[landmark] = joints[J[f"{side}_{_JOINT_OF.get(part, part)}"]]
        world += np.random.default_rng(seed).normal(size=world.shape) * noise_m
        camera = Intrinsics.from_fov(1280, 720)
        seen = camera_from_world(world, pitch_rad=np.deg2rad(pitch_deg))
        pixels = seen[:, :2] / seen[:, 2:] * camera.fx + (camera.cx, camera.cy)
        hips = (seen[BodyLandmark.LEFT_HIP] + seen[BodyLandmark.RIGHT_HIP]) / 2
        confidence = np.ones(33)
        confidence[list(hidden)] = 0.0
        for landmark, value in (doubted or {}).items():
            confidence[landmark] = value
        return Observation(
            Stamp(sequence, round(sequence * 1e9 / _FPS), "simulated"),
            body=Keypoints(
                Layout.MEDIAPIPE_BODY_33,
                seen - hips,
                pixels if place_m is not None else np.zeros((33, 2)),
                confidence,
            ),
            camera=camera,
        )

    return observe
