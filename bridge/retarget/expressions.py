"""From the 52 ARKit weights to the presets of VRM, by a table.

A preset is a weighted sum of ARKit shapes above a threshold. The rows below are our own choice,
tuned by eye; a profile may replace any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.skeleton import ARKIT_COUNT, ARKIT_NAMES
from bridge.types import FloatArray

VOWELS: Final = ("aa", "ih", "ou", "ee", "oh")


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
    "blinkLeft": ExpressionRow({"eyeBlinkLeft": 1.0}),
    "blinkRight": ExpressionRow({"eyeBlinkRight": 1.0}),
    "lookUp": ExpressionRow(_both("eyeLookUp", 1.0)),
    "lookDown": ExpressionRow(_both("eyeLookDown", 1.0)),
    "lookLeft": ExpressionRow({"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5}),
    "lookRight": ExpressionRow({"eyeLookInLeft": 0.5, "eyeLookOutRight": 0.5}),
}


class ExpressionTable:
    """A table made ready for use once per frame."""

    def __init__(self, rows: Mapping[str, ExpressionRow]) -> None:
        self._names = (*rows, *ARKIT_NAMES)
        self._weights = np.zeros((len(rows), ARKIT_COUNT))
        for row, entry in zip(self._weights, rows.values(), strict=True):
            for shape, weight in entry.weights.items():
                row[ARKIT_NAMES.index(shape)] = weight
        thresholds = np.array([entry.threshold for entry in rows.values()])
        self._thresholds = thresholds
        self._gains = 1.0 / np.maximum(1.0 - thresholds, 1e-3)
        self._vowels = np.array([i for i, name in enumerate(rows) if name in VOWELS], np.intp)

    def evaluate(self, arkit: FloatArray) -> dict[str, float]:
        """Weights 0–1 of all presets of the table and of the 52 ARKit shapes."""
        presets = np.clip((self._weights @ arkit - self._thresholds) * self._gains, 0.0, 1.0)
        vowels = presets[self._vowels]
        # Mouth shapes add up in the avatar: more than one whole mouth tears the face.
        presets[self._vowels] = vowels / max(float(vowels.sum()), 1.0)
        values = np.concatenate((presets, np.clip(arkit, 0.0, 1.0)))
        return dict(zip(self._names, values.tolist(), strict=True))
