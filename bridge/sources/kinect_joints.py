"""Plays Kinect joints from a file, following one person among several."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bridge.layouts import AzureKinectJoint, KinectV2Joint, Layout
from bridge.sources.base import Source, SourceInfo
from bridge.sources.kinect_files import Body, JointFile, read_joint_file
from bridge.sources.kinect_hands import SteadyHands
from bridge.sources.levelling import level, standing_pitch_rad
from bridge.types import FloatArray, Keypoints, Observation, Stamp

_SPEED_MAX_M_PER_S: Final = 1.5  # a walk: how far a person gets while out of sight
_JUMP_MAX_M: Final = 0.35  # a run between two pictures, noise and wrong limbs included
_FIRST_STEP_NS: Final = 33_333_333
_FORGET_NS: Final = 1_000_000_000  # after a longer absence the person is chosen anew
_ROOT: Final = {
    Layout.AZURE_KINECT_32: int(AzureKinectJoint.PELVIS),
    Layout.KINECT_V2_25: int(KinectV2Joint.SPINE_BASE),
}


class BodyFollower:
    """Keeps to one person by where the body is, because trackers exchange ids when people cross.

    Begins with ``body_id`` where given and present, else with the body closest to the camera.
    """

    def __init__(self, layout: Layout, *, body_id: int | None = None) -> None:
        self._root = _ROOT[layout]
        self._body_id = body_id
        self._last: Body | None = None
        self._last_ns = 0

    def choose(self, bodies: Sequence[Body], *, time_ns: int) -> Body | None:
        """The followed person's body, or None while that person is not there."""
        since_ns = time_ns - self._last_ns
        if self._last is not None and 0 <= since_ns <= _FORGET_NS:
            reach_m = _JUMP_MAX_M + _SPEED_MAX_M_PER_S * since_ns * 1e-9
            last = self._last
            near = [(_distance_m(last, body), i) for i, body in enumerate(bodies)]
            near = [(distance, i) for distance, i in near if distance <= reach_m]
            if not near:
                return None
            chosen = bodies[min(near)[1]]
        else:
            # A file without ids is not refused because one was asked for.
            wanted = [b for b in bodies if self._body_id in (None, b.body_id) or b.body_id is None]
            chosen = min(wanted, key=self._depth_m, default=None)
            if chosen is None:
                return None
        self._last, self._last_ns = chosen, time_ns
        return chosen

    def _depth_m(self, body: Body) -> float:
        return float(body.positions_m[self._root, 2])


def _distance_m(one: Body, other: Body) -> float:
    """Mean distance of the joints that both have."""
    both = (one.confidence > 0.0) & (other.confidence > 0.0)
    if not both.any():
        return float("inf")
    apart = one.positions_m[both] - other.positions_m[both]
    return float(np.linalg.norm(apart, axis=-1).mean())


class FollowedPerson:
    """One person out of a sensor's bodies, with hands that do not turn over."""

    def __init__(self, layout: Layout, *, body_id: int | None = None) -> None:
        self._layout, self._body_id = layout, body_id
        self._no_pixels: FloatArray = np.zeros((layout.count, 2), np.float32)
        self.reset()

    def reset(self) -> None:
        """Another place in the file: choose anew."""
        self._follower = BodyFollower(self._layout, body_id=self._body_id)
        self._hands = SteadyHands(self._layout)
        self._last_ns: int | None = None

    def step(self, bodies: Sequence[Body], *, time_ns: int, pitch_rad: float) -> Keypoints | None:
        """The person in the axes of a level camera; None while they are not there."""
        body = self._follower.choose(bodies, time_ns=time_ns)
        if body is None:
            return None
        since_ns = _FIRST_STEP_NS if self._last_ns is None else time_ns - self._last_ns
        self._last_ns = time_ns
        steady_m = self._hands.step(
            body.positions_m,
            body.confidence,
            dt_s=since_ns * 1e-9,
            orientations_xyzw=body.orientations_xyzw,
        )
        positions_m = level(steady_m, pitch_rad=pitch_rad)
        return Keypoints(self._layout, positions_m, self._no_pixels, body.confidence)


class KinectJointsSource(Source):
    """One ``Observation`` for each recorded frame; positions from the depth camera, no pixels.

    ``level_camera``: these files do not tell how the camera was tilted; take it from the people
    who stand in them. Raises ``SourceError`` and ``FormatError`` as ``read_joint_file`` does.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        loop: bool = False,
        body_id: int | None = None,
        level_camera: bool = True,
    ) -> None:
        file = read_joint_file(Path(path))
        self._layout, self._frames = file.layout, file.frames
        self._pitch_rad = _pitch_rad(file) if level_camera else 0.0
        self._times_ns = [frame.time_ns for frame in file.frames]
        self._loop = loop
        self._person = FollowedPerson(self._layout, body_id=body_id)
        self._next = 0
        self._sequence = 0
        self._round_start_ns = 0
        self._closed = False
        steps_ns = np.diff(self._times_ns)
        self._step_ns = round(float(np.median(steps_ns))) if steps_ns.size else 33_333_333
        self._info = SourceInfo(
            source_id=f"kinect:{Path(path).name}",
            live=False,
            # The sensor has one rate; its stamps waver and it now and then misses a frame.
            fps=None if _has_gaps(steps_ns) else 1e9 / max(self._step_ns, 1),
            length=len(self._frames),
        )

    @property
    def info(self) -> SourceInfo:
        """``fps`` where no frame is missing."""
        return self._info

    def read(self) -> Observation | None:
        """The next frame; None at the end."""
        if self._closed:
            return None
        if self._next >= len(self._frames):
            if not self._loop:
                return None
            self._next = 0
            self._round_start_ns += self._times_ns[-1] + self._step_ns
            self._person.reset()
        frame = self._frames[self._next]
        stamp = Stamp(self._sequence, frame.time_ns + self._round_start_ns, self._info.source_id)
        self._next += 1
        self._sequence += 1
        body = self._person.step(frame.bodies, time_ns=frame.time_ns, pitch_rad=self._pitch_rad)
        return Observation(stamp, body=body)

    def seek(self, time_s: float) -> None:
        """Continue with the first frame at or after ``time_s``; behind the end, the last one."""
        index = bisect_left(self._times_ns, round(max(0.0, time_s) * 1e9))
        self._next = self._sequence = min(index, len(self._frames) - 1)
        self._round_start_ns = 0
        self._person.reset()

    def close(self) -> None:
        """Nothing is held open."""
        self._closed = True


def _has_gaps(steps_ns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> bool:
    return bool(steps_ns.size and steps_ns.max() > 1.5 * np.median(steps_ns))


def _pitch_rad(file: JointFile) -> float:
    bodies = [body for frame in file.frames for body in frame.bodies]
    found = standing_pitch_rad(
        file.layout, [b.positions_m for b in bodies], [b.confidence for b in bodies]
    )
    return found or 0.0
