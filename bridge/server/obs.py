"""Sets up a running OBS through obs-websocket: a scene with the stage, or with Unity's window.

Requests and fields: https://github.com/obsproject/obs-websocket (docs/generated/protocol.md).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

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
# Window capture by platform: the kind and the property that names the window.
_WINDOW_KINDS: Final = {"xcomposite_input": "capture_window", "window_capture": "window"}
_DISPLAY_KINDS: Final = ("xshm_input", "monitor_capture", "display_capture", "screen_capture")
_PICTURE_POLL_S: Final = 0.2
_PICTURE_WAIT_S: Final = 4.0  # OBS looks for the window once a second or two
_HOW_TO_ENABLE: Final = "In OBS: Tools → WebSocket Server Settings → Enable"


class ObsError(BridgeError):
    """OBS cannot be reached or refuses; the message says what to do."""


class Requests(Protocol):
    """What is used of obsws-python's ``ReqClient``."""

    def send(self, param: str, data: Any = None, raw: bool = False) -> Any:
        """One request; with ``raw`` its answer is a dict."""
        ...


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
        if BROWSER_KIND not in self._kinds():
            raise ObsError(
                "this OBS has no browser source (Debian's package leaves it out); install OBS "
                "from obsproject.com, or capture a window: avatar-bridge obs setup --window TITLE"
            )
        width, height, fps = self.canvas()
        settings = {
            "url": url, "width": width, "height": height, "fps_custom": True, "fps": round(fps),
            "shutdown": False, "restart_when_active": False, "reroute_audio": False,
        }  # fmt: skip
        self._place(scene, SOURCE_NAME, BROWSER_KIND, settings)

    def set_up_window(self, title: str, *, scene: str) -> str:
        """A capture of the window whose title contains ``title``; returns its full name."""
        kinds = self._kinds()
        kind = next((name for name in _WINDOW_KINDS if name in kinds), None)
        if kind is None:
            raise ObsError(f"this OBS has no window capture; it offers {', '.join(sorted(kinds))}")
        self._place(scene, WINDOW_NAME, kind, {"show_cursor": False})
        listed = self.ask(
            "GetInputPropertiesListPropertyItems",
            inputName=WINDOW_NAME, propertyName=_WINDOW_KINDS[kind],
        )["propertyItems"]  # fmt: skip
        wanted = [item for item in listed if title.lower() in str(item["itemName"]).lower()]
        if not wanted:
            names = ", ".join(str(item["itemName"]) for item in listed) or "no window"
            raise ObsError(f"no window's title contains {title!r}; OBS sees {names}")
        self.ask(
            "SetInputSettings",
            inputName=WINDOW_NAME, inputSettings={_WINDOW_KINDS[kind]: wanted[0]["itemValue"]},
        )  # fmt: skip
        if not self._has_picture(scene, WINDOW_NAME):
            raise ObsError(
                f"OBS gets no picture of {wanted[0]['itemName']}: the window is minimised, or "
                "there is no graphics card to share it through. Bring it up and try again, or "
                "capture the screen: avatar-bridge obs setup --display"
            )
        return str(wanted[0]["itemName"])

    def set_up_display(self, *, scene: str) -> str:
        """A capture of the whole first screen; works without a graphics card. Returns its kind."""
        kinds = self._kinds()
        kind = next((name for name in _DISPLAY_KINDS if name in kinds), None)
        if kind is None:
            raise ObsError(f"this OBS has no display capture; it offers {', '.join(sorted(kinds))}")
        self._place(scene, DISPLAY_NAME, kind, {"show_cursor": False})
        if not self._has_picture(scene, DISPLAY_NAME):
            raise ObsError(f"OBS gets no picture of the screen; see the properties of {kind} there")
        return kind

    def status(self, *, scene: str) -> ObsStatus:
        """A look at OBS and at what ``set_up_…`` made."""
        version = self.ask("GetVersion")
        width, height, fps = self.canvas()
        scenes = [one["sceneName"] for one in self.ask("GetSceneList")["scenes"]]
        kind = url = None
        visible = False
        name = self._shown(scene) if scene in scenes else None
        if name is not None:
            found = self.ask("GetInputSettings", inputName=name)
            kind, url = found["inputKind"], found["inputSettings"].get("url")
            visible = bool(self.ask("GetSourceActive", sourceName=name)["videoActive"])
        return ObsStatus(
            obs_version=version["obsVersion"],
            websocket_version=version["obsWebSocketVersion"],
            canvas=(width, height),
            fps=fps,
            scene=scene if scene in scenes else None,
            source_kind=kind,
            source_url=url,
            visible=visible,
            recording=bool(self.ask("GetRecordStatus")["outputActive"]),
            streaming=bool(self.ask("GetStreamStatus")["outputActive"]),
        )

    def avatar_source(self, *, scene: str) -> str:
        """The source that shows the avatar in ``scene``."""
        name = self._shown(scene)
        if name is None:
            raise ObsError(f"scene '{scene}' has no avatar; make it: avatar-bridge obs setup")
        return name

    def show(self, shown: bool, *, scene: str, source: str) -> None:
        """Show or hide a source in its scene."""
        self._enable(scene, source, shown)

    def switch(self, scene: str) -> None:
        """Bring a scene on air."""
        self.ask("SetCurrentProgramScene", sceneName=scene)

    def _place(self, scene: str, name: str, kind: str, settings: dict[str, Any]) -> None:
        """Scene and source as wanted, whatever was there; what the user added stays."""
        scenes = [one["sceneName"] for one in self.ask("GetSceneList")["scenes"]]
        if scene not in scenes:
            self.ask("CreateScene", sceneName=scene)
        if name in self._inputs():
            self.ask("SetInputSettings", inputName=name, inputSettings=settings)
            if name not in self._placed(scene):
                self.ask("CreateSceneItem", sceneName=scene, sourceName=name)
        else:
            self.ask(
                "CreateInput", sceneName=scene, inputName=name, inputKind=kind,
                inputSettings=settings, sceneItemEnabled=True,
            )  # fmt: skip
        for other in self._placed(scene):
            if other in SOURCE_NAMES:
                self._enable(scene, other, other == name)
        self._fill_canvas(scene, name)

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

    def _has_picture(self, scene: str, name: str) -> bool:
        """Whether the source comes to have a size: what gets no picture has none."""
        deadline_s = time.monotonic() + _PICTURE_WAIT_S
        item = self._item(scene, name)
        while True:
            found = self.ask("GetSceneItemTransform", sceneName=scene, sceneItemId=item)
            if found["sceneItemTransform"]["sourceWidth"] > 0:
                return True
            if time.monotonic() > deadline_s:
                return False
            time.sleep(_PICTURE_POLL_S)

    def _enable(self, scene: str, name: str, enabled: bool) -> None:
        self.ask(
            "SetSceneItemEnabled",
            sceneName=scene, sceneItemId=self._item(scene, name), sceneItemEnabled=enabled,
        )  # fmt: skip

    def _shown(self, scene: str) -> str | None:
        """Which of our sources the scene shows; one that is hidden if none is shown."""
        items = self.ask("GetSceneItemList", sceneName=scene)["sceneItems"]
        ours = [item for item in items if item["sourceName"] in SOURCE_NAMES]
        ours.sort(key=lambda item: not item["sceneItemEnabled"])
        return str(ours[0]["sourceName"]) if ours else None

    def _placed(self, scene: str) -> list[str]:
        items = self.ask("GetSceneItemList", sceneName=scene)["sceneItems"]
        return [str(item["sourceName"]) for item in items]

    def _item(self, scene: str, name: str) -> int:
        found = self.ask("GetSceneItemId", sceneName=scene, sourceName=name)
        return int(found["sceneItemId"])

    def _kinds(self) -> set[str]:
        return set(self.ask("GetInputKindList", unversioned=True)["inputKinds"])

    def _inputs(self) -> dict[str, str]:
        listed = self.ask("GetInputList")["inputs"]
        return {one["inputName"]: one["unversionedInputKind"] for one in listed}
