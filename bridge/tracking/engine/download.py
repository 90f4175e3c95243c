"""Fetching one model: resumable, atomic, and refused when its content is not what was pinned."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bridge.errors import ModelError
from bridge.tracking.engine.catalogue import PublishedModel, file_sha256

_CHUNK_BYTES: Final = 2**16
_TIMEOUT_S: Final = 30.0
_HTTP_PARTIAL: Final = 206
_HTTP_RANGE_NOT_SATISFIABLE: Final = 416


def fetch(model: PublishedModel, *, on_progress: Callable[[int], None]) -> Path:
    """Download ``model`` to its place in the cache folder, going on where a try was cut off.

    ``on_progress`` is told the bytes that are there so far. Raises ``ModelError``.
    """
    part = model.path.with_suffix(model.path.suffix + ".part")
    try:
        model.path.parent.mkdir(parents=True, exist_ok=True)
        _receive(model, part, on_progress)
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", None) or error
        host = urlsplit(model.url).netloc
        raise ModelError(
            f"{model.name} could not be fetched from {host}: {reason}. "
            "Run the command again to go on where it stopped"
        ) from error
    size_bytes = part.stat().st_size
    if size_bytes < model.size_bytes:
        raise ModelError(
            f"{model.name} ended after {size_bytes} of {model.size_bytes} bytes. "
            "Run the command again to go on where it stopped"
        )
    digest = file_sha256(part)
    if size_bytes != model.size_bytes or digest != model.sha256:
        part.unlink()  # going on with it could never give the right content
        raise ModelError(
            f"{model.name} from {model.url} is not the file that was pinned: sha256 {digest}, "
            f"expected {model.sha256}. It was deleted"
        )
    part.replace(model.path)
    return model.path


def _receive(model: PublishedModel, part: Path, on_progress: Callable[[int], None]) -> None:
    there = part.stat().st_size if part.is_file() else 0
    if there >= model.size_bytes:
        return
    request = urllib.request.Request(model.url)
    if there:
        request.add_header("Range", f"bytes={there}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code == _HTTP_RANGE_NOT_SATISFIABLE:
            part.unlink()  # the server's file is shorter than what we have: not the same file
        raise
    with response:
        if response.status != _HTTP_PARTIAL:
            there = 0  # this server cannot go on: it sends everything again
        with part.open("ab" if there else "wb") as file:
            on_progress(there)
            # One byte beyond the pinned size tells a wrong file without filling the disk.
            while there <= model.size_bytes and (chunk := response.read(_CHUNK_BYTES)):
                file.write(chunk)
                there += len(chunk)
                on_progress(there)
