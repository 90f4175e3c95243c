"""From what the user wrote to the source that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bridge.errors import FormatError, SourceError
from bridge.sources.base import Source
from bridge.sources.settings import SourceSettings

if TYPE_CHECKING:
    from bridge.sources.webcam import WebcamSource

VIDEO_SUFFIXES: Final = frozenset(
    {".mp4", ".mov", ".webm", ".avi", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".ts",
     ".gif"}
)  # fmt: skip
_STREAM_SCHEMES: Final = frozenset({"http", "https", "rtsp", "rtsps", "rtmp", "udp", "tcp"})
_ALLOWED: Final = (
    "a camera's number (0), a video, an image, a folder of images, a recording (.mcap), "
    "motion or observations (.npz), Kinect joints (.csv, .json), a URL, 'kinect' or 'kinect-body'"
)


def open_source(spec: str, *, settings: SourceSettings) -> Source:
    """Open what ``spec`` names; ``settings.spec`` is not looked at.

    Raises ``SourceError`` (``FormatError`` for a file that is not what its name says) with the
    choices in the text.
    """
    spec = spec.strip()
    if spec.isascii() and spec.isdigit():
        return _open_webcam(int(spec), settings)
    if spec.lower() == "kinect-body" or spec.lower().startswith("kinect-body:"):
        from bridge.sources.kinect_body import KinectBodySource

        return KinectBodySource(spec, settings=settings)
    if spec.lower() == "kinect" or spec.lower().startswith("kinect:"):
        from bridge.sources.kinect import KinectSource

        return KinectSource(spec, settings=settings)
    if urlsplit(spec).scheme.lower() in _STREAM_SCHEMES:
        return _open_url(spec, settings)
    return _open_path(Path(spec).expanduser(), settings)


def _open_path(path: Path, settings: SourceSettings) -> Source:
    if not str(path) or not path.exists():
        raise SourceError(f"{path} not found. A source is {_ALLOWED}")
    suffix = path.suffix.lower()
    if path.is_dir():
        return _open_images(path, settings)
    if suffix == ".mcap":
        from bridge.sources.recording import RecordingSource

        return RecordingSource(path, loop=settings.loop, level=settings.recording_level)
    if suffix == ".npz":
        from bridge.sources.archive import ArchiveSource

        return ArchiveSource(path, loop=settings.loop, vertical_fov_deg=settings.vertical_fov_deg)
    if suffix in (".csv", ".json"):
        from bridge.sources.kinect_joints import KinectJointsSource

        return KinectJointsSource(path, loop=settings.loop, body_id=settings.body_id)
    if suffix == ".mkv":
        from bridge.sources.kinect_playback import KinectPlayback, is_kinect_recording

        if is_kinect_recording(path):
            return KinectPlayback(path, loop=settings.loop)
    from bridge.sources.image import IMAGE_SUFFIXES

    if suffix in IMAGE_SUFFIXES:
        return _open_images(path, settings)
    from bridge.sources.video import VideoSource

    try:
        return VideoSource(path, settings=settings)
    except FormatError:
        if suffix in VIDEO_SUFFIXES:
            raise
        raise FormatError(f"{path} cannot be played. A source is {_ALLOWED}") from None


def _open_images(path: Path, settings: SourceSettings) -> Source:
    from bridge.sources.image import ImageSource

    return ImageSource(path, settings=settings)


def _open_webcam(index: int, settings: SourceSettings) -> WebcamSource:
    from bridge.sources.camera_device import opencv_camera
    from bridge.sources.devices import camera_indices
    from bridge.sources.webcam import WebcamSource

    def missing_text() -> str:
        found = camera_indices()
        if index in found:
            return (
                f"webcam {index} is there but cannot be opened: another program uses it, or this "
                "user may not. Close video calls, allow camera access, then: avatar-bridge devices"
            )
        listed = ", ".join(str(i) for i in found) if found else "none"
        return f"webcam {index} not found; found {listed}. Try: avatar-bridge devices"

    return WebcamSource(
        opencv_camera(index),
        source_id=f"webcam:{index}",
        settings=settings,
        missing_text=missing_text,
    )


def _open_url(url: str, settings: SourceSettings) -> Source:
    parts = urlsplit(url)
    if Path(parts.path).suffix.lower() in VIDEO_SUFFIXES - {".ts"}:
        from bridge.sources.video import VideoSource

        return VideoSource(url, settings=settings)
    from bridge.sources.camera_device import opencv_stream
    from bridge.sources.webcam import WebcamSource

    host = parts.netloc.rpartition("@")[2]  # a password never reaches a log or a recording
    return WebcamSource(
        opencv_stream(url),
        source_id=f"stream:{host}",
        settings=settings,
        missing_text=lambda: (
            f"the stream at {host}{parts.path} cannot be opened. Check the address in a browser "
            "or media player"
        ),
    )
