"""A latest-value slot: new replaces old, so a slow reader works on the newest, never on a queue."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class SlotClosedError(Exception):
    """The writer has finished and the last value was taken."""


class Slot(Generic[T]):
    """Holds at most one value between one writer and one reader."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._value: T | None = None
        self._closed = False
        self._replaced = 0

    @property
    def replaced(self) -> int:
        """How many values were overwritten before anyone took them."""
        return self._replaced

    def put(self, value: T) -> None:
        """Offer a value; never blocks."""
        with self._condition:
            if self._value is not None:
                self._replaced += 1
            self._value = value
            self._condition.notify()

    def take(self, *, timeout_s: float) -> T | None:
        """Wait for the next value; None when none came in time.

        Raises ``SlotClosedError`` once there will be none.
        """
        with self._condition:
            self._condition.wait_for(
                lambda: self._value is not None or self._closed, timeout=timeout_s
            )
            value, self._value = self._value, None
            if value is None and self._closed:
                raise SlotClosedError
            return value

    def close(self) -> None:
        """No more values will come; one that waits can still be taken."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
