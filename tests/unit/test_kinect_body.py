"""pykinect_azure's live bodies, on a stand-in with that library's names, and orientations."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.errors import FormatError, SourceError, SourceLostError
from bridge.geometry import camera_from_world
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import AzureKinectJoint, Layout
from bridge.skeleton import SmplxJoint
from bridge.sources.factory import open_source
from bridge.sources.kinect_body import KinectBodySource
from bridge.sources.kinect_files import read_joint_file
from bridge.sources.kinect_joints import KinectJointsSource
from bridge.sources.settings import SourceSettings
from bridge.types import Observation
from tools.sensors.landmarks import landmark_set

A = AzureKinectJoint
J = SmplxJoint


def failed(what: str) -> Any:
    """As the library's VERIFY does it."""
    print(what)
    sys.exit(1)


def standing(*, pitch_deg: float = 0.0, x_m: float = 0.0, roll_rad: float = 0.0) -> np.ndarray:
    """32 joints in the axes of a camera 1 m high, 2.5 m away; the left palm turned."""
    rest = rest_joints_m().astype(float)
    local = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
    local[J.LEFT_WRIST] = [np.sin(roll_rad / 2), 0.0, 0.0, np.cos(roll_rad / 2)]
    joints, rotations = forward_kinematics(local, rest[0], rest_joints=rest)
    points = landmark_set(Layout.AZURE_KINECT_32).place(joints, rotations)
    return camera_from_world(points + np.array([x_m, -1.0, -2.5]), pitch_rad=np.deg2rad(pitch_deg))


class FakePykinect(SimpleNamespace):
    """``script``: for each picture a dictionary of bodies, or None for a call that fails."""

    def __init__(self, script: list[dict[int, np.ndarray] | None], *, broken: str = "") -> None:
        sdk = self
        self.closed: list[str] = []

        def skeleton(places: np.ndarray) -> Any:
            return SimpleNamespace(
                joints=[
                    SimpleNamespace(
                        position=SimpleNamespace(xyz=SimpleNamespace(x=x, y=y, z=z)),
                        orientation=SimpleNamespace(wxyz=SimpleNamespace(w=1, x=0, y=0, z=0)),
                        confidence_level=2,
                    )
                    for x, y, z in places * 1000.0
                ]
            )

        class Frame:
            def __init__(self, bodies: dict[int, np.ndarray]) -> None:
                self.bodies = list(bodies.items())

            def get_num_bodies(self) -> int:
                return len(self.bodies)

            def get_body_skeleton(self, index: int = 0) -> Any:
                return skeleton(self.bodies[index][1])

            def get_body_id(self, index: int = 0) -> int:
                return self.bodies[index][0]

        class Tracker:
            def update(self, capture: Any = None, timeout_in_ms: int = -1) -> Frame:
                assert timeout_in_ms > 0
                bodies = script.pop(0)
                return Frame(bodies) if bodies is not None else failed("pop failed!")

            def destroy(self) -> None:
                sdk.closed.append("tracker")

        class Device:
            def update(self, timeout_in_ms: int = -1) -> None:
                if not script:
                    failed("Get capture failed!")

            def close(self) -> None:
                sdk.closed.append("device")

        def start(kind: str, result: Any) -> Any:
            return failed(f"{kind} failed!") if broken == kind else result

        super().__init__(
            default_configuration=SimpleNamespace(),
            K4A_COLOR_RESOLUTION_OFF=0,
            K4A_DEPTH_MODE_NFOV_UNBINNED=2,
            initialize_libraries=lambda track_body: start("libraries", None),
            start_device=lambda device_index, config: start("device", Device()),
            start_body_tracker=lambda: start("tracker", Tracker()),
        )


def read(source: KinectBodySource, count: int) -> list[Observation]:
    items = [source.read() for _ in range(count)]
    return [item for item in items if item is not None]


def test_bodies_become_observations_in_metres_and_level() -> None:
    sdk = FakePykinect([{1: standing(pitch_deg=12.0)} for _ in range(40)])
    with KinectBodySource("kinect-body", settings=SourceSettings(), sdk=sdk) as source:
        seen = read(source, 40)
    assert [item.stamp.sequence for item in seen] == list(range(40))
    body = seen[-1].body
    assert body is not None
    assert body.layout is Layout.AZURE_KINECT_32
    for joint in (A.HEAD, A.KNEE_LEFT, A.WRIST_RIGHT):
        np.testing.assert_allclose(body.positions_m[joint], standing()[joint], atol=0.03)
    assert sdk.closed == ["tracker", "device"]


