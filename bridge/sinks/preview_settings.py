"""Settings of the page: the stage in a browser, its panels, and the OBS source."""

from __future__ import annotations

from pydantic import Field

from bridge.settings import Settings

DEFAULT_PORT = 8765


class PageSettings(Settings):
    """The page and who may reach it."""

    host: str = "127.0.0.1"
    """Address to listen on. Any other than this machine's own asks for a token, which the link
    printed at the start carries."""
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    """TCP port; 0 takes a free one. If the port is taken, the next free one is used."""
    avatars: str = ""
    """Folder of .vrm files to choose from on the page; empty: only the built-in avatar."""
    recordings: str = ""
    """Folder for recordings made on the page; empty: the user's data folder."""
