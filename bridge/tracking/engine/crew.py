"""Two threads that share the tasks of one picture."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

Task: TypeAlias = Callable[[], None]


class Crew:
    """The caller's thread and one more, taking tasks from one list until none is left.

    Whoever is free takes the next task, so both are busy to the end however long each takes.
    Tasks of one list must not depend on one another.
    """

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()
        self._lock = threading.Lock()
        self._helper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracking")
        self._helping: Future[None] | None = None

    def begin(self, tasks: Sequence[Task]) -> None:
        """Let the helper begin on ``tasks`` while the caller does something else."""
        self._tasks.extend(tasks)
        if tasks:
            self._helping = self._helper.submit(self._work)

    def finish(self) -> None:
        """Help until every task is done. Raises what a task raised, when all have ended."""
        error: BaseException | None = None
        try:
            self._work()
        except BaseException as own:
            error = own
        helping, self._helping = self._helping, None
        if helping is not None:
            helping.result()
        if error is not None:
            raise error

    def close(self) -> None:
        """End the helper."""
        self._helper.shutdown(wait=True)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._tasks:
                    return
                task = self._tasks.popleft()
            task()
