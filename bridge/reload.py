"""Watches files and puts what they say into effect while the program runs.

A change is read whole and checked; when it is faulty the old values stay and the fault is told.
The files' times and sizes are looked at, not asked of the system: it works on every platform,
on network folders, and however an editor saves.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

from bridge.errors import BridgeError

log = logging.getLogger(__name__)

T = TypeVar("T")
# A change must rest for one look before it is read, so it takes effect within two to three.
LOOK_INTERVAL_S: Final = 0.04
_JOIN_TIMEOUT_S: Final = 2.0

Trace = tuple[tuple[int, int, int] | None, ...]


class Reloader(Generic[T]):
    """Calls ``publish`` with each new valid value, ``on_fault`` with each fault, from its thread.

    ``load`` reads everything and returns the value; ``files`` names what it reads, which may
    change with the value. Both raise ``BridgeError``. ``initial`` is what is in effect now.
    """

    def __init__(
        self,
        load: Callable[[], T],
        publish: Callable[[T], None],
        *,
        initial: T,
        files: Callable[[], Sequence[Path]],
        on_fault: Callable[[BridgeError], None] | None = None,
    ) -> None:
        self._load = load
        self._publish = publish
        self._on_fault = on_fault or _tell
        self._value = initial
        self._name_files = files
        self._files = tuple(files())
        self._loaded = self._seen = trace(self._files)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="reload", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_TIMEOUT_S)

    def look(self) -> None:
        """One look at the files."""
        now = trace(self._files)
        rested = now == self._seen
        self._seen = now
        if rested and now != self._loaded:
            self._loaded = now
            self._reload()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_INTERVAL_S):
            self.look()

    def _reload(self) -> None:
        try:
            value, files = self._load(), self._name_files()
        except BridgeError as error:
            self._on_fault(error)
            return
        self._files = tuple(files)
        self._loaded = self._seen = trace(self._files)
        if value != self._value:
            self._value = value
            self._publish(value)


def trace(files: Sequence[Path]) -> Trace:
    """What changes when a file is saved, however; None for one that is not there now."""
    found: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            state = file.stat()
        except OSError:
            found.append(None)
        else:
            found.append((state.st_mtime_ns, state.st_size, state.st_ino))
    return tuple(found)


def _tell(error: BridgeError) -> None:
    log.warning("the changed settings are not used, the old ones stay:\n%s", error)
