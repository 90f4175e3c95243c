"""Every assembly of the package compiles with only what its asmdef refers to."""

from __future__ import annotations

import subprocess

import pytest


@pytest.mark.parametrize(
    "name", ["AvatarBridge.Core", "AvatarBridge", "AvatarBridge.Vrm0", "AvatarBridge.Vrm10"]
)
def test_compiles_without_warnings(builder, name):
    assert builder.package(name).exists()


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
