"""Addresses and a UDP socket that never blocks and never gives up."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bridge.errors import SinkError

MAX_PORT: Final = 65535
_SEND_BUFFER_BYTES: Final = 1 << 18  # a few frames: what does not fit is dropped, not waited for
# A laptop that changes its network needs a new socket; trying more often would only cost time.
_REOPEN_INTERVAL_S: Final = 1.0
_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+)):(?P<port>\d{1,5})")
_FIX: Final = "give HOST:PORT, port 1–65535, IPv6 in brackets. Try: --vmc 127.0.0.1:39539"


@dataclass(slots=True)
class SendCounters:
    """What became of the datagrams handed to the socket."""

    datagrams: int = 0
    bytes: int = 0
    dropped: int = 0  # the system's buffer was full
    refused: int = 0  # nobody listens on that port yet
    failed: int = 0  # no route, network down


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``[IPv6]:PORT``; raises ``SinkError``."""
    match = _ADDRESS.fullmatch(address.strip())
    if match is None or not 1 <= int(match["port"]) <= MAX_PORT:
        raise SinkError(f"VMC address '{address}' cannot be read; {_FIX}")
    return match["v6"] or match["host"], int(match["port"])


class UdpSender:
    """Sends to one address. A receiver that is absent, refuses or comes back later is normal.

    Raises ``SinkError`` when ``address`` cannot be read or its name cannot be resolved.
    """

    def __init__(self, address: str) -> None:
        host, port = parse_address(address)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SinkError(
                f"no computer named '{host}' is found for '{address}' ({reason}). Check the "
                f"name, or give its IP address, such as 192.168.1.20:{port}"
            ) from error
        self._family, _, _, _, self._target = found[0]
        self._socket: socket.socket | None = None
        self._opened_s = -_REOPEN_INTERVAL_S
        self._closed = False
        self._last_refused_s: float | None = None
        self.counters = SendCounters()
        self._open()

    @property
    def refused_recently(self) -> bool:
        """Whether the receiving machine said within the last second that nobody listens."""
        last_s = self._last_refused_s
        return last_s is not None and time.monotonic() - last_s < 1.0

    def send(self, datagrams: Iterable[memoryview | bytes]) -> None:
        """Hand all to the system at once; what cannot go is counted."""
        for datagram in datagrams:
            self._send_one(datagram)

    def close(self) -> None:
        """May be called twice."""
        self._closed = True
        self._discard()

    def _send_one(self, datagram: memoryview | bytes) -> None:
        if self._socket is None and not self._open():
            self.counters.failed += 1
            return
        assert self._socket is not None  # just opened
        try:
            try:
                self._socket.send(datagram)
            except ConnectionRefusedError:
                # The answer to an earlier datagram; it is reported once, this one was not sent.
                self.counters.refused += 1
                self._last_refused_s = time.monotonic()
                self._socket.send(datagram)
        except ConnectionRefusedError:
            self.counters.refused += 1
        except BlockingIOError:
            self.counters.dropped += 1
        except OSError:
            self.counters.failed += 1
            self._discard()
        else:
            self.counters.datagrams += 1
            self.counters.bytes += len(datagram)

    def _open(self) -> bool:
        now_s = time.monotonic()
        if self._closed or now_s - self._opened_s < _REOPEN_INTERVAL_S:
            return False
        self._opened_s = now_s
        try:
            opened = socket.socket(self._family, socket.SOCK_DGRAM)
        except OSError:
            return False
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            # Connected, so that the system tells us when nobody listens; nothing is exchanged.
            opened.connect(self._target)
        except OSError:
            opened.close()  # no route now; there may be one later
            return False
        self._socket = opened
        return True

    def _discard(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
