"""Emotions: one at a time, no flicker; lids that a smile does not close."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.retarget.emotions import Emotions
from bridge.retarget.expressions import ExpressionTable
from bridge.skeleton import ArkitBlendshape as Shape

STEP_S = 1.0 / 30.0


def settled(emotions: Emotions, frames: int = 30, **weights: float) -> dict[str, float]:
    for _ in range(frames):
        out = emotions.apply(dict(weights), step_s=STEP_S, exclusive=True)
    return out


def test_the_strongest_emotion_has_the_face_alone() -> None:
    out = settled(Emotions(), happy=0.6, angry=0.4, jawOpen=0.3)
    assert out["happy"] == pytest.approx(0.6, abs=1e-3)
    assert out["angry"] == 0.0
    assert out["jawOpen"] == 0.3


def test_near_equals_do_not_flicker() -> None:
    emotions = Emotions()
    settled(emotions, happy=0.40, angry=0.35)
    for frame in range(60):
        change = 0.05 if frame % 2 else -0.05
        out = emotions.apply(
            {"happy": 0.40 - change, "angry": 0.40 + change}, step_s=STEP_S, exclusive=True
        )
        assert out["angry"] == 0.0


def test_hovering_about_the_threshold_switches_nothing() -> None:
    emotions = Emotions()
    out = settled(emotions, sad=0.09)
    assert out["sad"] == 0.0
    settled(emotions, sad=0.2)
    assert settled(emotions, sad=0.09)["sad"] > 0.05  # begun: stays until it is gone
    assert settled(emotions, sad=0.0)["sad"] == 0.0


def test_a_clearly_stronger_emotion_takes_over_smoothly() -> None:
    emotions = Emotions()
    settled(emotions, happy=0.5, surprised=0.0)
    first = emotions.apply({"happy": 0.5, "surprised": 0.9}, step_s=STEP_S, exclusive=True)
    assert 0.0 < first["surprised"] < 0.9
    assert 0.0 < first["happy"] < 0.5
    later = settled(emotions, happy=0.5, surprised=0.9)
    assert later["happy"] == 0.0
    assert later["surprised"] == pytest.approx(0.9, abs=1e-3)


def test_exclusion_can_be_turned_off() -> None:
    both = {"happy": 0.6, "angry": 0.4}
    assert Emotions().apply(both, step_s=STEP_S, exclusive=False) == both


def test_a_smile_does_not_close_the_eyes_and_a_blink_does() -> None:
    table = ExpressionTable()
    smile = np.zeros(52, np.float32)
    smile[[Shape.MOUTH_SMILE_LEFT, Shape.MOUTH_SMILE_RIGHT]] = 1.0
    smile[[Shape.EYE_BLINK_LEFT, Shape.EYE_BLINK_RIGHT]] = 0.18  # narrowed eyes
    assert table.evaluate(smile)["blinkLeft"] == 0.0
    shut = np.zeros(52, np.float32)
    shut[Shape.EYE_BLINK_LEFT] = 0.62
    out = table.evaluate(shut)
    assert out["blinkLeft"] > 0.9
    assert out["blinkRight"] == 0.0


def test_vowels_never_add_up_to_more_than_one_mouth() -> None:
    rng = np.random.default_rng(0)
    table = ExpressionTable()
    for _ in range(200):
        out = table.evaluate(rng.uniform(0.0, 1.0, 52).astype(np.float32))
        assert sum(out[name] for name in ("aa", "ih", "ou", "ee", "oh")) <= 1.0 + 1e-6
