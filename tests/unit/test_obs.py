"""What is asked of OBS, checked against the published request schema, with a fake OBS."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.server import obs as obs_module
from bridge.server.obs import DISPLAY_NAME, SOURCE_NAME, WINDOW_NAME, Obs, ObsError
from bridge.server.obs_follow import Follower, FollowSettings, states

SCENE = "Avatar Bridge"
# Request fields of obs-websocket 5.x (docs/generated/protocol.md): name -> (type, required).
SCHEMA: dict[str, dict[str, tuple[type, bool]]] = {
    "GetVersion": {}, "GetVideoSettings": {}, "GetSceneList": {}, "GetRecordStatus": {},
    "GetStreamStatus": {},
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
        self.picture_width = 640.0

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
        return {"scenes": [{"sceneName": name} for name in self.scenes]}

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

    def _SetInputSettings(self, inputName: str, inputSettings: dict[str, Any]) -> None:
        self.inputs[inputName][1].update(inputSettings)

    def _GetInputSettings(self, inputName: str) -> dict[str, Any]:
        kind, settings = self.inputs[inputName]
        return {"inputKind": kind, "inputSettings": settings}

    def _GetInputPropertiesListPropertyItems(self, **_data: Any) -> dict[str, Any]:
        return {"propertyItems": [{"itemName": "My Unity Player", "itemValue": "42"}]}

    def _GetSourceActive(self, sourceName: str) -> dict[str, bool]:
        return {"videoActive": True}

    def _GetSceneItemList(self, sceneName: str) -> dict[str, Any]:
        return {
            "sceneItems": [
                {"sourceName": name, "sceneItemEnabled": (sceneName, at) not in self.hidden}
                for at, name in enumerate(self.scenes[sceneName], start=1)
            ]
        }

    def _GetSceneItemId(self, sceneName: str, sourceName: str) -> dict[str, int]:
        return {"sceneItemId": 1 + self.scenes[sceneName].index(sourceName)}

    def _CreateSceneItem(self, sceneName: str, sourceName: str) -> None:
        self.scenes[sceneName].append(sourceName)

    def _SetSceneItemTransform(self, **_data: Any) -> None: ...

    def _GetSceneItemTransform(self, **_data: Any) -> dict[str, Any]:
        return {"sceneItemTransform": {"sourceWidth": self.picture_width}}

    def _SetSceneItemEnabled(
        self, sceneName: str, sceneItemId: int, sceneItemEnabled: bool
    ) -> None:
        item = (sceneName, sceneItemId)
        (self.hidden.discard if sceneItemEnabled else self.hidden.add)(item)

    def _SetCurrentProgramScene(self, sceneName: str) -> None: ...


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
    assert obs.set_up_window("unity", scene=SCENE) == "My Unity Player"
    assert fake.inputs[WINDOW_NAME] == (
        "xcomposite_input", {"show_cursor": False, "capture_window": "42"},
    )  # fmt: skip
    assert fake.scenes[SCENE] == [SOURCE_NAME, WINDOW_NAME]
    assert fake.hidden == {(SCENE, 1)}  # one of the two is seen
    assert obs.status(scene=SCENE).source_kind == "xcomposite_input"
    obs.set_up_browser("http://c/", scene=SCENE)
    assert fake.hidden == {(SCENE, 2)}
    assert obs.status(scene=SCENE).source_url == "http://c/"


def test_window_without_a_picture_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obs_module, "_PICTURE_WAIT_S", 0.0)
    fake = FakeObs(["xcomposite_input", "xshm_input"])
    fake.picture_width = 0.0
    with pytest.raises(ObsError, match=r"no picture of My Unity Player.*--display"):
        Obs(fake).set_up_window("unity", scene=SCENE)
    fake.picture_width = 1280.0
    assert Obs(fake).set_up_display(scene=SCENE) == "xshm_input"
    assert fake.inputs[DISPLAY_NAME][0] == "xshm_input"
    assert fake.hidden == {(SCENE, 1)}


def test_missing_browser_source_and_window_are_explained() -> None:
    with pytest.raises(ObsError, match=r"no browser source.*--window"):
        Obs(FakeObs(["image_source"])).set_up_browser("http://a/", scene=SCENE)
    with pytest.raises(ObsError, match="My Unity Player"):
        Obs(FakeObs(["window_capture"])).set_up_window("chess", scene=SCENE)


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
