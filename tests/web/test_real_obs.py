"""``obs setup`` and ``obs status`` against a real OBS under Xvfb, where both are installed."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridge.server.obs import DISPLAY_NAME, WINDOW_NAME, Obs, connect
from bridge.server.obs_follow import Follower, FollowSettings

pytest.importorskip("Xlib", reason="windows are captured on Linux only")
from Xlib import X, Xutil, display

PASSWORD = "for-this-test"
DISPLAY = ":97"
SETTINGS = """[General]
FirstRun=true
[OBSWebSocket]
FirstLoad=false
ServerEnabled=true
ServerPort={port}
AlertsEnabled=false
AuthRequired=true
ServerPassword={password}
"""
START_TIMEOUT_S = 60.0


@pytest.fixture(scope="module")
def obs_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    missing = [name for name in ("obs", "Xvfb") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")  # optional, also under CI
    home = tmp_path_factory.mktemp("obs")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = home / ".config" / "obs-studio"
    folder.mkdir(parents=True)
    (folder / "global.ini").write_text(SETTINGS.format(port=port, password=PASSWORD))
    environment = {
        **os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_RUNTIME_DIR": str(home), "DISPLAY": DISPLAY, "LIBGL_ALWAYS_SOFTWARE": "1",
    }  # fmt: skip
    with contextlib.ExitStack() as started:

        def start(*command: str) -> subprocess.Popen[bytes]:
            quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = subprocess.Popen(command, env=environment, **quiet)
            started.callback(process.wait, 10)
            started.callback(process.send_signal, signal.SIGKILL)  # OBS would ask whether to save
            return process

        start("Xvfb", DISPLAY, "-screen", "0", "1280x720x24")
        wait_for_display()
        if shutil.which("openbox") is not None:  # OBS lists no windows without a window manager
            start("openbox")
            wait_for_window_manager()
        wait_for(port, start("obs", "--multi", "--disable-shutdown-check"))
        yield port


def wait_for_display() -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(f"/tmp/.X11-unix/X{DISPLAY[1:]}") == 0:
                return
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def wait_for_window_manager() -> None:
    x = display.Display(DISPLAY)
    name = x.intern_atom("_NET_SUPPORTING_WM_CHECK")
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while x.screen().root.get_full_property(name, X.AnyPropertyType) is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    x.close()


def wait_for(port: int, studio: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if studio.poll() is not None:
                pytest.skip("OBS does not start here")
            assert time.monotonic() < deadline_s
            time.sleep(0.2)


def run_obs(root: Path, port: int, *arguments: str, password: str = PASSWORD) -> tuple[int, str]:
    command = [sys.executable, "-m", "bridge", "obs", *arguments, "--port", str(port)]
    environment = {**os.environ, "OBS_PASSWORD": password, "DISPLAY": DISPLAY}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_setup_and_status(repo_root: Path, obs_port: int) -> None:
    code, text = run_obs(repo_root, obs_port, "status", "--json")
    assert code == 0, text
    before = json.loads(text)
    assert before["scene"] is None
    assert before["canvas"] == [1280, 720]
    code, text = run_obs(repo_root, obs_port, "setup")
    if code == 0:  # an OBS with the browser source
        found = json.loads(run_obs(repo_root, obs_port, "status", "--json")[1])
        assert found["scene"] == "Avatar Bridge"
        assert "transparent=1" in found["source_url"]
    else:  # Debian's
        assert "no browser source" in text
        assert "--window" in text


def test_wrong_password_is_one_clear_line(repo_root: Path, obs_port: int) -> None:
    code, text = run_obs(repo_root, obs_port, "status", password="wrong")
    assert code == 1
    assert text.startswith("error: OBS on 127.0.0.1")
    assert "--password" in text
    assert len(text.strip().splitlines()) == 1


def screenshot(obs: Obs, source: str) -> np.ndarray:
    answer = obs.ask("GetSourceScreenshot", sourceName=source, imageFormat="png")
    data = base64.b64decode(str(answer["imageData"]).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def client(obs_port: int) -> Iterator[Obs]:
    connection: Any = connect("127.0.0.1", obs_port, PASSWORD)
    with connection:
        yield Obs(connection)


def test_screen_is_captured_and_hidden_while_calibrating(
    repo_root: Path, obs_port: int, client: Obs
) -> None:
    """The picture is fetched through the websocket: what stands on the display (OBS itself)."""
    code, text = run_obs(repo_root, obs_port, "setup", "--display")
    assert code == 0, text
    obs = client
    seen = screenshot(obs, "Avatar Bridge")
    assert seen.std() > 5
    assert seen.shape == (720, 1280, 3)
    wanted = FollowSettings("Avatar Bridge", hide_when_lost=True)
    follower = Follower(obs, wanted, record=lambda on: None)

    def shown() -> bool:
        items = obs.ask("GetSceneItemList", sceneName="Avatar Bridge")["sceneItems"]
        return {item["sourceName"]: item["sceneItemEnabled"] for item in items}[DISPLAY_NAME]

    follower.update("tracked", calibrating=True)
    assert not shown()
    follower.update("tracked")
    assert shown()


COLOURS = (0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00)  # of its quarters, row by row


@pytest.fixture
def player(obs_port: int) -> Iterator[Any]:
    """A window on OBS's screen that stands in for Unity's player."""
    if shutil.which("openbox") is None:
        pytest.skip("not installed: openbox")
    x = display.Display(DISPLAY)
    screen = x.screen()
    width, height = 480, 360
    picture = screen.root.create_pixmap(width, height, screen.root_depth)
    pen = picture.create_gc()
    for at, colour in enumerate(COLOURS):
        pen.change(foreground=colour)
        corner = (at % 2 * width // 2, at // 2 * height // 2)
        picture.fill_rectangle(pen, *corner, width // 2, height // 2)
    window = screen.root.create_window(
        300, 200, width, height, 0, screen.root_depth, background_pixmap=picture
    )
    window.set_wm_name("Stand-in player")
    window.set_wm_class("player", "Player")
    window.set_wm_normal_hints(flags=Xutil.USPosition | Xutil.PSize)
    window.map()
    x.sync()
    deadline_s = time.monotonic() + 10
    while window.get_attributes().map_state != X.IsViewable:
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    yield window
    window.destroy()
    x.close()


def test_window_is_seen_whether_or_not_its_driver_shares_it(
    repo_root: Path, obs_port: int, client: Obs, player: Any
) -> None:
    """Where the driver shares no windows, as here, the screen is cropped to it."""
    code, text = run_obs(repo_root, obs_port, "setup", "--window", "stand-in")
    assert code == 0, text
    status = json.loads(run_obs(repo_root, obs_port, "status", "--json")[1])
    pictures = {one["name"]: one["picture"] for one in status["sources"] if one["shown"]}
    assert len(pictures) == 1
    (source,) = pictures
    assert pictures[source]
    if source == DISPLAY_NAME:
        assert "no picture of the window itself" in text
        assert {one["name"]: one["picture"] for one in status["sources"]}[WINDOW_NAME] is False
        code, text = run_obs(repo_root, obs_port, "setup", "--window", "stand-in", "--no-display")
        assert code == 1
        assert "error: OBS gets no picture of Stand-in player" in text
        code, text = run_obs(repo_root, obs_port, "setup", "--window", "stand-in", "--display")
        assert code == 0, text
    seen = screenshot(client, source)
    assert seen.shape == (360, 480, 3)
    assert quarters(seen) == COLOURS
    assert quarters(screenshot(client, "Avatar Bridge")[:, 160:-160]) == COLOURS


def quarters(picture: np.ndarray) -> tuple[int, ...]:
    """The colour of each quarter, row by row; -1 for one of several colours."""
    height, width = picture.shape[:2]
    colours: list[int] = []
    for top, bottom in ((2, height // 2 - 3), (height // 2 + 3, height - 3)):
        for left, right in ((2, width // 2 - 3), (width // 2 + 3, width - 3)):
            inside = picture[top:bottom, left:right].reshape(-1, 3)
            even = bool((inside == inside[0]).all())
            colours.append(int.from_bytes(inside[0].tobytes(), "big") if even else -1)
    return tuple(colours)


def test_crop_follows_the_window_and_is_hidden_without_it(
    repo_root: Path, obs_port: int, client: Obs, player: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text = run_obs(repo_root, obs_port, "setup", "--window", "stand-in", "--display")
    assert code == 0, text
    monkeypatch.setenv("DISPLAY", DISPLAY)
    now_s = [0.0]
    follower = Follower(
        client, FollowSettings("Avatar Bridge"), record=lambda on: None, clock_s=lambda: now_s[0]
    )

    def followed(until: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 10  # window manager and capture take their time
        while not until():
            assert time.monotonic() < deadline_s
            time.sleep(0.2)
            now_s[0] += 2.0
            follower.update("tracked")

    def shown() -> bool:
        sources = client.status(scene="Avatar Bridge").sources
        return next(one.shown for one in sources if one.name == DISPLAY_NAME)

    def whole() -> bool:
        return shown() and quarters(screenshot(client, DISPLAY_NAME)) == COLOURS

    def left() -> int:
        return client.ask("GetInputSettings", inputName=DISPLAY_NAME)["inputSettings"]["cut_left"]

    assert whole()
    before = left()
    player.configure(x=700, y=300)
    player.display.flush()
    followed(lambda: left() > before + 300)
    followed(whole)
    player.unmap()
    player.display.flush()
    followed(lambda: not shown())
    player.map()
    player.display.flush()
    followed(whole)
