"""Jumping and walking people before a depth sensor: feet leave the floor and do not sink."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridge.geometry import quat_from_rotvec
from bridge.kinematics import rest_joints_m
from bridge.layouts import Layout
from bridge.solving.ground import Ground
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from tools.mocap.dataset import clips
from tools.sensors.noise import CLEAN, NOISY, NoiseSettings
from tools.sensors.simulate import facing_camera, resample, simulate

FPS = 30.0
START = 10  # frames, for the floor to be found
STILL_M_S = 0.15
FLYING_M = 0.12
ON_FLOOR_M = 0.03


def soles(local_xyzw: np.ndarray, root_m: np.ndarray) -> np.ndarray:
    """Heels and toes ``(T, 4, 3)``, of a solved or a true motion."""
    ground = Ground(rest_joints_m())
    return np.stack([r + ground.soles_m(q) for q, r in zip(local_xyzw, root_m, strict=True)])


@pytest.mark.parametrize(
    ("name", "jumps_cm"),
    [
        ("cmu_expmap/jumping_1", 22.6),
        ("cmu_expmap/jumping_5", 37.7),
        ("cmu_asf_amc/02_04", 43.8),
        ("cmu_bvh_daz/13_32", 24.0),
        ("cmu_bvh_ccbase/007_03", 0.0),
    ],
)
@pytest.mark.parametrize("noise", [CLEAN, NOISY], ids=["clean", "noisy"])
def test_feet_leave_the_floor_and_do_not_sink(
    shared_data: Callable[[str], Path], name: str, jumps_cm: float, noise: NoiseSettings
) -> None:
    clip = next(c for c in clips(shared_data("mocap")) if c.name == name)
    motion = facing_camera(resample(clip.load(), fps=FPS))
    seen = simulate(
        motion, layout=Layout.AZURE_KINECT_32, noise=noise, rng=np.random.default_rng(0)
    )
    solver = Solver(SolvingSettings())
    poses = [solver.solve(observation) for observation in seen.observations]
    local = quat_from_rotvec(np.stack([pose.rotvecs_rad for pose in poses]).astype(float))
    ours = soles(local, np.stack([pose.root_m for pose in poses]).astype(float))
    true = soles(motion.local_xyzw, motion.root_m)
    true[..., 1] -= np.percentile(true[..., 1].min(axis=1), 10)
    lowest_cm = 100.0 * ours[START:, :, 1].min(axis=1)
    speed = [np.linalg.norm(np.diff(s[..., ::2], axis=0), axis=-1) * FPS for s in (ours, true)]
    stands = (speed[1] < STILL_M_S) & (true[1:, :, 1] < ON_FLOOR_M)
    stands[:START] = False
    slide_cm_s = 100.0 * speed[0][stands]
    print(
        f"{name}: highest {lowest_cm.max():.1f} of {jumps_cm} cm, lowest {lowest_cm.min():.1f} cm, "
        f"sliding {slide_cm_s.mean():.1f} cm/s, people {100 * speed[1][stands].mean():.1f}"
    )
    assert lowest_cm.min() > -1.0
    if noise is CLEAN:
        assert slide_cm_s.mean() < 10.0
    if noise is CLEAN:  # whoever is told to stand keeps the avatar down
        standing = np.stack([np.zeros(2) if p.standing is None else p.standing for p in poses])
        flying = true[..., 1].min(axis=1) > FLYING_M
        flying[:START] = False
        assert flying.any() == bool(jumps_cm)
        assert standing[flying].sum() <= 0.1 * standing[flying].size
    if jumps_cm:
        assert lowest_cm.max() == pytest.approx(jumps_cm, rel=0.1 if noise is CLEAN else 0.3)
    else:
        assert lowest_cm.max() < 6.0  # nobody flies who walks
