"""Pairs of landmarks that users will have and the weights that the teacher gives.

Permissively licensed faces (Apache-2.0) are given random expressions, proportions, turns, light
and noise (``deform.py``, ``render.py``); the teacher and the users' models look at the same
picture.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bridge.solving.face.pose import HeadFit, load_template
from bridge.tracking.engine.regions import face_region
from bridge.types import ByteArray
from tools.face.deform import SIDED, SINGLE, deformed, gazed
from tools.face.networks import AttentionMesh, DefaultModels, Teacher
from tools.face.render import PhotographedFace, rendered

Array = NDArray[np.float64]

PICTURE_PX: Final = 288
_FACE_SHARE: Final = 0.5  # of the picture's width
CLIP: Final = "video/woman_gestures_1280x720.mp4"
_CLIP_FRAMES: Final = (*range(0, 45, 3), 90, 150)  # from 50 on a thumb hides the nose: two of these
PHOTOS: Final = {"photo/business_person.png": 3.0, "photo/person_pose.jpg": 1.0}
_CLIP_SHARE: Final = 3.0  # how often a person is drawn; the second photo is small and laughs
_WORLD_SIGN: Final = np.array([1.0, -1.0, -1.0])  # picture axes to the world and back
_ATTENTION_EVERY: Final = 4


def photographed_faces(shared: Path, teacher: Teacher) -> list[PhotographedFace]:
    """All source faces, cut out upright."""
    faces: list[PhotographedFace] = []
    for name, image in _pictures(shared):
        found = teacher.find(image)
        if found is not None and np.ptp(found[:, 0]) > 50.0:
            faces.append(_cut_out(image, found.astype(np.float64), name))
    return faces


def _pictures(shared: Path) -> list[tuple[str, ByteArray]]:
    out: list[tuple[str, ByteArray]] = []
    capture = cv2.VideoCapture(str(shared / CLIP))
    for number in range(max(_CLIP_FRAMES) + 1):
        ok, image = capture.read()
        if not ok:
            raise SystemExit(f"{shared / CLIP} cannot be read")
        if number in _CLIP_FRAMES:
            out.append((Path(CLIP).stem, cv2.cvtColor(image, cv2.COLOR_BGR2RGB)))
    for name in PHOTOS:
        image = cv2.imread(str(shared / name))
        if image is None:
            raise SystemExit(f"{shared / name} cannot be read")
        out.append((Path(name).stem, cv2.cvtColor(image, cv2.COLOR_BGR2RGB)))
    return out


def _cut_out(image: ByteArray, landmarks_px: Array, name: str) -> PhotographedFace:
    low, high = landmarks_px[:, :2].min(axis=0), landmarks_px[:, :2].max(axis=0)
    scale = _FACE_SHARE * PICTURE_PX / float((high - low).max())
    shift = 0.5 * PICTURE_PX - scale * 0.5 * (low + high)
    matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
    picture = cv2.warpAffine(
        image, matrix, (PICTURE_PX, PICTURE_PX),
        flags=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    moved = landmarks_px * scale
    moved[:, :2] += shift
    return PhotographedFace(picture, moved, name)


def random_amounts(rng: np.random.Generator) -> dict[str, float]:
    """A random expression: often one thing, sometimes several, sometimes nothing."""
    amounts: dict[str, float] = {}
    style = rng.random()
    count = 0 if style < 0.08 else rng.integers(1, 3) if style < 0.5 else rng.integers(2, 7)
    names = [*SINGLE, *SIDED, "jaw_open", "blink", "smile", "pucker", "brow_down", "brow_inner_up"]
    for name in rng.choice(names, size=int(count), replace=False):
        amount = float(1.25 * rng.beta(1.2, 1.0))
        if name in ("jaw_side", "mouth_side"):
            amount *= float(rng.choice([-1.0, 1.0]))
        if name in SINGLE:
            amounts[name] = amount
            continue
        side = rng.random()
        if side < 0.7:  # both sides nearly alike
            amounts[f"{name}_left"] = amount
            amounts[f"{name}_right"] = float(np.clip(amount * rng.normal(1.0, 0.12), 0.0, 1.35))
        else:
            amounts[f"{name}_{'left' if side < 0.85 else 'right'}"] = amount
    if rng.random() < 0.12:  # a full blink or wink is short, and matters most
        for side in ("left", "right"):
            amounts[f"blink_{side}"] = float(rng.uniform(0.7, 1.3)) if rng.random() < 0.75 else 0.0
    return amounts


def random_proportions(points: Array, rng: np.random.Generator) -> Array:
    """Another person's skull: wide or long, and smooth differences over the face."""
    out = points * rng.normal(1.0, (0.05, 0.05, 0.10))
    neutral = load_template().positions
    for _ in range(6):
        centre = neutral[rng.integers(0, 468)]
        weight = np.exp(-0.5 * ((neutral - centre)[:, :2] ** 2).sum(axis=1) / 0.25**2)
        weight = 0.5 * (weight + weight[load_template().mirror])[:, None]
        shift = rng.normal(0.0, (0.0, 0.022, 0.03))
        side = rng.normal(0.0, 0.022) * np.sign(neutral[:, :1])
        out = out + weight * shift
        out[:, :1] += weight * side
    return out


