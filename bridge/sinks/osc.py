"""Open Sound Control 1.0, the part that VMC sends: strings, int32, float32, bundles.

A frame of VMC has the same layout as the one before, so its bytes are made once, with holes
where the numbers go (``DatagramTemplate``); a frame then costs one scattered copy. python-osc
is the oracle of the tests and reads what arrives (``listener.py``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridge.types import FloatArray

IntArray = NDArray[np.int32]

WORD_BYTES: Final = 4  # everything in OSC is aligned to this
BUNDLE_HEADER: Final = b"#bundle\x00" + struct.pack(">Q", 1)  # time tag 1: immediately
BUNDLE_HEADER_BYTES: Final = len(BUNDLE_HEADER)
_SIZE: Final = struct.Struct(">i")
_FLOAT: Final = struct.Struct(">f")


class Hole(Enum):
    """An argument of a template that is filled in for every frame."""

    FLOAT = "f"
    INT = "i"


Argument: TypeAlias = str | int | float | Hole


@dataclass(frozen=True, slots=True)
class Message:
    """An address and its arguments; ``Hole`` where the value changes from frame to frame."""

    address: str
    arguments: tuple[Argument, ...] = ()


def encode_message(message: Message) -> bytes:
    """The message's bytes, its holes holding zero."""
    return _encode(message)[0]


def encode_bundle(messages: Iterable[bytes]) -> bytes:
    """Encoded messages as one bundle to be applied immediately."""
    return BUNDLE_HEADER + b"".join(_SIZE.pack(len(message)) + message for message in messages)


class DatagramTemplate:
    """The datagrams of one frame, ready but for their numbers.

    ``limit_bytes``: the most bytes in one bundle; None puts all messages into one. A message
    that is larger by itself gets a bundle of its own. ``bundled=False``: one message a datagram.
    """

    def __init__(
        self, messages: Sequence[Message], *, bundled: bool = True, limit_bytes: int | None = None
    ) -> None:
        encoded = [_encode(message) for message in messages]
        buffer = bytearray()
        holes: dict[Hole, list[int]] = {Hole.FLOAT: [], Hole.INT: []}
        starts: list[int] = []
        for group in _groups([len(data) for data, _ in encoded], bundled, limit_bytes):
            starts.append(len(buffer))
            if bundled:
                buffer += BUNDLE_HEADER
            for data, message_holes in (encoded[i] for i in group):
                if bundled:
                    buffer += _SIZE.pack(len(data))
                for hole, offset in message_holes:
                    holes[hole].append((len(buffer) + offset) // WORD_BYTES)
                buffer += data
        ends = [*starts[1:], len(buffer)]
        self._floats = np.frombuffer(buffer, dtype=">f4")
        self._integers = np.frombuffer(buffer, dtype=">i4")
        self._float_words = np.array(holes[Hole.FLOAT], dtype=np.intp)
        self._integer_words = np.array(holes[Hole.INT], dtype=np.intp)
        view = memoryview(buffer)
        self._datagrams = tuple(view[a:b] for a, b in zip(starts, ends, strict=True))

    @property
    def float_count(self) -> int:
        """How many floats ``fill`` takes."""
        return len(self._float_words)

    @property
    def datagram_sizes(self) -> tuple[int, ...]:
        """Bytes of each datagram; they do not change with the numbers."""
        return tuple(len(datagram) for datagram in self._datagrams)

    def fill(self, floats: FloatArray, integers: IntArray) -> tuple[memoryview, ...]:
        """The datagrams with these numbers, in the order of the holes.

        The views are overwritten by the next call: send or copy them before it.
        """
        self._floats[self._float_words] = floats
        self._integers[self._integer_words] = integers
        return self._datagrams


def _encode(message: Message) -> tuple[bytes, list[tuple[Hole, int]]]:
    tags = ","
    data = b""
    holes: list[tuple[Hole, int]] = []
    for argument in message.arguments:
        if isinstance(argument, Hole):
            tags += argument.value
            holes.append((argument, len(data)))
            data += b"\x00" * WORD_BYTES
        elif isinstance(argument, str):
            tags += "s"
            data += _padded(argument)
        elif isinstance(argument, int):
            tags += "i"
            data += _SIZE.pack(argument)
        else:
            tags += "f"
            data += _FLOAT.pack(argument)
    head = _padded(message.address) + _padded(tags)
    return head + data, [(hole, len(head) + offset) for hole, offset in holes]


def _padded(text: str) -> bytes:
    data = text.encode("utf-8")
    return data + b"\x00" * (WORD_BYTES - len(data) % WORD_BYTES)


def _groups(sizes: Sequence[int], bundled: bool, limit_bytes: int | None) -> list[list[int]]:
    """Which messages share a datagram, in order."""
    if not bundled:
        return [[i] for i in range(len(sizes))]
    groups: list[list[int]] = []
    used_bytes = 0
    for i, size in enumerate(sizes):
        needed_bytes = size + _SIZE.size
        full = limit_bytes is not None and used_bytes + needed_bytes > limit_bytes
        if not groups or full:
            groups.append([])
            used_bytes = BUNDLE_HEADER_BYTES
        groups[-1].append(i)
        used_bytes += needed_bytes
    return groups
