"""One view at a time against four: real pictures, solved, compared with triangulated joints.

    python -m tools.evaluate_multiview

For each camera of ``multiview/balancing``: the tracker's landmarks as they are, and the solved
pose of each solver on the performer's skeleton, whose bones are measured in all four views.
PA-MPJPE: mean distance of the 12 limb joints after the best similarity transform of each frame.
Angle: mean angle of each limb bone to the truth, after the best rotation of each frame and as it
stands in the camera's axes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np

from bridge.geometry import camera_from_world, normalise, quat_from_rotvec
from bridge.kinematics import forward_kinematics
from bridge.layouts import BodyLandmark
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import canonical_body
from bridge.solving.proportions import ProportionMeter, Proportions
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.tracking.factory import open_tracker
from bridge.tracking.settings import TrackingSettings
from bridge.types import Frame, Intrinsics, Observation, Stamp
from tools.mocap.dataset import DEFAULT_MOCAP_FOLDER
from tools.mocap.motion import Array
from tools.triangulation import read_cameras, read_openpose, triangulate

J = SmplxJoint

_LIMB: Final = ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE")
_NAMES: Final = tuple(f"{side}_{part}" for part in _LIMB for side in ("LEFT", "RIGHT"))
# OpenPose's BODY_25B begins like COCO: shoulders at 5 and 6, hips at 11 and 12.
_TRUTH_ROWS: Final = (5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
_BODY_ROWS: Final = [int(BodyLandmark[name]) for name in _NAMES]
_JOINT_ROWS: Final = [int(J[name]) for name in _NAMES]
_BONES: Final = {
    "upper arm": (0, 2), "forearm": (2, 4), "thigh": (6, 8), "shin": (8, 10),
}  # fmt: skip
_SOLVERS: Final = ("analytic", "network")
# The meter takes three seconds and its first 90 pictures; the clips have 100 in each view.
_MEASURE_EVERY: Final = 5
_MEASURE_STEP_S: Final = 0.05


def observe(video: Path, *, settings: TrackingSettings) -> list[Observation]:
    """Every frame of a clip through the tracker."""
    import cv2

    tracker = open_tracker(settings)
    capture = cv2.VideoCapture(str(video))
    fps = capture.get(cv2.CAP_PROP_FPS)
    out: list[Observation] = []
    while True:
        more, picture = capture.read()
        if not more:
            break
        rgb = np.ascontiguousarray(picture[..., ::-1])
        camera = Intrinsics.from_fov(rgb.shape[1], rgb.shape[0])
        stamp = Stamp(len(out), round(len(out) * 1e9 / fps), video.stem)
        out.append(tracker.track(Frame(stamp, rgb, camera)))
    tracker.close()
    return out


def performer_rest_joints_m(views: list[list[Observation]]) -> Array:
    """The performer's T-pose ``(55, 3)``, measured as ``--performer`` measures it from a camera:
    by turns in all views, over their whole length."""
    meter = ProportionMeter(start=Proportions.standard(), cameras=True)
    for pictures in list(zip(*views, strict=True))[::_MEASURE_EVERY]:
        for seen in pictures:
            if seen.body is not None:
                body = canonical_body(seen.body, camera=seen.camera)
                meter.step(body, layout=seen.body.layout, dt_s=_MEASURE_STEP_S)
    return meter.finish().rest_joints_m.astype(np.float64)


def solved_joints(observations: list[Observation], *, body: str, rest_joints: Array) -> Array:
    """The 12 joints ``(T, 12, 3)`` of the solved pose in camera axes."""
    solver = Solver(SolvingSettings.model_validate({"body": body}))
    rotvecs = np.stack([solver.solve(seen).rotvecs_rad for seen in observations])
    local = quat_from_rotvec(rotvecs.astype(np.float64))
    positions, _ = forward_kinematics(local, np.zeros((len(local), 3)), rest_joints=rest_joints)
    return camera_from_world(positions[:, _JOINT_ROWS])


def aligned(ours: Array, truth: Array) -> tuple[Array, Array]:
    """``ours (T, 12, 3)`` after the best similarity of each frame, and its rotations alone."""
    a = ours - ours.mean(axis=1, keepdims=True)
    b = truth - truth.mean(axis=1, keepdims=True)
    u, stretch, vt = np.linalg.svd(np.swapaxes(a, 1, 2) @ b)
    flip = np.ones_like(stretch)
    flip[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * flip[:, None]) @ vt
    scale = (stretch * flip).sum(axis=1) / (a * a).sum(axis=(1, 2))
    turned = a @ rotation
    return turned * scale[:, None, None] + truth.mean(axis=1, keepdims=True), turned


def bone_angles_deg(ours: Array, truth: Array) -> dict[str, float]:
    """Mean angle between bones, by limb segment, both sides."""
    out: dict[str, float] = {}
    for name, (start, end) in _BONES.items():
        angles: list[Array] = []
        for side in (0, 1):
            one = normalise(ours[:, end + side] - ours[:, start + side])
            other = normalise(truth[:, end + side] - truth[:, start + side])
            angles.append(np.arccos(np.clip((one * other).sum(-1), -1.0, 1.0)))
        out[name] = float(np.rad2deg(np.mean(angles)))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = DEFAULT_MOCAP_FOLDER.parent / "multiview" / "balancing"
    parser.add_argument("--folder", type=Path, default=default)
    parser.add_argument("--backend", default=TrackingSettings().backend)
    arguments = parser.parse_args()
    cameras = read_cameras(arguments.folder / "Calib.qca.txt")
    points = [read_openpose(arguments.folder / f"{c.name}_json") for c in cameras]
    joints, error_px = triangulate(cameras, points)
    print(f"{len(joints)} frames, median reprojection error {error_px:.1f} px")
    print(
        f"{'view':6s} {'from':9s} PA-MPJPE mm | angle aligned: " + " ".join(_BONES) + " | as seen"
    )
    settings = TrackingSettings.model_validate({"backend": arguments.backend})
    views = [observe(arguments.folder / f"{c.name}.mp4", settings=settings) for c in cameras]
    rest_joints = performer_rest_joints_m(views)
    for camera, observations in zip(cameras, views, strict=True):
        truth = joints[:, _TRUTH_ROWS] @ camera.camera_from_lab.T
        nobody = np.zeros((len(_BODY_ROWS), 3))
        raw = np.stack(
            [nobody if o.body is None else o.body.positions_m[_BODY_ROWS] for o in observations]
        ).astype(np.float64)
        rows = {"landmarks": raw}
        rows |= {
            name: solved_joints(observations, body=name, rest_joints=rest_joints)
            for name in _SOLVERS
        }
        for name, ours in rows.items():
            fitted, turned = aligned(ours, truth)
            mpjpe_mm = 1e3 * float(np.linalg.norm(fitted - truth, axis=-1).mean())
            after = bone_angles_deg(turned, truth)
            before = bone_angles_deg(ours, truth)
            listed = " ".join(f"{after[b]:5.1f}" for b in _BONES)
            plain = " ".join(f"{before[b]:5.1f}" for b in _BONES)
            print(f"{camera.name:6s} {name:9s} {mpjpe_mm:11.1f} | {listed} | {plain}", flush=True)


if __name__ == "__main__":
    main()
