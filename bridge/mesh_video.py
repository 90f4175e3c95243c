"""Every picture of a source with the SMPL-X surface over it, as a video or a picture."""

from __future__ import annotations

from contextlib import ExitStack
from math import radians
from pathlib import Path
from typing import Final

import cv2

from bridge.config import Config
from bridge.convert.atomic import atomic_output
from bridge.errors import FormatError, SinkError, SourceError
from bridge.geometry import level_from_camera
from bridge.mesh_view import MeshView
from bridge.smplx_model import SmplxModel
from bridge.solving.solver import Solver
from bridge.sources.factory import open_source
from bridge.tracking.depth_tracker import DepthTracker
from bridge.tracking.factory import open_tracker
from bridge.types import ByteArray, Frame

_SUFFIXES: Final = (".mp4", ".png")
_FPS: Final = 30.0  # of a source without a rate of its own


def draw_mesh(config: Config, output: Path, *, frames: int | None = None) -> int:
    """Write ``output``, whole or not at all; returns the number of pictures.

    ``config.solving.proportions.smplx`` names the model. Raises ``BridgeError``.
    """
    if output.suffix.lower() not in _SUFFIXES:
        raise SinkError(f"{output}: cannot write that; allowed: {', '.join(_SUFFIXES)}")
    chosen = config.solving.proportions
    if chosen.smplx is None:
        raise SourceError("a surface needs the SMPL-X model. Give its folder: --smplx FOLDER")
    given_deg = config.solving.camera_pitch_deg
    pitch_deg = given_deg or 0.0  # of the whole clip: what is found only later fits no picture
    view = MeshView(SmplxModel(chosen.smplx, gender=chosen.gender), radians(pitch_deg))
    settings = config.source.model_copy(update={"loop": False})
    with ExitStack() as opened:
        source = opened.enter_context(open_source(config.source.spec, settings=settings))
        if source.info.live and frames is None:
            raise SourceError(f"{config.source.spec} never ends. Say how long: --frames N")
        tracker = DepthTracker(open_tracker(config.tracking), level=given_deg is None)
        opened.callback(tracker.close)
        solver = Solver(config.solving.model_copy(update={"camera_pitch_deg": pitch_deg}))
        pictures = opened.enter_context(_Pictures(output, source.info.fps or _FPS))
        while pictures.count != frames and (item := source.read()) is not None:
            if not isinstance(item, Frame):
                raise SourceError(f"{config.source.spec} holds no pictures to draw on")
            seen = tracker.track(item)
            floor = tracker.floor
            pictures.add(
                view.draw(
                    item,
                    seen,
                    solver.solve(seen),
                    level_from_camera=None if floor is None else level_from_camera(floor.up_camera),
                )
            )
        if pictures.count == 0:
            raise FormatError(f"{config.source.spec} holds no frames")
        return pictures.count


class _Pictures(ExitStack):
    """A video, or the last picture."""

    def __init__(self, output: Path, fps: float) -> None:
        super().__init__()
        self.count = 0
        self._output, self._fps = output, fps
        self._partial = self.enter_context(atomic_output(output))
        self._video: cv2.VideoWriter | None = None
        self._last: ByteArray | None = None
        # OpenCV goes by the name's end.
        self._named = self._partial.with_suffix(output.suffix)
        self.callback(self._finish)

    def add(self, image_rgb: ByteArray) -> None:
        """One more."""
        self.count += 1
        self._last = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR).astype("uint8")
        if self._output.suffix.lower() != ".mp4":
            return
        if self._video is None:
            code = cv2.VideoWriter.fourcc(*"mp4v")
            size = (image_rgb.shape[1], image_rgb.shape[0])
            self._video = cv2.VideoWriter(str(self._named), code, self._fps, size)
            if not self._video.isOpened():
                raise SinkError(f"{self._output}: OpenCV cannot write video here; write a .png")
        self._video.write(self._last)

    def _finish(self) -> None:
        if self._video is not None:
            self._video.release()
        elif self._last is not None:
            cv2.imwrite(str(self._named), self._last)
        if self._named.exists():
            self._named.replace(self._partial)
