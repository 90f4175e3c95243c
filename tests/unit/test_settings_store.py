"""Settings changed from the page: checked, saved with comments kept, and reread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.server.settings_store import SettingsStore

FILE = """# My avatar.
[retarget]
# Keep left as left.
mirror = false  # on stream
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "me.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def store(file: Path) -> SettingsStore:
    return SettingsStore(file, overrides={})


def test_change_is_applied_and_saved_with_comments(store: SettingsStore, file: Path) -> None:
    assert store.config.retarget.mirror is False
    store.change(["retarget", "mirror"], True)
    store.change(["retarget", "hips", "sway"], 0.25)
    assert store.config.retarget.mirror is True
    assert store.unsaved
    assert file.read_text(encoding="utf-8") == FILE
    store.save()
    assert not store.unsaved
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# My avatar.\n[retarget]\n# Keep left as left.\nmirror = true  # on")
    again = SettingsStore(file, overrides={})
    assert again.config.retarget.hips.sway == 0.25
    assert [path.name for path in file.parent.iterdir()] == ["me.toml"]


def test_wrong_change_leaves_everything(store: SettingsStore) -> None:
    before = store.config
    for path, value in (
        (["retarget", "hips", "sway"], 99.0),
        (["retarget", "mirrors"], True),
        (["retarget"], 1),
    ):
        with pytest.raises(ConfigError):
            store.change(path, value)
    assert store.config is before
    assert not store.unsaved


def test_reset_of_a_section(store: SettingsStore) -> None:
    store.change(["retarget", "hips", "sway"], 0.5)
    store.reset(["retarget"])
    assert store.config.retarget.mirror is True
    assert store.config.retarget.hips.sway == 1.0
    with pytest.raises(ConfigError, match="unknown key"):
        store.reset(["retarget", "nothing"])


def test_unset_value_leaves_the_file(store: SettingsStore, file: Path) -> None:
    store.change(["vmc", "max_rate_hz"], 30.0)
    store.save()
    assert "max_rate_hz = 30.0" in file.read_text(encoding="utf-8")
    store.change(["vmc", "max_rate_hz"], None)
    store.save()
    assert "max_rate_hz" not in file.read_text(encoding="utf-8")


def test_edit_by_hand_is_seen_once(store: SettingsStore, file: Path) -> None:
    assert store.reread() is None
    file.write_text(FILE.replace("false", "true"), encoding="utf-8")
    os.utime(file, (1, 1))
    config = store.reread()
    assert config is not None
    assert config.retarget.mirror is True
    assert store.reread() is None
    file.write_text("[retarget]\nmirro = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="did you mean 'mirror'"):
        store.reread()
    assert store.reread() is None
    assert store.config.retarget.mirror is True


def test_entry_of_a_table_is_added_and_taken_out(store: SettingsStore, file: Path) -> None:
    store.change(["retarget", "bones", "Head", "gain"], 0.5)
    store.change(["retarget", "bones", "Head", "offset_deg"], [0.0, 20.0, 0.0])
    assert store.config.retarget.bones["Head"].offset_deg == (0.0, 20.0, 0.0)
    store.save()
    assert "[retarget.bones.Head]" in file.read_text(encoding="utf-8")
    store.reset(["retarget", "bones", "Head", "gain"])
    assert store.config.retarget.bones["Head"].gain == 1.0
    store.reset(["retarget", "bones", "Head"])
    assert store.config.retarget.bones == {}
    store.save()
    text = file.read_text(encoding="utf-8")
    assert "Head" not in text
    assert "mirror = false  # on stream" in text
    assert SettingsStore(file, overrides={}).config.retarget.bones == {}
    store.change(["retarget", "bones", "Neck", "gain"], 0.5)  # and never saved
    store.reset(["retarget", "bones", "Neck"])
    store.save()
    assert file.read_text(encoding="utf-8") == text
    with pytest.raises(ConfigError, match="unknown key"):
        store.reset(["retarget", "bones", "Neck"])


def test_inline_table_of_the_file_is_edited_in_place(file: Path) -> None:
    file.write_text("[retarget]\nbones = { Head = { gain = 0.5 }, Neck = { gain = 2 } }\n")
    store = SettingsStore(file, overrides={})
    store.reset(["retarget", "bones", "Head"])
    store.change(["retarget", "bones", "Neck", "gain"], 1.5)
    store.save()
    bones = SettingsStore(file, overrides={}).config.retarget.bones
    assert {name: own.gain for name, own in bones.items()} == {"Neck": 1.5}
