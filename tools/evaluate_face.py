"""Measures the face against MediaPipe's Tasks API, and its laws; prints the card's tables.

python -m tools.evaluate_face --shared ../shared/data
python -m tools.evaluate_face --shared ../shared/data --weights no_woman.npz --only woman
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from bridge.geometry import camera_from_world, world_from_camera
from bridge.layouts import Layout
from bridge.skeleton import ARKIT_NAMES, ArkitBlendshape
from bridge.solving.face.network_weights import FaceNetwork, load_network, read_network
from bridge.solving.face.pose import HeadFit, load_template
from bridge.solving.face.settings import FaceSettings, WeightSmoothingSettings
from bridge.solving.face.solver import FaceSolver
from bridge.tracking.engine.engine import EngineTracker
from bridge.tracking.settings import TrackingSettings
from bridge.types import ByteArray, Frame, Intrinsics, Keypoints, Stamp
from tools.face.dataset import SAMPLE_PHOTO
from tools.face.deform import deformed
from tools.face.networks import TasksApi

Array = NDArray[np.float64]

FRAME_S: Final = 1.0 / 25.0
MOVING: Final = 0.05  # standard deviation from which a weight counts as moving
CLIPS: Final = {
    "signing (never trained on)": "video/signing_640x480_nc.mp4",
    "woman_gestures": "video/woman_gestures_1280x720.mp4",
    "business_person": "photo/business_person.png",
    "person_pose": "photo/person_pose.jpg",
    "grace_hopper": str(SAMPLE_PHOTO),
}
# From this frame on a thumb hides part of the mouth: told apart, since nobody sees a mouth there.
_HIDDEN_FROM: Final = {"woman_gestures": 50}
# The Tasks API does not find this small face in the whole photo: all look at its upper part.
_CUTS_PX: Final = {"person_pose.jpg": (slice(0, 320), slice(180, 500))}  # rows, columns
_SETTLED_FROM: Final = 10  # frames: the Tasks API's weights jump in the first
NAMED: Final = (
    "eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
)  # fmt: skip
_PLAIN: Final = FaceSettings(smoothing=WeightSmoothingSettings(enabled=False))
_PHOTO_FRAMES: Final = 15  # a tracker needs a few to settle


@dataclass(frozen=True, slots=True)
class Measured:
    """One clip: weights ``(T, 52)`` of the Tasks API, of the bundle in our engine, of our network
    from the default models, and of the whole solver with its smoothing."""

    tasks: Array
    bundle: Array
    network: Array
    solver: Array
    faces: list[Keypoints]

    def part(self, rows: slice) -> Measured:
        """Some of the pictures."""
        arrays = (self.tasks, self.bundle, self.network, self.solver)
        return Measured(*(array[rows] for array in arrays), self.faces[rows])


def pictures(path: Path) -> Iterator[ByteArray]:
    if path.suffix != ".mp4":
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        rows, columns = _CUTS_PX.get(path.name, (slice(None), slice(None)))
        for _ in range(_PHOTO_FRAMES):
            yield np.ascontiguousarray(image[rows, columns])
        return
    capture = cv2.VideoCapture(str(path))
    while True:
        ok, image = capture.read()
        if not ok:
            return
        yield cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def measure(path: Path, bundle: Path, network: FaceNetwork | None) -> Measured:
    """``network`` takes the place of the shipped one in the column of that name."""
    tasks = TasksApi(bundle)
    with_bundle = EngineTracker(TrackingSettings(models=str(bundle)))
    default = EngineTracker(TrackingSettings())
    fit = HeadFit(load_template())
    plain, smooth = FaceSolver(_PLAIN), FaceSolver(FaceSettings())
    rows: dict[str, list[Array]] = {"tasks": [], "bundle": [], "network": [], "solver": []}
    faces: list[Keypoints] = []
    for number, image in enumerate(pictures(path)):
        stamp = Stamp(number, int(number * FRAME_S * 1e9), "evaluation")
        height, width = image.shape[:2]
        frame = Frame(stamp, image, Intrinsics.from_fov(width, height))
        truth = tasks.look(image, time_ms=int(number * FRAME_S * 1e3))
        bundled = with_bundle.track(frame).arkit
        face = default.track(frame).face
        if truth is None or bundled is None or face is None:
            continue
        parts = [s.solve(face, arkit=None, dt_s=FRAME_S) for s in (plain, smooth)]
        if parts[0] is None or parts[1] is None:
            continue
        rows["tasks"].append(truth[1])
        rows["bundle"].append(bundled)
        head = fit.fit(world_from_camera(face.positions_m).astype(np.float64))
        weights = parts[0].arkit
        if network is not None and head is not None:
            weights = network.weights(head.landmarks)
        rows["network"].append(weights)
        rows["solver"].append(parts[1].arkit)
        faces.append(face)
    with_bundle.close()
    default.close()
    return Measured(**{name: np.array(row) for name, row in rows.items()}, faces=faces)


def correlation(a: Array, b: Array) -> float:
    if a.std() < 1e-9 or b.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def report(title: str, found: Measured) -> None:
    if len(found.tasks) == 0:
        print(f"\n### {title}: no face found\n")
        return
    print(f"\n### {title}, {len(found.tasks)} pictures\n")
    for name, values in (("bundle", found.bundle), ("network", found.network)):
        difference = np.abs(values - found.tasks).mean(axis=0)
        worst = int(difference.argmax())
        print(f"{name}: mean |difference| over all weights {difference.mean():.4f}, "
              f"worst {ARKIT_NAMES[worst]} {difference[worst]:.3f}")  # fmt: skip
    print("\n| weight | Tasks mean ± sd | bundle | network | solver "
          "| r bundle | r network | r solver |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for index, name in enumerate(ARKIT_NAMES):
        truth = found.tasks[:, index]
        if name not in NAMED and truth.std() < MOVING:
            continue
        columns = [values[:, index] for values in (found.bundle, found.network, found.solver)]
        differences = " | ".join(f"{np.abs(c - truth).mean():.3f}" for c in columns)
        moves = truth.std() >= MOVING
        shown = [f"{correlation(c, truth):.2f}" if moves else "still" for c in columns]
        print(
            f"| {name} | {truth.mean():.2f} ± {truth.std():.2f} | {differences} "
            f"| {' | '.join(shown)} |"
        )


def on_heads(face: Keypoints, change: Callable[[Array], Array]) -> Keypoints:
    """The same landmarks after ``change`` of their positions in the world."""
    points = change(world_from_camera(face.positions_m).astype(np.float64))
    return Keypoints(
        Layout.MEDIAPIPE_FACE_478, camera_from_world(points).astype(np.float32),
        face.pixels, face.confidence,
    )  # fmt: skip


def weights_of(face: Keypoints) -> Array:
    part = FaceSolver(_PLAIN).solve(face, arkit=None, dt_s=FRAME_S)
    if part is None:
        raise SystemExit("a face of the evaluation was refused")
    return part.arkit


def laws(faces: list[Keypoints]) -> None:
    fit = HeadFit(load_template())
    turned_worst, winks = 0.0, []
    for face in faces:
        straight = weights_of(face)
        for yaw, pitch in ((-30, 0), (30, 0), (0, -20), (0, 20), (30, 20), (-30, -20)):
            turn = Rotation.from_euler("YX", [yaw, pitch], degrees=True)
            turned = weights_of(on_heads(face, turn.apply))
            turned_worst = max(turned_worst, float(np.abs(turned - straight).max()))
        head = fit.fit(world_from_camera(face.positions_m).astype(np.float64))
        if head is None:
            continue
        for side, other in (("left", ArkitBlendshape.EYE_BLINK_RIGHT),
                            ("right", ArkitBlendshape.EYE_BLINK_LEFT)):  # fmt: skip
            own = ArkitBlendshape[f"EYE_BLINK_{side.upper()}"]
            shut = deformed(head.landmarks, {f"blink_{side}": 1.0})
            wink = weights_of(on_heads(face, lambda _, shut=shut: shut))
            winks.append((wink[own] - straight[own], abs(wink[other] - straight[other])))
    closing, other_moves = np.array(winks).T
    print(f"\nhead turned ±30° / ±20°: largest change of any weight {turned_worst:.3f}")
    print(f"wink: own eye +{closing.mean():.2f} (least +{closing.min():.2f}), other moves "
          f"{other_moves.mean():.3f}, at most {other_moves.max():.3f}")  # fmt: skip


def rest(path: Path) -> None:
    """A still photo with a sensor's noise, 8 s at 30 fps through tracker and solver."""
    rng = np.random.default_rng(0)
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    tracker, solver = EngineTracker(TrackingSettings()), FaceSolver(FaceSettings())
    plain = FaceSolver(_PLAIN)
    smooth_rows, plain_rows = [], []
    for number in range(240):
        noisy = np.clip(image + rng.normal(0.0, 5.0, image.shape), 0, 255).astype(np.uint8)
        stamp = Stamp(number, int(number / 30 * 1e9), "rest")
        height, width = image.shape[:2]
        face = tracker.track(Frame(stamp, noisy, Intrinsics.from_fov(width, height))).face
        smooth, raw = (s.solve(face, arkit=None, dt_s=1 / 30) for s in (solver, plain))
        if smooth is not None and raw is not None and number >= 60:
            smooth_rows.append(smooth.arkit)
            plain_rows.append(raw.arkit)
    tracker.close()
    for name, rows in (("before", plain_rows), ("after", smooth_rows)):
        deviation = np.std(rows, axis=0)
        worst = int(deviation.argmax())
        print(f"rest, {path.name}, {name} filtering: largest sd {deviation[worst]:.4f} "
              f"({ARKIT_NAMES[worst]}), mean {deviation.mean():.4f}")  # fmt: skip


