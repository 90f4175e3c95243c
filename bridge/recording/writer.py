"""Writes recordings so that a crash at any instant costs at most the last half second."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mcap.writer import CompressionType, Writer

from bridge import __version__
from bridge.errors import SinkError
from bridge.recording.messages import Recorded, encode, topic_of
from bridge.recording.schemas import CHANNELS, FORMAT_VERSION, METADATA_NAME, VERSION_KEY

# A chunk is what a crash may cost, and what a seek must decode.
CHUNK_NS: Final = 500_000_000
_CHUNK_BYTES_MAX: Final = 4 * 1024 * 1024


class RecordingWriter:
    """One MCAP file. Not thread-safe; the same values give the same bytes.

    Raises ``SinkError`` when the file cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise SinkError(
                f"{path} cannot be written: {error.strerror}. Choose another folder or name"
            ) from None
        self._writer = Writer(
            self._file, chunk_size=_CHUNK_BYTES_MAX, compression=CompressionType.ZSTD
        )
        self._chunk_start_ns: int | None = None
        self._closed = False
        self._writer.start(profile="", library=f"avatar-bridge {__version__}")
        self._writer.add_metadata(METADATA_NAME, {VERSION_KEY: str(FORMAT_VERSION)})
        self._channels: dict[str, int] = {}
        for topic, (name, schema) in CHANNELS.items():
            schema_id = self._writer.register_schema(name, "jsonschema", schema)
            self._channels[topic] = self._writer.register_channel(topic, "json", schema_id)

    def write(self, value: Recorded) -> None:
        """Append one value."""
        time_ns = max(0, value.stamp.capture_time_ns)
        try:
            if self._chunk_start_ns is None:
                self._chunk_start_ns = time_ns
            elif abs(time_ns - self._chunk_start_ns) >= CHUNK_NS:
                self._writer.flush()
                self._chunk_start_ns = time_ns
            self._writer.add_message(
                self._channels[topic_of(value)],
                log_time=time_ns,
                publish_time=time_ns,
                data=encode(value),
                sequence=value.stamp.sequence & 0xFFFFFFFF,
            )
        except OSError as error:
            raise self._failure(error) from None

    def flush(self) -> None:
        """Hand everything to the operating system: from here on a crash does not lose it."""
        try:
            self._writer.flush()
        except OSError as error:
            raise self._failure(error) from None
        self._chunk_start_ns = None

    def close(self) -> None:
        """Write the index and close; may be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._writer.finish()
        except OSError as error:
            raise self._failure(error) from None
        finally:
            self._file.close()

    def _failure(self, error: OSError) -> SinkError:
        return SinkError(
            f"recording to {self._path} failed: {error.strerror}. Free disk space; "
            "what was written before stays readable"
        )
