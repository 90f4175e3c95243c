"""Keeps OBS in step: hides the avatar while lost or calibrating, records with OBS, crops anew."""

from __future__ import annotations

import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bridge.server.obs import Obs
from bridge.server.obs_capture import keep_cropped
from bridge.server.x_windows import DisplayUnreachableError, WindowGoneError

log = logging.getLogger(__name__)

_REQUEST_TIMEOUT_S: Final = 5.0
_LOOK_S: Final = 1.0  # how often OBS is asked whether it records, and where the window is


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
        self._hidden = False
        self._source: str | None = None  # what shows the avatar
        self._crops = True
        self._window_gone = False
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
        if now_s >= self._next_look_s:
            self._next_look_s = now_s + _LOOK_S
            self._look()
        self._hide(self._window_gone or (away and self._settings.hide_when_lost))
        if away != self._away:
            self._away = away
            if self._settings.lost_scene is not None:
                self._obs.switch(self._settings.lost_scene if away else self._settings.scene)

    def _look(self) -> None:
        if not self._hidden:  # hidden, it cannot be told from our other sources
            self._source = self._obs.shown_source(self._settings.scene)
        if self._crops:
            self._follow_window()
        if self._settings.record_with_obs:
            recording = bool(self._obs.ask("GetRecordStatus")["outputActive"])
            if recording != self._recording:
                self._recording = recording
                self._record(recording)

    def _follow_window(self) -> None:
        try:
            keep_cropped(self._obs, self._source)
            self._window_gone = False
        except WindowGoneError:
            self._window_gone = True  # what lies behind it is not for the audience
        except DisplayUnreachableError as error:
            self._crops = False
            log.warning("the capture is not cropped anew when its window moves: %s", error)

    def _hide(self, hidden: bool) -> None:
        if hidden == self._hidden:
            return
        self._hidden = hidden
        scene = self._settings.scene
        if self._source is None:
            self._source = self._obs.avatar_source(scene=scene)
        self._obs.show(not hidden, scene=scene, source=self._source)


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
