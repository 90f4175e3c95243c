"""Archives that others made: every variant accepted, every fault named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.errors import FormatError, SourceError
from bridge.skeleton import SmplxJoint
from bridge.sources.archive import ArchiveSource
from bridge.types import ActorPose, Observation

T = 12


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def write(**arrays: object) -> Path:
        path = tmp_path / "archive.npz"
        np.savez(path, **{key: np.asarray(value) for key, value in arrays.items()})
        return path

    return write


def motion_keys() -> dict[str, object]:
    rng = np.random.default_rng(3)
    return {
        "poses": rng.normal(scale=0.2, size=(T, 165)),
        "trans": rng.normal(size=(T, 3)),
        "betas": rng.normal(size=16),
        "gender": "female",
        "mocap_frame_rate": 60.0,
    }


def observation_keys() -> dict[str, object]:
    rng = np.random.default_rng(4)
    return {
        "fps": 30.0,
        "body_positions_m": rng.normal(size=(T, 33, 3)),
        "body_confidence": rng.uniform(size=(T, 33)),
    }


def read_all(path: Path) -> list[Observation | ActorPose]:
    with ArchiveSource(path) as source:
        assert source.info.length == T
        items = [source.read() for _ in range(T)]
        assert source.read() is None
    assert all(item is not None for item in items)
    return items  # type: ignore[return-value]


def test_amass_whole_and_split_are_the_same(save: Callable[..., Path]) -> None:
    keys = motion_keys()
    poses = np.asarray(keys.pop("poses"))
    whole = read_all(save(poses=poses, **keys))
    split = read_all(
        save(
            root_orient=poses[:, :3],
            pose_body=poses[:, 3:66],
            pose_jaw=poses[:, 66:69],
            pose_eye=poses[:, 69:75],
            pose_hand=poses[:, 75:],
            **keys,
        )
    )
    for one, other in zip(whole, split, strict=True):
        assert isinstance(one, ActorPose)
        assert isinstance(other, ActorPose)
        np.testing.assert_array_equal(one.rotvecs_rad, other.rotvecs_rad)
    np.testing.assert_allclose(whole[5].rotvecs_rad.reshape(-1), poses[5], atol=1e-6)
    np.testing.assert_allclose(whole[5].betas, np.asarray(keys["betas"])[:10], rtol=1e-6)
    assert whole[6].stamp.capture_time_ns == 100_000_000


def test_smplh_has_its_hands_in_the_right_place(save: Callable[..., Path]) -> None:
    poses = np.arange(156.0)[None].repeat(T, 0) * 1e-3
    pose = read_all(save(poses=poses, mocap_framerate=60, up_axis="y"))[0]
    assert isinstance(pose, ActorPose)
    np.testing.assert_allclose(pose.rotvecs_rad[SmplxJoint.LEFT_INDEX1], [0.066, 0.067, 0.068])
    assert not pose.rotvecs_rad[SmplxJoint.JAW].any()


def test_z_up_is_found_and_turned_up(save: Callable[..., Path]) -> None:
    # Upright in a world with +Z up, facing its -Y, as AMASS has it.
    upright = Rotation.from_euler("x", 90, degrees=True).as_rotvec()
    poses = np.zeros((T, 165))
    poses[:, :3] = upright
    keys = {"poses": poses, "trans": np.tile([1.0, 2.0, 0.9], (T, 1)), "mocap_frame_rate": 30}
    pose = read_all(save(**keys))[0]
    assert isinstance(pose, ActorPose)
    np.testing.assert_allclose(pose.rotvecs_rad, 0.0, atol=1e-6)
    np.testing.assert_allclose(pose.root_m, [1.0, 0.9, -2.0], atol=1e-6)
    # Declared +Y up it is left alone: somebody lying on the floor.
    pose = read_all(save(**keys, up_axis="y"))[0]
    np.testing.assert_allclose(pose.rotvecs_rad[0], upright, atol=1e-6)


def test_nan_in_motion_is_not_seen(save: Callable[..., Path]) -> None:
    keys = motion_keys()
    poses = np.asarray(keys["poses"])
    poses[2, 3 * SmplxJoint.LEFT_KNEE] = np.nan
    pose = read_all(save(**keys))[2]
    assert isinstance(pose, ActorPose)
    assert pose.confidence[SmplxJoint.LEFT_KNEE] == 0.0
    assert pose.confidence[SmplxJoint.RIGHT_KNEE] == 1.0
    assert not pose.rotvecs_rad[SmplxJoint.LEFT_KNEE].any()


def test_least_observation_archive(save: Callable[..., Path]) -> None:
    keys = observation_keys()
    seen = read_all(save(**keys))
    assert isinstance(seen[3], Observation)
    assert seen[3].body is not None
    np.testing.assert_allclose(
        seen[3].body.positions_m, np.asarray(keys["body_positions_m"])[3], rtol=1e-6
    )
    assert seen[3].left_hand is None
    assert seen[3].camera is None
    assert seen[3].stamp.capture_time_ns == 100_000_000


def test_whole_observation_archive(save: Callable[..., Path]) -> None:
    rng = np.random.default_rng(5)
    confidence = np.ones((T, 21))
    confidence[4] = 0.0
    path = save(
        **observation_keys(),
        image_size_px=[640, 480],
        capture_time_ns=np.arange(T) * 50_000_000 + 9_000,
        body_pixels=rng.uniform(size=(T, 33, 2)),
        left_hand_positions_m=rng.normal(size=(T, 21, 3)),
        left_hand_confidence=confidence,
        right_hand_positions_m=rng.normal(size=(T, 21, 3)),
        face_positions=rng.normal(size=(T, 478, 3)),
        arkit=rng.uniform(size=(T, 52)),
    )
    items = read_all(path)
    assert all(isinstance(item, Observation) for item in items)
    assert items[4].left_hand is None
    assert items[5].left_hand is not None
    assert items[4].right_hand is not None
    assert items[4].face is not None
    assert items[4].arkit is not None
    assert items[4].camera.width == 640
    assert items[2].stamp.capture_time_ns == 100_000_000


def test_nan_landmarks_have_no_confidence(save: Callable[..., Path]) -> None:
    keys = observation_keys()
    np.asarray(keys["body_positions_m"])[0, 7, 1] = np.nan
    np.asarray(keys["body_confidence"])[0, 8] = np.nan
    seen = read_all(save(**keys))[0]
    assert seen.body.confidence[7] == 0.0
    assert seen.body.confidence[8] == 0.0
    assert np.isfinite(seen.body.positions_m).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"body_positions_m": np.zeros((T, 25, 3))},
            r"body_positions_m.*\(12, 25, 3\).*\(T, 33, 3\)",
        ),
        ({"body_confidence": np.zeros((T - 1, 33))}, r"body_confidence.*\(11, 33\).*\(12, 33\)"),
        ({"body_confidence": None}, "body_confidence.*"),
        ({"fps": 0.0}, "fps.*0"),
        ({"fps": "fast"}, "fps"),
        ({"arkit": np.zeros((T, 51))}, r"arkit.*\(12, 51\).*\(12, 52\)"),
        ({"capture_time_ns": np.arange(T)[::-1]}, "backwards"),
        ({"body_confidence": np.full((T, 33), 7.0)}, "0 to 1"),
        ({"image_size_px": [0, 480]}, "width, height"),
    ],
)
def test_faults_name_key_found_and_expected(
    save: Callable[..., Path], change: dict[str, object], message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        ArchiveSource(save(**(observation_keys() | change)))


def test_missing_keys_are_named(save: Callable[..., Path]) -> None:
    keys = observation_keys()
    del keys["body_confidence"]
    with pytest.raises(FormatError, match=r"'body_confidence' \(12, 33\) is missing; found fps"):
        ArchiveSource(save(**keys))
    with pytest.raises(FormatError, match="neither AMASS motion"):
        ArchiveSource(save(something=[1, 2]))
    with pytest.raises(FormatError, match="mocap_frame_rate"):
        ArchiveSource(save(poses=np.zeros((T, 165))))


def test_files_that_are_no_archives(tmp_path: Path) -> None:
    path = tmp_path / "wrong.npz"
    with pytest.raises(SourceError, match="cannot be opened"):
        ArchiveSource(path)
    for content in (b"", b"text", b"PK\x03\x04 not a zip"):
        path.write_bytes(content)
        with pytest.raises(FormatError, match="not a sound"):
            ArchiveSource(path)
    np.savez(path, poses=np.array([{"code": "to run"}], object))
    with pytest.raises(FormatError, match="poses"):
        ArchiveSource(path)


def test_a_cut_archive(save: Callable[..., Path]) -> None:
    path = save(**motion_keys())
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FormatError):
        ArchiveSource(path)


def test_loop_and_seek(save: Callable[..., Path]) -> None:
    with ArchiveSource(save(**motion_keys()), loop=True) as source:
        items = [source.read() for _ in range(2 * T)]
        times = [item.stamp.capture_time_ns for item in items if item is not None]
        np.testing.assert_allclose(np.diff(times), 1e9 / 60, atol=2)
        source.seek(0.1)
        item = source.read()
    assert isinstance(item, ActorPose)
    np.testing.assert_array_equal(item.rotvecs_rad, items[6].rotvecs_rad)
