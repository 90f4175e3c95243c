"""Sources against fakes and generated files: no camera, no shared data."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bridge.errors import FormatError, SourceError, SourceLostError
from bridge.sources.camera_device import CameraMode
from bridge.sources.devices import camera_indices
from bridge.sources.factory import open_source
from bridge.sources.image import ImageSource
from bridge.sources.pacing import PacedSource
from bridge.sources.settings import SourceSettings
from bridge.sources.video import VideoSource
from bridge.sources.webcam import WebcamSource


class FakeCamera:
    """Gives ``pictures`` images, then acts unplugged."""

    def __init__(self, mode: CameraMode, pictures: int) -> None:
        self.mode = mode
        self.left = pictures
        self.released = False

    def grab(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def decode(self) -> np.ndarray[Any, Any] | None:
        return np.full((self.mode.height_px, self.mode.width_px, 3), (255, 0, 0), np.uint8)

    def release(self) -> None:
        self.released = True


class FakePort:
    """What is plugged in over time: each opening takes the next camera, None fails."""

    def __init__(self, *cameras: FakeCamera | None) -> None:
        self.cameras = list(cameras)
        self.openings = 0

    def __call__(self, settings: SourceSettings) -> FakeCamera | None:
        self.openings += 1
        return self.cameras.pop(0) if self.cameras else None


VGA = CameraMode(640, 480, 30.0, "MJPG")
FAST = SourceSettings(reopen_first_s=0.001, reopen_longest_s=0.004)


def webcam(port: FakePort, settings: SourceSettings = FAST, **options: Any) -> WebcamSource:
    return WebcamSource(
        port,
        source_id="webcam:0",
        settings=settings,
        missing_text=lambda: "webcam 0 not found; found none",
        **options,
    )


def test_webcam_stamps_at_capture_and_converts_to_rgb() -> None:
    times = iter(range(1_000, 10_000, 1_000))
    with webcam(FakePort(FakeCamera(VGA, 5)), clock_ns=lambda: next(times)) as source:
        first, second = source.read(), source.read()
    assert first is not None
    assert second is not None
    assert (first.stamp.sequence, second.stamp.sequence) == (0, 1)
    assert (first.stamp.capture_time_ns, second.stamp.capture_time_ns) == (1_000, 2_000)
    assert first.image_rgb[0, 0].tolist() == [0, 0, 255]
    assert not first.image_rgb.flags.writeable
    assert source.info.live


def test_webcam_comes_back_after_unplugging(caplog: pytest.LogCaptureFixture) -> None:
    lost, back = FakeCamera(VGA, 2), FakeCamera(VGA, 2)
    port = FakePort(lost, None, None, back)
    with webcam(port) as source:
        sequences = [frame.stamp.sequence for _ in range(4) if (frame := source.read())]
    assert sequences == [0, 1, 2, 3]
    assert lost.released
    assert port.openings == 4
    assert [r.message for r in caplog.records if "is back" in r.message] == ["webcam:0 is back"]


def test_webcam_told_not_to_reopen_raises() -> None:
    source = webcam(FakePort(FakeCamera(VGA, 1)), SourceSettings(reopen=False))
    assert source.read() is not None
    with pytest.raises(SourceLostError, match="stopped giving pictures"):
        source.read()


def test_closed_webcam_ends_even_while_waiting() -> None:
    source = webcam(FakePort(FakeCamera(VGA, 1)))
    source.close()
    assert source.read() is None


def test_missing_webcam_says_so() -> None:
    with pytest.raises(SourceError, match="found none"):
        webcam(FakePort(None))


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (CameraMode(320, 240, 30.0), "320x240 instead of 640x480"),
        (CameraMode(640, 480, 10.0), "10 fps instead of 30"),
    ],
)
def test_wrong_size_or_rate_is_one_warning(
    mode: CameraMode, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with webcam(FakePort(FakeCamera(mode, 9))) as source:
        for _ in range(5):
            source.read()
    warnings = [record.message for record in caplog.records]
    assert len(warnings) == 1
    assert text in warnings[0]
    assert "avatar-bridge devices" in warnings[0]


def test_camera_slower_than_it_says_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    times = iter(range(0, 10**11, 66_000_000))  # 15 fps
    with webcam(FakePort(FakeCamera(VGA, 60)), clock_ns=lambda: next(times)) as source:
        for _ in range(60):
            source.read()
    assert ["15 fps" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_phone_video_plays_upright(tmp_path: Path, rotation_deg: int) -> None:
    """Phones store the sensor's picture and write into the file how to turn it."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("ffmpeg is not installed")
    picture = np.zeros((96, 160, 3), np.uint8)
    picture[:48, :80] = (0, 0, 255)  # red: the sensor's upper left
    picture[48:, 80:] = (0, 255, 0)
    writer = cv2.VideoWriter(
        str(tmp_path / "plain.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (160, 96)
    )
    for _ in range(6):
        writer.write(picture)
    writer.release()
    turned = tmp_path / "turned.mp4"
    quiet = [ffmpeg, "-v", "error", "-y"]
    plain = ["-i", str(tmp_path / "plain.mp4")]
    for rotate in (  # since ffmpeg 6, before it
        ["-display_rotation", str(rotation_deg), *plain, "-c", "copy"],
        [*plain, "-c", "copy", "-metadata:s:v:0", f"rotate={rotation_deg}"],
    ):
        if not subprocess.run([*quiet, *rotate, str(turned)], capture_output=True).returncode:
            break
    else:
        pytest.skip("this ffmpeg cannot write a rotation")
    shown = tmp_path / "shown.png"
    subprocess.run([*quiet, "-i", str(turned), "-frames:v", "1", str(shown)], check=True)
    expected = cv2.cvtColor(cv2.imread(str(shown)), cv2.COLOR_BGR2RGB)  # ffmpeg turns it itself
    upper_left = expected[:20, :20].mean(axis=(0, 1))
    assert upper_left[0] < 100.0  # it did: red is elsewhere
    with VideoSource(turned, settings=SourceSettings()) as source:
        first = source.read()
        source.seek(0.1)
        later = source.read()
        assert source.info.size_px == (expected.shape[1], expected.shape[0])
    for frame in (first, later):
        assert frame is not None
        assert frame.image_rgb.shape == expected.shape
        assert np.abs(frame.image_rgb.astype(int) - expected).mean() < 8.0


def test_rotation_and_flip_of_the_picture() -> None:
    class Corner(FakeCamera):
        def decode(self) -> np.ndarray[Any, Any]:
            image = np.zeros((480, 640, 3), np.uint8)
            image[:10, :10] = 255  # top left
            return image

    turned = SourceSettings(rotation_deg=90)
    with webcam(FakePort(Corner(VGA, 1)), turned) as source:
        frame = source.read()
        assert source.info.size_px == (480, 640)
    assert frame is not None
    assert frame.image_rgb.shape == (640, 480, 3)
    assert frame.image_rgb[0, -1].tolist() == [255, 255, 255]
    assert (frame.camera.width, frame.camera.height) == (480, 640)
    with webcam(FakePort(Corner(VGA, 1)), SourceSettings(flip=True)) as source:
        frame = source.read()
    assert frame is not None
    assert frame.image_rgb[0, -1].tolist() == [255, 255, 255]


def test_grey_and_rgba_pictures() -> None:
    from bridge.sources.picture import rgb_from_decoded

    for shape in ((4, 5), (4, 5, 1), (4, 5, 3), (4, 5, 4)):
        assert rgb_from_decoded(np.zeros(shape, np.uint8)).shape == (4, 5, 3)
    assert rgb_from_decoded(np.full((2, 2), 65535, np.uint16)).max() == 255
    with pytest.raises(FormatError, match="channels"):
        rgb_from_decoded(np.zeros((4, 5, 2), np.uint8))
    with pytest.raises(FormatError, match="float64"):
        rgb_from_decoded(np.zeros((4, 5, 3)))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures at 24 fps whose grey level is ten times their number."""
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 24.0, (64, 48))
    for number in range(12):
        writer.write(np.full((48, 64, 3), number * 10, np.uint8))
    writer.release()
    return path


def numbers(source: VideoSource, count: int = 1000) -> list[int]:
    """The grey levels of the following frames, as numbers of pictures."""
    out: list[int] = []
    while len(out) < count and (frame := source.read()) is not None:
        out.append(round(float(frame.image_rgb.mean()) / 10.0))
    return out


def test_video_media_times(clip: Path) -> None:
    with VideoSource(clip, settings=SourceSettings()) as source:
        times = [f.stamp.capture_time_ns for _ in range(12) if (f := source.read())]
        assert source.read() is None
    assert np.allclose(np.diff(times) * 1e-9, 1 / 24, atol=1e-4)
    assert times[0] == 0
    assert source.info.fps == pytest.approx(24.0)
    assert source.info.length == 12


def test_video_seek_and_loop(clip: Path) -> None:
    with VideoSource(clip, settings=SourceSettings(loop=True)) as source:
        source.seek(6 / 24)
        assert numbers(source, 8) == [6, 7, 8, 9, 10, 11, 0, 1]
        source.seek(0.0)
        assert numbers(source, 2) == [0, 1]
        with pytest.raises(SourceError, match="ends at"):
            source.seek(60.0)


def test_loop_never_goes_back_in_time(clip: Path) -> None:
    with VideoSource(clip, settings=SourceSettings(loop=True)) as source:
        times = [f.stamp.capture_time_ns for _ in range(30) if (f := source.read())]
    assert np.allclose(np.diff(times) * 1e-9, 1 / 24, atol=1e-3)


def test_cut_video_plays_what_decodes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An index at the front and pictures cut away at the back, as a full disk leaves it."""
    whole = tmp_path / "whole.avi"
    writer = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, (64, 48))
    noise = np.random.default_rng(1)
    for _ in range(40):
        writer.write(noise.integers(0, 255, (48, 64, 3), np.uint8))
    writer.release()
    cut = tmp_path / "cut.avi"
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    with VideoSource(cut, settings=SourceSettings()) as source:
        count = len(numbers(source))
    assert 5 < count < 40
    assert any("cut short" in record.message for record in caplog.records)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"this is not a video\n" * 20, "is a text file"),
        (b"", "is empty"),
        (bytes(range(256)) * 40, "holds no picture"),
    ],
)
def test_not_a_video(content: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.mp4"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=text):
        open_source(str(path), settings=SourceSettings())


def test_folder_in_natural_order_skips_what_does_not_decode(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), np.full((8, 8, 3), number, np.uint8))
    (tmp_path / "frame3.png").write_text("no image")
    (tmp_path / "notes.txt").write_text("no image either")
    with open_source(str(tmp_path), settings=SourceSettings(fps=10.0)) as source:
        frames = [frame for _ in range(4) if (frame := source.read()) is not None]
    assert [int(frame.image_rgb[0, 0, 0]) for frame in frames] == [1, 2, 10]
    assert [f.stamp.capture_time_ns for f in frames] == [0, 100_000_000, 200_000_000]


