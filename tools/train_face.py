"""Reproduces ``models/face/weights.npz``: pictures, landmark sets, network.

    python -m tools.train_face --shared ../shared/data --work build/face

Needs the ``train`` extra and the shared data folder; the card says how long it takes. With the
same seed all data are the same; torch repeats its sums only on the same machine.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from bridge.skeleton import ARKIT_NAMES, MIRRORED_ARKIT
from bridge.solving.face.network_weights import FORMAT_VERSION
from bridge.solving.face.pose import HeadFit, load_template
from tools.face import deform
from tools.face.dataset import WORLD_SIGN, make
from tools.face.networks import Teacher
from tools.face.synthetic import LandmarkSets, landmark_sets

Floats = NDArray[np.float32]

EYE_HIDDEN: Final = (256, 128)
FACE_HIDDEN: Final = (512, 256)
EPOCHS: Final = 8
BATCH: Final = 512
LEARNING_RATE: Final = 3e-3
WEIGHT_DECAY: Final = 2e-3
LANDMARK_NOISE: Final = 0.004  # template units (0.4 mm): jitter of landmarks on a still face
DEVIATION_MIN: Final = 5e-3  # template units; inputs that hardly vary are not blown up
TYPICAL_DEVIATION: Final = 0.15  # of a weight: keeps the loss's scale
LABEL_FLOOR: Final = 0.02  # weights of the loss: shapes that hardly vary must not dominate
LANDMARK_SETS: Final = 120000
PICTURES: Final = 3  # how often each picture is shown in an epoch
# One eye alone gives these; brows hang together with the whole face, as the teacher sees them.
EYE_SHAPES: Final = (
    "eyeBlinkLeft", "eyeSquintLeft", "eyeWideLeft", "eyeLookDownLeft", "eyeLookInLeft",
    "eyeLookOutLeft", "eyeLookUpLeft",
)  # fmt: skip
# Never given by the teacher (always 0) or not to be told from these landmarks.
UNKNOWN: Final = ("tongueOut", "cheekPuff", "jawForward", "cheekSquintLeft", "cheekSquintRight",
                  "noseSneerLeft", "noseSneerRight")  # fmt: skip


def eye_rows() -> NDArray[np.intp]:
    """The performer's left lids, iris, brow and upper cheek."""
    right = np.concatenate(
        (
            deform.UPPER_LID, deform.LOWER_LID, deform.UPPER_FOLD, deform.LOWER_FOLD,
            deform.EYE_ENDS, deform.BROW_INNER, deform.BROW_OUTER, deform.IRIS, deform.CHEEK,
        )
    )  # fmt: skip
    return np.sort(load_template().mirror[right])


def face_rows() -> NDArray[np.intp]:
    """Both eyes' rows, lips, nose, cheeks and the outline of the jaw."""
    right = np.concatenate(
        (
            load_template().mirror[eye_rows()], deform.NOSTRIL, deform.MOUTH_CORNER, deform.LIPS,
            [187, 207, 216, 212, 202, 57, 43, 106, 182, 136, 150, 149, 176, 148, 172, 58, 132,
             92, 165, 167, 203, 206, 36, 142, 126, 47, 114, 188, 122],
            [1, 4, 5, 195, 197, 6, 168, 2, 164, 0, 17, 18, 200, 199, 175, 152, 9, 8, 151],
        )
    )  # fmt: skip
    return np.unique(np.concatenate((right, load_template().mirror[right])))


def shapes_of(names: tuple[str, ...]) -> NDArray[np.intp]:
    """Rows of ARKit's shapes."""
    return np.array([ARKIT_NAMES.index(name) for name in names])


