"""Every assembly of the package compiles with only what its asmdef refers to."""

from __future__ import annotations

import subprocess

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "AvatarBridge.Core",
        "AvatarBridge",
        "AvatarBridge.Vrm0",
        "AvatarBridge.Vrm10",
        "AvatarBridge.Editor",
        "AvatarBridge.Samples.GettingStarted",
        "AvatarBridge.Samples.ObsCapture",
        "AvatarBridge.Samples.RetargetTuning",
    ],
)
def test_compiles_without_warnings(builder, name):
    assert builder.package(name).exists()


def test_the_transparent_window_compiles_for_windows_players(builder):
    assert builder.package_in_player("AvatarBridge.Samples.ObsCapture").exists()


@pytest.mark.parametrize("name", ["AvatarBridge", "AvatarBridge.Vrm0", "AvatarBridge.Vrm10"])
def test_runtime_compiles_in_the_editor_too(builder, name):
    assert builder.package_in_editor(name).exists()


def test_runtime_compiles_in_unity_6_too(builder):
    assert builder.package_in_new_engine("AvatarBridge").exists()


def test_the_vrm_adapters_set_what_the_avatar_has(builder):
    result = subprocess.run(
        ["mono", str(builder.harness()), "vrm"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert sorted(result.stdout.splitlines()) == [
        "vrm0 A 0.200",
        "vrm0 JawOpen 0.150",
        "vrm0 MyHat 0.500",
        "vrm0 Renamed 0.400",
        "vrm10 MyHat 1.000",
        "vrm10 aa 0.400",
        "vrm10 happy 0.800",
        "vrm10 jawOpen 0.300",
    ]


def test_inspectors_and_windows_say_what_is_going_on(builder):
    result = subprocess.run(
        ["mono", str(builder.harness()), "inspector"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    panels = dict(
        panel.split("\n", 1) for panel in result.stdout.removeprefix("== ").split("\n== ")
    )
    assert "listening, nothing received yet" in panels["waiting"]
    assert "avatar-bridge run --receiver unity --vmc 127.0.0.1:" in panels["waiting"]
    assert "State          receiving" in panels["live"]
    assert "300, of which 0 malformed" in panels["live"]
    assert "Bones driven   55 of 55" in panels["humanoid"]
    assert "Run In Background is off" in panels["check"]
    assert "Expressions (52)" in panels["live view"]
    assert "RightLittleDistal" in panels["live view"]
    assert "State          not listening" in panels["port in use"]
    assert "is used by another program" in panels["port in use"]
