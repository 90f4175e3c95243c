"""From the settings to the tracker they name."""

from __future__ import annotations

from bridge.errors import TrackingError
from bridge.tracking.base import Tracker
from bridge.tracking.settings import TrackingSettings


def open_tracker(settings: TrackingSettings) -> Tracker:
    """A tracker that is ready to run. Raises ``TrackingError`` or ``ModelError``."""
    if settings.backend == "engine":
        return _open_engine(settings)
    try:
        from bridge.tracking.mediapipe import MediapipeTracker
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"the mediapipe tracker needs the package '{error.name}': pip install "
            "mediapipe==0.10.21, or use --tracker engine"
        ) from error
    return MediapipeTracker(settings)


def _open_engine(settings: TrackingSettings) -> Tracker:
    try:
        from bridge.tracking.engine.engine import EngineTracker
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"the engine needs the package '{error.name}': pip install openvino, or use "
            "--tracker mediapipe"
        ) from error
    return EngineTracker(settings)
