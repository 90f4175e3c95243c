"""The ASGI application: page, avatars, API and socket behind one guard."""

# pyright: reportUnusedFunction=false
# FastAPI keeps the functions that its decorators register.

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

import psutil
from fastapi import FastAPI, Response, WebSocket
from fastapi.responses import FileResponse, PlainTextResponse
from starlette.types import ASGIApp

from bridge import __version__
from bridge.server.api import api_router
from bridge.server.control import Control
from bridge.server.files import media_type, offered_avatars, page_dir, page_files
from bridge.server.hub import Hub
from bridge.server.messages import status_message
from bridge.server.security import Guard, RefusalLog

STATUS_INTERVAL_S: Final = 0.25
_NO_PAGE: Final = (
    "The page is not part of this installation: Node was missing when it was built.\n"
    "Build it with: python tools/build_page.py\n"
)
_IMMUTABLE: Final = {"cache-control": "public, max-age=31536000, immutable"}
_FRESH: Final = {"cache-control": "no-cache"}


def create_app(
    control: Control, hub: Hub, *, bound_host: str, token: str | None, refusals: RefusalLog
) -> ASGIApp:
    """Everything, guarded."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        hub.start(asyncio.get_running_loop())
        ticking = asyncio.create_task(_send_status(control, hub))
        yield
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking

    app = FastAPI(
        title="Avatar Bridge", version=__version__, lifespan=lifespan, docs_url=None,
        redoc_url=None, openapi_url="/api/openapi.json",
    )  # fmt: skip
    app.include_router(api_router(control, hub))

    @app.websocket("/socket")
    async def socket(connection: WebSocket) -> None:
        await hub.serve(connection)

    @app.get("/avatars/{name}", include_in_schema=False)
    def avatar(name: str) -> Response:
        path = offered_avatars(control.settings()).get(name)
        if path is None:
            return PlainTextResponse(f"no avatar named {name!r}", 404)
        return FileResponse(path, media_type="model/gltf-binary", headers=_FRESH)

    _add_page(app)
    return Guard(app, bound_host=bound_host, token=token, refusals=refusals)


def _add_page(app: FastAPI) -> None:
    folder = page_dir()
    files = page_files(folder) if folder is not None else {}

    def serve(name: str) -> Response:
        path = files.get(name)
        if path is None:
            return PlainTextResponse("not found" if files else _NO_PAGE, 404 if files else 503)
        cache = _IMMUTABLE if name.startswith("assets/") else _FRESH
        return FileResponse(path, media_type=media_type(path), headers=cache)

    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return serve("index.html")

    @app.get("/stage", include_in_schema=False)
    def stage() -> Response:
        return serve("index.html")

    @app.get("/{name:path}", include_in_schema=False)
    def asset(name: str) -> Response:
        return serve(name)


async def _send_status(control: Control, hub: Hub) -> None:
    process = psutil.Process()
    process.cpu_percent()
    while True:
        await asyncio.sleep(STATUS_INTERVAL_S)
        if not hub.clients:
            continue
        status = status_message(
            control.snapshot(),
            receiver=control.receiver(),
            recording=control.recording(),
            clients=hub.clients,
            cpu_percent=process.cpu_percent(),
        )
        hub.broadcast(control.session())
        hub.broadcast(status)