def test_one_image_is_one_frame(tmp_path: Path) -> None:
    path = tmp_path / "föto.png"
    cv2.imencode(".png", np.zeros((8, 8, 4), np.uint8))[1].tofile(path)
    with ImageSource(path, settings=SourceSettings()) as source:
        assert source.info.length == 1
        frame = source.read()
        assert frame is not None
        assert frame.image_rgb.shape == (8, 8, 3)
        assert source.read() is None


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    settings = SourceSettings()
    with pytest.raises(SourceError, match=r"nowhere.mp4 not found. A source is"):
        open_source(str(tmp_path / "nowhere.mp4"), settings=settings)
    (tmp_path / "table.txt").write_text("1,2\n")
    with pytest.raises(FormatError, match="cannot be played"):
        open_source(str(tmp_path / "table.txt"), settings=settings)
    with pytest.raises(FormatError, match="no image"):
        open_source(str(tmp_path), settings=settings)
    with pytest.raises(SourceError, match=r"webcam 97 not found; found .*avatar-bridge devices"):
        open_source("97", settings=settings)


def test_linux_camera_list_leaves_out_metadata_nodes(tmp_path: Path) -> None:
    for node, index in (("video0", "0"), ("video1", "1"), ("video10", "0"), ("video2", "0")):
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(index + "\n")
    import sys

    if not sys.platform.startswith("linux"):
        pytest.skip("sysfs is Linux")
    assert camera_indices(sysfs=tmp_path) == (0, 2, 10)


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now_ns = 5_000_000_000
        self.waits_s: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self.now_ns += round(seconds * 1e9)


