"""Build hook: makes the page and puts it into the wheel; never the reason an install fails."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP_VARIABLE = "AVATAR_BRIDGE_NO_PAGE"


class PageHook(BuildHookInterface[Any]):
    """Runs for wheels and for editable installs, where the page stays in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, or say why it is left out."""
        if os.environ.get(SKIP_VARIABLE) or self.target_name != "wheel":
            return
        tool = _load(Path(self.root) / "tools" / "build_page.py")
        try:
            dist: Path = tool.build()
        except tool.PageBuildError as error:
            self.app.display_warning(f"avatar-bridge goes on without its page: {error}")
            return
        if version != "editable":
            build_data["force_include"][str(dist)] = "bridge/web/dist"


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("build_page", path)
    if spec is None or spec.loader is None:
        sys.exit(f"error: {path} is missing from the source tree")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
