"""Where the data that ships with the program is: the one place that knows."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bridge.errors import BridgeError


def data_dir(name: Literal["config", "models"]) -> Path:
    """The folder as the wheel carries it inside ``bridge``, or at the root of a checkout."""
    package = Path(__file__).resolve().parent
    for candidate in (package / "_data" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise BridgeError(f"the folder '{name}' is missing beside {package}. Reinstall avatar-bridge")


def demo_recording() -> Path:
    """The bundled recording, which ships inside the package (its card lies beside it)."""
    return Path(__file__).resolve().parent / "assets" / "demo.mcap"