@pytest.fixture
def paced(clip: Path) -> Callable[[Clock, float], PacedSource]:
    def make(clock: Clock, speed: float = 1.0) -> PacedSource:
        inner = VideoSource(clip, settings=SourceSettings())
        return PacedSource(inner, speed=speed, clock_ns=lambda: clock.now_ns, wait_s=clock.wait)

    return make


def test_pacing_restamps_to_when_due(paced: Callable[..., PacedSource]) -> None:
    clock = Clock()
    with paced(clock) as source:
        stamps = [item.stamp.capture_time_ns for _ in range(12) if (item := source.read())]
    assert stamps[0] == 5_000_000_000
    assert np.allclose(np.diff(stamps) * 1e-9, 1 / 24, atol=1e-4)
    assert clock.waits_s == pytest.approx([1 / 24] * 11, abs=1e-4)


def test_pacing_at_double_speed_and_when_late(paced: Callable[..., PacedSource]) -> None:
    clock = Clock()
    with paced(clock, speed=2.0) as source:
        source.read()
        source.read()
        assert clock.waits_s == pytest.approx([1 / 48], abs=1e-4)
        clock.now_ns += 30_000_000  # a little late: no wait, the stamp stays what was due
        late = source.read()
        assert late is not None
        assert late.stamp.capture_time_ns == pytest.approx(5_000_000_000 + 2e9 / 48, abs=1e5)
        assert len(clock.waits_s) == 1
        clock.now_ns += 10_000_000_000  # the computer slept
        item = source.read()
        assert item is not None
        assert item.stamp.capture_time_ns == clock.now_ns
