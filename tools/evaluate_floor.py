"""Measure how well the floor and the camera's tilt are found in simulated depth pictures.

python -m tools.evaluate_floor

A person stands 1.5 to 3 m before a wall; every second scene has a table beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.geometry import level_from_camera
from bridge.kinematics import rest_joints_m
from bridge.tracking.floor import find_floor
from tools.mocap.motion import Array
from tools.sensors.depth_camera import KINECT_720P, DepthCamera


@dataclass(frozen=True, slots=True)
class View:
    """A camera's place: looks down by ``pitch_deg``, turned clockwise by ``roll_deg``."""

    pitch_deg: float
    roll_deg: float
    height_m: float
    distance_m: float
    table: bool = False


@dataclass(frozen=True, slots=True)
class FloorErrors:
    """Of the direction up, in degrees; of the height, in metres."""

    tilt_deg: float
    height_m: float


def up_of(view: View) -> Array:
    """Where up is for that camera, ``(3,)``, camera axes."""
    pitch, roll = np.deg2rad([view.pitch_deg, view.roll_deg])
    return np.array([-np.sin(roll) * np.cos(pitch), -np.cos(roll) * np.cos(pitch), -np.sin(pitch)])


def picture(view: View, *, seed: int = 0) -> np.ndarray:
    """What it sees."""
    up = up_of(view)
    joints = rest_joints_m().astype(np.float64) * (1.0, -1.0, -1.0)
    joints += (0.0, view.height_m, view.distance_m)
    table = None
    if view.table:
        y = view.height_m - 0.72
        table = (np.array([0.5, y, view.distance_m - 0.4]),
                 np.array([1.6, y + 0.04, view.distance_m + 0.5]))  # fmt: skip
    camera = DepthCamera(seed=seed)
    tilted = joints @ level_from_camera(up)
    return camera.picture(tilted, floor_y_m=view.height_m, up_camera=up, table=table)


def evaluate(view: View, *, gravity: bool, seed: int = 0) -> FloorErrors | None:
    """Against the truth; ``gravity``: with an accelerometer that is one degree off."""
    up = up_of(view)
    given = None
    if gravity:
        tilt = np.deg2rad(1.0)
        given = np.array([up[0], up[1] * np.cos(tilt) - up[2] * np.sin(tilt),
                          up[1] * np.sin(tilt) + up[2] * np.cos(tilt)])  # fmt: skip
    found = find_floor(
        picture(view, seed=seed).astype(np.float32), KINECT_720P, gravity_up=given,
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    if found is None or found.height_m is None:
        return None
    tilt_deg = float(np.rad2deg(np.arccos(np.clip(found.up_camera @ up, -1.0, 1.0))))
    return FloorErrors(tilt_deg, abs(found.height_m - view.height_m))


def views(count: int = 40, *, seed: int = 1) -> list[View]:
    """Cameras as people put them: on desks, shelves and tripods."""
    rng = np.random.default_rng(seed)
    return [
        View(
            pitch_deg=float(rng.uniform(-2.0, 30.0)),
            roll_deg=float(rng.uniform(-6.0, 6.0)),
            height_m=float(rng.uniform(0.7, 2.0)),
            distance_m=float(rng.uniform(1.5, 3.0)),
            table=bool(index % 2),
        )
        for index in range(count)
    ]


def main() -> None:
    print("| accelerometer | found | tilt: median, largest ° | height: median, largest mm |")
    print("|---|---|---|---|")
    for gravity in (False, True):
        results = [evaluate(view, gravity=gravity, seed=i) for i, view in enumerate(views())]
        found = [result for result in results if result is not None]
        tilt = [result.tilt_deg for result in found]
        height = [result.height_m * 1e3 for result in found]
        print(
            f"| {'yes, 1° off' if gravity else 'no'} | {len(found)}/{len(results)} "
            f"| {np.median(tilt):.2f}, {max(tilt):.2f} "
            f"| {np.median(height):.0f}, {max(height):.0f} |"
        )


if __name__ == "__main__":
    main()
