"""What the page may ask of the running program: the one interface between server and pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from bridge.errors import BridgeError
from bridge.metrics import Snapshot
from bridge.server.messages import Calibration, Session


class ControlError(BridgeError):
    """The request makes no sense now; the message says why and what to do."""


class Control(Protocol):
    """Callable from the server's threads; each call is short."""

    def snapshot(self) -> Snapshot:
        """The pipeline's measurements."""
        ...

    def hips_height_m(self) -> float:
        """Height of the hips at rest in the rig that poses are given in."""
        ...

    def receiver(self) -> str:
        """Where poses are sent."""
        ...

    def recording(self) -> str | None:
        """Name of the recording being written."""
        ...

    def settings(self) -> dict[str, Any]:
        """The effective settings as JSON values."""
        ...

    def settings_file(self) -> str:
        """Where ``save`` writes."""
        ...

    def unsaved(self) -> bool:
        """Whether settings were changed and not saved."""
        ...

    def change(self, path: Sequence[str], value: Any) -> None:
        """Apply one setting at once. Raises ``ConfigError``."""
        ...

    def reset(self, path: Sequence[str]) -> None:
        """Put one setting or a whole section back to its default. Raises ``ConfigError``."""
        ...

    def save(self) -> None:
        """Write what was changed to the file, its comments kept. Raises ``ConfigError``."""
        ...

    def session(self) -> Session:
        """What the user has set going."""
        ...

    def hold(self, expression: str, value: float | None) -> None:
        """Send an expression at this value, 0–1, until None lets it go. Raises ``ControlError``."""
        ...

    def announce_calibration(self, kind: Calibration, *, seconds: float) -> None:
        """A count-down has begun; 0 seconds: it was called off."""
        ...

    def calibrate(self, kind: Calibration) -> str:
        """Take the performer's present pose or face as the reference; says what was set.

        Raises ``ControlError``.
        """
        ...

    def start_recording(self, name: str) -> str:
        """Begin to write a recording; returns its file name. Raises ``ControlError``."""
        ...

    def stop_recording(self) -> str:
        """Finish the recording; returns its file name. Raises ``ControlError``."""
        ...

    def recordings(self) -> list[str]:
        """File names of finished recordings, newest first."""
        ...

    def play(self, name: str) -> None:
        """Replay a recording instead of the present source. Raises ``ControlError``."""
        ...

    def transport(self, *, paused: bool | None, position_s: float | None) -> None:
        """Pause, continue or seek a file source. Raises ``ControlError``."""
        ...
