"""``avatar-bridge avatar inspect`` from the outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bridge.cli import avatar
from bridge.errors import AvatarError
from bridge.skeleton import HumanBone


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    avatar.register(app)
    return app


def test_json(app: typer.Typer, humanoid_file: Callable[..., Path]) -> None:
    missing = frozenset({HumanBone.UPPER_CHEST, HumanBone.LEFT_EYE, HumanBone.RIGHT_EYE})
    path = humanoid_file(missing=missing, droop_deg=30, expressions={"preset": {"happy": {}}})
    result = CliRunner().invoke(app, ["avatar", "inspect", str(path), "--json"])
    assert result.exit_code == 0, result.output
    seen = json.loads(result.output)
    assert seen["format"] == "VRM 1.0"
    assert seen["bones"] == "52 of 55"
    assert seen["rest pose"] == "up to 30.0° from the T-pose"
    warnings = "\n".join(seen["warnings"])
    assert "no UpperChest: its turn is folded into Chest" in warnings
    assert "no eye bones" in warnings
    assert "expressions that move nothing: happy" in warnings
    assert "no mouth shapes for aa" in warnings
    assert "no blink" in warnings


def test_text(app: typer.Typer, shared_data: Callable[[str], Path]) -> None:
    path = shared_data("avatars/Godette_v4_vrm0.vrm")
    result = CliRunner().invoke(app, ["avatar", "inspect", str(path)])
    assert result.exit_code == 0
    assert "Low-Poly Godette" in result.output
    assert "CC_BY" in result.output
    assert "no UpperChest" in result.output


def test_a_bad_file(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "x.vrm").write_text("not an avatar at all, just text")
    result = CliRunner().invoke(app, ["avatar", "inspect", str(tmp_path / "x.vrm")])
    assert isinstance(result.exception, AvatarError)
