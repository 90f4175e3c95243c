"""From the settings to the tracker they name."""

from __future__ import annotations

from bridge.errors import TrackingError
from bridge.tracking.base import Tracker
from bridge.tracking.settings import TrackingSettings


def open_tracker(settings: TrackingSettings) -> Tracker:
    """A tracker that is ready to run. Raises ``TrackingError``."""
    try:
        from bridge.tracking.mediapipe import MediapipeTracker
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"the mediapipe tracker needs the package '{error.name}': pip install "
            "mediapipe==0.10.21, or use --tracker engine"
        ) from error
    return MediapipeTracker(settings)
