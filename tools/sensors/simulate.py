"""Motion of the SMPL-X skeleton as the observations of a sensor, with the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bridge.geometry import camera_from_world, quat_multiply, quat_rotate, slerp
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import Layout
from bridge.skeleton import SmplxJoint
from bridge.types import Keypoints, Observation, Stamp
from tools.mocap.motion import axis_rotation
from tools.mocap.retarget import SmplxMotion
from tools.sensors.landmarks import landmark_set
from tools.sensors.noise import NoiseSettings, add_noise, limb_table

_CAMERA_ORIGIN: Final = frozenset({Layout.AZURE_KINECT_32, Layout.KINECT_V2_25})
_DISTANCE_M: Final = 2.5  # of the performer from a depth sensor
_CAMERA_HEIGHT_M: Final = 1.0


@dataclass(frozen=True, slots=True)
class SimulatedClip:
    """Observations at one rate, and the motion ``truth`` that they show."""

    observations: tuple[Observation, ...]
    truth: SmplxMotion


def resample(motion: SmplxMotion, *, fps: float) -> SmplxMotion:
    """The same motion at another rate; rotations go the short way between frames."""
    frames = len(motion.root_m)
    at = np.arange(0.0, frames - 1, motion.fps / fps)
    low = np.floor(at).astype(int)
    share = at - low
    local = slerp(motion.local_xyzw[low], motion.local_xyzw[low + 1], share[:, None])
    root = motion.root_m[low] + (motion.root_m[low + 1] - motion.root_m[low]) * share[:, None]
    return SmplxMotion(local_xyzw=local, root_m=root, fps=fps)


def turned(motion: SmplxMotion, *, yaw_rad: float) -> SmplxMotion:
    """The same motion in a world turned about its vertical axis."""
    yaw = axis_rotation("Y", np.array(yaw_rad))
    local = motion.local_xyzw.copy()
    local[:, 0] = quat_multiply(yaw, local[:, 0])
    return replace(motion, local_xyzw=local, root_m=quat_rotate(yaw, motion.root_m))


def facing_camera(motion: SmplxMotion) -> SmplxMotion:
    """Turned so that the chest faces the camera on average."""
    _, rotations = forward_kinematics(
        motion.local_xyzw, motion.root_m, rest_joints=rest_joints_m().astype(np.float64)
    )
    ahead = quat_rotate(rotations[:, SmplxJoint.SPINE3], np.array([0.0, 0.0, 1.0])).mean(axis=0)
    return turned(motion, yaw_rad=float(-np.arctan2(ahead[0], ahead[2])))


def simulate(
    motion: SmplxMotion,
    *,
    layout: Layout = Layout.MEDIAPIPE_BODY_33,
    noise: NoiseSettings,
    rng: np.random.Generator,
    pitch_rad: float = 0.0,
) -> SimulatedClip:
    """Observe a clip at its own rate; the camera looks along the world's -Z, level or, with
    ``pitch_rad`` > 0, down."""
    positions, rotations = forward_kinematics(
        motion.local_xyzw, motion.root_m, rest_joints=rest_joints_m().astype(np.float64)
    )
    points = landmark_set(layout)
    world = points.place(positions, rotations)
    if layout in _CAMERA_ORIGIN:
        start = motion.root_m[0] * [1.0, 0.0, 1.0]
        world = world - start - [0.0, _CAMERA_HEIGHT_M, _DISTANCE_M]
    camera = camera_from_world(world, pitch_rad=pitch_rad)
    noisy, confidence = add_noise(
        camera, table=limb_table(points.names), settings=noise, fps=motion.fps, rng=rng
    )
    if layout not in _CAMERA_ORIGIN:
        hips = [row for row, name in enumerate(points.names) if name.endswith("_HIP")]
        noisy = noisy - noisy[:, hips].mean(axis=1, keepdims=True)
    nowhere = np.zeros((layout.count, 2))
    observations = tuple(
        Observation(
            stamp=Stamp(frame, round(frame * 1e9 / motion.fps), f"simulated {layout.label}"),
            body=Keypoints(layout, noisy[frame], nowhere, confidence[frame]),
        )
        for frame in range(len(noisy))
    )
    return SimulatedClip(observations, motion)
