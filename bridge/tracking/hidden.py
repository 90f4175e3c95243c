"""Depth of landmarks that the sensor cannot see: from their neighbour and the bone between.

A landmark model's errors are shared by a whole limb, so the difference between neighbours is
better than either; and a bone of known length that looks short in the picture must point towards
or away from the camera.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import copysign, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.kinematics import rest_joints_m
from bridge.layouts import BodyLandmark
from bridge.skeleton import SmplxJoint

Array = NDArray[np.float64]
_L = BodyLandmark

_ACROSS_SLACK_M: Final = 0.02  # by which the picture may be wrong about a bone's length
_LEARN_STEP_M: Final = 0.002  # a running median moves so far towards each measurement
_BELIEVABLE: Final = (0.6, 1.5)  # of the present estimate; other measurements are mistakes


def _links() -> Iterator[tuple[BodyLandmark, BodyLandmark, bool]]:
    """(child, parent, whether a bone of constant length joins them), parents first."""
    for side in ("LEFT", "RIGHT"):
        other = "RIGHT" if side == "LEFT" else "LEFT"
        yield _L[f"{side}_SHOULDER"], _L[f"{other}_SHOULDER"], True
        yield _L[f"{side}_HIP"], _L[f"{other}_HIP"], True
    for side in ("LEFT", "RIGHT"):
        for child, parent, bone in (
            ("ELBOW", "SHOULDER", True), ("WRIST", "ELBOW", True), ("PINKY", "WRIST", False),
            ("INDEX", "WRIST", False), ("THUMB", "WRIST", False), ("KNEE", "HIP", True),
            ("ANKLE", "KNEE", True), ("HEEL", "ANKLE", False), ("FOOT_INDEX", "ANKLE", False),
        ):  # fmt: skip
            yield _L[f"{side}_{child}"], _L[f"{side}_{parent}"], bone


LINKS: Final = tuple(_links())
HEAD: Final = slice(int(_L.NOSE), int(_L.MOUTH_RIGHT) + 1)


class BoneLengths:
    """The performer's bones, from an average adult's towards what was measured."""

    def __init__(self) -> None:
        rest = rest_joints_m().astype(np.float64)
        self._shares = {
            (child, parent): float(
                np.linalg.norm(rest[SmplxJoint[child.name]] - rest[SmplxJoint[parent.name]])
            )
            for child, parent, bone in LINKS
            if bone
        }
        self._learnt_m: dict[tuple[BodyLandmark, BodyLandmark], float] = {}

    def metres(self, child: BodyLandmark, parent: BodyLandmark, *, scale: float) -> float:
        """As measured; before that, an average adult's times ``scale``."""
        link = (child, parent)
        return self._learnt_m.get(link, self._shares[link] * scale)

    def learn(self, positions_m: Array, measured: NDArray[np.bool_], *, scale: float) -> None:
        """From bones of which the sensor saw both ends."""
        for child, parent in self._shares:
            if not (measured[child] and measured[parent]):
                continue
            seen_m = float(np.linalg.norm(positions_m[child] - positions_m[parent]))
            now_m = self.metres(child, parent, scale=scale)
            if _BELIEVABLE[0] * now_m < seen_m < _BELIEVABLE[1] * now_m:
                step_m = min(_LEARN_STEP_M, abs(seen_m - now_m))
                self._learnt_m[(child, parent)] = now_m + copysign(step_m, seen_m - now_m)


def fill_hidden(
    z_m: Array,
    known: NDArray[np.bool_],
    *,
    rays: Array,
    model_z_m: Array,
    nearest_m: Array,
    bones: BoneLengths,
    scale: float,
) -> None:
    """Set ``z_m (33,)`` of landmarks that are not ``known`` from those that are, in place.

    ``rays (33, 2)`` x/z and y/z; ``model_z_m`` the model's depths at the performer's scale;
    ``nearest_m`` what hides a landmark, at least that far away it is.
    """
    reached = known.copy()
    if known[HEAD].any():  # the head is one solid: what is seen of it tells the rest
        shift_m = float(np.median((z_m - model_z_m)[HEAD][known[HEAD]]))
        z_m[HEAD] = np.where(known[HEAD], z_m[HEAD], shift_m + model_z_m[HEAD])
        reached[HEAD] = True
    for child, parent, bone in LINKS:
        if reached[child] or not reached[parent]:
            continue
        step_m = float(model_z_m[child] - model_z_m[parent])
        base_m = float(z_m[parent])
        if bone:
            length_m = bones.metres(child, parent, scale=scale)
            across = rays[child] * (base_m + step_m) - rays[parent] * base_m
            across_m = sqrt(float(across @ across))
            # What the picture does not show of the bone's length lies along the line of sight.
            least_m = _other_side(length_m, across_m + _ACROSS_SLACK_M)
            most_m = _other_side(length_m, across_m - _ACROSS_SLACK_M)
            step_m = copysign(min(max(abs(step_m), least_m), most_m), step_m)
        z_m[child] = max(base_m + step_m, float(nearest_m[child]))
        reached[child] = True


def _other_side(hypotenuse: float, side: float) -> float:
    return sqrt(max(0.0, hypotenuse * hypotenuse - max(0.0, side) ** 2))
