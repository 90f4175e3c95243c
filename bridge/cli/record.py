"""``record``: capture to a file, driving no avatar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.run import SOURCE_HELP


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(help="Capture into a recording (.mcap), until Ctrl-C or the end of a file.")(record)


def record(
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The recording to make, *.mcap.")],
    source: Annotated[str | None, typer.Option("--source", "-s", help=SOURCE_HELP)] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.")] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", min=1, help="Stop after so many frames.")
    ] = None,
    realtime: Annotated[
        bool,
        typer.Option(
            "--realtime/--as-fast-as-possible",
            help="For files: at their own speed, or every frame as fast as it can be done.",
        ),
    ] = False,
) -> None:
    """Record."""
    from bridge.cli.session import play

    overrides: dict[str, dict[str, Any]] = {} if source is None else {"source": {"spec": source}}
    play(config, overrides=overrides, frames=frames, realtime=realtime, record=output, send=False)
