"""Settings: layers, faults with file, line and the nearest name, generated files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomlkit

from bridge.config import Config, load_config
from bridge.config_text import schema_text, to_toml
from bridge.errors import ConfigError


@pytest.fixture(autouse=True)
def no_user_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bridge.config.user_config_file", lambda: tmp_path / "none.toml")


def test_later_layers_win(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[source]\nwidth_px = 320\nheight_px = 240\n")
    config = load_config(path, overrides={"source": {"width_px": 800}})
    assert (config.source.width_px, config.source.height_px) == (800, 240)
    assert config.source.fps == Config().source.fps


def test_all_faults_at_once_with_line_and_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('[source]\nwidht_px = 320\nheight_px = "tall"\n\n[tracing]\nx = 1\n')
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert f"{path}:2: source.widht_px: unknown key; did you mean 'width_px'?" in lines
    assert any(line.startswith(f"{path}:3: source.height_px: ") for line in lines)
    assert f"{path}:5: tracing: unknown key; did you mean 'tracking'?" in lines


def test_a_fault_on_the_command_line_says_so(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text("[source]\nwidth_px = 320\n")
    with pytest.raises(ConfigError, match=r"^command line: source\.width_px: "):
        load_config(path, overrides={"source": {"width_px": -1}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[source\n", "not valid TOML"),
        (b"\xff\xfe\x00", "cannot be read as a text file"),
        (b"x" * 1_000_001, "larger than"),
    ],
)
def test_files_that_are_not_settings(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load_config(path)


def test_a_missing_file_is_named_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"not found\. Make one: avatar-bridge config show"):
        load_config(tmp_path / "absent.toml")


def test_shown_settings_read_back_equal(tmp_path: Path) -> None:
    changed = load_config(overrides={"source": {"width_px": 321}, "retarget": {"mirror": False}})
    path = tmp_path / "shown.toml"
    path.write_text(to_toml(changed), encoding="utf-8")
    assert load_config(path) == changed


def test_every_key_of_the_default_file_is_explained(repo_root: Path) -> None:
    lines = (repo_root / "config" / "default.toml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            assert lines[number - 1].startswith("#"), line


def test_generated_files_are_current(repo_root: Path) -> None:
    hint = "run: python -m tools.generate_config"
    default = (repo_root / "config" / "default.toml").read_text(encoding="utf-8")
    assert default == to_toml(Config()), hint
    schema = (repo_root / "config" / "schema.json").read_text(encoding="utf-8")
    assert schema == schema_text(), hint
    assert json.loads(schema)["additionalProperties"] is False
    assert tomlkit.parse(default)
