"""The landmark models that the training sees: the teacher's, and those that users have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.skeleton import ARKIT_COUNT, ARKIT_NAMES
from bridge.tracking.engine.networks import EngineNetworks
from bridge.tracking.engine.regions import Region
from bridge.tracking.settings import TrackingSettings
from bridge.types import ByteArray, FloatArray

Array = NDArray[np.float64]


class Teacher:
    """The Face Landmarker bundle: 478 landmarks and 52 weights."""

    def __init__(self, bundle: Path) -> None:
        networks = EngineNetworks.load(TrackingSettings(models=str(bundle), precision="f32"))
        if networks.blendshapes is None:
            raise SystemExit(f"{bundle} holds no blendshape model")
        self._pose = networks.pose
        self._tracker = networks.face
        self._network = networks.face.network
        self._blendshapes = networks.blendshapes

    def find(self, image_rgb: ByteArray) -> FloatArray | None:
        """Landmarks ``(478, 3)`` of the person in a whole picture, or None."""
        self._pose.reset()
        self._tracker.forget()
        for time_ns in (0, 33_000_000, 66_000_000):  # the region settles on the face
            pose = self._pose.track(image_rgb, time_ns=time_ns)
            if pose is None:
                return None
            body_px = pose.pixels
            found = self._tracker.follow(image_rgb, body_px)
            found = found or self._tracker.search(image_rgb, body_px)
        return None if found is None else found.landmarks_px.copy()

    def look(self, image_rgb: ByteArray, region: Region) -> tuple[FloatArray, FloatArray] | None:
        """Landmarks ``(478, 3)`` and weights ``(52,)``, or None."""
        found = self._network.landmarks(image_rgb, region)
        if found is None:
            return None
        return found.landmarks_px.copy(), self.weights(found.landmarks_px)

    def weights(self, landmarks_px: FloatArray) -> FloatArray:
        """``(52,)`` from landmarks ``(478, 3)`` as this model gives them, without a picture."""
        return self._blendshapes.weights(landmarks_px)


class DefaultModels:
    """The wheel's mesh with attention: what the engine uses without the bundle."""

    def __init__(self) -> None:
        self._network = EngineNetworks.load(TrackingSettings()).face.network

    def look(self, image_rgb: ByteArray, region: Region) -> FloatArray | None:
        """Landmarks ``(478, 3)``."""
        found = self._network.landmarks(image_rgb, region)
        return None if found is None else found.landmarks_px.copy()


class TasksApi:
    """MediaPipe's own Tasks API, the yardstick."""

    def __init__(self, bundle: Path) -> None:
        from mediapipe.tasks import python as tasks
        from mediapipe.tasks.python import vision

        self._vision: Any = vision
        self._landmarker = vision.FaceLandmarker.create_from_options(
            vision.FaceLandmarkerOptions(
                base_options=tasks.BaseOptions(model_asset_path=str(bundle)),
                running_mode=vision.RunningMode.VIDEO,
                output_face_blendshapes=True,
            )
        )

    def look(self, image_rgb: ByteArray, *, time_ms: int) -> tuple[FloatArray, FloatArray] | None:
        """Landmarks in pixels ``(478, 3)`` and weights ``(52,)`` by ``ArkitBlendshape``."""
        import mediapipe as mp

        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image_rgb))
        found = self._landmarker.detect_for_video(picture, time_ms)
        if not found.face_landmarks:
            return None
        height, width = image_rgb.shape[:2]
        rows = np.array([(p.x, p.y, p.z) for p in found.face_landmarks[0]], np.float32)
        weights = np.zeros(ARKIT_COUNT, np.float32)
        for category in found.face_blendshapes[0]:
            if category.category_name in ARKIT_NAMES:
                weights[ARKIT_NAMES.index(category.category_name)] = category.score
        return rows * np.array([width, height, width], np.float32), weights
