"""How well the camera's pitch is found: on simulated cameras, and on the four real ones.

    python -m tools.evaluate_pitch [--every 4] [--views]

Held-out motion, looped for half a minute before MediaPipe's simulated landmarks at known pitches:
degrees off after 10 s and at the end. ``--views`` plays ``multiview/balancing`` before the tracker
for as long; there the calibration says what is true.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bridge.layouts import Layout
from bridge.solving.camera_pitch import CameraPitch
from bridge.solving.canonical import canonical_body
from bridge.tracking.settings import TrackingSettings
from bridge.types import Observation
from tools.evaluate_body import NOISES
from tools.evaluate_multiview import observe
from tools.mocap.dataset import DEFAULT_MOCAP_FOLDER, Split, clips
from tools.sensors.simulate import facing_camera, resample, simulate
from tools.triangulation import read_cameras

_FPS: Final = 30.0
_SECONDS: Final = 30
_FIRST_SECONDS: Final = 10
_PITCHES_DEG: Final = (-20.0, -10.0, 0.0, 15.0, 30.0)


def found_deg(seen: Sequence[Observation]) -> tuple[float, float]:
    """The estimate after 10 s and after 30 s of a looped clip."""
    pitch = CameraPitch(None)
    first = 0.0
    for frame in range(int(_SECONDS * _FPS)):
        body = seen[frame % len(seen)].body
        if body is not None:
            pitch.watch(canonical_body(body, camera_pitch_rad=pitch.pitch_rad), dt_s=1.0 / _FPS)
        if frame < _FIRST_SECONDS * _FPS:
            first = pitch.pitch_rad
    return float(np.rad2deg(first)), float(np.rad2deg(pitch.pitch_rad))


def simulated(folder: Path, *, every: int, noise: str) -> None:
    """One line a clip, and the median over clips."""
    columns = " ".join(f"{pitch:>+13.0f}" for pitch in _PITCHES_DEG)
    print(f"{noise}: off after 10 s / 30 s, camera at\n{'':28s}{columns}")
    rows: list[list[tuple[float, float]]] = []
    for number, clip in enumerate(clips(folder, split=Split.HELD_OUT)):
        if number % every:
            continue
        motion = facing_camera(resample(clip.load(), fps=_FPS))
        row: list[tuple[float, float]] = []
        for pitch_deg in _PITCHES_DEG:
            made = simulate(
                motion, layout=Layout.MEDIAPIPE_BODY_33, noise=NOISES[noise],
                rng=np.random.default_rng([0, number]), pitch_rad=float(np.deg2rad(pitch_deg)),
            )  # fmt: skip
            first, last = found_deg(made.observations)
            row.append((first - pitch_deg, last - pitch_deg))
        rows.append(row)
        cells = " ".join(f"{first:+6.1f}/{last:+6.1f}" for first, last in row)
        print(f"{clip.name:28s}{cells}", flush=True)
    middle = np.median(np.abs(rows), axis=0)
    cells = " ".join(f"{first:6.1f}/{last:6.1f}" for first, last in middle)
    print(f"{'median of sizes':28s}{cells}")


def views(folder: Path) -> None:
    """Each of the calibrated cameras."""
    for camera in read_cameras(folder / "Calib.qca.txt"):
        up = camera.camera_from_lab @ np.array([0.0, 0.0, 1.0])
        true_deg, roll_deg = np.rad2deg([np.arctan2(-up[2], -up[1]), np.arctan2(up[0], -up[1])])
        seen = observe(folder / f"{camera.name}.mp4", settings=TrackingSettings())
        first, last = found_deg(seen)
        print(
            f"{camera.name}: true {true_deg:.1f} (rolled by {roll_deg:.1f}), "
            f"found {first:.1f} after 10 s, {last:.1f} after 30 s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=DEFAULT_MOCAP_FOLDER)
    parser.add_argument("--every", type=int, default=4, help="take every n-th clip")
    parser.add_argument("--noises", default="clean,measured")
    parser.add_argument("--views", action="store_true", help="also the real cameras")
    arguments = parser.parse_args()
    for noise in arguments.noises.split(","):
        simulated(arguments.folder, every=arguments.every, noise=noise)
    if arguments.views:
        views(arguments.folder.parent / "multiview" / "balancing")


if __name__ == "__main__":
    main()
