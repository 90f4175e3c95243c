"""What a face can do: the parameters of lids, brows, mouth and jaw, and every expression in them.

A key may carry ``.left`` or ``.right`` (the avatar's own); without it both sides move. Lengths
are metres, the rest are shares: a lid at 1 is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SIDES: Final = ("left", "right")

# Each sided parameter exists once a side; the others once.
SIDED: Final = {
    "lid": 0.0,  # upper lid: 0 as at rest, 1 closed, negative wide
    "lower_lid": 0.0,  # 1 meets the closing line
    "lid_tilt": 0.0,  # degrees at the corners: positive lowers the outer corner (sad)
    "closing_arc": 0.0,  # degrees: where the lids meet bends upward in the middle (a smile)
    "brow": 0.0,  # metres up
    "brow_inner": 0.0,  # metres up at the inner end
    "brow_outer": 0.0,  # metres up at the outer end
    "brow_in": 0.0,  # metres towards the nose
    "corner": 0.0,  # mouth corner, metres up
    "corner_out": 0.0,  # mouth corner, metres outward
    "upper_lip": 0.0,  # metres up
    "lower_lip": 0.0,  # metres down
    "cheek": 0.0,  # metres outward
    "cheek_up": 0.0,  # metres up
    "sneer": 0.0,  # metres up beside the nose
}
SINGLE: Final = {
    "open_up": 0.0,  # upper lip, metres up in the middle
    "open_down": 0.0,  # lower lip, metres down in the middle
    "narrow": 0.0,  # share by which the mouth is narrower
    "forward": 0.0,  # lips, metres forward
    "mouth_x": 0.0,  # metres to the avatar's left
    "mouth_y": 0.0,  # metres up
    "chin_down": 0.0,
    "chin_forward": 0.0,
    "chin_x": 0.0,
    "teeth": 0.0,  # share of the opening that the upper teeth fill
    "tongue": 0.0,  # share of the opening that the tongue fills
    "tongue_out": 0.0,  # metres below the lower lip
    "thin": 0.0,  # share by which the lips' line is thinner
}

Face = dict[str, float]


def face(changes: Mapping[str, float] | None = None) -> Face:
    """The face at rest with ``changes`` added; raises ``KeyError`` on an unknown parameter."""
    values: Face = {f"{name}.{side}": value for name, value in SIDED.items() for side in SIDES}
    values |= SINGLE
    for name, value in (changes or {}).items():
        for key in (f"{name}.left", f"{name}.right") if name in SIDED else (name,):
            values[key] = values[key] + value
    return values


_OPEN: Final = {"teeth": 0.26, "tongue": 0.42}

PRESETS: Final[dict[str, dict[str, float]]] = {
    "happy": {
        "corner": 0.0075, "corner_out": 0.004, "open_up": 0.002, "open_down": 0.0135,
        "lower_lid": 1.0, "lid": 1.0, "closing_arc": 25.0, "brow": 0.004, "cheek_up": 0.003,
        "chin_down": 0.004, **_OPEN,
    },
    "angry": {
        "brow": -0.006, "brow_inner": -0.009, "brow_outer": 0.004, "brow_in": 0.004, "lid": 0.18,
        "lid_tilt": -9.0, "lower_lid": 0.2, "corner": -0.008, "corner_out": -0.002,
        "sneer": 0.002,
    },
    "sad": {
        "brow_inner": 0.009, "brow_outer": -0.006, "brow_in": 0.002, "lid": 0.24, "lid_tilt": 8.0,
        "corner": -0.0075, "corner_out": -0.003, "mouth_y": -0.001,
    },
    "relaxed": {
        "lid": 1.0, "lower_lid": 1.0, "closing_arc": 3.0, "corner": 0.005, "corner_out": 0.003,
        "brow": 0.002, "cheek_up": 0.002,
    },
    "surprised": {
        "lid": -0.28, "lower_lid": -0.25, "brow": 0.011, "brow_inner": 0.002, "narrow": 0.52,
        "open_up": 0.0095, "open_down": 0.014, "chin_down": 0.007, "corner": -0.003,
        "tongue": 0.3,
    },
    "aa": {"open_up": 0.0025, "open_down": 0.0215, "chin_down": 0.009, "narrow": 0.04, **_OPEN},
    "ih": {
        "open_up": 0.002, "open_down": 0.0065, "corner_out": 0.005, "corner": 0.001,
        "chin_down": 0.002, "teeth": 0.42, "tongue": 0.2,
    },
    "ou": {
        "open_up": 0.0055, "open_down": 0.006, "narrow": 0.60, "forward": 0.005, "corner": -0.003,
        "chin_down": 0.002,
    },
    "ee": {
        "open_up": 0.002, "open_down": 0.0105, "corner_out": 0.0025, "chin_down": 0.004,
        "teeth": 0.34, "tongue": 0.34,
    },
    "oh": {
        "open_up": 0.0085, "open_down": 0.0145, "narrow": 0.44, "forward": 0.003, "corner": -0.004,
        "chin_down": 0.007, "tongue": 0.3,
    },
}  # fmt: skip


def _arkit() -> dict[str, dict[str, float]]:
    shapes: dict[str, dict[str, float]] = {
        "browInnerUp": {"brow_inner": 0.009, "brow": 0.002},
        "cheekPuff": {"cheek": 0.012, "narrow": 0.08},
        "jawForward": {"chin_forward": 0.006, "forward": 0.002},
        "jawLeft": {"chin_x": 0.009, "mouth_x": 0.005},
        "jawRight": {"chin_x": -0.009, "mouth_x": -0.005},
        "jawOpen": {"open_down": 0.0235, "open_up": 0.001, "chin_down": 0.011, **_OPEN},
        "mouthClose": {"open_down": -0.0225, "open_up": -0.001, "teeth": -0.26, "tongue": -0.42},
        "mouthFunnel": {
            "open_up": 0.005, "open_down": 0.007, "narrow": 0.40, "forward": 0.005,
            "corner": -0.003,
        },
        "mouthPucker": {"narrow": 0.52, "forward": 0.007, "corner": -0.003},
        "mouthLeft": {"mouth_x": 0.009},
        "mouthRight": {"mouth_x": -0.009},
        "mouthRollLower": {"thin": 0.35, "mouth_y": 0.001},
        "mouthRollUpper": {"thin": 0.35, "mouth_y": -0.001},
        "mouthShrugLower": {"mouth_y": 0.004, "corner": -0.003, "chin_down": -0.002},
        "mouthShrugUpper": {"mouth_y": 0.003},
        "tongueOut": {
            "tongue_out": 0.022, "tongue": 0.5, "open_down": 0.004, "open_up": 0.001,
        },
    }  # fmt: skip
    for side, name in (("left", "Left"), ("right", "Right")):
        shapes |= {
            f"browDown{name}": {
                f"brow.{side}": -0.007, f"brow_inner.{side}": -0.003, f"brow_in.{side}": 0.002,
            },
            f"browOuterUp{name}": {f"brow_outer.{side}": 0.009, f"brow.{side}": 0.003},
            f"cheekSquint{name}": {f"cheek_up.{side}": 0.004, f"lower_lid.{side}": 0.2},
            f"eyeBlink{name}": {f"lid.{side}": 1.0, f"lower_lid.{side}": 1.0},
            f"eyeLookDown{name}": {f"lid.{side}": 0.30, f"lower_lid.{side}": -0.12},
            f"eyeLookUp{name}": {f"lid.{side}": -0.14, f"lower_lid.{side}": 0.10},
            f"eyeLookIn{name}": {f"lid.{side}": 0.01},
            f"eyeLookOut{name}": {f"lid.{side}": 0.01},
            f"eyeSquint{name}": {f"lower_lid.{side}": 0.5, f"lid.{side}": 0.16},
            f"eyeWide{name}": {f"lid.{side}": -0.28, f"lower_lid.{side}": -0.2},
            f"mouthDimple{name}": {f"corner_out.{side}": 0.003, f"corner.{side}": 0.002},
            f"mouthFrown{name}": {f"corner.{side}": -0.009, f"corner_out.{side}": -0.001},
            f"mouthLowerDown{name}": {f"lower_lip.{side}": 0.007, "teeth": 0.12},
            f"mouthPress{name}": {"thin": 0.25, f"corner_out.{side}": 0.001},
            f"mouthSmile{name}": {
                f"corner.{side}": 0.0085, f"corner_out.{side}": 0.0045, f"cheek_up.{side}": 0.003,
            },
            f"mouthStretch{name}": {f"corner_out.{side}": 0.007, f"corner.{side}": -0.003},
            f"mouthUpperUp{name}": {f"upper_lip.{side}": 0.006, "teeth": 0.15},
            f"noseSneer{name}": {f"sneer.{side}": 0.003, f"brow_inner.{side}": -0.002},
        }  # fmt: skip
    return dict(sorted(shapes.items()))


ARKIT: Final = _arkit()
