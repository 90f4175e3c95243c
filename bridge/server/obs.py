"""A running OBS through obs-websocket: its scene with the stage, what it shows, what is seen of it.

Requests and fields: https://github.com/obsproject/obs-websocket (docs/generated/protocol.md).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from bridge.errors import BridgeError

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4455
DEFAULT_SCENE: Final = "Avatar Bridge"
# One name for each way: OBS keeps a removed source's name taken, so none is removed.
SOURCE_NAME: Final = "Avatar Bridge avatar"
WINDOW_NAME: Final = "Avatar Bridge window"
DISPLAY_NAME: Final = "Avatar Bridge display"
SOURCE_NAMES: Final = (SOURCE_NAME, WINDOW_NAME, DISPLAY_NAME)
BROWSER_KIND: Final = "browser_source"
_TIMEOUT_S: Final = 5.0
_PICTURE_POLL_S: Final = 0.2
_PICTURE_WAIT_S: Final = 4.0  # OBS looks for the window once a second or two
_PICTURE_WIDTH: Final = 320  # pixels of the screenshot that is looked at
_HOW_TO_ENABLE: Final = "In OBS: Tools → WebSocket Server Settings → Enable"


class ObsError(BridgeError):
    """OBS cannot be reached or refuses; the message says what to do."""


class Requests(Protocol):
    """What is used of obsws-python's ``ReqClient``."""

    def send(self, param: str, data: Any = None, raw: bool = False) -> Any:
        """One request; with ``raw`` its answer is a dict."""
        ...


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One of our sources in the scene."""

    name: str
    kind: str
    shown: bool
    picture: bool | None  # none: OBS shows the source nowhere, so it draws none to look at


@dataclass(frozen=True, slots=True)
class ObsStatus:
    """What OBS says of itself and of our scene."""

    obs_version: str
    websocket_version: str
    canvas: tuple[int, int]
    fps: float
    scene: str | None
    source_kind: str | None
    source_url: str | None
    visible: bool
    recording: bool
    streaming: bool
    sources: tuple[SourceStatus, ...]


def connect(host: str, port: int, password: str) -> Requests:
    """A connection to OBS. Raises ``ObsError``."""
    import logging

    import obsws_python
    from obsws_python.error import OBSSDKError

    # It logs every failure with a traceback; ours is one line.
    logging.getLogger("obsws_python").setLevel(logging.CRITICAL)
    try:
        return obsws_python.ReqClient(host=host, port=port, password=password, timeout=_TIMEOUT_S)
    except (OSError, TimeoutError) as error:
        raise ObsError(f"OBS does not answer on {host}:{port}: {error}. {_HOW_TO_ENABLE}") from None
    except OBSSDKError as error:
        raise ObsError(
            f"OBS on {host}:{port} refused the password: {error}. Pass --password or set "
            f"OBS_PASSWORD. {_HOW_TO_ENABLE} shows it"
        ) from None


class Obs:
    """One OBS. Every method raises ``ObsError``."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def ask(self, request: str, **data: Any) -> dict[str, Any]:
        """One request by its published name; the response's fields."""
        try:
            answer = self._requests.send(request, data or None, raw=True)
        except (OSError, TimeoutError) as error:
            raise ObsError(f"the connection to OBS was lost: {error}") from error
        except Exception as error:  # obsws-python's own type is only known once it is imported
            raise ObsError(f"OBS refused {request}: {error}") from error
        return dict(answer) if isinstance(answer, Mapping) else {}

    def canvas(self) -> tuple[int, int, float]:
        """Width and height in pixels, and frames a second."""
        video = self.ask("GetVideoSettings")
        fps = video["fpsNumerator"] / video["fpsDenominator"]
        return video["baseWidth"], video["baseHeight"], fps

    def set_up_browser(self, url: str, *, scene: str) -> None:
        """The transparent stage as a browser source that fills the canvas."""
        if BROWSER_KIND not in self.kinds():
            raise ObsError(
                "this OBS has no browser source (Debian's package leaves it out); install OBS "
                "from obsproject.com, or capture a window: avatar-bridge obs setup --window TITLE"
            )
        width, height, fps = self.canvas()
        settings = {
            "url": url, "width": width, "height": height, "fps_custom": True, "fps": round(fps),
            "shutdown": False, "restart_when_active": False, "reroute_audio": False,
        }  # fmt: skip
        self.place(scene, SOURCE_NAME, BROWSER_KIND, settings)
        self.show_only(scene, SOURCE_NAME)

    def status(self, *, scene: str) -> ObsStatus:
        """A look at OBS and at what ``set_up_…`` made."""
        version = self.ask("GetVersion")
        width, height, fps = self.canvas()
        kind = url = None
        visible = False
        known = scene in self._scenes()
        name = self.shown_source(scene)
        if name is not None:
            found = self.ask("GetInputSettings", inputName=name)
            kind, url = found["inputKind"], found["inputSettings"].get("url")
            visible = bool(self.ask("GetSourceActive", sourceName=name)["videoActive"])
        return ObsStatus(
            obs_version=version["obsVersion"],
            websocket_version=version["obsWebSocketVersion"],
            canvas=(width, height),
            fps=fps,
            scene=scene if known else None,
            source_kind=kind,
            source_url=url,
            visible=visible,
            recording=bool(self.ask("GetRecordStatus")["outputActive"]),
            streaming=bool(self.ask("GetStreamStatus")["outputActive"]),
            sources=tuple(self._sources(scene)) if known else (),
        )

    def avatar_source(self, *, scene: str) -> str:
        """The source that shows the avatar in ``scene``."""
        name = self.shown_source(scene)
        if name is None:
            raise ObsError(f"scene '{scene}' has no avatar; make it: avatar-bridge obs setup")
        return name

    def show(self, shown: bool, *, scene: str, source: str) -> None:
        """Show or hide a source in its scene."""
        self._enable(scene, source, shown)

    def switch(self, scene: str) -> None:
        """Bring a scene on air."""
        self.ask("SetCurrentProgramScene", sceneName=scene)

    def place(self, scene: str, name: str, kind: str, settings: dict[str, Any]) -> None:
        """Scene and source as wanted, whatever was there; what the user added stays. A new source
        is hidden."""
        if scene not in self._scenes():
            self.ask("CreateScene", sceneName=scene)
        if name in self.inputs():
            self.ask("SetInputSettings", inputName=name, inputSettings=settings)
            if name not in self._placed(scene):
                self.ask(
                    "CreateSceneItem", sceneName=scene, sourceName=name, sceneItemEnabled=False
                )
        else:
            self.ask(
                "CreateInput", sceneName=scene, inputName=name, inputKind=kind,
                inputSettings=settings, sceneItemEnabled=False,
            )  # fmt: skip
        self._fill_canvas(scene, name)

    def show_only(self, scene: str, name: str) -> None:
        """Of our sources show this one alone."""
        for other in self._placed(scene):
            if other in SOURCE_NAMES:
                self._enable(scene, other, other == name)

    def shown_source(self, scene: str) -> str | None:
        """Which of our sources the scene shows; one that is hidden if none is shown."""
        if scene not in self._scenes():
            return None
        items = self.ask("GetSceneItemList", sceneName=scene)["sceneItems"]
        ours = [item for item in items if item["sourceName"] in SOURCE_NAMES]
        ours.sort(key=lambda item: not item["sceneItemEnabled"])
        return str(ours[0]["sourceName"]) if ours else None

    def kinds(self) -> set[str]:
        """Kinds of input that this OBS offers."""
        return set(self.ask("GetInputKindList", unversioned=True)["inputKinds"])

    def inputs(self) -> dict[str, str]:
        """The kind of each input by its name."""
        listed = self.ask("GetInputList")["inputs"]
        return {one["inputName"]: one["unversionedInputKind"] for one in listed}

    def bring_up(self, scene: str) -> bool:
        """Show a scene, as OBS captures only what it shows: in studio mode's preview, or on air
        while nothing goes out. False if the audience would see it come.
        """
        if self.ask("GetStudioModeEnabled")["studioModeEnabled"]:
            self.ask("SetCurrentPreviewScene", sceneName=scene)
            return True
        if self.ask("GetSceneList")["currentProgramSceneName"] == scene:
            return True
        if any(output["outputActive"] for output in self.ask("GetOutputList")["outputs"]):
            return False
        self.switch(scene)
        return True

    def picture(self, scene: str, name: str) -> bool | None:
        """Whether anything but black or nothing is seen in a source; none where OBS draws none."""
        found = self.ask(
            "GetSceneItemTransform", sceneName=scene, sceneItemId=self._item(scene, name)
        )["sceneItemTransform"]
        if found["sourceWidth"] <= 0 or found["sourceHeight"] <= 0:
            return False
        if not self.ask("GetSourceActive", sourceName=name)["videoShowing"]:
            return None
        data = self.ask(
            "GetSourceScreenshot", sourceName=name, imageFormat="png", imageWidth=_PICTURE_WIDTH
        )["imageData"]
        return _shows_something(base64.b64decode(str(data).partition(",")[2]))

    def wait_for_picture(self, scene: str, name: str) -> bool | None:
        """``picture``, once there is one or there was time enough for it."""
        deadline_s = time.monotonic() + _PICTURE_WAIT_S
        while True:
            picture = self.picture(scene, name)
            if picture or time.monotonic() > deadline_s:
                return picture
            time.sleep(_PICTURE_POLL_S)

    def _sources(self, scene: str) -> Iterator[SourceStatus]:
        inputs = self.inputs()
        for item in self.ask("GetSceneItemList", sceneName=scene)["sceneItems"]:
            name = str(item["sourceName"])
            if name in SOURCE_NAMES:
                shown = bool(item["sceneItemEnabled"])
                yield SourceStatus(name, inputs[name], shown, self.picture(scene, name))

    def _fill_canvas(self, scene: str, name: str) -> None:
        width, height, _ = self.canvas()
        transform = {
            "positionX": 0.0, "positionY": 0.0, "boundsType": "OBS_BOUNDS_SCALE_INNER",
            "boundsWidth": float(width), "boundsHeight": float(height),
        }  # fmt: skip
        self.ask(
            "SetSceneItemTransform",
            sceneName=scene, sceneItemId=self._item(scene, name), sceneItemTransform=transform,
        )  # fmt: skip

    def _enable(self, scene: str, name: str, enabled: bool) -> None:
        self.ask(
            "SetSceneItemEnabled",
            sceneName=scene, sceneItemId=self._item(scene, name), sceneItemEnabled=enabled,
        )  # fmt: skip

    def _scenes(self) -> list[str]:
        return [one["sceneName"] for one in self.ask("GetSceneList")["scenes"]]

    def _placed(self, scene: str) -> list[str]:
        items = self.ask("GetSceneItemList", sceneName=scene)["sceneItems"]
        return [str(item["sourceName"]) for item in items]

    def _item(self, scene: str, name: str) -> int:
        found = self.ask("GetSceneItemId", sceneName=scene, sourceName=name)
        return int(found["sceneItemId"])


def _shows_something(png: bytes) -> bool:
    """Whether a picture is neither transparent nor black everywhere."""
    import cv2

    pixels: Any = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ObsError("OBS sent a screenshot that is no PNG picture")
    seen = pixels[..., 3] > 0 if pixels.shape[-1] == 4 else np.full(pixels.shape[:2], True)
    return bool(pixels[seen, :3].any())
