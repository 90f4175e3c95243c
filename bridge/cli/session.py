"""One run of the pipeline from the terminal: opens it, shows its state, sums it up."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console

from bridge.assembly import assemble
from bridge.cli.status import show_status, summary
from bridge.config import Config, config_files, load_config
from bridge.metrics import Metrics, Snapshot
from bridge.pipeline import Pipeline
from bridge.reload import Reloader

if TYPE_CHECKING:
    from bridge.server.session import LiveSession


class Page(Enum):
    """Whether the page is served, and opened in the browser."""

    OFF = "off"
    SERVE = "serve"
    OPEN = "open"


class Runner(Protocol):
    """A pipeline, alone or steered from the page."""

    metrics: Metrics

    def run(self, *, max_moments: int | None = None) -> Snapshot:
        """Work until the end."""
        ...

    def stop(self) -> None:
        """Ask ``run`` to finish."""
        ...


def play(
    config_path: Path | None,
    *,
    overrides: Mapping[str, Any],
    frames: int | None,
    realtime: bool,
    page: Page = Page.OFF,
    record: Path | None = None,
    send: bool = True,
    speed: float = 1.0,
    start_s: float = 0.0,
) -> None:
    """Run until the end, Ctrl-C or ``frames``. Raises ``BridgeError`` for what a user can mend."""
    console = Console(stderr=True)
    runner: Runner
    reloader: Reloader[Config] | None = None
    if page is Page.OFF:
        config = load_config(config_path, overrides=overrides)
        pipeline = assemble(
            config, realtime=realtime, record=record, send=send, speed=speed, start_s=start_s
        )
        goals = [config.vmc.address] if send else []
        runner, receiver = pipeline, " and ".join(goals + ([str(record)] if record else []))
        reloader = _reloader(config_path, overrides, config, pipeline)
    else:
        runner = _with_page(config_path, overrides, realtime, console, page)
        if record is not None:
            runner.record_to(record)
        receiver = runner.receiver()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        runner.stop()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    finished = threading.Event()
    status = threading.Thread(
        target=show_status, args=(console, runner.metrics, receiver, finished), daemon=True
    )
    status.start()
    if reloader is not None:
        reloader.start()
    try:
        result = runner.run(max_moments=frames)
    finally:
        if reloader is not None:
            reloader.close()
        finished.set()
        status.join(timeout=1.0)
        for number, handler in previous.items():
            signal.signal(number, handler)
    console.print(summary(result, receiver=receiver))


def _reloader(
    config_path: Path | None, overrides: Mapping[str, Any], config: Config, pipeline: Pipeline
) -> Reloader[Config]:
    """Puts edits of the profile and the ``retarget`` settings into effect while it runs."""

    def publish(changed: Config) -> None:
        pipeline.stages.retargeter.apply(changed.retarget)

    return Reloader(
        lambda: load_config(config_path, overrides=overrides),
        publish,
        initial=config,
        files=lambda: config_files(config_path, overrides=overrides),
    )


def _with_page(
    config_path: Path | None,
    overrides: Mapping[str, Any],
    realtime: bool,
    console: Console,
    page: Page,
) -> LiveSession:
    """A session that serves the page; opens it in the browser if asked to."""
    from bridge.server.files import page_dir
    from bridge.server.session import LiveSession
    from bridge.server.settings_store import SettingsStore

    session = LiveSession(SettingsStore(config_path, overrides=overrides), realtime=realtime)
    session.server.start()
    console.print(f"page: {session.server.url}", soft_wrap=True)
    if page_dir() is None:
        console.print("the page is not built; build it with: python tools/build_page.py")
    if page is Page.OPEN and _has_display():
        import webbrowser

        webbrowser.open(session.server.url)
    return session


def _has_display() -> bool:
    """Without one, ``webbrowser`` would start a text browser over the status line."""
    on_unix_desktop = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.platform in ("win32", "darwin") or on_unix_desktop
