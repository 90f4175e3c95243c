"""Generate the default avatar: ``python -m tools.make_avatar [OUTPUT]``.

The committed file under ``models/avatar`` is this tool's output; a test compares them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tools.avatar.body import body_meshes
from tools.avatar.face import eye_meshes, feature_meshes, with_head_morphs
from tools.avatar.head import hair_meshes, head_mesh
from tools.avatar.shapes import ARKIT, PRESETS
from tools.avatar.surface import Mesh
from tools.avatar.vrm import write_vrm

DEFAULT_OUTPUT = Path(__file__).resolve().parent.parent / "models" / "avatar" / "default.vrm"

# While an expression with its own eyes or mouth is on, these fade out blinking or lip shapes.
_OVERRIDES = {
    "happy": {"overrideBlink": "blend"},
    "relaxed": {"overrideBlink": "block"},
    "surprised": {"overrideMouth": "blend"},
}
_PRESET_OF_ARKIT = {
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "blinkLeft": ("eyeBlinkLeft",),
    "blinkRight": ("eyeBlinkRight",),
    "lookUp": ("eyeLookUpLeft", "eyeLookUpRight"),
    "lookDown": ("eyeLookDownLeft", "eyeLookDownRight"),
    "lookLeft": ("eyeLookOutLeft", "eyeLookInRight"),
    "lookRight": ("eyeLookInLeft", "eyeLookOutRight"),
    "neutral": (),
}


def avatar_bytes() -> bytes:
    """The whole VRM 1.0 file."""
    groups = {
        "Body": body_meshes(),
        "Head": [with_head_morphs(head_mesh())],
        "Hair": hair_meshes(),
        "Eyes": eye_meshes(),
        "Face": feature_meshes(),
    }
    return write_vrm(groups, expressions=_expressions(groups))


def _expressions(groups: dict[str, list[Mesh]]) -> dict[str, Any]:
    def binds(morph: str) -> list[tuple[str, str, float]]:
        return [(node, morph, 1.0) for node, parts in groups.items() if morph in parts[0].morphs]

    presets: dict[str, Any] = {}
    for name in PRESETS:
        presets[name] = {"binds": binds(name), **_OVERRIDES.get(name, {})}
    for name, shapes in _PRESET_OF_ARKIT.items():
        presets[name] = {"binds": [bind for shape in shapes for bind in binds(shape)]}
    return {"preset": presets, "custom": {name: {"binds": binds(name)} for name in ARKIT}}


def main() -> None:
    """Write the file and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", nargs="?", type=Path, default=DEFAULT_OUTPUT)
    output: Path = parser.parse_args().output
    data = avatar_bytes()
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(data)
    print(f"{output}: {len(data) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
