"""Accuracy of body solvers on held-out motion, through the public path.

    python -m tools.evaluate_body
    python -m tools.evaluate_body --solvers analytic,filtered --every 4 --layout azure_kinect_32

Motion → landmarks of a sensor, clean and noisy → ``Solver`` → ``ActorPose`` → compared with the
motion. ``analytic`` is the geometric solver without smoothing, ``filtered`` the same with the
default smoothing, ``network`` the trained network with its default smoothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from bridge.layouts import Layout
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from tools.body_metrics import GROUPS, BodyErrors, body_errors, combined
from tools.mocap.dataset import DEFAULT_MOCAP_FOLDER, Split, clips
from tools.mocap.motion import Array
from tools.mocap.retarget import SmplxMotion
from tools.sensors.noise import CLEAN, HARSH, MEASURED, NOISY, NoiseSettings
from tools.sensors.simulate import SimulatedClip, facing_camera, resample, simulate

_LEVEL: Final = 0.0  # as the simulated camera is; finding a camera's pitch is measured elsewhere
_RAW: Final = SolvingSettings().smoothing.model_copy(update={"enabled": False})
SOLVERS: Final[dict[str, SolvingSettings]] = {
    "analytic": SolvingSettings(body="analytic", smoothing=_RAW, camera_pitch_deg=_LEVEL),
    "filtered": SolvingSettings(body="analytic", camera_pitch_deg=_LEVEL),
    "network": SolvingSettings(body="network", camera_pitch_deg=_LEVEL),
}
NOISES: Final[dict[str, NoiseSettings]] = {
    "clean": CLEAN,
    "noisy": NOISY,
    "measured": MEASURED,
    "harsh": HARSH,
}
_WARM_UP_S: Final = 0.5  # of each clip, left out for every solver: filters start without a past


def solve_clip(clip: SimulatedClip, *, settings: SolvingSettings) -> Array:
    """The solver's rotation vectors ``(T, 55, 3)``."""
    solver = Solver(settings)
    return np.stack([solver.solve(seen).rotvecs_rad for seen in clip.observations])


def held_out(folder: Path, *, split: Split, fps: float, every: int) -> Iterator[SmplxMotion]:
    """Every ``every``-th clip of the split at ``fps``, facing the camera on average."""
    for number, clip in enumerate(clips(folder, split=split)):
        if number % every == 0:
            yield facing_camera(resample(clip.load(), fps=fps))


def evaluate(
    motions: list[SmplxMotion],
    *,
    settings: SolvingSettings,
    noise: NoiseSettings,
    layout: Layout,
    seed: int = 0,
) -> BodyErrors:
    """One row of the table; the noise is the same for every solver."""
    parts: list[BodyErrors] = []
    for number, motion in enumerate(motions):
        rng = np.random.default_rng([seed, number])
        clip = simulate(motion, layout=layout, noise=noise, rng=rng)
        solved = solve_clip(clip, settings=settings)
        start = int(_WARM_UP_S * motion.fps)
        truth = clip.truth.local_xyzw
        parts.append(body_errors(solved[start:], truth[start:], fps=motion.fps))
    return combined(parts)


_HEADER: Final = (
    f"{'solver':10s} {'noise':8s} | direction " + " ".join(f"{g:>5s}" for g in GROUPS)
    + " | world rot " + " ".join(f"{g:>5s}" for g in GROUPS)
    + " | local  all | twist: upper fore  hand thigh | jitter  lag ms"
)  # fmt: skip


def row(name: str, noise: str, errors: BodyErrors) -> str:
    """One line of the table, degrees."""
    direction = " ".join(f"{errors.direction_deg[g]:5.1f}" for g in GROUPS)
    rotation = " ".join(f"{errors.world_deg[g]:5.1f}" for g in GROUPS)
    twist = " ".join(f"{value:5.1f}" for value in errors.twist_deg.values())
    return (
        f"{name:10s} {noise:8s} | {errors.direction_deg['all']:9.2f} {direction} "
        f"| {errors.world_deg['all']:9.2f} {rotation} | {errors.local_deg['all']:10.2f} "
        f"|       {twist} | {errors.jitter:6.2f} {errors.lag_ms:7.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=DEFAULT_MOCAP_FOLDER)
    parser.add_argument("--split", type=Split, default=Split.HELD_OUT)
    parser.add_argument("--solvers", default=",".join(SOLVERS))
    parser.add_argument("--noises", default="clean,noisy")
    parser.add_argument("--layout", type=Layout.from_label, default=Layout.MEDIAPIPE_BODY_33)
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--every", type=int, default=1, help="take every n-th clip")
    arguments = parser.parse_args()
    motions = list(
        held_out(arguments.folder, split=arguments.split, fps=arguments.fps, every=arguments.every)
    )
    print(f"{len(motions)} clips, {sum(len(m.root_m) for m in motions)} frames, degrees")
    print(_HEADER)
    for noise in arguments.noises.split(","):
        for name in arguments.solvers.split(","):
            errors = evaluate(
                motions, settings=SOLVERS[name], noise=NOISES[noise], layout=arguments.layout
            )
            print(row(name, noise, errors), flush=True)


if __name__ == "__main__":
    main()
