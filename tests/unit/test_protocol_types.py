"""The page's types are the ones that Python defines."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def test_generated_types_are_current(repo_root: Path) -> None:
    sys.path.insert(0, str(repo_root))
    try:
        tool = importlib.import_module("tools.make_protocol_types")
    finally:
        sys.path.remove(str(repo_root))
    committed = tool.OUTPUT.read_text(encoding="utf-8")
    assert committed == tool.typescript(), "run: python -m tools.make_protocol_types"
