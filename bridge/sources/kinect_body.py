"""A live Azure Kinect with Microsoft's own body tracker, through pykinect_azure.

For those who have the body tracking runtime installed; the ``kinect`` source needs neither it nor
a graphics card. The library ends the program (``sys.exit``) where a call of the SDK fails; here
that becomes an error like any other.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np

from bridge.errors import SourceError, SourceLostError
from bridge.layouts import AzureKinectJoint, Layout
from bridge.sources.base import Source, SourceInfo
from bridge.sources.kinect_files import Body, azure_body
from bridge.sources.kinect_joints import FollowedPerson
from bridge.sources.levelling import standing_pitch_rad
from bridge.sources.settings import SourceSettings
from bridge.types import FloatArray, Observation, Stamp

_Value = TypeVar("_Value")

_TIMEOUT_MS: Final = 1000
_TIMEOUTS_MAX: Final = 3
_MM_PER_M: Final = 1000.0
_INSTALL: Final = (
    "pip install pykinect_azure, and Microsoft's Azure Kinect Body Tracking SDK; or use "
    "--source kinect, which needs neither"
)
# How the camera is tilted is told by people who stand: looked at again when so many were seen.
_LEVEL_AT: Final = (15, 60, 240)


class KinectBodySource(Source):
    """``spec``: ``kinect-body`` or ``kinect-body:INDEX``. One ``Observation`` a picture.

    Raises ``SourceError`` without library, runtime or device, ``SourceLostError`` when it stops.
    """

    def __init__(self, spec: str, *, settings: SourceSettings, sdk: Any = None) -> None:
        wanted = spec.partition(":")[2].strip()
        if wanted and not wanted.isdecimal():
            raise SourceError(f"{spec}: expected kinect-body or kinect-body:INDEX")
        self._sdk = _load() if sdk is None else sdk
        self._device, self._tracker = self._open(int(wanted or "0"))
        self._closed = threading.Event()
        self._person = FollowedPerson(Layout.AZURE_KINECT_32, body_id=settings.body_id)
        self._stood: list[Body] = []
        self._pitch_rad = 0.0
        self._sequence = 0
        self._info = SourceInfo(f"kinect-body:{wanted or '0'}", live=True, fps=30.0)

    @property
    def info(self) -> SourceInfo:
        """Thirty pictures a second, if the graphics card keeps up."""
        return self._info

    def read(self) -> Observation | None:
        """The next picture's body; None once closed."""
        timeouts = 0
        while not self._closed.is_set():
            try:
                self._device.update(_TIMEOUT_MS)
                now_ns = time.monotonic_ns()
                frame = self._tracker.update(timeout_in_ms=_TIMEOUT_MS)
                bodies = [_body(frame, index) for index in range(frame.get_num_bodies())]
            except SystemExit:
                timeouts += 1
                if timeouts >= _TIMEOUTS_MAX:
                    raise SourceLostError(
                        f"{self._info.source_id} gave no picture for seconds. Check its power "
                        "supply and use a USB 3 port of its own"
                    ) from None
                continue
            stamp = Stamp(self._sequence, now_ns, self._info.source_id)
            self._sequence += 1
            self._level(bodies)
            body = self._person.step(bodies, time_ns=now_ns, pitch_rad=self._pitch_rad)
            return Observation(stamp, body=body)
        return None

    def close(self) -> None:
        """Stop tracker and cameras; may be called twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        with contextlib.suppress(SystemExit):
            self._tracker.destroy()
            self._device.close()

    def _open(self, index: int) -> tuple[Any, Any]:
        sdk = self._sdk
        _told(
            lambda: sdk.initialize_libraries(track_body=True),
            f"the Azure Kinect SDK or its body tracker is not installed: {_INSTALL}",
        )
        config = sdk.default_configuration
        config.color_resolution = sdk.K4A_COLOR_RESOLUTION_OFF
        config.depth_mode = sdk.K4A_DEPTH_MODE_NFOV_UNBINNED
        device = _told(
            lambda: sdk.start_device(device_index=index, config=config),
            f"Azure Kinect {index} cannot be started. Check that it is plugged in, with its own "
            "power supply, and not used by another program",
        )
        tracker = _told(
            sdk.start_body_tracker,
            "the body tracker cannot be started: it needs a graphics card with its driver, or "
            "use --source kinect, which needs none",
        )
        return device, tracker

    def _level(self, bodies: list[Body]) -> None:
        if len(self._stood) >= _LEVEL_AT[-1]:
            return
        self._stood += bodies
        if any(len(self._stood) - len(bodies) < count <= len(self._stood) for count in _LEVEL_AT):
            found = standing_pitch_rad(
                Layout.AZURE_KINECT_32,
                [body.positions_m for body in self._stood],
                [body.confidence for body in self._stood],
            )
            self._pitch_rad = found or 0.0


def _load() -> Any:
    try:
        return importlib.import_module("pykinect_azure")
    except ImportError as error:
        reason = "is not installed" if error.name == "pykinect_azure" else f"fails: {error}"
        raise SourceError(f"kinect-body needs pykinect_azure, which {reason}: {_INSTALL}") from None


def _told(call: Callable[[], _Value], message: str) -> _Value:
    """``call`` without what the library prints; its exit and its faults become one line."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return call()
    except (SystemExit, OSError, AttributeError, TypeError) as error:
        detail = str(error) if isinstance(error, OSError) else ""
        raise SourceError(f"{message}{f' ({detail})' if detail else ''}") from None


def _body(frame: Any, index: int) -> Body:
    """By the SDK's structures: millimetres in the depth camera's axes."""
    joints = frame.get_body_skeleton(index).joints
    positions, orientations, levels = [], [], []
    for joint in AzureKinectJoint:
        place, turn = joints[joint].position.xyz, joints[joint].orientation.wxyz
        positions.append((place.x, place.y, place.z))
        orientations.append((turn.w, turn.x, turn.y, turn.z))
        levels.append(int(joints[joint].confidence_level))
    metres: FloatArray = np.array(positions, np.float32) / np.float32(_MM_PER_M)
    name = f"kinect-body: body {index}"
    return azure_body(name, int(frame.get_body_id(index)), metres, levels, orientations)
