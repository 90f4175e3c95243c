"""The files that are served: the built page and avatars. Names are looked up, never joined."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bridge.resources import data_dir

BUILTIN_AVATAR: Final = "default.vrm"
_SUFFIX: Final = ".vrm"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".woff2": "font/woff2",
}


def page_dir() -> Path | None:
    """The built page; None where it was left out of the installation."""
    folder = Path(__file__).resolve().parent.parent / "web" / "dist"
    return folder if (folder / "index.html").is_file() else None


def page_files(folder: Path) -> dict[str, Path]:
    """Every file of the page by its path below ``folder``."""
    return {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }


def media_type(path: Path) -> str:
    """For the ``Content-Type`` header."""
    return _TYPES.get(path.suffix, "application/octet-stream")


def builtin_avatar() -> Path:
    """The avatar that the page shows when the settings name none."""
    return data_dir("models") / "avatar" / BUILTIN_AVATAR


def avatars(folder: str, *, chosen: str | None = None) -> dict[str, Path]:
    """Avatar files by name: the chosen one if it can be shown, the built-in one, then those
    directly in ``folder``."""
    found: dict[str, Path] = {}
    if chosen is not None and chosen.lower().endswith(_SUFFIX) and Path(chosen).is_file():
        found[Path(chosen).name] = Path(chosen)
    found.setdefault(BUILTIN_AVATAR, builtin_avatar())
    if folder and Path(folder).is_dir():
        for path in sorted(Path(folder).iterdir()):
            # A link could point anywhere; only real files of the folder are offered.
            if path.suffix.lower() == _SUFFIX and path.is_file() and not path.is_symlink():
                found.setdefault(path.name, path)
    return found


def offered_avatars(settings: Mapping[str, Any]) -> dict[str, Path]:
    """``avatars`` of the effective settings."""
    return avatars(settings["page"]["avatars"], chosen=settings["avatar"])
