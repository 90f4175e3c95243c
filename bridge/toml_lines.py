"""Where a key stands in a TOML text, for messages that name the line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_HEADER: Final = re.compile(r"^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}")
_KEY: Final = re.compile(r"^\s*([A-Za-z0-9_.\-\"']+?)\s*=")


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line, from 1, of the key or table ``path``, or of its nearest parent in the text."""
    lines = _index(text)
    for length in range(len(path), 0, -1):
        wanted = tuple(path[:length])
        # A table may be there only through what it holds: ``[bones.Head]`` makes ``bones``.
        inside = [line for key, line in lines.items() if key[:length] == wanted]
        if inside:
            return lines.get(wanted, min(inside))
    return None


def _index(text: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(table + _parts(key[1]), number)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
