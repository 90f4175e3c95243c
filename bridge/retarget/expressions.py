"""From the 52 ARKit weights to the presets of VRM, by a table.

A preset is a weighted sum of ARKit shapes above a threshold. The rows below are our own choice,
tuned by eye; a profile may replace any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.retarget.emotions import EMOTIONS
from bridge.retarget.settings import FaceSettings, PerfectSync
from bridge.retarget.vrm import LookAt
from bridge.skeleton import ARKIT_COUNT, ARKIT_NAMES
from bridge.types import FloatArray

VOWELS: Final = ("aa", "ih", "ou", "ee", "oh")
LOOKS: Final = ("lookUp", "lookDown", "lookLeft", "lookRight")
# An avatar with this many of the 52 shapes was made for Perfect Sync; fewer are leftovers.
_PERFECT_SYNC_MIN: Final = 40


@dataclass(frozen=True, slots=True)
class ExpressionRow:
    """``(sum of weight × shape − threshold) / (1 − threshold)``, kept within 0–1.

    ``weights``: by ARKit camelCase name. ``threshold`` 0–1: what is below counts as nothing, so
    that a resting face, never quite still, does not flicker.
    """

    weights: Mapping[str, float]
    threshold: float = 0.0


def _both(shape: str, weight: float) -> dict[str, float]:
    """The mean of a shape's two sides, times ``weight``."""
    return {f"{shape}Left": weight / 2.0, f"{shape}Right": weight / 2.0}


def _lids(side: str) -> ExpressionRow:
    """One eye's lids. The Face Landmarker gives closed eyes about 0.6, and reads the narrowed
    eyes of a smile as a beginning blink: what the smile explains is taken off."""
    shapes = {f"eyeBlink{side}": 1.6, f"mouthSmile{side}": -0.12, f"cheekSquint{side}": -0.1}
    return ExpressionRow(shapes, threshold=0.2)


