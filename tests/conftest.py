"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a shared data file; skips where the folder is absent, fails under CI."""

    def find(relative: str) -> Path:
        path = SHARED_DATA / relative
        if not path.exists():
            if os.environ.get("CI") == "true":
                pytest.fail(f"shared data missing under CI: {relative}")
            pytest.skip(f"needs the shared data folder: {relative}")
        return path

    return find
