"""Settings of the sources."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bridge.settings import Settings
from bridge.types import DEFAULT_VERTICAL_FOV_DEG


class KinectSettings(Settings):
    """An Azure Kinect, live."""

    color_resolution: Literal["720p", "1080p", "1440p", "1536p", "2160p", "3072p"] = "720p"
    """Size of the colour picture; larger ones cost time and find no more."""

    fps: Literal[5, 15, 30] = 30
    """Pictures a second. 3072p, and wfov depth, give 15 at most."""

    depth_mode: Literal["nfov_binned", "nfov", "wfov_binned", "wfov"] = "nfov"
    """``nfov`` sees farther (to about 4 m), ``wfov`` wider; ``binned`` is coarser and farther."""

    exposure_us: int | None = Field(default=None, ge=500, le=133330)
    """Exposure time of the colour camera; unset: automatic."""

    white_balance_k: int | None = Field(default=None, ge=2500, le=12500)
    """Colour temperature, in steps of 10 K; unset: automatic."""

    wired_sync: Literal["standalone", "master", "subordinate"] = "standalone"
    """Role of this device among several that are joined by a cable."""

    record_mkv: str = ""
    """Also record what the sensor gives into this MKV file; empty: do not."""


class SourceSettings(Settings):
    """Where pictures come from and how they are read."""

    spec: str = "0"
    """What to open: a camera's number, a file, a folder of images, or a URL."""

    width_px: int = Field(default=640, ge=16, le=8192)
    """Requested picture width of a camera. What it gives instead is reported."""

    height_px: int = Field(default=480, ge=16, le=8192)
    """Requested picture height of a camera."""

    fps: float = Field(default=30.0, gt=0.0, le=240.0)
    """Requested rate of a camera, and the rate at which a folder of images is played."""

    mjpeg: bool = True
    """Ask the camera for MJPEG, without which most USB cameras drop to a few pictures a second."""

    rotation_deg: Literal[0, 90, 180, 270] = 0
    """Turn the picture clockwise, for a camera mounted on its side."""

    flip: bool = False
    """Un-mirror a picture that the camera or its driver already mirrors.

    Not the avatar's mirror: with a camera that gives a true picture leave this off, or left and
    right of the performer are exchanged. The avatar is mirrored by the retargeting settings.
    """

    vertical_fov_deg: float = Field(default=DEFAULT_VERTICAL_FOV_DEG, ge=10.0, le=150.0)
    """The camera's vertical field of view, from which depth and root motion are computed."""

    loop: bool = False
    """Start files again at their end."""

    body_id: int | None = Field(default=None, ge=0)
    """Of several recorded bodies, follow the one that first has this number; else the closest."""

    recording_level: Literal["auto", "observation", "actor"] = "auto"
    """What of a recording is played: its landmarks, solved again, or the motion as it was solved.
    ``auto`` takes the landmarks where there are any."""

    reopen: bool = True
    """Open a camera again by itself after it was unplugged."""

    reopen_first_s: float = Field(default=0.5, gt=0.0, le=60.0)
    """Pause before the first attempt to open a lost camera again; it doubles each time."""

    reopen_longest_s: float = Field(default=5.0, gt=0.0, le=600.0)
    """The longest pause between two attempts."""

    kinect: KinectSettings = KinectSettings()
    """An Azure Kinect."""
