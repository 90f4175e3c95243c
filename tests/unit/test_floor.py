"""The floor and the camera's tilt, from depth pictures whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.geometry import level_from_camera
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import Layout
from bridge.skeleton import SmplxJoint
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.tracking.base import Tracker
from bridge.tracking.depth_tracker import DepthTracker
from bridge.tracking.floor import FloorWatch, find_floor
from bridge.types import Frame, Keypoints, Observation, Stamp
from tools.evaluate_floor import View, evaluate, picture, up_of
from tools.sensors.depth_camera import KINECT_720P
from tools.sensors.landmarks import landmark_set

STEEP = View(pitch_deg=25.0, roll_deg=-4.0, height_m=1.7, distance_m=2.2)


@pytest.mark.parametrize("gravity", [False, True])
@pytest.mark.parametrize(
    "view",
    [STEEP, View(0.0, 0.0, 1.0, 2.5), View(12.0, 5.0, 0.8, 1.6, table=True)],
    ids=["steep", "level", "table"],
)
def test_tilt_and_height(view: View, gravity: bool) -> None:
    errors = evaluate(view, gravity=gravity)
    assert errors is not None
    assert errors.tilt_deg < 0.6
    assert errors.height_m < 0.03


def test_walls_and_tables_are_no_floor() -> None:
    wall = np.full((720, 1280), 2.0, np.float32)
    assert find_floor(wall, KINECT_720P, rng=np.random.default_rng(0)) is None
    row = (np.arange(720) + 0.5 - KINECT_720P.cy) / KINECT_720P.fy
    table = np.where(row > 0.3, 0.5 / np.maximum(row, 0.3), 0.0)[:, None]
    depth = np.broadcast_to(table, (720, 1280)).astype(np.float32).copy()
    depth[:, 900:] = 2.5  # beside the table the eye goes down to the foot of a wall
    assert find_floor(depth, KINECT_720P, rng=np.random.default_rng(0)) is None
    nothing = np.zeros((720, 1280), np.float32)
    assert find_floor(nothing, KINECT_720P, rng=np.random.default_rng(0)) is None


def test_a_camera_that_is_moved_is_noticed() -> None:
    watch = FloorWatch()
    for view, seconds in ((STEEP, 6.0), (View(5.0, 0.0, 1.0, 2.5), 30.0)):
        depth = picture(view).astype(np.float32)
        floor = None
        for _ in range(round(seconds / 0.5)):
            floor = watch.step(depth, KINECT_720P, gravity_up=None, dt_s=0.5)
        assert floor is not None
        assert floor.pitch_deg == pytest.approx(view.pitch_deg, abs=0.7)
        assert floor.roll_deg == pytest.approx(view.roll_deg, abs=0.7)
        assert floor.height_m == pytest.approx(view.height_m, abs=0.03)


def test_gravity_alone_levels_where_no_floor_is_seen() -> None:
    up = up_of(STEEP)
    wall = np.full((720, 1280), 2.0, np.float32)
    floor = FloorWatch().step(wall, KINECT_720P, gravity_up=up, dt_s=0.1)
    assert floor is not None
    assert floor.height_m is None
    assert floor.pitch_deg == pytest.approx(25.0)
    assert FloorWatch().step(wall, KINECT_720P, gravity_up=None, dt_s=0.1) is None


def test_level_axes_keep_the_way_the_camera_looks() -> None:
    turn = level_from_camera(up_of(STEEP))
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    np.testing.assert_allclose(turn @ up_of(STEEP), [0.0, -1.0, 0.0], atol=1e-12)
    ahead = turn @ [0.0, 0.0, 1.0]
    assert ahead[0] == pytest.approx(0.0, abs=1e-12)
    assert ahead[2] > 0.0


class Watching(Tracker):
    """Sees the landmarks of a person in the T-pose, exactly; hip-centred as MediaPipe's."""

    def __init__(self, points_camera_m: np.ndarray) -> None:
        k = KINECT_720P
        pixels = points_camera_m[:, :2] / points_camera_m[:, 2:] * (k.fx, k.fy) + (k.cx, k.cy)
        hips = points_camera_m[[23, 24]].mean(axis=0)
        self.body = Keypoints(
            Layout.MEDIAPIPE_BODY_33, points_camera_m - hips, pixels, np.ones(33, np.float32)
        )

    def track(self, frame: Frame) -> Observation:
        return Observation(frame.stamp, body=self.body, camera=KINECT_720P)

    def reset(self) -> None: ...

    def close(self) -> None: ...


def test_a_person_before_a_tilted_camera_stands_upright_on_the_floor() -> None:
    """Seen from 1.7 m, looking down by 25° and rolled: nobody set the pitch."""
    up = up_of(STEEP)
    rest = rest_joints_m().astype(float)
    identity = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
    joints, rotations = forward_kinematics(identity, rest[0], rest_joints=rest)
    points = landmark_set(Layout.MEDIAPIPE_BODY_33).place(joints, rotations)
    level = points * (1.0, -1.0, -1.0) + (0.0, STEEP.height_m, STEEP.distance_m)
    level_from = level_from_camera(up)
    depth = picture(STEEP).astype(np.float32)
    image = np.zeros((720, 1280, 3), np.uint8)
    for levelled, most_deg in ((True, 4.0), (False, 90.0)):
        tracker = DepthTracker(Watching(level @ level_from), level=levelled)
        solver = Solver(SolvingSettings(body="analytic"))
        for index in range(20):
            stamp = Stamp(index, index * 33_000_000, "test")
            seen = tracker.track(Frame(stamp, image, KINECT_720P, depth))
            pose = solver.solve(seen)
        lean_deg = np.rad2deg(np.linalg.norm(pose.rotvecs_rad[SmplxJoint.PELVIS]))
        assert lean_deg < most_deg
        if levelled:
            assert seen.floor_y_m == pytest.approx(STEEP.height_m, abs=0.03)
            assert pose.root_m[1] == pytest.approx(rest[0, 1], abs=0.05)
        else:
            assert lean_deg > 15.0
