"""A thousand edits of the profile while the avatar moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bridge.config import Config, config_files, load_config
from bridge.errors import BridgeError
from bridge.geometry import angle_between
from bridge.reload import Reloader
from bridge.retarget.retargeter import Retargeter
from bridge.types import ActorPose, HumanoidPose, Stamp

FPS = 60
ARM_SPEED = 1.0


def actor(i: int) -> ActorPose:
    time_s = i / FPS
    rotvecs = np.zeros((55, 3))
    rotvecs[16:20, 2] = 0.5 * np.sin(time_s * ARM_SPEED)
    rotvecs[12, 1] = rotvecs[15, 1] = 0.4 * np.sin(time_s)
    stamp = Stamp(i, int(time_s * 1e9), "test")
    return ActorPose(stamp, rotvecs, np.array([0, 0.95, 0]), np.full(52, 0.3), np.ones(55), 1.0)


def edits(rng: np.random.Generator) -> str:
    """A random profile, in about one of three cases a faulty one."""
    faulty = rng.choice(
        ["mirror = maybe", "[gaze]\nhead_share = 7.0", "[gaze]\nhaed = 1", "\x00", "[", ""],
        p=[0.08, 0.08, 0.08, 0.05, 0.05, 0.66],
    )
    if str(faulty).startswith("mirror"):
        return str(faulty)
    nod_deg = rng.uniform(-40, 40)
    return (
        f'extends = "default"\nmirror = {str(rng.random() < 0.5).lower()}\n'
        f'region = "{rng.choice(["full", "upper", "head"])}"\n'
        f"[gaze]\nhead_share = {rng.uniform(0, 1.5):.3f}\n"
        f"[arms]\nspread_deg = {rng.uniform(-30, 45):.2f}\nhand_height_m = "
        f"{rng.uniform(-0.3, 0.3):.2f}\n[bones.Head]\noffset_deg = [{nod_deg:.1f}, 0, 0]\n"
        f"[limits]\nspeed_deg_per_s = 1500.0\n[hips]\nsway = {rng.uniform(0, 3):.2f}\n{faulty}\n"
    )


def test_a_thousand_edits_while_running(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "default"')
    overrides = {"profile": str(path)}
    initial = load_config(overrides=overrides)
    retargeter = Retargeter(initial.retarget)
    published: list[Config] = []
    faults: list[BridgeError] = []

    def publish(config: Config) -> None:
        published.append(config)
        retargeter.apply(config.retarget)

    reloader = Reloader(
        lambda: load_config(overrides=overrides),
        publish,
        initial=initial,
        files=lambda: config_files(overrides=overrides),
        on_fault=faults.append,
    )
    rng = np.random.default_rng(0)
    last: HumanoidPose | None = None
    most_rad = 0.0
    for i in range(1000):
        path.write_text(edits(rng))
        for _ in range(2):  # a change must rest for one look
            reloader.look()
        pose = retargeter.retarget(actor(i))
        assert np.isfinite(pose.rotations_xyzw).all()
        if last is not None:
            step = angle_between(
                last.rotations_xyzw.astype(float), pose.rotations_xyzw.astype(float)
            )
            most_rad = max(most_rad, float(step.max()))
            dots = np.einsum("ij,ij->i", last.rotations_xyzw, pose.rotations_xyzw)
            assert dots.min() >= 0  # never the other sign of the same rotation
        last = pose
    assert len(published) > 400
    assert len(faults) > 100
    assert np.degrees(most_rad) * FPS <= 1500.0 * 1.01
