"""A file appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bridge.errors import SinkError


@contextmanager
def atomic_output(path: Path) -> Generator[Path, None, None]:
    """Yields a path beside ``path`` to write to; renames it when the block ends well.

    Whatever ends the block early, Ctrl-C included, leaves an older ``path`` as it was and nothing
    half-written. Raises ``SinkError`` where the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.touch()
    except OSError as error:
        raise SinkError(
            f"{path} cannot be written: {error.strerror}. Choose another folder or name"
        ) from None
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise SinkError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
