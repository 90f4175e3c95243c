"""The Kinect source on a stand-in for pyk4a: same names, simulated sensor."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bridge.errors import FormatError, SourceError, SourceLostError
from bridge.sources.factory import open_source
from bridge.sources.kinect import KinectSource
from bridge.sources.kinect_playback import KinectPlayback, is_kinect_recording
from bridge.sources.settings import KinectSettings, SourceSettings
from bridge.types import Frame

SIZE = (720, 1280)


# Under pyk4a's own names.
K4AException = type("K4AException", (Exception,), {})
K4ATimeoutException = type("K4ATimeoutException", (K4AException,), {})


def names(title: str, *members: str) -> Any:
    return IntEnum(title, {member: i for i, member in enumerate(members)})


class Calibration:
    """Looks down by 20°; the accelerometer's axes are the colour camera's."""

    def get_camera_matrix(self, camera: int) -> np.ndarray:
        return np.array([[610.0, 0.0, 640.0], [0.0, 611.0, 360.0], [0.0, 0.0, 1.0]])

    def get_extrinsic_parameters(self, source: int, target: int) -> tuple[np.ndarray, np.ndarray]:
        return np.eye(3), np.zeros((1, 3))


ACCELERATION = (0.0, -9.81 * np.cos(np.deg2rad(20.0)), -9.81 * np.sin(np.deg2rad(20.0)))


class Capture:
    def __init__(self, number: int, *, whole: bool = True) -> None:
        self.color: np.ndarray | None = np.zeros((*SIZE, 4), np.uint8)
        self.color[..., 0] = 200  # blue comes first
        self.color_timestamp_usec = 5_000_000 + number * 33_333
        self.transformed_depth = np.full(SIZE, 1500 + number, np.uint16) if whole else None
        self.depth = np.full((576, 640), 1500 + number, np.uint16) if whole else None


class FakeSdk(SimpleNamespace):
    """``script``: what ``get_capture`` does next, a capture or an error to raise."""

    def __init__(self, script: list[Any], *, devices: int = 1, playback: list[Any] | None = None):
        sdk = self
        self.opened: list[int] = []
        self.controls: dict[str, int] = {}
        self.recorded: list[Any] = []
        self.configs: list[Any] = []
        self.startable = True
        self.acceleration = ACCELERATION

        class PyK4A:
            calibration = Calibration()

            def __init__(self, config: Any = None, device_id: int = 0) -> None:
                self.device_id, self.opened = device_id, False
                sdk.configs.append(config)

            def start(self) -> None:
                if not sdk.startable:
                    raise K4AException
                self.opened = True
                sdk.opened.append(self.device_id)

            open = start

            def stop(self) -> None:
                self.opened = False

            close = stop

            @property
            def serial(self) -> str:
                return f"00004012011{self.device_id}"

            def __setattr__(self, name: str, value: Any) -> None:
                if name in ("exposure", "whitebalance"):
                    sdk.controls[name] = value
                object.__setattr__(self, name, value)

            def get_capture(self, timeout: int) -> Capture:
                assert timeout > 0
                step = script.pop(0)
                if isinstance(step, Exception):
                    raise step
                return step

            def get_imu_sample(self, timeout: int) -> dict[str, Any]:
                return {"acc_sample": sdk.acceleration}

        class PyK4ARecord:
            def __init__(self, path: str, config: Any, device: Any) -> None:
                self.path = path

            def create(self) -> None:
                if "no folder" in self.path:
                    raise K4AException

            def write_header(self) -> None: ...

            def write_capture(self, capture: Capture) -> None:
                sdk.recorded.append(capture)

            def flush(self) -> None: ...

            def close(self) -> None:
                sdk.recorded.append("closed")

        class PyK4APlayback:
            calibration = Calibration()
            length = 100_000

            def __init__(self, path: str) -> None:
                self.next = 0

            def open(self) -> None:
                if playback is None:
                    raise K4AException("Cannot open file")

            def close(self) -> None: ...

            @property
            def configuration(self) -> dict[str, Any]:
                return {
                    "color_format": sdk.ImageFormat.COLOR_BGRA32,
                    "camera_fps": sdk.FPS.FPS_30,
                    "color_track_enabled": True,
                    "depth_track_enabled": True,
                }

            def seek(self, offset: int) -> None:
                self.next = round(offset / 33_333)

            def get_next_imu_sample(self) -> dict[str, Any]:
                return {"acc_sample": sdk.acceleration}

            def get_next_capture(self) -> Capture:
                assert playback is not None
                if self.next >= len(playback):
                    raise EOFError
                step = playback[self.next]
                self.next += 1
                if isinstance(step, Exception):
                    raise step
                return step

        super().__init__(
            K4AException=K4AException,
            K4ATimeoutException=K4ATimeoutException,
            PyK4A=PyK4A,
            PyK4ARecord=PyK4ARecord,
            PyK4APlayback=PyK4APlayback,
            Config=lambda **values: SimpleNamespace(**values),
            ImageFormat=names("Format", "COLOR_MJPG", "COLOR_NV12", "COLOR_YUY2", "COLOR_BGRA32"),
            ColorResolution=names("Resolution", "OFF", "RES_720P", "RES_1080P"),
            DepthMode=names("Depth", "OFF", "NFOV_2X2BINNED", "NFOV_UNBINNED", "WFOV_UNBINNED"),
            FPS=names("Fps", "FPS_5", "FPS_15", "FPS_30"),
            WiredSyncMode=names("Sync", "STANDALONE", "MASTER", "SUBORDINATE"),
            CalibrationType=names("Calibration", "DEPTH", "COLOR", "GYRO", "ACCEL"),
            connected_device_count=lambda: devices,
        )


@pytest.fixture
def quick() -> SourceSettings:
    return SourceSettings(reopen_first_s=0.01, reopen_longest_s=0.02)


def test_frames_have_colour_depth_and_the_calibration(quick: SourceSettings) -> None:
    sdk = FakeSdk([Capture(0, whole=False), Capture(1), Capture(2)])
    with KinectSource("kinect", settings=quick, sdk=sdk) as source:
        frame = source.read()
        assert isinstance(frame, Frame)
        assert frame.image_rgb[0, 0].tolist() == [0, 0, 200]
        assert frame.depth_m is not None
        assert frame.depth_m[0, 0] == pytest.approx(1.501)
        assert (frame.camera.fx, frame.camera.fy, frame.camera.cx) == (610.0, 611.0, 640.5)
        assert source.info.live
        assert source.info.size_px == (1280, 720)
        following = source.read()
    assert following is not None
    assert following.stamp.sequence == 1


def test_settings_reach_the_device(tmp_path: Path) -> None:
    kinect = KinectSettings(
        color_resolution="1080p", fps=15, depth_mode="wfov", exposure_us=8000,
        white_balance_k=4500, wired_sync="master", record_mkv=str(tmp_path / "a.mkv"),
    )  # fmt: skip
    sdk = FakeSdk([Capture(0)])
    with KinectSource("kinect:0", settings=SourceSettings(kinect=kinect), sdk=sdk) as source:
        source.read()
    config = sdk.configs[-1]
    assert config.color_resolution.name == "RES_1080P"
    assert config.depth_mode.name == "WFOV_UNBINNED"
    assert config.camera_fps.name == "FPS_15"
    assert config.wired_sync_mode.name == "MASTER"
    assert sdk.controls == {"exposure": 8000, "whitebalance": 4500}
    assert len(sdk.recorded) == 2
    assert sdk.recorded[-1] == "closed"


def test_frames_say_where_up_is(quick: SourceSettings, mkv: Path) -> None:
    """The accelerometer at rest, in the colour camera's axes; live and from a recording."""
    up = (0.0, -np.cos(np.deg2rad(20.0)), -np.sin(np.deg2rad(20.0)))
    with KinectSource("kinect", settings=quick, sdk=FakeSdk([Capture(0)])) as source:
        live = source.read()
    with KinectPlayback(mkv, sdk=FakeSdk([], playback=[Capture(0)])) as played:
        recorded = played.read()
    for frame in (live, recorded):
        assert frame is not None
        np.testing.assert_allclose(frame.up_camera, up, atol=1e-6)


