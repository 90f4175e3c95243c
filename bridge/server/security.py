"""Who may talk to the server, and what browsers may do with what it serves.

Every request must name this server in ``Host`` (a page elsewhere cannot reach us by rebinding a
name) and, where it carries an ``Origin``, come from our own page. Beyond this machine a token is
needed as well; the printed link sets it as a cookie.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import secrets
from collections import Counter
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 65_536  # a settings change is under a kilobyte
TOKEN_BYTES: Final = 24
_COOKIE: Final = "avatar_bridge_token"
_POLICY_REFUSED: Final = 1008  # RFC 6455: the message or client breaks a policy

# Avatars and pictures are read from blobs in the page; nothing comes from elsewhere.
_CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self' blob: data: ws://{host} wss://{host}; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


def is_loopback(host: str) -> bool:
    """Whether ``host`` can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """A token for one run of the server."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class RefusalLog:
    """Counts refused requests by reason and logs the first of each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, reason: str, detail: str) -> None:
        """Note one refusal; ``detail`` is shortened, it comes from outside."""
        self.counts[reason] += 1
        if self.counts[reason] == 1:
            log.warning("refused: %s (%.80r); further ones are only counted", reason, detail)


class Guard:
    """ASGI middleware in front of everything."""

    def __init__(
        self, app: ASGIApp, *, bound_host: str, token: str | None, refusals: RefusalLog
    ) -> None:
        self._app = app
        self._hosts = {"localhost", "127.0.0.1", "[::1]", bound_host.lower()}
        self._any_host = bound_host in ("0.0.0.0", "::")
        self._token = token
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in
                   scope["headers"]}  # fmt: skip
        reason = self._refusal(scope, headers)
        if reason is not None:
            status, text, detail = reason
            self._refusals.add(text, detail)
            await _refuse(scope, send, status, text)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self._refusals.add("body too large", length)
            await _refuse(scope, send, 413, f"a request may carry {MAX_BODY_BYTES} bytes")
            return
        cookie = self._cookie(scope)
        await self._app(
            scope,
            self._limited(receive),
            _with_headers(send, headers.get("host", ""), cookie),
        )

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, str] | None:
        host = headers.get("host", "").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self._hosts and not (self._any_host and self._token):
            return 421, "foreign Host", host
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return 403, "foreign Origin", origin
        # A foreign page's link may open ours, but not embed or fetch from it.
        from_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if from_elsewhere and headers.get("sec-fetch-mode") != "navigate":
            return 403, "foreign site", host
        if self._token is not None and not self._has_token(scope, headers):
            return 401, "no token: open the link that avatar-bridge printed", host
        return None

    def _has_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        assert self._token is not None
        offered = [_query_token(scope)]
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            offered.append(value)
        try:
            cookie = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookie = SimpleCookie()
        if _COOKIE in cookie:
            offered.append(cookie[_COOKIE].value)
        return any(hmac.compare_digest(text.encode(), self._token.encode()) for text in offered)

    def _cookie(self, scope: Scope) -> str | None:
        if self._token is None or not _query_token(scope):
            return None
        return f"{_COOKIE}={self._token}; Path=/; HttpOnly; SameSite=Strict"

    def _limited(self, receive: Receive) -> Receive:
        """Bodies without a length end as if the client had gone once they are too long."""
        total = 0

        async def limited() -> Message:
            nonlocal total
            message = await receive()
            if message["type"] == "http.request":
                total += len(message.get("body", b""))
                if total > MAX_BODY_BYTES:
                    self._refusals.add("body too large", str(total))
                    return {"type": "http.disconnect"}
            return message

        return limited


def _query_token(scope: Scope) -> str:
    values = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])
    return values[0]


def _with_headers(send: Send, host: str, cookie: str | None) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            policy = _CONTENT_POLICY.format(host=host)
            extra = {**_HEADERS, "content-security-policy": policy}
            headers = [*message.get("headers", [])]
            headers += [(name.encode(), value.encode("latin-1")) for name, value in extra.items()]
            if cookie is not None:
                headers.append((b"set-cookie", cookie.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return wrapped


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_REFUSED, "reason": text})
        return
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
