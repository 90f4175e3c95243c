"""The options that say which SMPL-X body the performer has."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

BETAS_HELP = "SMPL-X shape of the performer: .npy, or .npz with betas."
GENDER_HELP = "Of the SMPL-X model that the betas belong to."
SMPLX_HELP = "Folder with your licensed SMPL-X model."


class Gender(str, Enum):
    """SMPL-X's three models."""

    NEUTRAL = "neutral"
    FEMALE = "female"
    MALE = "male"


def set_shape(
    overrides: dict[str, Any], *, betas: Path | None, gender: Gender | None, smplx: Path | None
) -> None:
    """Put what was given into ``solving.proportions`` of ``overrides``."""
    given = {
        "betas": None if betas is None else str(betas),
        "gender": None if gender is None else gender.value,
        "smplx": None if smplx is None else str(smplx),
    }
    chosen = {key: value for key, value in given.items() if value is not None}
    if chosen:
        overrides.setdefault("solving", {}).setdefault("proportions", {}).update(chosen)