def lag() -> None:
    """A step at 30 fps through the smoothing: time until two thirds of it, linearly between."""
    for shape in (ArkitBlendshape.EYE_BLINK_LEFT, ArkitBlendshape.JAW_OPEN):
        solver = FaceSolver(FaceSettings())
        for size in (0.2, 0.5, 1.0):
            solver.reset()
            values = []
            for number in range(60):
                arkit = np.zeros(52, np.float32)
                arkit[shape] = size if number >= 30 else 0.0
                part = solver.solve(None, arkit=arkit, dt_s=1 / 30)
                values.append(0.0 if part is None else float(part.arkit[shape]) / size)
            after = np.array(values[29:])
            reached = int(np.argmax(after >= 2 / 3))
            part = (2 / 3 - after[reached - 1]) / (after[reached] - after[reached - 1])
            late_ms = max(reached - 2 + part, 0.0) / 30 * 1e3
            print(f"step of {size} in {shape.camel}: {late_ms:.0f} ms "
                  "behind the input")  # fmt: skip


def cost(face: Keypoints) -> None:
    solver, network = FaceSolver(FaceSettings()), load_network()
    head = HeadFit(load_template()).fit(world_from_camera(face.positions_m).astype(np.float64))
    if head is None:
        return
    for name, call in (
        ("whole face part", lambda: solver.solve(face, arkit=None, dt_s=FRAME_S)),
        ("of it the network", lambda: network.weights(head.landmarks)),
    ):
        times = []
        for _ in range(1000):
            begin = time.perf_counter()
            call()
            times.append(time.perf_counter() - begin)
        print(f"cost, {name}: median {np.median(times) * 1e3:.3f} ms, "
              f"p90 {np.percentile(times, 90) * 1e3:.3f} ms")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--weights", type=Path, help="another network, for the column network")
    parser.add_argument("--only", default="", help="only clips whose name holds this text")
    arguments = parser.parse_args()
    bundle = arguments.shared / "models" / "face_landmarker.task"
    network = read_network(arguments.weights) if arguments.weights else None
    faces: list[Keypoints] = []
    for title, relative in CLIPS.items():
        if arguments.only in title:
            found = measure(arguments.shared / relative, bundle, network)
            hidden = _HIDDEN_FROM.get(title)
            report(title, found.part(slice(_SETTLED_FROM, hidden)))
            if hidden is not None:
                report(f"{title}, a thumb before the face", found.part(slice(hidden, None)))
            faces += found.faces[::20]
    if network is not None:
        return  # the laws below are the shipped network's
    laws(faces)
    rest(arguments.shared / "photo/business_person.png")
    lag()
    cost(faces[0])


if __name__ == "__main__":
    main()
