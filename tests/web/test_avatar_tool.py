"""The tool still makes the committed avatar, and the glTF validator finds nothing wrong in it."""

from __future__ import annotations

import json
import platform
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

VALIDATE_JS = """
const fs = require("fs");
const { createRequire } = require("module");
const validator = createRequire(process.argv[1])("gltf-validator");
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2])), { maxIssues: 50 })
  .then((report) => console.log(JSON.stringify(report.issues)));
"""
# The validator knows only Khronos' own extensions and says so.
EXPECTED_CODES = {"UNSUPPORTED_EXTENSION"}


@pytest.fixture(scope="module")
def committed(repo_root: Path) -> Path:
    return repo_root / "models" / "avatar" / "default.vrm"


def test_tool_makes_the_committed_file(committed: Path, repo_root: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.vrm"
    command = [sys.executable, "-m", "tools.make_avatar", str(made)]
    subprocess.run(command, cwd=repo_root, check=True, capture_output=True)
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        assert made.read_bytes() == committed.read_bytes()
        return
    # Elsewhere sine and square root may differ in the last bit, and with them a triangle or two.
    np.testing.assert_allclose(_vertex_counts(made), _vertex_counts(committed), rtol=0.05, atol=8)


def test_gltf_validator_finds_no_fault(committed: Path, repo_root: Path, node: list[str]) -> None:
    package = repo_root / "bridge" / "web" / "package.json"
    done = subprocess.run(
        [*node, "-e", VALIDATE_JS, str(package), str(committed)],
        check=True,
        capture_output=True,
        text=True,
    )
    issues = json.loads(done.stdout)
    assert issues["numErrors"] == 0, issues["messages"]
    assert issues["numWarnings"] == 0, issues["messages"]
    assert {message["code"] for message in issues["messages"]} <= EXPECTED_CODES


def _vertex_counts(path: Path) -> list[int]:
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    return [entry["count"] for entry in document["accessors"]]
