"""The models that can be fetched: where from, how large, and the only content that is accepted.

All are Google's, published under the Apache License 2.0. The ``mediapipe-assets`` files are pinned
by generation in MediaPipe's ``third_party/external_files.bzl`` and equal those in its wheel; the
bundles are the version-1 files of MediaPipe's model pages.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from bridge.tracking.engine.models import fetched_model

_ASSETS: Final = "https://storage.googleapis.com/mediapipe-assets"
_MODELS: Final = "https://storage.googleapis.com/mediapipe-models"
_CHUNK_BYTES: Final = 2**20


class FileState(Enum):
    """What lies in the cache folder under a model's name."""

    MISSING = "not fetched"
    RIGHT = "fetched"
    WRONG = "wrong content"


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """One file; ``purpose`` is shown to the user."""

    name: str
    url: str
    size_bytes: int
    sha256: str
    purpose: str

    @property
    def path(self) -> Path:
        """Where it is kept once fetched."""
        return fetched_model(self.name)

    def state(self) -> FileState:
        """Compare size and hash of what is there."""
        if not self.path.is_file():
            return FileState.MISSING
        if self.path.stat().st_size != self.size_bytes:
            return FileState.WRONG
        return FileState.RIGHT if file_sha256(self.path) == self.sha256 else FileState.WRONG


PUBLISHED_MODELS: Final = (
    PublishedModel(
        "face_landmarker.task",
        f"{_MODELS}/face_landmarker/face_landmarker/float16/1/face_landmarker.task",
        3_758_596,
        "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        "478 face points in one step, and 52 ARKit blendshapes",
    ),
    PublishedModel(
        "pose_landmarker_lite.task",
        f"{_MODELS}/pose_landmarker/pose_landmarker_lite/float16/1/pose_landmarker_lite.task",
        5_777_746,
        "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
        "body at half the cost: tracking.pose_model = 'lite'",
    ),
    PublishedModel(
        "pose_landmarker_heavy.task",
        f"{_MODELS}/pose_landmarker/pose_landmarker_heavy/float16/1/pose_landmarker_heavy.task",
        30_664_242,
        "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
        "body at its most accurate: tracking.pose_model = 'heavy'",
    ),
    PublishedModel(
        "pose_landmark_full.tflite",
        f"{_ASSETS}/pose_landmark_full.tflite?generation=1661875894245786",
        6_440_512,
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        "body, where mediapipe is not installed",
    ),
    PublishedModel(
        "pose_detection.tflite",
        f"{_ASSETS}/pose_detection.tflite?generation=1678737489600422",
        2_959_046,
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        "finding a person, where mediapipe is not installed",
    ),
    PublishedModel(
        "hand_landmark_full.tflite",
        f"{_ASSETS}/hand_landmark_full.tflite?generation=1661875760968579",
        5_478_917,
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        "hands, where mediapipe is not installed",
    ),
    PublishedModel(
        "hand_landmark_lite.tflite",
        f"{_ASSETS}/hand_landmark_lite.tflite?generation=1661875766398729",
        2_071_597,
        "048edd3645c9bf7397d19a9f6e3a42957d6e414c9bea6598030a2e9b624156e6",
        "hands at half the cost, where mediapipe is not installed",
    ),
    PublishedModel(
        "hand_recrop.tflite",
        f"{_ASSETS}/hand_recrop.tflite?generation=1661875770633070",
        123_792,
        "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
        "finding hands, where mediapipe is not installed",
    ),
)


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
