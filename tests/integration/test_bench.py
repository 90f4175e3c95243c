"""``avatar-bridge bench`` on a few frames: it runs, adds up, and its JSON can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.cli import build_app

pytest.importorskip("openvino")


def test_bench_as_json(shared_data: Callable[[str], Path]) -> None:
    clip = shared_data("video/basketball_1080x1920.mp4")
    options = ["--tracker", "engine", "--frames", "10", "--seconds", "1", "--json"]
    result = CliRunner().invoke(build_app(), ["bench", "--source", str(clip), *options])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    (engine,) = report["trackers"]
    assert engine["backend"] == "engine"
    assert engine["found"]["body"] == 10
    assert 0.0 < engine["frame_p50_ms"] <= engine["frame_p90_ms"]
    assert any(model["name"].startswith("pose_landmark") for model in engine["models"])
    assert report["chain"]["moments"] == 30
    assert set(report["chain"]["stages"]) >= {"tracking", "solving", "retarget", "sinks"}


def test_bench_of_a_source_without_pictures(tmp_path: Path) -> None:
    result = CliRunner().invoke(build_app(), ["bench", "--source", str(tmp_path / "no.mp4")])
    assert result.exit_code == 1
    assert "not found" in str(result.exception)