def test_the_followed_person_stays_when_ids_swap() -> None:
    near, far = standing(x_m=-0.5), standing(x_m=0.8) + np.array([0.0, 0.0, 1.0])
    sdk = FakePykinect([{1: near, 2: far}] * 10 + [{2: near, 1: far}] * 10)
    with KinectBodySource("kinect-body:0", settings=SourceSettings(), sdk=sdk) as source:
        seen = read(source, 20)
    places = [item.body.positions_m[A.PELVIS] for item in seen if item.body is not None]
    np.testing.assert_allclose([place[0] for place in places], near[A.PELVIS, 0], atol=0.02)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("libraries", "Body Tracking SDK"),
        ("device", "Azure Kinect 3 cannot be started"),
        ("tracker", "graphics card"),
    ],
)
def test_what_the_library_exits_with_is_one_line(
    broken: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sdk = FakePykinect([], broken=broken)
    with pytest.raises(SourceError, match=message) as caught:
        KinectBodySource("kinect-body:3", settings=SourceSettings(), sdk=sdk)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().out == ""


def test_a_late_picture_is_waited_for_and_a_dead_device_ends_the_run() -> None:
    sdk = FakePykinect([None, {1: standing()}])
    with KinectBodySource("kinect-body", settings=SourceSettings(), sdk=sdk) as source:
        assert source.read() is not None
        with pytest.raises(SourceLostError, match="no picture for seconds"):
            source.read()


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pykinect_azure", None)
    with pytest.raises(SourceError, match="--source kinect, which needs neither"):
        open_source("kinect-body", settings=SourceSettings())
    with pytest.raises(SourceError, match="kinect-body:INDEX"):
        open_source("kinect-body:front", settings=SourceSettings())


def recording(path: Path, *, orientations: bool) -> tuple[Path, np.ndarray]:
    """The left palm swings round and back; its points are 2 cm off, its orientation 2°, in axes
    that only the sensor knows. Returns the true normals of the palm."""
    rng = np.random.default_rng(7)
    own_axes = Rotation.from_euler("xyz", [100.0, -40.0, 75.0], degrees=True)
    frames, normals = [], []
    for index in range(240):
        roll_rad = 0.9 * np.sin(index / 25.0)
        joints = standing(roll_rad=roll_rad)
        hand = np.cross(joints[A.HAND_LEFT] - joints[A.WRIST_LEFT],
                        joints[A.THUMB_LEFT] - joints[A.WRIST_LEFT])  # fmt: skip
        normals.append(hand / np.linalg.norm(hand))
        noisy = joints.copy()
        rows = [A.HAND_LEFT, A.HANDTIP_LEFT, A.THUMB_LEFT]
        noisy[rows] += rng.normal(size=(3, 3)) * 0.02
        # World to camera axes turns the rotation's axis as it turns any vector.
        turn = Rotation.from_rotvec([roll_rad, 0.0, 0.0])
        turn = Rotation.from_rotvec(rng.normal(size=3) * 0.035) * turn * own_axes
        x, y, z, w = turn.as_quat()
        body = {"body_id": 1, "joint_positions": (noisy * 1000).tolist()}
        if orientations:
            body["joint_orientations"] = [[w, x, y, z]] * 32
        frames.append({"timestamp_usec": index * 33_333, "bodies": [body]})
    path.write_text(json.dumps({"frames": frames}))
    return path, np.array(normals)


def test_orientations_steady_the_hands_whatever_their_axes(tmp_path: Path) -> None:
    errors_deg = {}
    for given in (False, True):
        path, truth = recording(tmp_path / f"{given}.json", orientations=given)
        with KinectJointsSource(path, level_camera=False) as source:
            seen = [source.read() for _ in range(240)]
        points = np.array([item.body.positions_m for item in seen])
        normals = np.cross(points[:, A.HAND_LEFT] - points[:, A.WRIST_LEFT],
                           points[:, A.THUMB_LEFT] - points[:, A.WRIST_LEFT])  # fmt: skip
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        cosine = np.clip((normals * truth).sum(axis=1), -1, 1)[90:]
        errors_deg[given] = float(np.median(np.rad2deg(np.arccos(cosine))))
    assert errors_deg[True] < 0.8 * errors_deg[False]


def test_orientations_are_kept_and_checked(tmp_path: Path) -> None:
    path, _ = recording(tmp_path / "a.json", orientations=True)
    body = read_joint_file(path).frames[0].bodies[0]
    assert body.orientations_xyzw is not None
    np.testing.assert_allclose(np.linalg.norm(body.orientations_xyzw, axis=1), 1, atol=1e-6)
    document = json.loads(path.read_text())
    document["frames"][3]["bodies"][0]["joint_orientations"] = [[1, 0, 0]] * 32
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="frame 3: joint_orientations"):
        read_joint_file(path)
