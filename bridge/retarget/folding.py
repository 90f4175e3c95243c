"""Bones that an avatar lacks: their rotation moves to a neighbour, so that the rest of the body
keeps its directions in the world.

The spine's bones fold towards the hips, so that what hangs from a missing bone still turns with
it; any other missing bone folds into the bones that hang from it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np

from bridge.geometry import IDENTITY_XYZW, Floats, quat_multiply
from bridge.skeleton import HUMAN_PARENT, HumanBone

_FOLD_TOWARDS_HIPS: Final = (HumanBone.UPPER_CHEST, HumanBone.CHEST)
_CHILDREN: Final[dict[HumanBone, tuple[HumanBone, ...]]] = {
    bone: tuple(child for child, parent in HUMAN_PARENT.items() if parent is bone)
    for bone in HumanBone
}


class Folding:
    """What to compose for an avatar that has only ``present`` bones.

    Every present bone then has the world rotation it would have on an avatar with all bones;
    a spine bone has that of the missing bone folded into it.
    """

    def __init__(self, present: Collection[HumanBone]) -> None:
        # (source, target, whether the source turns first): target = source * target, or after it
        self._steps: list[tuple[HumanBone, HumanBone, bool]] = []
        for bone in _outermost_first():
            if bone in present:
                continue
            parent = HUMAN_PARENT.get(bone)
            if bone in _FOLD_TOWARDS_HIPS and parent is not None:
                self._steps.append((bone, parent, False))
        for bone in reversed(_outermost_first()):
            if bone in present or bone in _FOLD_TOWARDS_HIPS:
                continue
            self._steps += [
                (bone, child, True) for child in _CHILDREN[bone] if _reaches(child, present)
            ]
        self._missing = np.array([b for b in HumanBone if b not in present], dtype=np.intp)

    def apply(self, rotations_xyzw: Floats) -> None:
        """Fold local rotations ``(55, 4)`` by ``HumanBone`` in place."""
        for source, target, source_first in self._steps:
            a, b = rotations_xyzw[source], rotations_xyzw[target]
            rotations_xyzw[target] = quat_multiply(a, b) if source_first else quat_multiply(b, a)
        rotations_xyzw[self._missing] = IDENTITY_XYZW


def _reaches(bone: HumanBone, present: Collection[HumanBone]) -> bool:
    """Whether the avatar has this bone or one that hangs from it."""
    return bone in present or any(_reaches(child, present) for child in _CHILDREN[bone])


def _outermost_first() -> list[HumanBone]:
    def depth(bone: HumanBone) -> int:
        parent = HUMAN_PARENT.get(bone)
        return 0 if parent is None else 1 + depth(parent)

    return sorted(HumanBone, key=depth, reverse=True)
