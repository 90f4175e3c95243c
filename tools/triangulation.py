"""The multi-view clip's four calibrated cameras and its triangulated joints.

``Calib.qca.txt`` is Qualisys' camera format: intrinsics in 1/64 pixel, camera positions in mm,
rotations that take the camera's axes (x right, y up, z towards the viewer) to the laboratory's.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from scipy.signal import savgol_filter

from bridge.errors import FormatError
from tools.mocap.motion import Array

_SUBPIXELS: Final = 64.0
_METRES_PER_MM: Final = 1e-3
_CONFIDENCE_MIN: Final = 0.3
_SMOOTHING_FRAMES: Final = 15  # quarter of a second, second order: removes the detector's jitter
_POINTS: Final = 25


@dataclass(frozen=True, slots=True)
class LabCamera:
    """``camera_from_lab (3, 3)`` (x right, y down, z away), ``position_m (3,)``,
    ``matrix (3, 3)`` pixels, ``distortion (4,)`` as OpenCV has it."""

    name: str
    camera_from_lab: Array
    position_m: Array
    matrix: Array
    distortion: Array


def read_cameras(path: Path) -> list[LabCamera]:
    """The cameras of a ``.qca.txt``; raises ``FormatError``."""
    try:
        root = ElementTree.parse(path).getroot()
        return [_camera(element) for element in root.iter("camera")]
    except (ElementTree.ParseError, KeyError, ValueError, OSError) as error:
        raise FormatError(f"{path}: not a Qualisys calibration ({error})") from error


def _camera(element: ElementTree.Element) -> LabCamera:
    (transform,), (intrinsic,) = element.findall("transform"), element.findall("intrinsic")
    pose, lens = transform.attrib, intrinsic.attrib
    rotation = np.array([[float(pose[f"r{i}{j}"]) for j in (1, 2, 3)] for i in (1, 2, 3)])
    focal_u, focal_v, centre_u, centre_v = (
        float(lens[key]) / _SUBPIXELS
        for key in ("focalLengthU", "focalLengthV", "centerPointU", "centerPointV")
    )
    distortion = [
        float(lens[key])
        for key in (
            "radialDistortion1", "radialDistortion2", "tangentalDistortion1",
            "tangentalDistortion2",
        )
    ]  # fmt: skip
    return LabCamera(
        name=element.attrib["serial"],
        camera_from_lab=np.diag([1.0, -1.0, -1.0]) @ rotation,
        position_m=np.array([float(pose[axis]) for axis in "xyz"]) * _METRES_PER_MM,
        matrix=np.array([[focal_u, 0.0, centre_u], [0.0, focal_v, centre_v], [0.0, 0.0, 1.0]]),
        distortion=np.array(distortion),
    )


def read_openpose(folder: Path) -> Array:
    """The best person of every file: ``(T, 25, 3)`` pixels and confidence."""
    frames: list[Array] = []
    for path in sorted(folder.glob("*.json")):
        people = json.loads(path.read_text(encoding="utf-8"))["people"]
        persons = [np.array(p["pose_keypoints_2d"]).reshape(_POINTS, 3) for p in people]
        nobody = np.zeros((_POINTS, 3))
        frames.append(max(persons, key=lambda person: person[:, 2].sum(), default=nobody))
    if not frames:
        raise FormatError(f"no OpenPose files in {folder}; expected *.json")
    return np.stack(frames)


def triangulate(cameras: list[LabCamera], points: list[Array]) -> tuple[Array, float]:
    """Joints ``(T, 25, 3)`` in the laboratory, smoothed, and the median reprojection error (px).

    Linear least squares over the views, weighted by confidence.
    """
    rows: list[Array] = []
    flat: list[Array] = []
    weights: list[Array] = []
    for camera, seen in zip(cameras, points, strict=True):
        pixels = np.ascontiguousarray(seen[..., :2].reshape(-1, 1, 2), np.float64)
        ideal = cv2.undistortPoints(pixels, camera.matrix, camera.distortion)
        ideal = np.asarray(ideal, np.float64).reshape(*seen.shape[:2], 2)
        rotation = camera.camera_from_lab
        projection = np.hstack((rotation, -(rotation @ camera.position_m)[:, None]))
        weight = np.where(seen[..., 2] > _CONFIDENCE_MIN, seen[..., 2], 0.0)
        rows += [weight[..., None] * (ideal[..., k : k + 1] * projection[2] - projection[k])
                 for k in (0, 1)]  # fmt: skip
        flat.append(ideal)
        weights.append(weight)
    _, _, right = np.linalg.svd(np.stack(rows, axis=-2))
    joints = right[..., -1, :3] / right[..., -1, 3:]
    errors: list[Array] = []
    for camera, ideal, weight in zip(cameras, flat, weights, strict=True):
        local = (joints - camera.position_m) @ camera.camera_from_lab.T
        gap = np.linalg.norm(local[..., :2] / local[..., 2:] - ideal, axis=-1)
        errors.append(gap[weight > 0.0] * camera.matrix[0, 0])
    smooth = savgol_filter(joints, _SMOOTHING_FRAMES, 2, axis=0)
    return np.asarray(smooth, np.float64), float(np.median(np.concatenate(errors)))
