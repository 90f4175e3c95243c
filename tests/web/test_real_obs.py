"""``obs setup`` and ``obs status`` against a real OBS under Xvfb, where both are installed."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridge.server.obs import DISPLAY_NAME, Obs, connect
from bridge.server.obs_follow import Follower, FollowSettings

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
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1280x720x24"], **quiet)
    studio = subprocess.Popen(
        ["obs", "--multi", "--disable-shutdown-check"], env=environment, **quiet
    )
    try:
        wait_for(port, studio)
        yield port
    finally:
        for process in (studio, screen):
            process.send_signal(signal.SIGKILL)  # it would ask whether to save
            process.wait(10)


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
    environment = {**os.environ, "OBS_PASSWORD": password}
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
    obs.switch("Avatar Bridge")

    def picture() -> np.ndarray:
        answer = obs.ask("GetSourceScreenshot", sourceName="Avatar Bridge", imageFormat="png")
        data = base64.b64decode(str(answer["imageData"]).partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    deadline_s = time.monotonic() + 20
    while picture().std() < 5:
        assert time.monotonic() < deadline_s, "the screenshot stays empty"
        time.sleep(0.2)
    assert picture().shape == (720, 1280, 3)
    wanted = FollowSettings("Avatar Bridge", hide_when_lost=True)
    follower = Follower(obs, wanted, record=lambda on: None)

    def shown() -> bool:
        items = obs.ask("GetSceneItemList", sceneName="Avatar Bridge")["sceneItems"]
        return {item["sourceName"]: item["sceneItemEnabled"] for item in items}[DISPLAY_NAME]

    follower.update("tracked", calibrating=True)
    assert not shown()
    follower.update("tracked")
    assert shown()
