"""The errors of a body tracker, per landmark and over time.

What a camera without depth gets wrong, in the amounts of ``NoiseSettings``: wandering, three
times as much along the depth; bursts of low confidence in which a limb wanders more; sides
swapped; landmarks lost; legs below the picture's edge. ``MEASURED`` has the amounts of MediaPipe
on the multi-view clip (``models/body/card.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.mocap.motion import Array

_DEPTH_AXIS: Final = 2  # camera axes: x right, y down, z away


@dataclass(frozen=True, slots=True)
class NoiseSettings:
    """Amounts; lengths in metres, times in seconds, rates in events per second."""

    across_std_m: float = 0.010
    depth_std_m: float = 0.030
    correlation_s: float = 0.05  # after which half of the wandering is forgotten
    common_share: float = 0.0  # of the variance, that a limb's landmarks have in common
    bias_across_std_m: float = 0.0  # constant over a clip, each landmark its own
    bias_depth_std_m: float = 0.0
    white_share: float = 0.0  # of the variance, from frame to frame
    burst_rate_hz: float = 0.15  # per limb
    burst_s: float = 0.5
    burst_factor: float = 3.0  # by which errors grow in a burst
    swap_rate_hz: float = 0.0
    swap_s: float = 0.15
    lost_rate_hz: float = 0.0  # per limb: confidence 0
    lost_s: float = 0.5
    legs_cut_share: float = 0.0  # of clips, in which the legs are not in the picture
    confidence: float = 0.95
    burst_confidence: float = 0.3


CLEAN: Final = NoiseSettings(
    across_std_m=0.0, depth_std_m=0.0, burst_rate_hz=0.0, confidence=1.0
)  # fmt: skip
# 1 cm, 3 cm in depth, correlated, each landmark on its own, with bursts of low confidence: at
# 30 fps the analytic solver then jitters six times as much as the truth.
NOISY: Final = NoiseSettings()
# MediaPipe against the triangulated multi-view clip: errors are larger but a limb's landmarks
# move together (correlation 0.9 and more), the three hand points by 2 mm against the wrist.
MEASURED: Final = NoiseSettings(
    across_std_m=0.03, depth_std_m=0.06, correlation_s=0.075, common_share=0.95,
    bias_across_std_m=0.01, bias_depth_std_m=0.03,
)  # fmt: skip
# Everything that goes wrong at once.
HARSH: Final = NoiseSettings(
    bias_across_std_m=0.01, bias_depth_std_m=0.03, white_share=0.1, swap_rate_hz=0.05,
    lost_rate_hz=0.1, legs_cut_share=0.2,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LimbTable:
    """Which landmarks form a limb, and each landmark's counterpart on the other side."""

    limbs: tuple[NDArray[np.intp], ...]
    legs: NDArray[np.intp]
    mirrored: NDArray[np.intp]


def limb_table(names: tuple[str, ...]) -> LimbTable:
    """Group landmarks by name: two arms, two legs, the head."""
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        side = "LEFT" if "LEFT" in name else "RIGHT" if "RIGHT" in name else ""
        if any(part in name for part in ("KNEE", "ANKLE", "HEEL", "FOOT", "TOE")):
            groups.setdefault(f"leg {side}", []).append(row)
        elif side and not any(part in name for part in _NOT_ARMS):
            groups.setdefault(f"arm {side}", []).append(row)
        elif any(part in name for part in _HEAD_PARTS):
            groups.setdefault("head", []).append(row)
    swap = {"LEFT": "RIGHT", "RIGHT": "LEFT"}
    mirrored: list[int] = []
    for row, name in enumerate(names):
        other = next((name.replace(a, b) for a, b in swap.items() if a in name), name)
        mirrored.append(names.index(other) if other in names else row)
    legs = [row for group, rows in groups.items() if group.startswith("leg") for row in rows]
    return LimbTable(
        tuple(np.array(rows, np.intp) for rows in groups.values()),
        np.array(legs, np.intp),
        np.array(mirrored, np.intp),
    )


_HEAD_PARTS: Final = ("NOSE", "EYE", "EAR", "MOUTH", "HEAD")
_NOT_ARMS: Final = (*_HEAD_PARTS, "SHOULDER", "HIP", "COLLAR")


def add_noise(
    positions_camera_m: Array,
    *,
    table: LimbTable,
    settings: NoiseSettings,
    fps: float,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Noisy positions ``(T, K, 3)`` in camera axes and confidences ``(T, K)``."""
    frames, count = positions_camera_m.shape[:2]
    std_m = np.full(3, settings.across_std_m)
    std_m[_DEPTH_AXIS] = settings.depth_std_m
    bias_m = np.full(3, settings.bias_across_std_m)
    bias_m[_DEPTH_AXIS] = settings.bias_depth_std_m
    confidence = np.full((frames, count), settings.confidence)
    factor = np.ones((frames, count, 1))
    for rows in table.limbs:
        burst = events(frames, settings.burst_rate_hz, settings.burst_s, fps=fps, rng=rng)
        factor[np.ix_(burst, rows)] = settings.burst_factor
        confidence[np.ix_(burst, rows)] = settings.burst_confidence
    wander = wandering((frames, count, 3), settings.correlation_s, fps=fps, rng=rng)
    common = wandering((frames, len(table.limbs), 3), settings.correlation_s, fps=fps, rng=rng)
    for limb, rows in enumerate(table.limbs):
        wander[:, rows] = (
            np.sqrt(1.0 - settings.common_share) * wander[:, rows]
            + np.sqrt(settings.common_share) * common[:, limb, None]
        )
    white = rng.normal(size=(frames, count, 3))
    share = settings.white_share
    error = np.sqrt(1.0 - share) * wander + np.sqrt(share) * white
    out = positions_camera_m + error * std_m * factor + rng.normal(size=(count, 3)) * bias_m
    swapped = events(frames, settings.swap_rate_hz, settings.swap_s, fps=fps, rng=rng)
    out[swapped] = out[swapped][:, table.mirrored]
    for rows in table.limbs:
        lost = events(frames, settings.lost_rate_hz, settings.lost_s, fps=fps, rng=rng)
        confidence[np.ix_(lost, rows)] = 0.0
    if rng.random() < settings.legs_cut_share:
        confidence[:, table.legs] = 0.0
    return out, confidence


def wandering(
    shape: tuple[int, ...], correlation_s: float, *, fps: float, rng: np.random.Generator
) -> Array:
    """Unit-variance first-order autoregressive noise along the first axis."""
    keep = 0.5 ** (1.0 / (correlation_s * fps))
    out = rng.normal(size=shape)
    fresh = np.sqrt(1.0 - keep * keep)
    for frame in range(1, shape[0]):
        out[frame] = keep * out[frame - 1] + fresh * out[frame]
    return out


def events(
    frames: int, rate_hz: float, duration_s: float, *, fps: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Frames ``(T,)`` inside events that begin at ``rate_hz`` and last ``duration_s`` on
    average."""
    out = np.zeros(frames, bool)
    for start in np.flatnonzero(rng.random(frames) < rate_hz / fps):
        out[start : start + 1 + int(rng.exponential(duration_s) * fps)] = True
    return out