@dataclass(frozen=True, slots=True)
class Data:
    """``landmarks (N, 478, 2)`` in the head's frame, ``arkit (N, 52)``, ``made (N,)``: whether
    the face is made of landmarks alone, and ``differences (M, 478, 2)`` between the two meshes on
    the pictures."""

    landmarks: Floats
    arkit: Floats
    made: NDArray[np.bool_]
    differences: Floats

    def with_mirrored(self) -> Data:
        """Everything once more in a mirror."""
        opposite = list(MIRRORED_ARKIT)
        return Data(
            np.concatenate((self.landmarks, mirrored(self.landmarks))),
            np.concatenate((self.arkit, self.arkit[:, opposite])),
            np.tile(self.made, 2),
            np.concatenate((self.differences, mirrored(self.differences))),
        )


def load_data(pairs: Path, teacher: Teacher, *, without: str, sets: int, seed: int) -> Data:
    """Landmarks and weights from the pictures and from faces made of landmarks alone, which are
    kept beside the pictures.

    ``without``: a person who is left out, with their proportions.
    """
    with np.load(pairs) as stored:
        keep = (stored["source"] != without) & (stored["shape"] != without)
        seen, taught = (in_head_frame(stored[name]) for name in ("seen", "teacher"))
        arkit = stored["arkit"][keep]
    made = _made_faces(pairs.with_name(f"sets-{sets}-{seed}.npz"), taught, teacher, sets, seed)
    of_others = keep[made.made_from].all(axis=1)
    seen, taught = seen[keep, :, :2], taught[keep, :, :2]
    # The teacher's own landmarks too: they are the better ones.
    landmarks = [seen] * PICTURES + [taught, made.landmarks[of_others]]
    weights = [arkit] * (PICTURES + 1) + [made.arkit[of_others]]
    from_pictures = np.zeros(len(seen) * (PICTURES + 1), bool)
    return Data(
        np.concatenate(landmarks),
        np.concatenate(weights),
        np.concatenate((from_pictures, np.ones(int(of_others.sum()), bool))),
        seen - taught,
    )


def _made_faces(
    path: Path, taught: Floats, teacher: Teacher, count: int, seed: int
) -> LandmarkSets:
    if path.is_file():
        with np.load(path) as stored:
            return LandmarkSets(**{name: stored[name] for name in stored.files})
    made = landmark_sets(taught, teacher, count=count, seed=seed)
    part = path.with_suffix(".part.npz")  # it takes minutes: what is there is whole
    np.savez(part, landmarks=made.landmarks, arkit=made.arkit, made_from=made.made_from)
    part.replace(path)
    return made


def in_head_frame(landmarks_px: Floats) -> Floats:
    """``(N, 478, 3)`` turned upright; raises ``ValueError`` for a collapsed face."""
    fit = HeadFit(load_template())
    heads = [fit.fit(rows.astype(np.float64) * WORLD_SIGN) for rows in landmarks_px]
    out = [head.landmarks for head in heads if head is not None]
    if len(out) != len(heads):
        raise ValueError("a face among the pictures has collapsed")
    return np.array(out, np.float32)


def mirrored(landmarks: Floats) -> Floats:
    """The same faces ``(N, 478, 2)``, or differences between faces, in a mirror."""
    return landmarks[:, load_template().mirror] * np.array([-1.0, 1.0], np.float32)


