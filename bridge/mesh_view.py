"""The SMPL-X surface of a pose, drawn over the picture it was solved from.

Painter's algorithm with OpenCV: triangles that face the camera, the farthest first, shaded by how
they are turned. A picture takes about a tenth of a second; this is for looking, not for live use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bridge.geometry import camera_from_world, cross, normalise
from bridge.layouts import BodyLandmark, Layout
from bridge.skeleton import SmplxJoint
from bridge.smplx_model import SmplxModel
from bridge.solving.root import camera_translation_m
from bridge.types import ActorPose, ByteArray, FloatArray, Frame, Intrinsics, Keypoints, Observation

Array = NDArray[np.float64]

_SKIN_RGB: Final = np.array([150.0, 190.0, 235.0])
_OPACITY: Final = 0.75
_AMBIENT: Final = 0.35
_NEAR_M: Final = 0.1  # what is closer to the camera has no place in the picture
_BITS: Final = 4  # of a pixel's fraction, in which OpenCV takes corners
_BODIES: Final = (Layout.MEDIAPIPE_BODY_33, Layout.MEDIAPIPE_BODY_33_METRIC)
# Landmarks that lie on joints of SMPL-X: their pixels tell where the body is.
_SHARED: Final = {
    BodyLandmark[name]: SmplxJoint[name]
    for side in ("LEFT", "RIGHT")
    for part in ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE")
    for name in (f"{side}_{part}",)
}


@dataclass(frozen=True, slots=True)
class MeshView:
    """Draws one performer. ``level_from_camera (3, 3)`` where the landmarks were levelled."""

    model: SmplxModel
    pitch_rad: float = 0.0

    def draw(
        self,
        frame: Frame,
        seen: Observation,
        actor: ActorPose,
        *,
        level_from_camera: Array | None = None,
    ) -> ByteArray:
        """The picture with the surface over it; the picture alone where no body is placed."""
        if seen.body is None or seen.body.layout not in _BODIES:
            return frame.image_rgb
        surface, joints = self.model.posed_m(actor)
        surface_camera = self._to_camera(surface, level_from_camera)
        joints_camera = self._to_camera(joints, level_from_camera)
        shift = _placed(joints_camera, seen.body, frame.camera)
        if shift is None:
            return frame.image_rgb
        return paint(frame.image_rgb, surface_camera + shift, self.model.faces, frame.camera)

    def _to_camera(self, points_world: FloatArray, level_from_camera: Array | None) -> Array:
        camera = camera_from_world(points_world.astype(np.float64), pitch_rad=self.pitch_rad)
        return camera if level_from_camera is None else camera @ level_from_camera


def paint(
    image_rgb: ByteArray, vertices_m: Array, faces: NDArray[np.int64], camera: Intrinsics
) -> ByteArray:
    """``vertices_m (V, 3)`` in camera axes; ``faces (F, 3)`` counter-clockwise from outside."""
    corners = vertices_m[faces]
    normals = normalise(cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    middles = corners.mean(axis=1)
    facing = -(normals * normalise(middles)).sum(axis=1)
    shown = (facing > 0.0) & (corners[..., 2].min(axis=1) > _NEAR_M)
    order = np.flatnonzero(shown)[np.argsort(-middles[shown, 2], kind="stable")]
    scale = float(1 << _BITS)
    places = corners[order, :, :2] / corners[order, :, 2:]
    pixels = (places * (camera.fx, camera.fy) + (camera.cx, camera.cy)) * scale
    pixels = np.clip(pixels, -scale * 1e4, scale * 1e4).round().astype(np.int32)
    shades = _SKIN_RGB * (_AMBIENT + (1.0 - _AMBIENT) * facing[order, None])
    out = image_rgb.copy()
    for triangle, shade in zip(pixels, shades.tolist(), strict=True):
        cv2.fillConvexPoly(out, triangle, shade, lineType=cv2.LINE_8, shift=_BITS)
    return cv2.addWeighted(out, _OPACITY, image_rgb, 1.0 - _OPACITY, 0.0).astype(np.uint8)


def _placed(joints_camera: Array, body: Keypoints, camera: Intrinsics) -> Array | None:
    """The shift ``(3,)`` that puts the joints on the landmarks' pixels."""
    positions: Array = np.zeros((body.layout.count, 3))
    confidence = np.zeros(body.layout.count)
    for landmark, joint in _SHARED.items():
        positions[landmark] = joints_camera[joint]
        confidence[landmark] = body.confidence[landmark]
    middle = positions[list(_SHARED)].mean(axis=0)
    positions[list(_SHARED)] -= middle
    points = Keypoints(body.layout, positions, body.pixels, confidence)  # type: ignore[arg-type]
    shift = camera_translation_m(points, camera)
    return None if shift is None else shift - middle
