"""The live status line and the closing summary."""

from __future__ import annotations

import threading
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bridge.metrics import Metrics, Snapshot

REFRESH_S: Final = 0.25
PLAIN_INTERVAL_S: Final = 5.0  # without a terminal (a log file, CI), one line now and then
SEEN_CONFIDENCE: Final = 0.3  # mean confidence above which a part is shown as tracked
_STATE_STYLE: Final = {"tracked": "bold green", "held": "bold yellow", "lost": "bold red"}


def show_status(
    console: Console, metrics: Metrics, receiver: str, finished: threading.Event
) -> None:
    """Show ``metrics`` until ``finished``; runs on its own thread."""
    if not console.is_terminal:
        while not finished.wait(PLAIN_INTERVAL_S):
            console.print(_line(metrics.snapshot(), receiver), soft_wrap=True)
        return
    with Live(console=console, refresh_per_second=1 / REFRESH_S, transient=True) as live:
        while not finished.wait(REFRESH_S):
            live.update(_line(metrics.snapshot(), receiver))


def _line(now: Snapshot, receiver: str) -> RenderableType:
    if not now.moments:
        return Text("waiting for the first frame …", style="dim")
    text = Text(no_wrap=True, overflow="ellipsis")
    state = now.state.value if now.state else "?"
    text.append(f"● {state:<8}", style=_STATE_STYLE.get(state, ""))
    text.append(f"{now.source_id}  ", style="cyan")
    for part, confidence in now.parts.items():
        seen = confidence >= SEEN_CONFIDENCE
        text.append(f"{'✓' if seen else '·'}{part} ", style="green" if seen else "dim")
    text.append(f" {now.fps:5.1f} fps")
    if now.age_ms.p50_ms:
        text.append(f"  age {now.age_ms.p50_ms:.0f} ms")
    text.append(f"  drops {now.dropped}", style="yellow" if now.dropped else "dim")
    if now.slowed:
        text.append(f"  slowed: {now.slowed}", style="yellow")
    if now.faults:
        text.append(f"  faults {now.faults}", style="bold red")
    text.append(f"  → {receiver}", style="cyan")
    return text


def summary(result: Snapshot, *, receiver: str) -> RenderableType:
    """What a run did, as a small table."""
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]sent", f"{result.moments} frames to {receiver}")
    table.add_row("[bold]rate", f"{result.fps:.1f} fps over the last seconds")
    if result.age_ms.p50_ms:
        age = result.age_ms
        table.add_row("[bold]age", f"{age.p50_ms:.1f} ms median, {age.p95_ms:.1f} ms p95")
    stages = "  ".join(f"{name} {spent.p50_ms:.2f}" for name, spent in result.stages.items())
    table.add_row("[bold]cost", f"{stages}  (ms, median)")
    if result.slowed:
        table.add_row("[bold]slowed", result.slowed)
    faults = f"{result.dropped} dropped, {result.faults} failed"
    table.add_row("[bold]lost", f"{faults}: {result.last_fault}" if result.last_fault else faults)
    return table
