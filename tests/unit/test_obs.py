"""What is asked of OBS, checked against the published request schema, with a fake OBS."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridge.server import obs as obs_module
from bridge.server import obs_capture
from bridge.server.obs import DISPLAY_NAME, SOURCE_NAME, WINDOW_NAME, Obs, ObsError
from bridge.server.obs_capture import capture_display, capture_window, keep_cropped
from bridge.server.obs_follow import Follower, FollowSettings, states
from bridge.server.x_windows import Rectangle, WindowGoneError, WindowPlace

SCENE = "Avatar Bridge"
PLAYER = "42\r\nMy Unity Player\r\nplayer"
GREY = np.full((8, 8, 4), 128, np.uint8)
# Request fields of obs-websocket 5.x (docs/generated/protocol.md): name -> (type, required).
SCHEMA: dict[str, dict[str, tuple[type, bool]]] = {
    "GetVersion": {}, "GetVideoSettings": {}, "GetSceneList": {}, "GetRecordStatus": {},
    "GetStreamStatus": {}, "GetStudioModeEnabled": {}, "GetOutputList": {},
    "GetInputList": {"inputKind": (str, False)},
    "GetInputKindList": {"unversioned": (bool, False)},
    "CreateScene": {"sceneName": (str, True)},
    "CreateInput": {
        "sceneName": (str, False), "inputName": (str, True), "inputKind": (str, True),
        "inputSettings": (dict, False), "sceneItemEnabled": (bool, False),
    },
    "SetInputSettings": {
        "inputName": (str, False), "inputSettings": (dict, True), "overlay": (bool, False),
    },
    "GetInputSettings": {"inputName": (str, False)},
    "GetInputPropertiesListPropertyItems": {
        "inputName": (str, False), "propertyName": (str, True),
    },
    "GetSourceActive": {"sourceName": (str, False)},
    "GetSceneItemList": {"sceneName": (str, False)},
    "GetSceneItemId": {
        "sceneName": (str, False), "sourceName": (str, True), "searchOffset": (int, False),
    },
    "CreateSceneItem": {
        "sceneName": (str, False), "sourceName": (str, False), "sceneItemEnabled": (bool, False),
    },
    "GetSceneItemTransform": {"sceneName": (str, False), "sceneItemId": (int, True)},
    "SetSceneItemTransform": {
        "sceneName": (str, False), "sceneItemId": (int, True), "sceneItemTransform": (dict, True),
    },
    "SetSceneItemEnabled": {
        "sceneName": (str, False), "sceneItemId": (int, True), "sceneItemEnabled": (bool, True),
    },
    "SetCurrentProgramScene": {"sceneName": (str, False)},
    "SetCurrentPreviewScene": {"sceneName": (str, False)},
    "GetSourceScreenshot": {
        "sourceName": (str, False), "imageFormat": (str, True), "imageWidth": (int, False),
        "imageHeight": (int, False), "imageCompressionQuality": (int, False),
    },
}  # fmt: skip


class FakeObs:
    """Keeps scenes and inputs; refuses requests that the schema does not know."""

    def __init__(self, kinds: list[str]) -> None:
        self.kinds = kinds
        self.scenes: dict[str, list[str]] = {"Scene": []}
        self.inputs: dict[str, tuple[str, dict[str, Any]]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.recording = False
        self.hidden: set[tuple[str, int]] = set()
        self.pictures: dict[str, np.ndarray | None] = {}  # none: OBS gets nothing, not even a size
        self.studio_mode = self.live = False
        self.program, self.preview = "Scene", ""

    def send(self, param: str, data: Any = None, raw: bool = False) -> Any:
        assert raw
        fields: dict[str, Any] = data or {}
        schema = SCHEMA[param]
        assert set(fields) <= set(schema), f"{param}: {fields}"
        for name, (kind, required) in schema.items():
            assert not required or name in fields, f"{param} lacks {name}"
            assert name not in fields or isinstance(fields[name], kind)
        self.asked.append((param, fields))
        return getattr(self, f"_{param}")(**fields)

    def _GetVersion(self) -> dict[str, str]:
        return {"obsVersion": "30.0.0", "obsWebSocketVersion": "5.3.0"}

    def _GetVideoSettings(self) -> dict[str, int]:
        sizes = {"baseWidth": 1920, "baseHeight": 1080}
        return {**sizes, "fpsNumerator": 60000, "fpsDenominator": 1001}

    def _GetSceneList(self) -> dict[str, Any]:
        scenes = [{"sceneName": name} for name in self.scenes]
        return {"scenes": scenes, "currentProgramSceneName": self.program}

    def _GetStudioModeEnabled(self) -> dict[str, bool]:
        return {"studioModeEnabled": self.studio_mode}

    def _GetOutputList(self) -> dict[str, Any]:
        return {"outputs": [{"outputActive": False}, {"outputActive": self.live}]}

    def _SetCurrentPreviewScene(self, sceneName: str) -> None:
        self.preview = sceneName

    def _GetSourceScreenshot(self, sourceName: str, **_data: Any) -> dict[str, str]:
        picture = self.pictures.get(sourceName, GREY)
        assert picture is not None
        encoded = io.BytesIO()
        Image.fromarray(picture).save(encoded, "png")
        data = base64.b64encode(encoded.getvalue()).decode()
        return {"imageData": f"data:image/png;base64,{data}"}

    def _GetRecordStatus(self) -> dict[str, bool]:
        return {"outputActive": self.recording}

    _GetStreamStatus = _GetRecordStatus

    def _GetInputList(self) -> dict[str, Any]:
        return {"inputs": [{"inputName": name, "unversionedInputKind": kind}
                           for name, (kind, _) in self.inputs.items()]}  # fmt: skip

    def _GetInputKindList(self, unversioned: bool) -> dict[str, Any]:
        return {"inputKinds": self.kinds}

    def _CreateScene(self, sceneName: str) -> None:
        self.scenes[sceneName] = []

    def _CreateInput(self, **data: Any) -> None:
        self.inputs[data["inputName"]] = (data["inputKind"], data["inputSettings"])
        self.scenes[data["sceneName"]].append(data["inputName"])
        if not data["sceneItemEnabled"]:
            self.hidden.add((data["sceneName"], len(self.scenes[data["sceneName"]])))

    def _SetInputSettings(self, inputName: str, inputSettings: dict[str, Any]) -> None:
        self.inputs[inputName][1].update(inputSettings)

    def _GetInputSettings(self, inputName: str) -> dict[str, Any]:
        kind, settings = self.inputs[inputName]
        return {"inputKind": kind, "inputSettings": settings}

    def _GetInputPropertiesListPropertyItems(
        self, inputName: str, propertyName: str
    ) -> dict[str, Any]:
        if propertyName == "screen":
            names = ["eDP-1 (1920x1080 @ 0,0)", "HDMI-1 (1280x720 @ 1920,100)"]
            items = [{"itemName": name, "itemValue": at} for at, name in enumerate(names)]
        else:
            items = [{"itemName": "My Unity Player", "itemValue": PLAYER}]
        return {"propertyItems": items}

    def _GetSourceActive(self, sourceName: str) -> dict[str, bool]:
        seen = self.preview if self.studio_mode else self.program
        placed = self.scenes[seen]
        shown = sourceName in placed and (seen, 1 + placed.index(sourceName)) not in self.hidden
        return {"videoActive": shown and not self.studio_mode, "videoShowing": shown}

    def _GetSceneItemList(self, sceneName: str) -> dict[str, Any]:
        return {
            "sceneItems": [
                {"sourceName": name, "sceneItemEnabled": (sceneName, at) not in self.hidden}
                for at, name in enumerate(self.scenes[sceneName], start=1)
            ]
        }

    def _GetSceneItemId(self, sceneName: str, sourceName: str) -> dict[str, int]:
        return {"sceneItemId": 1 + self.scenes[sceneName].index(sourceName)}

    def _CreateSceneItem(self, sceneName: str, sourceName: str, sceneItemEnabled: bool) -> None:
        self.scenes[sceneName].append(sourceName)

    def _SetSceneItemTransform(self, **_data: Any) -> None: ...

    def _GetSceneItemTransform(self, sceneName: str, sceneItemId: int) -> dict[str, Any]:
        picture = self.pictures.get(self.scenes[sceneName][sceneItemId - 1], GREY)
        height, width = (0, 0) if picture is None else picture.shape[:2]
        return {"sceneItemTransform": {"sourceWidth": float(width), "sourceHeight": float(height)}}

    def _SetSceneItemEnabled(
        self, sceneName: str, sceneItemId: int, sceneItemEnabled: bool
    ) -> None:
        item = (sceneName, sceneItemId)
        (self.hidden.discard if sceneItemEnabled else self.hidden.add)(item)

    def _SetCurrentProgramScene(self, sceneName: str) -> None:
        self.program = sceneName


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obs_module, "_PICTURE_WAIT_S", 0.0)


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> list[Rectangle | None]:
    """Where the window stands; none while it is minimised."""
    place: list[Rectangle | None] = [Rectangle(100, 50, 640, 480)]

    def locate(window_id: int, *, program: str) -> WindowPlace:
        assert (window_id, program) == (42, "player")
        if place[0] is None:
            raise WindowGoneError("the window is minimised")
        return WindowPlace(place[0], ("Chat",))

    monkeypatch.setattr(obs_capture, "locate", locate)
    return place


def test_browser_source_takes_size_and_rate_from_the_canvas() -> None:
    fake = FakeObs(["browser_source", "xcomposite_input"])
    obs = Obs(fake)
    obs.set_up_browser("http://127.0.0.1:8765/stage?transparent=1", scene=SCENE)
    kind, settings = fake.inputs[SOURCE_NAME]
    assert kind == "browser_source"
    assert (settings["width"], settings["height"], settings["fps"]) == (1920, 1080, 60)
    assert settings["url"].endswith("transparent=1")
    found = obs.status(scene=SCENE)
    assert found.scene == SCENE
    assert found.source_url == settings["url"]
    assert found.fps == pytest.approx(59.94, abs=0.01)


def test_setup_again_changes_what_is_there_and_adds_nothing() -> None:
    fake = FakeObs(["browser_source", "xcomposite_input"])
    obs = Obs(fake)
    for url in ("http://a/", "http://b/"):
        obs.set_up_browser(url, scene=SCENE)
    assert fake.inputs[SOURCE_NAME][1]["url"] == "http://b/"
    assert fake.scenes[SCENE] == [SOURCE_NAME]
    made = capture_window(obs, "unity", scene=SCENE)
    assert (made.title, made.cropped, made.picture) == ("My Unity Player", None, True)
    assert fake.inputs[WINDOW_NAME] == (
        "xcomposite_input", {"show_cursor": False, "capture_window": PLAYER},
    )  # fmt: skip
    assert fake.scenes[SCENE] == [SOURCE_NAME, WINDOW_NAME]
    assert fake.hidden == {(SCENE, 1)}  # one of the two is seen
    assert obs.status(scene=SCENE).source_kind == "xcomposite_input"
    obs.set_up_browser("http://c/", scene=SCENE)
    assert fake.hidden == {(SCENE, 2)}
    assert obs.status(scene=SCENE).source_url == "http://c/"


NO_PICTURE = {
    "no size": None,
    "transparent": np.full((8, 8, 4), (90, 90, 90, 0), np.uint8),
    "black": np.full((8, 8, 4), (0, 0, 0, 255), np.uint8),
}


@pytest.mark.parametrize("picture", NO_PICTURE.values(), ids=NO_PICTURE.keys())
def test_window_without_a_picture_is_cropped_out_of_the_screen(
    picture: np.ndarray | None, player: list[Rectangle | None]
) -> None:
    fake = FakeObs(["xcomposite_input", "xshm_input"])
    fake.pictures[WINDOW_NAME] = picture
    obs = Obs(fake)
    made = capture_window(obs, "unity", scene=SCENE)
    assert made.cropped == WindowPlace(Rectangle(100, 50, 640, 480), ("Chat",))
    assert made.picture
    kind, settings = fake.inputs[DISPLAY_NAME]
    assert kind == "xshm_input"
    assert cuts(settings) == (0, 100, 50, 1920 - 740, 1080 - 530)
    assert {(one.name, one.shown, one.picture) for one in obs.status(scene=SCENE).sources} == {
        (WINDOW_NAME, False, False if picture is None else None), (DISPLAY_NAME, True, True),
    }  # fmt: skip
    with pytest.raises(ObsError, match=r"no picture of My Unity Player.*--display"):
        capture_window(obs, "unity", scene=SCENE, from_screen=False)
    assert capture_display(obs, scene=SCENE) == "xshm_input"
    assert cuts(settings)[1:] == (0, 0, 0, 0)


def cuts(settings: dict[str, Any]) -> tuple[int, ...]:
    """Screen, and what is cut off it: left, top, right, bottom."""
    names = ("screen", "cut_left", "cut_top", "cut_right", "cut_bot")
    return tuple(settings[name] for name in names)


def test_crop_is_on_the_screen_with_most_of_the_window_and_moves_with_it(
    player: list[Rectangle | None],
) -> None:
    fake = FakeObs(["xcomposite_input", "xshm_input"])
    obs = Obs(fake)
    player[0] = Rectangle(1900, 0, 640, 480)  # most of it on the right, and above that screen
    assert capture_window(obs, "unity", scene=SCENE, from_screen=True).cropped is not None
    settings = fake.inputs[DISPLAY_NAME][1]
    assert cuts(settings) == (1, 0, 0, 1280 - 620, 720 - 380)
    player[0] = Rectangle(10, 20, 640, 480)
    keep_cropped(obs, DISPLAY_NAME)
    assert cuts(settings) == (0, 10, 20, 1920 - 650, 1080 - 500)
    fake.asked.clear()
    keep_cropped(obs, DISPLAY_NAME)
    assert not [name for name, _ in fake.asked if name.startswith("Set")]
    player[0] = Rectangle(-900, 0, 640, 480)
    with pytest.raises(WindowGoneError, match="none of the screens"):
        keep_cropped(obs, DISPLAY_NAME)


def test_follower_hides_a_crop_whose_window_is_minimised(player: list[Rectangle | None]) -> None:
    fake = FakeObs(["xcomposite_input", "xshm_input"])
    obs = Obs(fake)
    capture_window(obs, "unity", scene=SCENE, from_screen=True)
    now_s = [0.0]
    follower = Follower(
        obs, FollowSettings(SCENE), record=lambda on: None, clock_s=lambda: now_s[0]
    )
    shown: list[bool] = []
    for place in (player[0], None, None, player[0]):
        player[0] = place
        now_s[0] += 2.0
        follower.update("tracked")
        shown.append((SCENE, 2) not in fake.hidden)
    assert shown == [True, False, False, True]


def test_scene_is_shown_for_the_look_unless_the_audience_would_see_it() -> None:
    fake = FakeObs(["xcomposite_input"])
    obs = Obs(fake)
    fake.live = True
    assert capture_window(obs, "unity", scene=SCENE).picture is None
    assert fake.program == "Scene"
    fake.studio_mode = True
    assert capture_window(obs, "unity", scene=SCENE).picture is True
    assert (fake.program, fake.preview) == ("Scene", SCENE)
    fake.studio_mode = fake.live = False
    assert capture_window(obs, "unity", scene=SCENE).picture is True
    assert fake.program == SCENE


def test_missing_browser_source_and_window_are_explained() -> None:
    with pytest.raises(ObsError, match=r"no browser source.*--window"):
        Obs(FakeObs(["image_source"])).set_up_browser("http://a/", scene=SCENE)
    with pytest.raises(ObsError, match="My Unity Player"):
        capture_window(Obs(FakeObs(["window_capture"])), "chess", scene=SCENE)
    with pytest.raises(ObsError, match="cannot crop"):
        capture_window(Obs(FakeObs(["window_capture"])), "unity", scene=SCENE, from_screen=True)
    with pytest.raises(ObsError, match=r"no window capture.*by hand.*PipeWire"):
        capture_window(Obs(FakeObs(["pipewire-screen-capture-source"])), "unity", scene=SCENE)


def test_follower_acts_once_for_each_change() -> None:
    fake = FakeObs(["browser_source"])
    obs = Obs(fake)
    obs.set_up_browser("http://a/", scene=SCENE)
    now_s = [0.0]
    recorded: list[bool] = []
    wanted = FollowSettings(SCENE, hide_when_lost=True, lost_scene="Scene", record_with_obs=True)
    follower = Follower(obs, wanted, record=recorded.append, clock_s=lambda: now_s[0])
    fake.asked.clear()

    def feed(state: str, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            now_s[0] += 0.25
            follower.update(state)

    feed("tracked", 2)
    feed("held", 0.5)
    feed("tracked", 1)
    acts = [name for name, _ in fake.asked if name.startswith("Set")]
    assert acts == []
    feed("lost", 3)
    fake.recording = True
    feed("tracked", 3)
    acts = [fields for name, fields in fake.asked if name == "SetSceneItemEnabled"]
    assert [fields["sceneItemEnabled"] for fields in acts] == [False, True]
    scenes = [fields["sceneName"] for name, fields in fake.asked if name.endswith("ProgramScene")]
    assert scenes == ["Scene", SCENE]
    assert recorded == [True]
    fake.asked.clear()
    follower.update("tracked", calibrating=True)
    follower.update("tracked", calibrating=True)
    follower.update("tracked")
    acts = [fields for name, fields in fake.asked if name == "SetSceneItemEnabled"]
    assert [fields["sceneItemEnabled"] for fields in acts] == [False, True]


def test_states_come_from_status_messages_only() -> None:
    messages = [b"\x01", '{"type":"hello"}', '{"type":"status","state":"lost"}']
    assert list(states(messages)) == [("lost", False)]
    posing = ['{"type":"session","calibrating":"body"}', '{"type":"status","state":"tracked"}']
    assert list(states(posing)) == [("tracked", True)]
