"""What the page's tests need: Node with the page's packages, later a browser and a daemon."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest


def missing(reason: str) -> None:
    """Skip, except under CI where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing under CI: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def build_page(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_page", repo_root / "tools/build_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def node(build_page: ModuleType) -> list[str]:
    """How to run Node, with the page's packages installed."""
    try:
        build_page.install_packages()
        return build_page.node_command()
    except build_page.PageBuildError as error:
        missing(str(error))
        raise
