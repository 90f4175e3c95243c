"""One run of the pipeline from the terminal: opens it, shows its state, sums it up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from bridge.assembly import assemble
from bridge.cli.status import show_status, summary
from bridge.config import load_config


def play(
    config_path: Path | None,
    *,
    overrides: Mapping[str, Any],
    frames: int | None,
    realtime: bool,
) -> None:
    """Run until the end, Ctrl-C or ``frames``. Raises ``BridgeError`` for what a user can mend."""
    config = load_config(config_path, overrides=overrides)
    console = Console(stderr=True)
    pipeline = assemble(config, realtime=realtime)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        pipeline.stop()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    finished = threading.Event()
    receiver = config.vmc.address
    status = threading.Thread(
        target=show_status, args=(console, pipeline.metrics, receiver, finished), daemon=True
    )
    status.start()
    try:
        result = pipeline.run(max_moments=frames)
    finally:
        finished.set()
        status.join(timeout=1.0)
        for number, handler in previous.items():
            signal.signal(number, handler)
    console.print(summary(result, receiver=receiver))
