"""Reads recordings, whole or cut short, within bounds that a hostile file cannot break."""

from __future__ import annotations

import io
import logging
import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import zstandard
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, McapRecord, Message, MessageIndex, Metadata
from mcap.stream_reader import StreamReader, breakup_chunk

from bridge.errors import FormatError, SourceError
from bridge.recording.messages import Recorded, decode
from bridge.recording.schemas import CHANNELS, FORMAT_VERSION, METADATA_NAME, VERSION_KEY

_LOG = logging.getLogger(__name__)

_MAGIC: Final = b"\x89MCAP0\r\n"
_RECORD_HEADER: Final = struct.Struct("<BQ")  # opcode, length
_RECORD_BYTES_MAX: Final = 64 * 1024 * 1024  # our chunks are below 5 MB
# What the library and its decompressor raise on damaged bytes.
_DAMAGE: Final = (
    McapError, ValueError, KeyError, IndexError, EOFError, OverflowError, struct.error,
    zstandard.ZstdError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _ChunkPlace:
    offset: int
    times_ns: dict[int, list[int]]  # by channel


class RecordingFile:
    """The index of one file, made on opening by walking its records without decoding them.

    ``damage`` says where a file that was not closed properly ends, or is None. Raises
    ``SourceError`` for a file that cannot be opened, ``FormatError`` for one that is no recording.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage: str | None = None
        self._chunks: list[_ChunkPlace] = []
        self._topics: dict[int, str] = {}
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise SourceError(f"{path} cannot be opened: {error.strerror}") from None
        try:
            self._scan()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """May be called twice."""
        self._file.close()

    def times_ns(self, topic: str) -> list[int]:
        """Capture times of every message of ``topic``, in the order of the file."""
        ids = self._ids(topic)
        return [t for chunk in self._chunks for i in ids for t in chunk.times_ns.get(i, ())]

    def read(self, topic: str, *, start: int = 0) -> Iterator[Recorded]:
        """Values of ``topic`` from the ``start``-th on. What cannot be decoded is skipped."""
        ids = self._ids(topic)
        ends: list[int] = []
        for chunk in self._chunks:
            ends.append(sum(len(chunk.times_ns.get(i, ())) for i in ids) + (ends or [0])[-1])
        first = bisect_left(ends, start + 1)
        skip = start - (ends[first - 1] if first else 0)
        for chunk in self._chunks[first:]:
            for message in self._messages(chunk.offset, ids):
                if skip > 0:
                    skip -= 1
                    continue
                try:
                    yield decode(topic, message.data)
                except FormatError as error:
                    _LOG.warning("%s: skipped %s", self.path, error)

    def _ids(self, topic: str) -> list[int]:
        return [channel_id for channel_id, name in self._topics.items() if name == topic]

    def _messages(self, offset: int, ids: list[int]) -> list[Message]:
        try:
            records = self._chunk_records(offset)
        except _DAMAGE as error:
            _LOG.warning("%s: a damaged block at byte %d skipped: %s", self.path, offset, error)
            return []
        return [r for r in records if isinstance(r, Message) and r.channel_id in ids]

    def _scan(self) -> None:
        size = self.path.stat().st_size
        if self._file.read(len(_MAGIC)) != _MAGIC:
            raise FormatError(
                f"{self.path} is not a recording: it does not begin as an MCAP file does"
            )
        offset = len(_MAGIC)
        finished = False
        while not finished:
            self._file.seek(offset)
            header = self._file.read(_RECORD_HEADER.size)
            if len(header) < _RECORD_HEADER.size:
                break
            opcode, length = _RECORD_HEADER.unpack(header)
            end = offset + _RECORD_HEADER.size + length
            if end > size or length > _RECORD_BYTES_MAX:
                break
            try:
                self._note(opcode, offset)
            except _DAMAGE as error:
                _LOG.warning("%s: a damaged block at byte %d: %s", self.path, offset, error)
            finished = opcode == Opcode.FOOTER
            offset = end
        self._count_last_chunk()
        if not finished:
            self.damage = f"its index is missing and it breaks off at byte {offset:,} of {size:,}"
        if not set(self._topics.values()) & set(CHANNELS):
            cut = f"; {self.damage}" if self.damage else ""
            raise FormatError(f"{self.path} holds nothing that avatar-bridge recorded{cut}")

    def _note(self, opcode: int, offset: int) -> None:
        if opcode == Opcode.CHUNK:
            self._chunks.append(_ChunkPlace(offset, {}))
            if len(self._chunks) == 1:  # the writer declares its channels in the first chunk
                self._learn_channels(self._chunk_records(offset))
        elif opcode == Opcode.MESSAGE_INDEX and self._chunks:
            index = self._record(offset)
            if isinstance(index, MessageIndex):
                times = [time_ns for time_ns, _ in index.records]
                self._chunks[-1].times_ns[index.channel_id] = times
        elif opcode == Opcode.CHANNEL:  # repeated at the end of a finished file
            self._learn_channels([self._record(offset)])
        elif opcode == Opcode.METADATA:
            metadata = self._record(offset)
            if isinstance(metadata, Metadata) and metadata.name == METADATA_NAME:
                self._check_version(metadata.metadata.get(VERSION_KEY, ""))

    def _learn_channels(self, records: list[McapRecord]) -> None:
        for record in records:
            if isinstance(record, Channel):
                self._topics[record.id] = record.topic

    def _count_last_chunk(self) -> None:
        """A file cut right behind a chunk lacks that chunk's list of times."""
        if not self._chunks or self._chunks[-1].times_ns:
            return
        last = self._chunks[-1]
        for message in self._messages(last.offset, list(self._topics)):
            last.times_ns.setdefault(message.channel_id, []).append(message.log_time)

    def _check_version(self, version: str) -> None:
        if not version.isdecimal() or int(version) > FORMAT_VERSION:
            raise FormatError(
                f"{self.path} has format version '{version}'; this program reads up to "
                f"{FORMAT_VERSION}. Update avatar-bridge"
            )

    def _chunk_records(self, offset: int) -> list[McapRecord]:
        chunk = self._record(offset)
        if not isinstance(chunk, Chunk):
            raise ValueError("not a chunk")
        # The size is claimed twice, by MCAP and by zstd; a decompressor believes the second.
        claimed = chunk.uncompressed_size
        if chunk.compression == "zstd":
            claimed = max(claimed, zstandard.frame_content_size(chunk.data))
        if claimed > _RECORD_BYTES_MAX:
            raise ValueError(f"claims to unpack to {claimed:,} bytes")
        return breakup_chunk(chunk, validate_crc=True)

    def _record(self, offset: int) -> McapRecord:
        self._file.seek(offset)
        header = self._file.read(_RECORD_HEADER.size)
        _, length = _RECORD_HEADER.unpack(header)
        # Out of these bytes alone: from the file, a damaged length inside would take all memory.
        record = io.BytesIO(header + self._file.read(min(length, _RECORD_BYTES_MAX)))
        reader = StreamReader(
            record, skip_magic=True, emit_chunks=True, record_size_limit=_RECORD_BYTES_MAX
        )
        return next(iter(reader.records))
