"""The receiving end of VMC: keeps what arrives on a port and measures the stream.

For looking at streams, ours or others'; python-osc parses, so a fault of our encoder shows.
"""

from __future__ import annotations

import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from pythonosc.osc_packet import OscPacket

from bridge.errors import SinkError
from bridge.sinks.udp import MAX_PORT

_DATAGRAM_MAX_BYTES: Final = 65536
_WINDOW: Final = 300  # frames that rates are taken over
_MAX_NAMES: Final = 512  # hostile senders must not fill the memory
_GAP_FACTOR: Final = 2.0  # a frame this many usual intervals late counts as a gap
_ANY_ADDRESS: Final = "0.0.0.0"


@dataclass(slots=True)
class StreamState:
    """What has arrived so far."""

    bones: dict[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    expressions: dict[str, float] = field(default_factory=dict[str, float])
    root: tuple[float, ...] | None = None
    tracking: bool | None = None
    time_s: float | None = None
    frames: int = 0  # ended by /Blend/Apply or, from senders without expressions, the next /T
    datagrams: int = 0
    bytes: int = 0
    rejected: int = 0  # datagrams that are not OSC
    malformed: int = 0  # VMC messages with wrong arguments
    gaps: int = 0
    senders: Counter[str] = field(default_factory=Counter[str])
    addresses: Counter[str] = field(default_factory=Counter[str])


class VmcListener:
    """Reads one UDP port. Use ``poll`` in a loop; ``close`` at the end.

    Raises ``SinkError`` when the port is taken or may not be used.
    """

    def __init__(self, port: int, *, host: str = _ANY_ADDRESS) -> None:
        if not 1 <= port <= MAX_PORT:
            raise SinkError(f"port {port} is not one: 1–{MAX_PORT}")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise SinkError(
                f"UDP port {port} on {host} cannot be listened on ({error.strerror}); another "
                f"receiver may have it. Close it, or: avatar-bridge monitor --port {port + 1}"
            ) from error
        self.state = StreamState()
        self._frame_times_s: deque[float] = deque(maxlen=_WINDOW)
        self._frame_is_open = False

    @property
    def rate_hz(self) -> float:
        """Frames per second over the last frames."""
        times = self._frame_times_s
        span_s = times[-1] - times[0] if len(times) > 1 else 0.0
        return (len(times) - 1) / span_s if span_s > 0 else 0.0

    @property
    def longest_gap_s(self) -> float:
        """Longest time between two of the last frames."""
        return max((b - a for a, b in pairwise(self._frame_times_s)), default=0.0)

    def poll(self, *, timeout_s: float) -> bool:
        """Take one datagram if one comes in time. Nothing that arrives raises."""
        self._socket.settimeout(timeout_s)
        try:
            datagram, sender = self._socket.recvfrom(_DATAGRAM_MAX_BYTES)
        except (TimeoutError, BlockingIOError, ConnectionError):
            return False
        self.accept(datagram, sender=f"{sender[0]}:{sender[1]}")
        return True

    def accept(self, datagram: bytes, *, sender: str) -> None:
        """Take one datagram. Nothing in it raises."""
        state = self.state
        state.datagrams += 1
        state.bytes += len(datagram)
        if sender in state.senders or len(state.senders) < _MAX_NAMES:
            state.senders[sender] += 1
        try:
            messages = OscPacket(datagram).messages
        except Exception:
            # Bytes from anywhere go through a parser that is not ours: whatever it raises
            # (its own errors, struct's, a recursion too deep), the datagram is not OSC.
            state.rejected += 1
            return
        for timed in messages:
            self._take(timed.message.address, timed.message.params)

    def close(self) -> None:
        """May be called twice."""
        self._socket.close()

    def _take(self, address: str, arguments: Sequence[object]) -> None:
        state = self.state
        if address in state.addresses or len(state.addresses) < _MAX_NAMES:
            state.addresses[address] += 1
        if address == "/VMC/Ext/Blend/Apply":
            self._frame_is_open = False
            self._end_frame()
        elif address == "/VMC/Ext/T":
            numbers = _numbers(arguments)
            if len(numbers) < 1:
                state.malformed += 1
                return
            state.time_s = numbers[0]
            if self._frame_is_open:  # the frame before had no expressions to apply
                self._end_frame()
            self._frame_is_open = True
        elif address == "/VMC/Ext/OK":
            flags = _numbers(arguments)
            state.tracking = bool(flags[3]) if len(flags) > 3 else None
        elif address in ("/VMC/Ext/Bone/Pos", "/VMC/Ext/Root/Pos", "/VMC/Ext/Blend/Val"):
            self._take_named(address, arguments)

    def _take_named(self, address: str, arguments: Sequence[object]) -> None:
        state = self.state
        name = arguments[0] if arguments else None
        numbers = _numbers(arguments[1:])
        wanted = 1 if address.endswith("/Val") else 7
        if not isinstance(name, str) or len(numbers) < wanted:
            state.malformed += 1
        elif address.endswith("/Root/Pos"):
            state.root = numbers[:7]
        elif address.endswith("/Bone/Pos"):
            if name in state.bones or len(state.bones) < _MAX_NAMES:
                state.bones[name] = numbers[:7]
        elif name in state.expressions or len(state.expressions) < _MAX_NAMES:
            state.expressions[name] = numbers[0]

    def _end_frame(self) -> None:
        now_s = time.monotonic()
        times = self._frame_times_s
        rate_hz = self.rate_hz
        if rate_hz > 0 and now_s - times[-1] > _GAP_FACTOR / rate_hz:
            self.state.gaps += 1
        times.append(now_s)
        self.state.frames += 1


def _numbers(arguments: Sequence[object]) -> tuple[float, ...]:
    """The leading numbers of an argument list."""
    out: list[float] = []
    for argument in arguments:
        if not isinstance(argument, (int, float)):
            break
        out.append(float(argument))
    return tuple(out)
