"""The lengths of one performer's bones, kept from session to session as a TOML file."""

from __future__ import annotations

from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from bridge.errors import ConfigError
from bridge.solving.face.calibration import calibration_path
from bridge.solving.proportions import MEASURES, STANDARD_M, Proportions

_RATIO_RANGE = (0.4, 1.8)  # of an adult of 1.70 m; beyond it the file was written wrongly


def proportions_path(performer: str) -> Path:
    """Beside the face's calibration. Raises ``ConfigError`` for a bad name."""
    return calibration_path(performer).with_suffix(".body.toml")


def save_proportions(performer: str, measured: dict[str, tuple[float, float]]) -> Path:
    """Write metres and confidence by the names in ``MEASURES``, in one step; returns the path."""
    path = proportions_path(performer)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = tomlkit.document()
    document.add(tomlkit.comment(f"Body of {performer}: measured by avatar-bridge."))
    for title, note, column, digits in (
        ("bones_m", "metres", 0, 4),
        ("confidence", "0 to 1", 1, 2),
    ):
        table = tomlkit.table()
        table.comment(note)
        for name, values in measured.items():
            table.add(name, round(values[column], digits))
        document.add(title, table)
    part = path.with_suffix(".part")
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    part.replace(path)
    return path


def load_proportions(performer: str) -> Proportions | None:
    """Read the file; None where there is none yet. Raises ``ConfigError`` when it is wrong."""
    path = proportions_path(performer)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    bones, confidence = document.get("bones_m", {}), document.get("confidence", {})
    for table in (bones, confidence):
        if not isinstance(table, dict) or not set(table) <= set(MEASURES):
            raise ConfigError(
                f"{path}: allowed are {', '.join(MEASURES)}. Delete it to measure anew"
            )
    for name, value in bones.items():
        low_m, high_m = (limit * STANDARD_M[name] for limit in _RATIO_RANGE)
        if not isinstance(value, int | float) or not low_m <= value <= high_m:
            raise ConfigError(
                f"{path}: {name} = {value}, allowed {low_m:.2f} to {high_m:.2f} m. "
                "Delete it to measure anew"
            )
    return Proportions.from_measures(
        {name: float(value) for name, value in bones.items()},
        {name: float(value) for name, value in confidence.items()},
    )