DEFAULT_TABLE: Final[dict[str, ExpressionRow]] = {
    "happy": ExpressionRow({**_both("mouthSmile", 1.2), "jawOpen": -0.1}, threshold=0.25),
    "angry": ExpressionRow(
        {**_both("browDown", 1.0), **_both("noseSneer", 0.4), **_both("mouthSmile", -0.5)},
        threshold=0.35,
    ),
    "sad": ExpressionRow(
        {**_both("mouthFrown", 0.9), "browInnerUp": 0.4, **_both("mouthSmile", -0.6)},
        threshold=0.3,
    ),
    # No ARKit shape says "relaxed": it stays at rest unless a profile gives it a row.
    "relaxed": ExpressionRow({}),
    "surprised": ExpressionRow(
        {**_both("eyeWide", 0.7), "browInnerUp": 0.3, **_both("browOuterUp", 0.3), "jawOpen": 0.2},
        threshold=0.4,
    ),
    # Vowels: the jaw opens for A, lips round for U (pucker) and O (funnel), widen for I and E.
    "aa": ExpressionRow(
        {"jawOpen": 1.4, "mouthFunnel": -0.8, "mouthPucker": -0.8, **_both("mouthStretch", -0.5)}
    ),
    "ih": ExpressionRow(
        {**_both("mouthStretch", 0.9), "jawOpen": -0.4, "mouthPucker": -0.5}, threshold=0.1
    ),
    "ou": ExpressionRow({"mouthPucker": 1.1, "jawOpen": -0.3}, threshold=0.1),
    "ee": ExpressionRow(
        {**_both("mouthStretch", 0.6), **_both("mouthUpperUp", 0.3), "jawOpen": 0.3},
        threshold=0.25,
    ),
    "oh": ExpressionRow({"mouthFunnel": 1.2, "jawOpen": 0.1}, threshold=0.1),
    # Both lids have their own expressions; a receiver would add "blink" to them.
    "blink": ExpressionRow({}),
    "blinkLeft": _lids("Left"),
    "blinkRight": _lids("Right"),
    "lookUp": ExpressionRow(_both("eyeLookUp", 1.0)),
    "lookDown": ExpressionRow(_both("eyeLookDown", 1.0)),
    "lookLeft": ExpressionRow({"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5}),
    "lookRight": ExpressionRow({"eyeLookInLeft": 0.5, "eyeLookOutRight": 0.5}),
}


class ExpressionTable:
    """A table made ready for use once per frame, for one profile and one avatar."""

    def __init__(
        self,
        settings: FaceSettings | None = None,
        *,
        bound: Mapping[str, bool] | None = None,
        look_at: LookAt = LookAt.BONE,
    ) -> None:
        """``bound``: the avatar's expressions, where known, by whether they move anything."""
        settings = settings or FaceSettings()
        rows = _rows(settings, bound, look_at)
        self._names = (*rows, *ARKIT_NAMES)
        self._weights = np.zeros((len(rows), ARKIT_COUNT))
        for row, entry in zip(self._weights, rows.values(), strict=True):
            for shape, weight in entry.weights.items():
                row[ARKIT_NAMES.index(shape)] = weight
        self._thresholds = np.array([entry.threshold for entry in rows.values()])
        self._gains = 1.0 / np.maximum(1.0 - self._thresholds, 1e-3)
        for index, name in enumerate(rows):
            if name in EMOTIONS:
                self._gains[index] *= settings.emotion_gain
        self._vowels = np.array([i for i, name in enumerate(rows) if name in VOWELS], np.intp)
        self._arkit_gain = settings.gain
        self._shows_arkit = settings.perfect_sync is not PerfectSync.PRESETS

    def evaluate(self, arkit: FloatArray | NDArray[np.float64]) -> dict[str, float]:
        """Weights 0–1 of all presets of the table and of the 52 ARKit shapes."""
        shapes = np.clip(arkit * self._arkit_gain, 0.0, 1.0)
        presets = np.clip((self._weights @ shapes - self._thresholds) * self._gains, 0.0, 1.0)
        vowels = presets[self._vowels]
        # Mouth shapes add up in the avatar: more than one whole mouth tears the face.
        presets[self._vowels] = vowels / max(float(vowels.sum()), 1.0)
        if not self._shows_arkit:
            shapes = np.zeros_like(shapes)
        values = np.concatenate((presets, shapes))
        return dict(zip(self._names, values.tolist(), strict=True))


def _rows(
    settings: FaceSettings, bound: Mapping[str, bool] | None, look_at: LookAt
) -> dict[str, ExpressionRow]:
    rows = dict(DEFAULT_TABLE)
    if bound is not None:
        if bound.get("blink") and not (bound.get("blinkLeft") and bound.get("blinkRight")):
            left, right = _lids("Left"), _lids("Right")
            shapes = {name: 0.5 * w for name, w in {**left.weights, **right.weights}.items()}
            rows["blink"] = ExpressionRow(shapes, threshold=left.threshold)
            rows["blinkLeft"] = rows["blinkRight"] = ExpressionRow({})
        if look_at is LookAt.BONE:  # the eyes' bones turn; expressions would turn them again
            rows |= {name: ExpressionRow({}) for name in LOOKS}
    for name, own in settings.table.items():
        rows[name] = ExpressionRow(own.weights, own.threshold)
    if _only_arkit(settings.perfect_sync, bound):
        # The 52 shapes make the whole face: presets on top would open the mouth twice.
        rows = {name: ExpressionRow({}) for name in rows}
    return rows


def _only_arkit(wanted: PerfectSync, bound: Mapping[str, bool] | None) -> bool:
    if wanted is PerfectSync.AUTO and bound is not None:
        return sum(bound.get(name, False) for name in ARKIT_NAMES) >= _PERFECT_SYNC_MIN
    return wanted is PerfectSync.ARKIT
