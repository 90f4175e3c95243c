"""Spellings of expressions on the wire.

Inside the program an expression has its VRM 1.0 preset name or ARKit's camelCase name; receivers
want VRM 0.x names, 1.0 names or both, and Perfect Sync's PascalCase. Names are case-sensitive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.sinks.settings import ArkitNaming, Naming
from bridge.skeleton import ArkitBlendshape

# VRM 1.0 preset → VRM 0.x preset. 0.x has no "surprised"; models that have it name it so.
VRM0_NAME: Final[dict[str, str]] = {
    "neutral": "Neutral",
    "happy": "Joy",
    "angry": "Angry",
    "sad": "Sorrow",
    "relaxed": "Fun",
    "surprised": "Surprised",
    "aa": "A",
    "ih": "I",
    "ou": "U",
    "ee": "E",
    "oh": "O",
    "blink": "Blink",
    "blinkLeft": "Blink_L",
    "blinkRight": "Blink_R",
    "lookUp": "LookUp",
    "lookDown": "LookDown",
    "lookLeft": "LookLeft",
    "lookRight": "LookRight",
}

_PASCAL_OF_CAMEL: Final = {shape.camel: shape.pascal for shape in ArkitBlendshape}


def wire_names(keys: Sequence[str], *, naming: Naming, arkit: ArkitNaming) -> list[tuple[str, int]]:
    """Each name to send and the index in ``keys`` of the value it carries; none twice."""
    out: dict[str, int] = {}
    for index, key in enumerate(keys):
        for name in _spellings(key, naming, arkit):
            out.setdefault(name, index)
    return list(out.items())


def _spellings(key: str, naming: Naming, arkit: ArkitNaming) -> tuple[str, ...]:
    if key in VRM0_NAME:
        return {
            Naming.VRM0: (VRM0_NAME[key],),
            Naming.VRM1: (key,),
            Naming.BOTH: (VRM0_NAME[key], key),
        }[naming]
    if key in _PASCAL_OF_CAMEL:
        return {
            ArkitNaming.PASCAL: (_PASCAL_OF_CAMEL[key],),
            ArkitNaming.CAMEL: (key,),
            ArkitNaming.NONE: (),
        }[arkit]
    return (key,)  # an expression of this avatar only, named in its profile
