"""Makes ``models/face/template.npz``: a neutral, symmetric face and its mirror map.

python -m tools.face.template --shared ../shared/data
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Array = NDArray[np.float64]

SOURCES: Final = ("video/woman_gestures_1280x720.mp4", "photo/business_person.png")
_RIGHT_OUTER, _RIGHT_INNER, _LEFT_INNER, _LEFT_OUTER = 33, 133, 362, 263
_WORLD_SIGN: Final = np.array([1.0, -1.0, -1.0])
_PHOTO_REPEATS: Final = 3  # the tracking mesh settles
_WIDTH_MAX_PX: Final = 1600


def pictures(path: Path) -> list[NDArray[np.uint8]]:
    if path.suffix != ".mp4":
        image = cv2.imread(str(path))
        if image is None:
            raise SystemExit(f"{path} cannot be read")
        scale = min(1.0, _WIDTH_MAX_PX / max(image.shape[:2]))
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return [cv2.cvtColor(image, cv2.COLOR_BGR2RGB)] * _PHOTO_REPEATS
    capture, out = cv2.VideoCapture(str(path)), []
    while True:
        ok, image = capture.read()
        if not ok:
            return out
        out.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def upright_faces(path: Path, bundle: Path) -> Array:
    """``(T, 478, 3)``: the mesh turned by the bundle's own head rotation, in template units."""
    import mediapipe as mp
    from mediapipe.tasks import python as tasks
    from mediapipe.tasks.python import vision

    solutions: Any = mp.solutions
    mesh = solutions.face_mesh.FaceMesh(refine_landmarks=True)
    landmarker = vision.FaceLandmarker.create_from_options(
        vision.FaceLandmarkerOptions(
            base_options=tasks.BaseOptions(model_asset_path=str(bundle)),
            running_mode=vision.RunningMode.VIDEO,
            output_facial_transformation_matrixes=True,
        )
    )
    faces: list[Array] = []
    for number, image in enumerate(pictures(path)):
        seen = mesh.process(image)
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
        turned = landmarker.detect_for_video(picture, number * 40)
        if not seen.multi_face_landmarks or not turned.facial_transformation_matrixes:
            continue
        height, width = image.shape[:2]
        rows = [(p.x * width, p.y * height, p.z * width)
                for p in seen.multi_face_landmarks[0].landmark]  # fmt: skip
        matrix = turned.facial_transformation_matrixes[0][:3, :3]
        rotation = matrix / np.cbrt(np.linalg.det(matrix))
        face = np.array(rows) * _WORLD_SIGN @ rotation
        face -= 0.5 * (face[_RIGHT_INNER] + face[_LEFT_INNER])
        faces.append(face / np.linalg.norm(face[_RIGHT_OUTER] - face[_LEFT_OUTER]))
    return np.array(faces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--out", type=Path, default=Path("models/face/template.npz"))
    arguments = parser.parse_args()
    bundle = arguments.shared / "models" / "face_landmarker.task"
    persons = [np.median(upright_faces(arguments.shared / s, bundle), axis=0) for s in SOURCES]
    mean = np.mean(persons, axis=0)
    reflected = mean * (-1.0, 1.0, 1.0)
    # Each landmark's opposite is the one nearest to its reflection, all pairs at once.
    distance = np.linalg.norm(reflected[:, None] - mean[None], axis=2)
    _, mirror = linear_sum_assignment(distance)
    symmetric = 0.5 * (mean + reflected[mirror])
    np.savez(arguments.out, positions=symmetric.astype(np.float32), mirror=mirror.astype(np.int16))


if __name__ == "__main__":
    main()
