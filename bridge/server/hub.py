"""Everyone who watches: each client gets the newest pose when it can take one, and no backlog."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from fastapi import WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from bridge import __version__
from bridge.server.camera_view import CameraView
from bridge.server.messages import PARSE_CLIENT, PROTOCOL_VERSION, Hello, Message, Notice
from bridge.server.security import RefusalLog, is_loopback
from bridge.sinks.preview import PreviewSink

log = logging.getLogger(__name__)

MAX_CLIENTS: Final = 16
_QUEUED_TEXTS: Final = 32  # JSON is rare; a client this far behind has stopped reading
_TRY_LATER: Final = 1013  # RFC 6455 registry: too many clients
_PICTURE_INTERVAL_S: Final = 1.0 / 15.0


class _Client:
    """One connection. ``wake`` is set when there is something new."""

    def __init__(self, socket: WebSocket, *, local: bool) -> None:
        self.socket = socket
        self.local = local
        self.wake = asyncio.Event()
        self.texts: deque[str] = deque(maxlen=_QUEUED_TEXTS)
        self.picture = False
        self.sent: bytes | None = None
        self.next_picture_s = 0.0


class Hub:
    """Lives on the server's loop; ``announce`` alone may be called from other threads."""

    def __init__(
        self, preview: PreviewSink, refusals: RefusalLog, *, hips_height_m: Callable[[], float]
    ) -> None:
        self.hips_height_m = hips_height_m
        self._preview = preview
        self._refusals = refusals
        self._clients: set[_Client] = set()
        self._notices: dict[str, Notice] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._camera = CameraView()

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to follow the preview sink."""
        self._loop = loop
        self._preview.subscribe(self._frame_from_pipeline)

    def _frame_from_pipeline(self) -> None:
        if self._clients and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        for client in self._clients:
            client.wake.set()

    def broadcast(self, message: Message) -> None:
        """Send JSON to all; notices are kept for those who come later. On the loop only."""
        if isinstance(message, Notice):
            if message.text:
                self._notices[message.topic] = message
            else:
                self._notices.pop(message.topic, None)
        text = message.model_dump_json()
        for client in self._clients:
            client.texts.append(text)
            client.wake.set()

    def announce(self, message: Message) -> None:
        """``broadcast`` from any thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.broadcast, message)

    async def serve(self, socket: WebSocket) -> None:
        """Handle one connection until it ends."""
        if len(self._clients) >= MAX_CLIENTS:
            await socket.close(_TRY_LATER, f"{MAX_CLIENTS} clients are connected already")
            return
        await socket.accept()
        peer = socket.client.host if socket.client is not None else ""
        client = _Client(socket, local=is_loopback(peer))
        self._clients.add(client)
        hello = Hello(
            protocol=PROTOCOL_VERSION,
            version=__version__,
            hips_height_m=self.hips_height_m(),
            picture_allowed=client.local,
        )
        client.texts.append(hello.model_dump_json())
        client.texts.extend(notice.model_dump_json() for notice in self._notices.values())
        client.wake.set()
        sender = asyncio.create_task(self._send(client))
        try:
            await self._receive(client)
        finally:
            self._clients.discard(client)
            self._follow_picture()
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender

    async def _receive(self, client: _Client) -> None:
        while True:
            try:
                text = await client.socket.receive_text()
            except WebSocketDisconnect:
                return
            except KeyError:  # a binary message; the page sends none
                self._refusals.add("binary message on the socket", "")
                continue
            try:
                message = PARSE_CLIENT.validate_json(text)
            except ValidationError:
                self._refusals.add("malformed message on the socket", text)
                continue
            client.picture = message.picture and client.local
            self._follow_picture()

    async def _send(self, client: _Client) -> None:
        """While one send waits for a slow client, newer poses replace older ones."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await client.wake.wait()
                client.wake.clear()
                while client.texts:
                    await client.socket.send_text(client.texts.popleft())
                frame = self._preview.frame
                if frame is not None and frame is not client.sent:
                    client.sent = frame
                    await client.socket.send_bytes(frame)
                if client.picture and loop.time() >= client.next_picture_s:
                    client.next_picture_s = loop.time() + _PICTURE_INTERVAL_S
                    await self._send_picture(client)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return  # the receiving side ends the connection

    async def _send_picture(self, client: _Client) -> None:
        moment = self._preview.moment
        if moment is None:
            return
        landmarks, jpeg = await asyncio.to_thread(self._camera.render, moment)
        if landmarks is not None:
            await client.socket.send_text(landmarks)
        if jpeg is not None:
            await client.socket.send_bytes(jpeg)

    def _follow_picture(self) -> None:
        self._preview.keep_picture = any(client.picture for client in self._clients)
        if not self._preview.keep_picture:
            self._preview.moment = None
