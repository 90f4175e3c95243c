"""The face: from its previous landmarks, or from the body's head through the face detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.layouts import BodyLandmark
from bridge.tracking.engine.crop import crop_into, image_from_crop
from bridge.tracking.engine.detectors import Detector
from bridge.tracking.engine.regions import (
    Region,
    eye_region,
    face_region,
    face_region_from_detection,
    face_search_region,
)
from bridge.tracking.engine.runtime import Network
from bridge.tracking.metric import (
    FACE_ROWS,
    FACE_ROWS_WITHOUT_IRISES,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LEFT_IRIS_ROWS,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    RIGHT_IRIS_ROWS,
)
from bridge.types import ByteArray, FloatArray

Array = NDArray[np.floating[Any]]

MESH_OUTPUTS: Final = ("conv2d_21", "conv2d_31")
IRIS_OUTPUTS: Final = ("output_eyes_contours_and_brows", "output_iris")
FULL_OUTPUTS: Final = ("Identity", "Identity_1")
_PRESENCE_MIN: Final = 0.5
# A missing face is looked for in every picture while it may just have been blurred, then less.
_JUST_LOST_PICTURES: Final = 4
_SEARCH_EVERY_PICTURES: Final = 3
_FACE_POINTS: Final = np.array([BodyLandmark.NOSE, BodyLandmark.LEFT_EYE, BodyLandmark.RIGHT_EYE])

# Rows of the mesh that the iris model's 71 points of eye contour and brow stand for, for the
# eye at the left of an unmirrored picture; MediaPipe's iris_tracking graph publishes them.
_RIGHT_EYE_CONTOUR: Final = np.array(
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110,
     24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232,
     233, 244, 113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118,
     119, 120, 121, 128, 245, 156, 70, 63, 105, 66, 107, 55, 193]
)  # fmt: skip
_LEFT_EYE_CONTOUR: Final = np.array(
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255,
     339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449,
     450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295,
     372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417]
)  # fmt: skip


_MIRRORED_IRIS: Final = np.array([0, 3, 2, 1, 4])  # centre; the rim's two sides change places
_EYELID_ROWS: Final = 16  # the first points of both contours


@dataclass(frozen=True, slots=True)
class FaceResult:
    """``landmarks_px (478, 3)``, depth in the same unit; ``presence`` 0–1."""

    landmarks_px: FloatArray
    presence: float


class FaceNetwork(Protocol):
    """Landmarks of the face in a region, or None where there is none."""

    def landmarks(self, image_rgb: ByteArray, region: Region) -> FaceResult | None:
        """See ``FaceResult``."""
        ...


class FullFaceNetwork:
    """The Face Landmarker's model: 478 points in one step."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def landmarks(self, image_rgb: ByteArray, region: Region) -> FaceResult | None:
        """See ``FaceResult``."""
        crop_into(self._network.picture, image_rgb, region)
        raw, logit = self._network.run()
        presence = _sigmoid(float(logit.reshape(-1)[0]))
        if presence < _PRESENCE_MIN:
            return None
        shares = raw.reshape(FACE_ROWS, 3) / self._network.picture.shape[0]
        return FaceResult(image_from_crop(shares, region), presence)


class MeshAndIrisNetwork:
    """The wheel's models: a mesh of 468 points, then each eye finer, with its iris."""

    def __init__(self, mesh: Network, iris: Network) -> None:
        self._mesh = mesh
        self._iris = iris

    def landmarks(self, image_rgb: ByteArray, region: Region) -> FaceResult | None:
        """See ``FaceResult``."""
        crop_into(self._mesh.picture, image_rgb, region)
        raw, logit = self._mesh.run()
        presence = _sigmoid(float(logit.reshape(-1)[0]))
        if presence < _PRESENCE_MIN:
            return None
        shares = raw.reshape(FACE_ROWS_WITHOUT_IRISES, 3) / self._mesh.picture.shape[0]
        face_px = np.zeros((FACE_ROWS, 3), np.float32)
        face_px[:FACE_ROWS_WITHOUT_IRISES] = image_from_crop(shares, region)
        # The iris model knows the eye at the picture's left; the other is shown mirrored.
        right = eye_region(face_px[RIGHT_EYE_OUTER, :2], face_px[RIGHT_EYE_INNER, :2])
        left = eye_region(face_px[LEFT_EYE_INNER, :2], face_px[LEFT_EYE_OUTER, :2])
        self._refine(face_px, image_rgb, right, _RIGHT_EYE_CONTOUR, RIGHT_IRIS_ROWS, mirrored=False)
        self._refine(face_px, image_rgb, left, _LEFT_EYE_CONTOUR, LEFT_IRIS_ROWS, mirrored=True)
        return FaceResult(face_px, presence)

    def _refine(
        self,
        face_px: FloatArray,
        image_rgb: ByteArray,
        region: Region,
        contour: NDArray[np.int64],
        iris_rows: slice,
        *,
        mirrored: bool,
    ) -> None:
        depth = face_px[contour[:_EYELID_ROWS], 2].mean()
        if not region.usable:
            face_px[iris_rows] = face_px[contour].mean(axis=0)
            return
        crop_into(self._iris.picture, image_rgb, region, mirrored=mirrored)
        raw_contour, raw_iris = self._iris.run()
        size = self._iris.picture.shape[0]
        shares = raw_contour.reshape(-1, 3)[:, :2] / size
        face_px[contour, :2] = image_from_crop(shares, region, mirrored=mirrored)
        shares = raw_iris.reshape(-1, 3)[:, :2] / size
        if mirrored:
            shares = shares[_MIRRORED_IRIS]
        face_px[iris_rows, :2] = image_from_crop(shares, region, mirrored=mirrored)
        face_px[iris_rows, 2] = depth


class FaceTracker:
    """Follows the performer's face."""

    def __init__(self, network: FaceNetwork, detector: Detector) -> None:
        self._network = network
        self._detector = detector
        self._previous: Region | None = None
        self._missing = 0  # pictures since the face was last seen

    def forget(self) -> None:
        """Drop the face; it must be found anew from the body."""
        self._previous = None

    def follow(self, image_rgb: ByteArray, body_px: Array) -> FaceResult | None:
        """Look where the face was; ``body_px (33, 2)`` is the body of the previous picture."""
        previous, self._previous = self._previous, None
        if previous is None or previous.inside_share(body_px[_FACE_POINTS]) < 1.0:
            return None
        return self._keep(self._network.landmarks(image_rgb, previous))

    def search(self, image_rgb: ByteArray, body_px: Array) -> FaceResult | None:
        """Look where the body ``(33, 2)`` of this picture has its head."""
        self._missing += 1
        if self._missing > _JUST_LOST_PICTURES and self._missing % _SEARCH_EVERY_PICTURES:
            return None
        region = self._detect(image_rgb, body_px)
        return self._keep(self._network.landmarks(image_rgb, region)) if region else None

    def _detect(self, image_rgb: ByteArray, body_px: Array) -> Region | None:
        around = face_search_region(body_px)
        if not around.usable:
            return None
        found = self._detector.find(image_rgb, around)
        if not found:
            return None
        region = face_region_from_detection(found[0].keypoints_px)
        return region if region.usable else None

    def _keep(self, result: FaceResult | None) -> FaceResult | None:
        if result is None:
            return None
        self._missing = 0
        following = face_region(result.landmarks_px[:, :2])
        self._previous = following if following.usable else None
        return result


def _sigmoid(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -50.0, 50.0))))
