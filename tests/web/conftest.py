"""What the page's tests need: Node with the page's packages, later a browser and a daemon."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from scipy.spatial.transform import Rotation

from bridge.layouts import BodyLandmark, Layout
from bridge.recording.reader import RecordingFile
from bridge.recording.schemas import OBSERVATION_TOPIC
from bridge.recording.writer import RecordingWriter
from bridge.skeleton import ARKIT_COUNT, SMPLX_JOINT_COUNT, ArkitBlendshape, SmplxJoint
from bridge.types import Keypoints, Observation, Stamp


def missing(reason: str) -> None:
    """Skip, except under CI where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing under CI: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def build_page(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_page", repo_root / "tools/build_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def node(build_page: ModuleType) -> list[str]:
    """How to run Node, with the page's packages installed."""
    try:
        build_page.install_packages()
        return build_page.node_command()
    except build_page.PageBuildError as error:
        missing(str(error))
        raise


BROWSER_PATHS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
# WebGL without a graphics card.
BROWSER_FLAGS = (
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox",
)  # fmt: skip
FPS = 30.0
START_TIMEOUT_S = 60.0
CAMERA_PITCH_DEG = 12.0
SHOWN = "window.avatarBridge?.stage.avatar && window.avatarBridge.stage.playback.received > 3"


@pytest.fixture(scope="session")
def page(build_page: ModuleType) -> Path:
    """The built page."""
    try:
        return build_page.build()
    except build_page.PageBuildError as error:
        missing(str(error))
        raise


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = [path for path in BROWSER_PATHS if Path(path).exists()]
    if not found:
        missing("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found[0], args=list(BROWSER_FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of motion as an AMASS file: arms down, the right one waves, eyes blink."""
    frames = round(4 * FPS)
    turn = 2 * np.pi * np.arange(frames) / frames  # seamless when it loops
    poses = np.zeros((frames, SMPLX_JOINT_COUNT, 3), np.float32)
    poses[:, SmplxJoint.LEFT_SHOULDER] = (0.0, 0.0, -1.2)
    poses[:, SmplxJoint.RIGHT_SHOULDER] = (0.0, 0.0, 0.4)
    poses[:, SmplxJoint.RIGHT_ELBOW, 1] = 0.9 + 0.5 * np.sin(2 * turn)
    poses[:, SmplxJoint.HEAD, 1] = 0.3 * np.sin(turn)
    arkit = np.zeros((frames, ARKIT_COUNT), np.float32)
    blink = np.clip(np.sin(2 * turn), 0, 1) ** 8
    arkit[:, ArkitBlendshape.EYE_BLINK_LEFT] = blink
    arkit[:, ArkitBlendshape.EYE_BLINK_RIGHT] = blink
    arkit[:, ArkitBlendshape.JAW_OPEN] = 0.4 + 0.4 * np.sin(3 * turn)
    file = tmp_path_factory.mktemp("clip") / "wave.npz"
    np.savez(
        file, poses=poses.reshape(frames, -1), trans=np.tile((0.0, 0.95, 0.0), (frames, 1)),
        betas=np.zeros(10), gender="neutral", mocap_frame_rate=FPS, arkit=arkit, up_axis="y",
        confidence=np.ones((frames, SMPLX_JOINT_COUNT), np.float32),
        face_confidence=np.ones(frames, np.float32),
    )  # fmt: skip
    return file


def new_tab(browser: Browser, url: str) -> Page:
    """The main page, its avatar loaded and moving, without a complaint on the console."""
    page = browser.new_page(viewport={"width": 900, "height": 600})
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while not page.evaluate(f"!!({SHOWN})"):
        assert time.monotonic() < deadline_s, complaints
        time.sleep(0.05)
    assert complaints == []
    return page


class Daemon:
    """``avatar-bridge run --page`` on a clip, as its own process."""

    def __init__(self, root: Path, clip: Path, folder: Path) -> None:
        self.settings_file = folder / "me.toml"
        self.settings_file.write_text("# Mine.\n[retarget]\nmirror = false  # as I am\n")
        self._root, self._clip, self._folder = root, clip, folder
        self.data_home, self.config_home = folder / "data", folder / "config"
        self.camera_pitch_deg = 0.0  # of what is replayed
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with socket.socket() as probe:
            if not self.port:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        log = (self._folder / "log.txt").open("a")
        command = [sys.executable, "-m", "bridge", "run", "--source", str(self._clip), "--loop"]
        command += ["--page", "--page-port", str(self.port), "--config", str(self.settings_file)]
        # Recordings and calibrations go into the test's own folder.
        environment = {
            **os.environ, "XDG_DATA_HOME": str(self.data_home),
            "XDG_CONFIG_HOME": str(self.config_home),
        }  # fmt: skip
        self._process = subprocess.Popen(
            command, cwd=self._root, env=environment, stdout=log, stderr=log, text=True
        )
        log.close()
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/api/settings", timeout=1).close()
                return
            except OSError:
                log_text = (self._folder / "log.txt").read_text()
                assert self._process.poll() is None, log_text
                assert time.monotonic() < deadline_s, log_text
                time.sleep(0.1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def post(self, path: str, body: dict[str, object]) -> None:
        request = urllib.request.Request(
            f"{self.url}{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=10).close()

    def settings(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/settings", timeout=10) as answer:
            return json.load(answer)["values"]


@pytest.fixture(scope="module")
def daemon(
    page: Path, repo_root: Path, clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Daemon]:
    """One for all tests of a module; each leaves it running and playing."""
    running = Daemon(repo_root, clip, tmp_path_factory.mktemp("daemon"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def tab(browser: Browser, daemon: Daemon) -> Iterator[Page]:
    page = new_tab(browser, daemon.url)
    yield page
    page.close()


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens the main page of another daemon."""
    opened: list[Page] = []

    def open_page(url: str) -> Page:
        opened.append(new_tab(browser, url))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()


@pytest.fixture
def posing(tmp_path: Path, repo_root: Path) -> Iterator[Any]:
    """A daemon that replays someone in a T-pose before a camera that looks down on them."""
    file = tmp_path / "posing.mcap"
    demo = RecordingFile(repo_root / "bridge/assets/demo.mcap")
    seen = [item for item in demo.read(OBSERVATION_TOPIC) if isinstance(item, Observation)]
    face = next(item.face for item in seen if item.face is not None)
    demo.close()
    writer = RecordingWriter(file)
    for frame in range(60):
        stamp = Stamp(frame, round(frame * 1e9 / 30), "posing")
        writer.write(Observation(stamp, body=t_pose(CAMERA_PITCH_DEG), face=face))
    writer.close()
    running = Daemon(repo_root, file, tmp_path)
    running.camera_pitch_deg = CAMERA_PITCH_DEG
    running.start()
    yield running
    running.stop()


def t_pose(pitch_deg: float) -> Keypoints:
    """Upright, arms out; camera axes: X right, Y down, Z away from it."""
    places = {"SHOULDER": (0.2, -0.5), "ELBOW": (0.45, -0.5), "WRIST": (0.7, -0.5), "HIP": (0.1, 0)}
    places |= {"KNEE": (0.1, 0.4), "ANKLE": (0.1, 0.8)}
    points = np.zeros((len(BodyLandmark), 3))
    for landmark in BodyLandmark:
        side, _, joint = landmark.name.partition("_")
        x, y = places.get(joint, (0.05, -0.7))
        points[landmark] = (x if side == "LEFT" else -x, y, 0.0)
    points = points @ Rotation.from_euler("x", pitch_deg, degrees=True).as_matrix().T
    pixels = 320 + 200 * points[:, :2]
    seen = np.ones(len(points), np.float32)
    return Keypoints(Layout.MEDIAPIPE_BODY_33, points.astype(np.float32), pixels, seen)
