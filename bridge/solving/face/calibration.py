"""What is neutral for one performer, and how far the face goes; kept as a TOML file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import tomlkit
from platformdirs import user_config_path
from tomlkit.exceptions import TOMLKitError

from bridge.errors import ConfigError
from bridge.skeleton import ARKIT_COUNT, ARKIT_NAMES
from bridge.solving.parts import Array

_NEUTRAL_MAX: Final = 0.9  # a neutral above this would leave no movement
_RANGE_MIN: Final = 0.1  # a step in which the face did not move says nothing of its range


@dataclass(frozen=True, slots=True)
class Calibration:
    """``neutral (52,)`` and ``full (52,)``: the weights of the resting face, and those that
    shall count as 1."""

    neutral: Array
    full: Array

    @classmethod
    def idle(cls) -> Calibration:
        """The one that changes nothing."""
        return cls(np.zeros(ARKIT_COUNT), np.ones(ARKIT_COUNT))

    def apply(self, weights: Array) -> Array:
        """``(52,)`` measured weights to weights relative to neutral and range, 0–1."""
        return np.clip((weights - self.neutral) / (self.full - self.neutral), 0.0, 1.0)

    def full_of(self, name: str) -> float:
        """The weight of the ARKit shape ``name`` that counts as 1."""
        return float(self.full[ARKIT_NAMES.index(name)])

    @classmethod
    def from_measurements(cls, neutral: Array, extremes: dict[str, Array]) -> Calibration:
        """From the resting face ``(52,)`` and, by ARKit name, the weights ``(52,)`` of the face
        that shows this shape fully. Shapes that hardly moved keep their range."""
        rest = np.clip(neutral, 0.0, _NEUTRAL_MAX)
        full = np.ones(ARKIT_COUNT)
        for name, weights in extremes.items():
            index = ARKIT_NAMES.index(name)
            if weights[index] - rest[index] >= _RANGE_MIN:
                full[index] = weights[index]
        return cls(rest, full)


def calibration_path(performer: str) -> Path:
    """Where this performer's calibration is kept. Raises ``ConfigError`` for a bad name."""
    if not re.fullmatch(r"\w[\w .-]*", performer):
        raise ConfigError(
            f"performer '{performer}' cannot be a file's name; use letters, digits, space, - and _"
        )
    return user_config_path("avatar-bridge", appauthor=False) / "performers" / f"{performer}.toml"


def save_calibration(performer: str, calibration: Calibration) -> Path:
    """Write the file in one step; returns its path."""
    path = calibration_path(performer)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = tomlkit.document()
    document.add(tomlkit.comment(f"Face of {performer}: made by avatar-bridge calibrate face."))
    for title, note, values, usual in (
        ("neutral", "weights of the resting face", calibration.neutral, 0.0),
        ("full", "weights that count as 1", calibration.full, 1.0),
    ):
        table = tomlkit.table()
        table.comment(note)
        for name, value in zip(ARKIT_NAMES, values.tolist(), strict=True):
            if value != usual:
                table.add(name, round(value, 4))
        document.add(title, table)
    part = path.with_suffix(".part")
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    part.replace(path)
    return path


def load_calibration(performer: str) -> Calibration:
    """Read the file. Raises ``ConfigError`` when it is missing or wrong."""
    path = calibration_path(performer)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except FileNotFoundError as error:
        raise ConfigError(
            f"no calibration of '{performer}' at {path}. "
            f'Try: avatar-bridge calibrate face --performer "{performer}"'
        ) from error
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"calibration {path} cannot be read: {error}") from error
    calibration = Calibration.idle()
    for title, values in (("neutral", calibration.neutral), ("full", calibration.full)):
        table = document.get(title, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: '{title}' must be a table of ARKit names")
        for name, value in table.items():
            if name not in ARKIT_NAMES or not isinstance(value, int | float):
                raise ConfigError(f"{path}: [{title}] {name}: an ARKit name and a number 0–1")
            values[ARKIT_NAMES.index(name)] = float(value)
    if not ((calibration.neutral >= 0.0) & (calibration.full > calibration.neutral)).all():
        raise ConfigError(f"{path}: every 'full' must be above its 'neutral', which is 0 or more")
    return calibration


def with_neutral(performer: str, neutral: Array) -> Calibration:
    """A new resting face ``(52,)`` and, where there is one, the range measured before."""
    rest = np.clip(neutral, 0.0, _NEUTRAL_MAX)
    try:
        full = load_calibration(performer).full
    except ConfigError:  # none yet, or one that cannot be read: begin anew
        full = np.ones(ARKIT_COUNT)
    return Calibration(rest, np.where(full - rest >= _RANGE_MIN, full, 1.0))


class LiveCalibration:
    """The performer's calibration, read again when its file changes."""

    _CHECK_EVERY_S: Final = 1.0

    def __init__(self, performer: str) -> None:
        self._performer = performer
        self._since_check_s = 0.0
        self._stamp_ns: int | None = None
        self.current = Calibration.idle()
        if performer:
            self.current = load_calibration(performer)
            self._stamp_ns = self._modified_ns()

    def step(self, weights: Array, *, dt_s: float) -> Array:
        """Apply to one frame ``(52,)``."""
        if not self._performer:
            return weights
        self._since_check_s += dt_s
        if self._since_check_s >= self._CHECK_EVERY_S:
            self._since_check_s = 0.0
            self._reload()
        return self.current.apply(weights)

    def _reload(self) -> None:
        stamp_ns = self._modified_ns()
        if stamp_ns is None or stamp_ns == self._stamp_ns:
            return
        self._stamp_ns = stamp_ns
        try:
            self.current = load_calibration(self._performer)
        except ConfigError:
            return  # being written by hand just now: keep the old one until it is right

    def _modified_ns(self) -> int | None:
        try:
            return calibration_path(self._performer).stat().st_mtime_ns
        except OSError:
            return None