def train(
    data: Data,
    *,
    rows: NDArray[np.intp],
    shapes: NDArray[np.intp],
    hidden: tuple[int, ...],
    seed: int,
    epochs: int,
) -> dict[str, NDArray]:
    """Fit one perceptron; returns its part of ``weights.npz``."""
    torch.manual_seed(seed)
    x = data.landmarks[:, rows].reshape(len(data.landmarks), -1)
    y = data.arkit[:, shapes]
    mean, deviation = x.mean(axis=0), np.maximum(x.std(axis=0), DEVIATION_MIN)
    inputs = torch.tensor((x - mean) / deviation)
    targets = torch.tensor(y)
    made = torch.tensor(data.made)[:, None]
    differences = data.differences[:, rows].reshape(len(data.differences), -1)
    differences = torch.tensor(differences / deviation)
    noise = torch.tensor(LANDMARK_NOISE / deviation)
    balance = torch.tensor(1.0 / (y.std(axis=0) + LABEL_FLOOR)) * TYPICAL_DEVIATION
    sizes = (inputs.shape[1], *hidden, len(shapes))
    layers: list[torch.nn.Module] = []
    for index in range(len(sizes) - 1):
        if index:
            layers.append(torch.nn.ReLU())
        layers.append(torch.nn.Linear(sizes[index], sizes[index + 1]))
    model = torch.nn.Sequential(*layers)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = epochs * (len(inputs) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=LEARNING_RATE, total_steps=steps
    )
    for epoch in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(inputs)).split(BATCH):
            noisy = inputs[batch] + noise * torch.randn(len(batch), inputs.shape[1])
            # The wheel's mesh would be as far off on a made face as it was on some picture of
            # anybody, at most (warped pictures are harder to read than photographs): what it gets
            # wrong about one face must not be learnt together with that face.
            share = made[batch] * torch.rand(len(batch), 1)
            noisy += share * differences[torch.randint(len(differences), (len(batch),))]
            with torch.autocast("cpu", torch.bfloat16):  # half the time
                given = model(noisy)
            error = (torch.sigmoid(given.float()) - targets[batch]) * balance
            loss = torch.nn.functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(batch)
        if epoch % 4 == 3:
            print(f"epoch {epoch + 1}: loss {total / len(inputs):.5f}", flush=True)
    linear = [layer for layer in model if isinstance(layer, torch.nn.Linear)]
    out: dict[str, NDArray] = {
        "rows": rows.astype(np.int16),
        "mean": mean.astype(np.float32),
        "scale": (1.0 / deviation).astype(np.float32),
        "shapes": shapes.astype(np.int16),
        "layers": np.array(len(linear)),
    }
    for index, layer in enumerate(linear):
        out[f"matrix{index}"] = layer.weight.detach().numpy().T.astype(np.float16)
        out[f"bias{index}"] = layer.bias.detach().numpy().astype(np.float16)
    return out


def train_both(data: Data, *, seed: int, epochs: int) -> dict[str, NDArray]:
    """What ``weights.npz`` holds, from ``data`` and its mirror image."""
    data = data.with_mirrored()
    of_both_sides = {*(name.replace("Left", "Right") for name in EYE_SHAPES), *EYE_SHAPES}
    others = tuple(n for n in ARKIT_NAMES if n not in of_both_sides and n not in UNKNOWN)
    parts = {
        "eye": train(data, rows=eye_rows(), shapes=shapes_of(EYE_SHAPES),
                     hidden=EYE_HIDDEN, seed=seed, epochs=epochs),
        "face": train(data, rows=face_rows(), shapes=shapes_of(others),
                      hidden=FACE_HIDDEN, seed=seed, epochs=epochs),
    }  # fmt: skip
    out: dict[str, NDArray] = {"version": np.array(FORMAT_VERSION)}
    for name, part in parts.items():
        out |= {f"{name}_{key}": value for key, value in part.items()}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--work", type=Path, default=Path("build/face"))
    parser.add_argument("--out", type=Path, default=Path("models/face/weights.npz"))
    parser.add_argument("--count", type=int, default=9000, help="pictures to make")
    parser.add_argument("--sets", type=int, default=LANDMARK_SETS, help="landmark sets to make")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without", default="", help="leave this person out, to measure on them")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    pairs = arguments.work / "pairs.npz"
    if not pairs.is_file():
        make(arguments.shared, pairs, count=arguments.count, seed=arguments.seed)
    teacher = Teacher(arguments.shared / "models" / "face_landmarker.task")
    data = load_data(
        pairs, teacher, without=arguments.without, sets=arguments.sets, seed=arguments.seed
    )
    print(f"{len(data.landmarks)} rows", flush=True)
    trained = train_both(data, seed=arguments.seed, epochs=arguments.epochs)
    np.savez_compressed(arguments.out, **trained)


if __name__ == "__main__":
    main()