def test_an_accelerometer_that_errs_is_not_believed(quick: SourceSettings) -> None:
    sdk = FakeSdk([Capture(0)])
    sdk.acceleration = (0.0, -3.0, 0.0)
    with KinectSource("kinect", settings=quick, sdk=sdk) as source:
        frame = source.read()
    assert frame is not None
    assert frame.up_camera is None


def test_device_by_serial_or_number(quick: SourceSettings) -> None:
    sdk = FakeSdk([], devices=2)
    KinectSource("kinect:000040120111", settings=quick, sdk=sdk).close()
    assert sdk.opened[-1] == 1
    for spec, message in (
        ("kinect:7", "found 0 to 1"),
        ("kinect:999999999999", "found 000040120110, 000040120111"),
        ("kinect:front", "expected kinect, kinect:INDEX or kinect:SERIAL"),
    ):
        with pytest.raises(SourceError, match=message):
            KinectSource(spec, settings=quick, sdk=sdk)


def test_no_device_and_a_device_in_use(quick: SourceSettings) -> None:
    with pytest.raises(SourceError, match="no Azure Kinect found"):
        KinectSource("kinect", settings=quick, sdk=FakeSdk([], devices=0))
    sdk = FakeSdk([])
    sdk.startable = False
    with pytest.raises(SourceError, match="close other programs"):
        KinectSource("kinect", settings=quick, sdk=sdk)


