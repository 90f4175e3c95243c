"""Recordings: exact round trips, crashes, cuts and hostile bytes."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader

from bridge.errors import BridgeError, FormatError, SinkError, SourceError
from bridge.layouts import Layout
from bridge.recording.messages import decode, encode
from bridge.recording.writer import RecordingWriter
from bridge.sinks.recording import RecordingSink
from bridge.sources.recording import RecordingSource
from bridge.types import (
    ActorPose,
    HumanoidPose,
    Intrinsics,
    Keypoints,
    Moment,
    Observation,
    Stamp,
    TrackingState,
)

STEP_NS = 40_000_000
START_NS = 7_000_000_000


def keypoints(rng: np.random.Generator, layout: Layout) -> Keypoints:
    count = layout.count
    return Keypoints(
        layout,
        rng.normal(size=(count, 3)),
        rng.uniform(0, 1280, size=(count, 2)),
        rng.uniform(size=count),
    )


def observation(index: int) -> Observation:
    rng = np.random.default_rng(index)
    return Observation(
        Stamp(index, START_NS + index * STEP_NS, "test"),
        body=keypoints(rng, Layout.MEDIAPIPE_BODY_33),
        left_hand=keypoints(rng, Layout.MEDIAPIPE_HAND_21) if index % 2 else None,
        face=keypoints(rng, Layout.MEDIAPIPE_FACE_478),
        arkit=rng.uniform(size=52),
        camera=Intrinsics.from_fov(1280, 720),
    )


def actor(index: int) -> ActorPose:
    rng = np.random.default_rng(index)
    return ActorPose(
        Stamp(index, START_NS + index * STEP_NS, "test"),
        rotvecs_rad=rng.normal(size=(55, 3)),
        root_m=rng.normal(size=3),
        arkit=rng.uniform(size=52),
        confidence=rng.uniform(size=55),
        face_confidence=0.5,
        bones_m=rng.uniform(0.1, 0.5, size=55),
        standing=rng.uniform(size=2),
    )


def humanoid(index: int) -> HumanoidPose:
    rng = np.random.default_rng(index)
    rotations = rng.normal(size=(55, 4))
    return HumanoidPose(
        Stamp(index, START_NS + index * STEP_NS, "test"),
        hips_m=rng.normal(size=3),
        rotations_xyzw=rotations / np.linalg.norm(rotations, axis=-1, keepdims=True),
        expressions={"happy": 0.25, "jawOpen": 1.0},
        state=TrackingState.HELD,
    )


def record(path: Path, count: int) -> Path:
    writer = RecordingWriter(path)
    for index in range(count):
        writer.write(observation(index))
        writer.write(actor(index))
        writer.write(humanoid(index))
    writer.close()
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("recording") / "whole.mcap", 60)


def read_all(path: Path, **options: object) -> list[Observation | ActorPose]:
    items = []
    with RecordingSource(path, **options) as source:  # type: ignore[arg-type]
        while (item := source.read()) is not None:
            items.append(item)
    return items


def test_messages_round_trip_within_their_rounding() -> None:
    for value in (observation(1), actor(2), humanoid(3)):
        topic = type(value).__name__.replace("Pose", "").lower()
        back = decode(topic, encode(value))
        assert back.stamp == value.stamp
        if topic != "humanoid":  # its quaternions are made unit again
            assert encode(back) == encode(value)
    seen, back = observation(1), decode("observation", encode(observation(1)))
    assert isinstance(back, Observation)
    assert back.camera == seen.camera
    assert back.body is not None
    np.testing.assert_allclose(back.body.positions_m, seen.body.positions_m, atol=0.5001e-4)
    np.testing.assert_allclose(back.body.pixels, seen.body.pixels, atol=0.0501)
    moved, back = actor(2), decode("actor", encode(actor(2)))
    assert isinstance(back, ActorPose)
    np.testing.assert_allclose(back.rotvecs_rad, moved.rotvecs_rad, atol=0.51e-5)
    assert back.standing is not None
    np.testing.assert_allclose(back.standing, moved.standing, atol=1e-3)
    assert back.bones_m is not None
    np.testing.assert_allclose(back.bones_m, moved.bones_m, atol=1e-4)
    posed, back = humanoid(3), decode("humanoid", encode(humanoid(3)))
    assert isinstance(back, HumanoidPose)
    np.testing.assert_allclose(back.rotations_xyzw, posed.rotations_xyzw, atol=2e-6)
    assert dict(back.expressions) == dict(posed.expressions)
    assert back.state is TrackingState.HELD


def test_same_values_give_the_same_file(recorded: Path, tmp_path: Path) -> None:
    assert record(tmp_path / "again.mcap", 60).read_bytes() == recorded.read_bytes()


def test_the_library_and_plain_json_read_it(recorded: Path) -> None:
    with recorded.open("rb") as file:
        rows = [
            (c.topic, s.name, json.loads(m.data)) for s, c, m in make_reader(file).iter_messages()
        ]
    assert len(rows) == 180
    assert {topic for topic, _, _ in rows} == {"observation", "actor", "humanoid"}
    assert np.shape(rows[0][2]["face"]["positions_m"]) == (478, 3)


def test_messages_satisfy_their_published_schema(recorded: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    with recorded.open("rb") as file:
        for schema, _, message in make_reader(file).iter_messages():
            jsonschema.validate(json.loads(message.data), json.loads(schema.data))


def test_source_plays_landmarks_in_media_time(recorded: Path) -> None:
    items = read_all(recorded)
    assert len(items) == 60
    assert all(isinstance(item, Observation) for item in items)
    assert [item.stamp.capture_time_ns for item in items] == [i * STEP_NS for i in range(60)]
    assert read_all(recorded, level="actor")[3].stamp.capture_time_ns == 3 * STEP_NS
    with RecordingSource(recorded) as source:
        assert source.info.fps == pytest.approx(25.0)
        assert source.info.length == 60


@pytest.mark.parametrize(("time_s", "first"), [(0.0, 0), (1.0, 25), (1.01, 26), (99.0, 59)])
def test_seek(recorded: Path, time_s: float, first: int) -> None:
    with RecordingSource(recorded) as source:
        source.read()
        source.seek(time_s)
        item = source.read()
    assert item is not None
    assert item.stamp.capture_time_ns == first * STEP_NS
    expected = read_all(recorded)[first]
    np.testing.assert_array_equal(item.body.positions_m, expected.body.positions_m)


def test_loop_repeats_with_time_going_on(recorded: Path) -> None:
    with RecordingSource(recorded, loop=True) as source:
        items = [source.read() for _ in range(150)]
    times = [item.stamp.capture_time_ns for item in items if item is not None]
    assert times == [i * STEP_NS for i in range(150)]
    np.testing.assert_array_equal(items[7].body.pixels, items[127].body.pixels)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_cut_recording_plays_up_to_the_cut_and_says_so(
    recorded: Path, tmp_path: Path, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    data = recorded.read_bytes()
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(data[: int(len(data) * share)])
    with caplog.at_level(logging.WARNING):
        items = read_all(cut)
    assert 60 * share - 15 <= len(items) <= 60
    assert len(caplog.records) == 1
    assert "cut short" in caplog.text
    for item, whole in zip(items, read_all(recorded), strict=False):
        np.testing.assert_array_equal(item.face.positions_m, whole.face.positions_m)


def test_files_that_are_no_recordings(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        RecordingSource(tmp_path / "missing.mcap")
    for content in (b"", b"hello, this is text", b"\x89MCAP0\r\n", b"\x89MCAP0\r\n" + b"\x06" * 99):
        path = tmp_path / "wrong.mcap"
        path.write_bytes(content)
        with pytest.raises(FormatError):
            RecordingSource(path)


def test_a_newer_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.recording.writer.FORMAT_VERSION", 99)
    with pytest.raises(FormatError, match="Update avatar-bridge"):
        RecordingSource(record(tmp_path / "newer.mcap", 1))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_bytes_never_escape_as_another_error(
    recorded: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(recorded.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.mcap"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        items = read_all(path)
    except BridgeError:
        return
    assert len(items) <= 60


@pytest.mark.parametrize("value", [0, 6])  # a length beyond all memory; one beyond any index
def test_damaged_lengths_in_the_first_block_are_survived(
    recorded: Path, tmp_path: Path, value: int
) -> None:
    content, path = recorded.read_bytes(), tmp_path / "damaged.mcap"
    for position in range(120, 140):  # sizes in the header of the first block
        path.write_bytes(content[:position] + bytes([value]) + content[position + 1 :])
        with contextlib.suppress(BridgeError):
            read_all(path)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"[]",
        b"null",
        b'{"sequence":0}',
        b"[" * 100_000,
        b'{"sequence":1e999,"capture_time_ns":0,"source_id":""}',
        b'{"sequence":0,"capture_time_ns":0,"source_id":"","body":{"layout":"nonsense"}}',
        b'{"sequence":0,"capture_time_ns":0,"source_id":"","arkit":[NaN]}',
        b'{"sequence":0,"capture_time_ns":0,"source_id":"","arkit":"text"}',
        b'{"sequence":0,"capture_time_ns":0,"source_id":"","camera":{"width":0}}',
    ],
)
def test_hostile_messages_are_format_errors(message: bytes) -> None:
    with pytest.raises(FormatError):
        decode("observation", message)


def test_sink_records_what_the_pipeline_gives(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "live.mcap")
    for index in range(40):
        seen = observation(index)
        sink.accept(Moment(seen.stamp, None, seen, actor(index), humanoid(index)))
    sink.close()
    sink.close()
    assert sink.lost == 0
    assert len(read_all(tmp_path / "live.mcap")) == 40
    assert len(read_all(tmp_path / "live.mcap", level="actor")) == 40


def test_sink_refuses_a_place_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="cannot be written"):
        RecordingSink(tmp_path / "no such folder" / "a.mcap")


_ENDLESS_RECORDER = """
import sys, time
from pathlib import Path
import numpy as np
from bridge.layouts import Layout
from bridge.sinks.recording import RecordingSink
from bridge.types import Keypoints, Moment, Observation, Stamp

