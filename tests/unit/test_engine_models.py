"""Where models are found, and what is said when they are not."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bridge.errors import ModelError
from bridge.tracking.engine import models
from bridge.tracking.engine.models import ModelFile, bundle_member, first_found, wheel_model


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def bundle(path: Path, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("part.tflite", content)
    return path


def test_first_candidate_that_is_there(tmp_path: Path) -> None:
    there = tmp_path / "a.tflite"
    there.write_bytes(b"x")
    assert first_found("x", [None, tmp_path / "missing", there]) == ModelFile(there)
    with pytest.raises(ModelError, match="Try: avatar-bridge models fetch"):
        first_found("hand", [None, tmp_path / "missing"])


def test_bundle_member_is_unpacked_once_under_its_checksum(tmp_path: Path, cache: Path) -> None:
    member = bundle_member(bundle(tmp_path / "x.task", b"one"), "part.tflite")
    assert member is not None
    first = member.on_disk()
    assert first.read_bytes() == b"one"
    assert first.is_relative_to(cache)
    assert member.on_disk() == first
    bundle(tmp_path / "x.task", b"two")
    assert member.on_disk().read_bytes() == b"two"
    assert bundle_member(tmp_path / "none.task", "part.tflite") is None


def test_broken_bundle_is_a_clear_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.task"
    broken.write_bytes(b"no zip")
    with pytest.raises(ModelError, match=r"broken.task is not a readable model bundle"):
        ModelFile(broken, "part.tflite").on_disk()
    with pytest.raises(ModelError, match="not a readable"):
        ModelFile(bundle(tmp_path / "y.task", b"z"), "other.tflite").on_disk()


def test_wheel_is_found_without_importing_it() -> None:
    if wheel_model("pose_detection/pose_detection.tflite") is None:
        pytest.skip("mediapipe is not installed")
    code = (
        "import sys; from bridge.tracking.factory import open_tracker;"
        "from bridge.tracking.settings import TrackingSettings;"
        "open_tracker(TrackingSettings(backend='engine')).close();"
        "assert 'mediapipe' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