@pytest.mark.parametrize(
    "faults",
    [[K4AException("usb")], [K4ATimeoutException()] * 3, [K4ATimeoutException()]],
    ids=["lost", "silent", "one late picture"],
)
def test_a_fault_is_told_and_mended(
    quick: SourceSettings, faults: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    sdk = FakeSdk([Capture(0), *faults, Capture(1)])
    with (
        caplog.at_level(logging.WARNING),
        KinectSource("kinect", settings=quick, sdk=sdk) as source,
    ):
        source.read()
        assert source.read() is not None
    assert "USB 3 port" in caplog.text


def test_without_reopening_a_lost_device_ends_the_run() -> None:
    sdk = FakeSdk([K4AException("gone")])
    with (
        KinectSource("kinect", settings=SourceSettings(reopen=False), sdk=sdk) as source,
        pytest.raises(SourceLostError, match="gone"),
    ):
        source.read()


@pytest.fixture
def mkv(tmp_path: Path) -> Path:
    path = tmp_path / "session.mkv"
    path.write_bytes(b"\x1aE\xdf\xa3 ... K4A_DEVICE_SERIAL_NUMBER ...")
    return path


def play(source: KinectPlayback) -> Iterator[Frame]:
    with source:
        while (frame := source.read()) is not None:
            yield frame


def test_playback_in_media_time_with_seek_and_loop(mkv: Path) -> None:
    captures = [Capture(i, whole=i != 1) for i in range(4)]
    frames = list(play(KinectPlayback(mkv, sdk=FakeSdk([], playback=captures))))
    assert [f.stamp.capture_time_ns for f in frames] == [0, 66_666_000, 99_999_000]
    source = KinectPlayback(mkv, sdk=FakeSdk([], playback=captures), loop=True)
    looped = [source.read() for _ in range(7)]
    times = [frame.stamp.capture_time_ns for frame in looped if frame is not None]
    assert len(times) == 7
    assert all(later > earlier for earlier, later in pairwise(times))
    source.seek(0.1)
    frame = source.read()
    assert frame is not None
    assert frame.stamp.capture_time_ns == 99_999_000
    source.close()


def test_playback_up_to_the_damage(mkv: Path, caplog: pytest.LogCaptureFixture) -> None:
    sdk = FakeSdk([], playback=[Capture(0), Capture(1), K4AException("cluster")])
    with caplog.at_level(logging.WARNING):
        assert len(list(play(KinectPlayback(mkv, sdk=sdk)))) == 2
    assert "is damaged after 0.0 s" in caplog.text


def test_bad_recordings(mkv: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not found"):
        open_source(str(tmp_path / "missing.mkv"), settings=SourceSettings())
    with pytest.raises(FormatError, match="not a complete Kinect recording"):
        KinectPlayback(mkv, sdk=FakeSdk([]))
    assert is_kinect_recording(mkv)
    (tmp_path / "film.mkv").write_bytes(b"\x1aE\xdf\xa3 a film")
    assert not is_kinect_recording(tmp_path / "film.mkv")


def test_a_truncated_recording_with_the_real_sdk(mkv: Path) -> None:
    pytest.importorskip("pyk4a")
    with pytest.raises(FormatError, match="not a complete Kinect recording"):
        open_source(str(mkv), settings=SourceSettings())


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, quick: SourceSettings) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyk4a", None)
    with pytest.raises(SourceError, match=r"avatar-bridge\[kinect\]"):
        open_source("kinect", settings=quick)
