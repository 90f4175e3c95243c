"""Runs the server in its own thread with its own event loop, beside the pipeline."""

from __future__ import annotations

import socket
import threading
import time
from typing import Final

import uvicorn

from bridge.errors import SinkError
from bridge.server.app import create_app
from bridge.server.control import Control
from bridge.server.hub import Hub
from bridge.server.messages import Message
from bridge.server.security import RefusalLog, is_loopback, new_token
from bridge.sinks.preview import PreviewSink
from bridge.sinks.preview_settings import PageSettings

_PORTS_TRIED: Final = 20
_START_TIMEOUT_S: Final = 10.0
_STOP_TIMEOUT_S: Final = 5.0
_MAX_SOCKET_MESSAGE_BYTES: Final = 4096  # the page sends a few dozen bytes
_MAX_CONNECTIONS: Final = 128
_MAX_HEADER_BYTES: Final = 16_384


class PageServer:
    """``start`` binds and serves; ``url`` is the link to open."""

    def __init__(self, settings: PageSettings, control: Control, preview: PreviewSink) -> None:
        self.refusals = RefusalLog()
        self._settings = settings
        self._token = None if is_loopback(settings.host) else new_token()
        self._hub = Hub(preview, self.refusals, hips_height_m=control.hips_height_m)
        self._control = control
        self._port = settings.port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the page is, with the token if one is needed."""
        host = self._settings.host
        if host in ("0.0.0.0", "::"):
            host = socket.gethostname()
        elif ":" in host:
            host = f"[{host}]"
        suffix = f"?token={self._token}" if self._token else ""
        return f"http://{host}:{self._port}/{suffix}"

    @property
    def clients(self) -> int:
        """How many pages are connected."""
        return self._hub.clients

    def announce(self, message: Message) -> None:
        """Send a message to every page; from any thread."""
        self._hub.announce(message)

    def start(self) -> None:
        """Serve until ``stop``. Raises ``SinkError`` when no port can be had."""
        listener = self._bind()
        self._port = listener.getsockname()[1]
        app = create_app(
            self._control, self._hub, bound_host=self._settings.host, token=self._token,
            refusals=self.refusals,
        )  # fmt: skip
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, lifespan="on",
            ws="websockets-sansio", ws_max_size=_MAX_SOCKET_MESSAGE_BYTES, ws_per_message_deflate=
            False, limit_concurrency=_MAX_CONNECTIONS, timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_MAX_HEADER_BYTES, http="h11", loop="asyncio",
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="server", daemon=True
        )
        self._thread.start()
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline_s:
                raise SinkError(f"the page's server did not start on {self.url}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Close all connections; may be called twice."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_TIMEOUT_S)

    def _bind(self) -> socket.socket:
        host, first = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        last_error: OSError | None = None
        for port in range(first, min(first + _PORTS_TRIED, 65536)) if first else (0,):
            listener = socket.socket(family, socket.SOCK_STREAM)
            try:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, port))
                listener.listen()
            except OSError as error:
                listener.close()
                last_error = error
                continue
            return listener
        raise SinkError(
            f"page: cannot listen on {host}:{first} or the {_PORTS_TRIED} ports after it: "
            f"{last_error}. Set page.host or page.port, or run with --no-page"
        )
