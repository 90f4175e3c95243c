"""Keeps OBS in step: hides the avatar while lost or calibrating, records with OBS."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bridge.server.obs import Obs

_REQUEST_TIMEOUT_S: Final = 5.0
_RECORD_LOOK_S: Final = 1.0  # how often OBS is asked whether it records


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """What to do; everything is off by default."""

    scene: str
    hide_when_lost: bool = False
    lost_scene: str | None = None
    record_with_obs: bool = False
    patience_s: float = 1.0  # a moment without tracking does not count


class Follower:
    """Fed with tracking states, acts on OBS only when something changes."""

    def __init__(
        self, obs: Obs, settings: FollowSettings, *, record: Callable[[bool], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._obs = obs
        self._settings = settings
        self._record = record
        self._clock_s = clock_s
        self._lost_since_s: float | None = None
        self._away = False
        self._source: str | None = None  # what was hidden
        self._recording = False
        self._next_look_s = 0.0

    def update(self, state: str, *, calibrating: bool = False) -> None:
        """``state`` as in the page's status: tracked, held, lost, none."""
        now_s = self._clock_s()
        if state == "tracked":
            self._lost_since_s = None
        elif self._lost_since_s is None:
            self._lost_since_s = now_s
        gone_s = 0.0 if self._lost_since_s is None else now_s - self._lost_since_s
        lost = self._lost_since_s is not None and gone_s >= self._settings.patience_s
        away = lost or calibrating  # a T-pose is not for the audience
        if away != self._away:
            self._away = away
            self._act(away)
        if self._settings.record_with_obs and now_s >= self._next_look_s:
            self._next_look_s = now_s + _RECORD_LOOK_S
            recording = bool(self._obs.ask("GetRecordStatus")["outputActive"])
            if recording != self._recording:
                self._recording = recording
                self._record(recording)

    def _act(self, away: bool) -> None:
        scene = self._settings.scene
        if self._settings.hide_when_lost:
            if self._source is None:
                self._source = self._obs.avatar_source(scene=scene)
            self._obs.show(not away, scene=scene, source=self._source)
        if self._settings.lost_scene is not None:
            self._obs.switch(self._settings.lost_scene if away else scene)


def states(messages: Iterable[str | bytes]) -> Iterable[tuple[str, bool]]:
    """Tracking state, and whether it is calibrated, out of the page's messages."""
    calibrating = False
    for message in messages:
        if isinstance(message, bytes):
            continue
        content = json.loads(message)
        if content.get("type") == "session":
            calibrating = content["calibrating"] is not None
        elif content.get("type") == "status":
            yield str(content["state"]), calibrating


def recorder(page_url: str) -> Callable[[bool], None]:
    """Starts and stops a motion recording through the page's API."""

    def record(on: bool) -> None:
        body = b"{}" if on else b""
        request = urllib.request.Request(
            f"{page_url}/api/recordings/{'start' if on else 'stop'}",
            data=body,
            headers={"content-type": "application/json"},
            method="POST",
        )
        try:
            urllib.request.urlopen(request, timeout=_REQUEST_TIMEOUT_S).close()
        except urllib.error.HTTPError as error:
            if error.code != 409:  # already as wanted
                raise

    return record
