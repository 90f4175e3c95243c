"""``avatar-bridge monitor``: what arrives on a VMC port."""

from __future__ import annotations

import json
import logging
import math
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bridge.sinks.listener import VmcListener

_DEFAULT_PORT: Final = 39539
_REDRAWS_PER_S: Final = 10
_POLL_S: Final = 0.05
_BONE_COLUMNS: Final = 3
_BAR_CELLS: Final = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("monitor")(monitor)


def monitor(
    port: Annotated[int, typer.Option(help="UDP port to listen on.")] = _DEFAULT_PORT,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    once: Annotated[
        int | None,
        typer.Option(help="Wait for this many frames, print what arrived and end.", min=1),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON lines, one a second, instead of the view.")
    ] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", help="With --once: give up after this many seconds.")
    ] = 10.0,
) -> None:
    """Watch the VMC stream that arrives on a port: bones, expressions, rates, gaps, senders."""
    from bridge.sinks.listener import VmcListener

    _silence_parser()
    listener = VmcListener(port, host=host)
    try:
        if once is not None:
            _wait(listener, frames=once, timeout_s=timeout_s)
            _print(listener, as_json=as_json)
            if listener.state.frames < once:
                raise typer.Exit(1)
        elif as_json:
            _stream_json(listener)
        else:
            _show(listener, port=port)
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()


def _silence_parser() -> None:
    """python-osc logs each broken datagram on the root logger; here they are counted."""
    logging.getLogger().addFilter(lambda record: not record.module.startswith("osc_"))


def _wait(listener: VmcListener, *, frames: int, timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    while listener.state.frames < frames and time.monotonic() < deadline_s:
        listener.poll(timeout_s=_POLL_S)


def _stream_json(listener: VmcListener) -> None:
    next_s = time.monotonic() + 1.0
    while True:
        listener.poll(timeout_s=_POLL_S)
        if time.monotonic() >= next_s:
            next_s += 1.0
            _print(listener, as_json=True)


def _show(listener: VmcListener, *, port: int) -> None:
    from rich.live import Live

    next_s = 0.0
    with Live(_view(listener, port=port), auto_refresh=False, screen=True) as live:
        while True:
            listener.poll(timeout_s=_POLL_S)
            if time.monotonic() >= next_s:
                next_s = time.monotonic() + 1.0 / _REDRAWS_PER_S
                live.update(_view(listener, port=port), refresh=True)


def _print(listener: VmcListener, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_summary(listener)))
        return
    from rich.console import Console

    Console().print(_view(listener, port=None))


def _summary(listener: VmcListener) -> dict[str, Any]:
    state = listener.state
    return {
        "frames": state.frames,
        "rate_hz": round(listener.rate_hz, 2),
        "gaps": state.gaps,
        "longest_gap_ms": round(listener.longest_gap_s * 1e3, 1),
        "datagrams": state.datagrams,
        "bytes": state.bytes,
        "rejected": state.rejected,
        "malformed": state.malformed,
        "tracking": state.tracking,
        "time_s": state.time_s,
        "senders": dict(state.senders),
        "root": state.root,
        "bones": state.bones,
        "expressions": state.expressions,
    }


def _view(listener: VmcListener, *, port: int | None) -> RenderableType:
    from rich.columns import Columns
    from rich.console import Group
    from rich.table import Table

    state = listener.state
    seen = {True: "[green]tracking[/]", False: "[yellow]not tracking[/]", None: "state unknown"}
    head = (
        f"[b]{state.frames}[/] frames  [b]{listener.rate_hz:.1f}[/] fps  {state.gaps} gaps "
        f"(longest {listener.longest_gap_s * 1e3:.0f} ms)  {state.datagrams} datagrams  "
        f"{state.bytes / 1e6:.2f} MB  {state.rejected + state.malformed} bad  "
        f"{seen[state.tracking]}"
    )
    senders = ", ".join(state.senders) or f"nobody yet{f' on port {port}' if port else ''}"
    bones = sorted(state.bones.items())
    rows = -(-len(bones) // _BONE_COLUMNS) or 1
    tables: list[Table] = []
    for first in range(0, len(bones), rows):
        table = Table("bone", "turned", "x y z w", box=None, padding=(0, 1))
        for name, values in bones[first : first + rows]:
            turned_deg = math.degrees(2.0 * math.acos(min(1.0, abs(values[6]))))
            rotation = " ".join(f"{value:+.2f}" for value in values[3:])
            table.add_row(name, f"{turned_deg:4.0f}°", rotation)
        tables.append(table)
    bars = [
        f"{name:<16.16} [cyan]{_bar(value)}[/] {value:4.2f}"
        for name, value in sorted(state.expressions.items())
    ]
    hips = state.bones.get("Hips")
    place = f"hips {hips[0]:+.2f} {hips[1]:+.2f} {hips[2]:+.2f} m" if hips else "no hips yet"
    return Group(
        head,
        f"from {senders}   {place}",
        Columns(tables),
        Columns(bars, width=36) if bars else "no expressions yet",
    )


def _bar(value: float) -> str:
    filled = round(max(0.0, min(1.0, value)) * _BAR_CELLS)
    return "█" * filled + "·" * (_BAR_CELLS - filled)
