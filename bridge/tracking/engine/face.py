"""The face: from its previous landmarks, or from the body's head through the face detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.layouts import BodyLandmark
from bridge.tracking.engine.attention import LEFT_EYE_ROWS, LIPS_ROWS, RIGHT_EYE_ROWS
from bridge.tracking.engine.crop import crop_into, image_from_crop
from bridge.tracking.engine.detectors import Detector
from bridge.tracking.engine.regions import (
    Region,
    face_region,
    face_region_from_detection,
    face_search_region,
)
from bridge.tracking.engine.runtime import Network
from bridge.tracking.metric import (
    FACE_ROWS,
    FACE_ROWS_WITHOUT_IRISES,
    LEFT_IRIS_ROWS,
    RIGHT_IRIS_ROWS,
)
from bridge.types import ByteArray, FloatArray

Array = NDArray[np.floating[Any]]

MESH_OUTPUTS: Final = (
    "output_mesh_identity", "output_lips", "output_left_eye", "output_right_eye",
    "output_left_iris", "output_right_iris", "conv_faceflag",
)  # fmt: skip
FULL_OUTPUTS: Final = ("Identity", "Identity_1")
_PRESENCE_MIN: Final = 0.5
# A missing face is looked for in every picture while it may just have been blurred, then less.
_JUST_LOST_PICTURES: Final = 4
_SEARCH_EVERY_PICTURES: Final = 3
_FACE_POINTS: Final = np.array([BodyLandmark.NOSE, BodyLandmark.LEFT_EYE, BodyLandmark.RIGHT_EYE])

_EYELIDS: Final = 16  # the first rows of an eye are its lids


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


class AttentionMeshNetwork:
    """The wheel's model: a mesh of 468 points, lips and eyes looked at again, and the irises."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def landmarks(self, image_rgb: ByteArray, region: Region) -> FaceResult | None:
        """See ``FaceResult``."""
        crop_into(self._network.picture, image_rgb, region)
        # The file calls left what is at the left of an unmirrored picture.
        mesh, lips, right_eye, left_eye, right_iris, left_iris, logit = self._network.run()
        presence = _sigmoid(float(logit.reshape(-1)[0]))
        if presence < _PRESENCE_MIN:
            return None
        raw = np.empty((FACE_ROWS, 3), np.float32)
        raw[:FACE_ROWS_WITHOUT_IRISES] = mesh.reshape(-1, 3)
        for rows, iris_rows, iris in (
            (RIGHT_EYE_ROWS, RIGHT_IRIS_ROWS, right_iris),
            (LEFT_EYE_ROWS, LEFT_IRIS_ROWS, left_iris),
        ):
            raw[iris_rows, :2] = iris.reshape(-1, 2)
            raw[iris_rows, 2] = raw[rows[:_EYELIDS], 2].mean()
        for rows, refined in (
            (LIPS_ROWS, lips), (RIGHT_EYE_ROWS, right_eye), (LEFT_EYE_ROWS, left_eye),
        ):  # fmt: skip
            raw[rows, :2] = refined.reshape(-1, 2)
        shares = raw / self._network.picture.shape[0]
        return FaceResult(image_from_crop(shares, region), presence)


class FaceTracker:
    """Follows the performer's face."""

    def __init__(self, network: FaceNetwork, detector: Detector) -> None:
        self.network = network
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
        return self._keep(self.network.landmarks(image_rgb, previous))

    def search(self, image_rgb: ByteArray, body_px: Array) -> FaceResult | None:
        """Look where the body ``(33, 2)`` of this picture has its head."""
        self._missing += 1
        if self._missing > _JUST_LOST_PICTURES and self._missing % _SEARCH_EVERY_PICTURES:
            return None
        region = self._detect(image_rgb, body_px)
        return self._keep(self.network.landmarks(image_rgb, region)) if region else None

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