sink = RecordingSink(Path(sys.argv[1]))
rng = np.random.default_rng(0)
index = 0
while True:
    face = Keypoints(Layout.MEDIAPIPE_FACE_478, rng.normal(size=(478, 3)),
                     rng.uniform(size=(478, 2)), rng.uniform(size=478))
    stamp = Stamp(index, time.monotonic_ns(), "endless")
    sink.accept(Moment(stamp, None, Observation(stamp, face=face)))
    index += 1
    if index == 5:
        print("recording", flush=True)
    time.sleep(0.01)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_readable_after_kill_9_in_mid_write(tmp_path: Path, repo_root: Path) -> None:
    path = tmp_path / "killed.mcap"
    recorder = subprocess.Popen(
        [sys.executable, "-c", _ENDLESS_RECORDER, str(path)],
        cwd=repo_root,
        stdout=subprocess.PIPE,
    )
    assert recorder.stdout is not None
    with recorder.stdout:
        recorder.stdout.readline()
        started = time.monotonic()
        time.sleep(2.2)
        os.kill(recorder.pid, signal.SIGKILL)
        ran_s = time.monotonic() - started
        recorder.wait(10)
    items = read_all(path)
    kept_s = items[-1].stamp.capture_time_ns * 1e-9
    assert kept_s > ran_s - 0.5 - 0.6  # one chunk may be lost, and the machine may be busy
    assert [item.stamp.sequence for item in items] == list(range(len(items)))