def sample(
    face: PhotographedFace, rng: np.random.Generator, fit: HeadFit
) -> tuple[ByteArray, Array]:
    """A picture and where the landmarks were put ``(478, 3)``."""
    head = fit.fit(face.landmarks_px * _WORLD_SIGN)
    if head is None:
        raise ValueError("a source face has collapsed")
    plain = rng.random() < 0.1
    points = head.landmarks if plain else random_proportions(head.landmarks, rng)
    points = gazed(
        points,
        yaw_rad=float(rng.normal(0.0, 0.25)),
        pitch_rad=float(rng.normal(0.0, 0.15)),
    )
    expressive = deformed(points, random_amounts(rng))
    spread = (12.0, 20.0, 8.0) if rng.random() < 0.7 else (3.0, 3.0, 3.0)
    turn = Rotation.from_euler("XYZ", rng.normal(0.0, spread), degrees=True).as_matrix()

    def place(local: Array) -> Array:
        world = local @ (turn @ head.rotation).T
        nearness = 1.0 / (1.0 - 0.06 * world[:, 2:3])  # a lens near by, a long one far away
        world[:, :2] *= nearness[:, 0:1]
        return (world * head.scale + head.origin) * _WORLD_SIGN

    target, open_eyes = place(expressive), place(points)
    picture = rendered(face, target, eyes_px=open_eyes, rng=rng)
    return _photographed_again(picture, rng), target


def _photographed_again(picture: ByteArray, rng: np.random.Generator) -> ByteArray:
    """Light, colour, blur, noise, compression."""
    out = picture.astype(np.float32)
    out = out * rng.uniform(0.6, 1.35) * rng.normal(1.0, 0.06, 3) + rng.uniform(-15.0, 15.0)
    if rng.random() < 0.4:
        out = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.4, 1.6)))
    out += rng.normal(0.0, rng.uniform(0.0, 6.0), out.shape)
    out = np.clip(out, 0.0, 255.0).astype(np.uint8)
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))]
        _, encoded = cv2.imencode(".jpg", out, quality)
        out = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return out


def make(shared: Path, out: Path, *, count: int, seed: int) -> None:
    """Write ``landmarks (N, 478, 3)`` px, ``arkit (N, 52)``, ``domain (N,)``, ``source (N,)``."""
    rng = np.random.default_rng(seed)
    teacher = Teacher(shared / "models" / "face_landmarker.task")
    default, attention = DefaultModels(), AttentionMesh()
    faces = photographed_faces(shared, teacher)
    by_person = {name: [f for f in faces if f.name == name] for name in {f.name for f in faces}}
    persons = sorted(by_person)
    print({name: len(by_person[name]) for name in persons}, flush=True)
    photo_share = {Path(name).stem: share for name, share in PHOTOS.items()}
    share = np.array([photo_share.get(name, _CLIP_SHARE) for name in persons])
    fit = HeadFit(load_template())
    rows: list[Array] = []
    weights: list[Array] = []
    domain: list[str] = []
    source: list[str] = []
    for number in range(count):
        person = str(rng.choice(persons, p=share / share.sum()))
        face = by_person[person][rng.integers(0, len(by_person[person]))]
        picture, target = sample(face, rng, fit)
        region = face_region(target[:, :2])
        seen = teacher.look(picture, region)
        if seen is None or np.abs(seen[0][:, :2] - target[:, :2]).mean() > 0.05 * PICTURE_PX:
            continue
        looks = {"default": default.look(picture, region), "teacher": seen[0]}
        if number % _ATTENTION_EVERY == 0:
            looks["attention"] = attention.look(picture)
        for name, landmarks in looks.items():
            if landmarks is not None:
                rows.append(landmarks)
                weights.append(seen[1])
                domain.append(name)
                source.append(person)
        if number % 1000 == 999:
            print(f"{number + 1} pictures, {len(rows)} rows", flush=True)
    np.savez(
        out,
        landmarks=np.array(rows, np.float32),
        arkit=np.array(weights, np.float32),
        domain=np.array(domain),
        source=np.array(source),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    make(arguments.shared, arguments.out, count=arguments.count, seed=arguments.seed)
