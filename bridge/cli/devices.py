"""``avatar-bridge devices``: which cameras there are and what they can give."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(devices)


def devices(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List cameras with formats, sizes and rates, and whether they can be opened."""
    from bridge.sources.devices import list_cameras

    cameras = list_cameras()
    if as_json:
        typer.echo(json.dumps([asdict(camera) for camera in cameras], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    if not cameras:
        typer.echo(
            "No camera found. Plug one in and allow this program to use it; meanwhile "
            "videos work: avatar-bridge run --source clip.mp4"
        )
        return
    table = Table("number", "name", "can be opened", "format", "size", "fps", title="Cameras")
    for camera in cameras:
        opened = "yes" if camera.openable else "no: in use, or not allowed"
        lead = (str(camera.index), camera.name, opened)
        for mode in camera.modes:
            rate = f"{mode.fps:g}" if mode.fps > 0 else "?"
            table.add_row(*lead, mode.fourcc, f"{mode.width_px}x{mode.height_px}", rate)
            lead = ("", "", "")
        if not camera.modes:
            table.add_row(*lead, "", "", "")
    Console().print(table)
