"""The folder that recordings made on the page are kept in."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Final

from platformdirs import user_data_path

_SUFFIX: Final = ".mcap"


def default_folder() -> Path:
    """Where recordings go unless the settings name a folder."""
    return user_data_path("avatar-bridge", appauthor=False) / "recordings"


class Library:
    """Lists and names recordings; a name from outside never leads out of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> dict[str, Path]:
        """Recordings by file name, newest first."""
        if not self.folder.is_dir():
            return {}
        found = [path for path in self.folder.iterdir() if path.suffix == _SUFFIX]
        newest_first = sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
        return {path.name: path for path in newest_first}

    def new(self, name: str) -> Path:
        """A file that does not exist yet; without a name it is called after the time."""
        stem = re.sub(r"[^A-Za-z0-9 _-]", "", name).strip() or time.strftime("%Y-%m-%d %H-%M-%S")
        self.folder.mkdir(parents=True, exist_ok=True)
        path, number = self.folder / f"{stem}{_SUFFIX}", 2
        while path.exists():
            path, number = self.folder / f"{stem} {number}{_SUFFIX}", number + 1
        return path
