"""What every source promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import TracebackType
from typing import TypeAlias

from typing_extensions import Self

from bridge.errors import SourceError
from bridge.types import ActorPose, Frame, Observation

# A picture goes through every stage; landmarks skip the tracker; motion skips the solver too.
SourceItem: TypeAlias = Frame | Observation | ActorPose


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source once it is open."""

    source_id: str  # "webcam:0", "video:clip.mp4"
    live: bool  # items arrive by themselves: it can be neither paced nor sought
    fps: float | None = None
    size_px: tuple[int, int] | None = None  # width, height
    length: int | None = None  # items in all, where known
    lasting_s: float | None = None  # from the first item to behind the last, where known

    @property
    def duration_s(self) -> float | None:
        """How long it plays; None for what is live or does not say."""
        if self.lasting_s is not None or self.live:
            return self.lasting_s
        return self.length / self.fps if self.length and self.fps else None


class Source(ABC):
    """A stream of frames, observations or poses. Used as a context manager; one reader only."""

    @property
    @abstractmethod
    def info(self) -> SourceInfo:
        """Constant while the source is open."""

    @abstractmethod
    def read(self) -> SourceItem | None:
        """Block for the next item; None at the end.

        A live source returns the newest it has and stamps it with ``time.monotonic_ns()`` at
        capture; a file returns every item in order, stamped with its media time in ns.

        Raises ``SourceLostError`` when a device stops and ``FormatError`` when a file is broken.
        """

    def seek(self, time_s: float) -> None:
        """Continue at ``time_s`` from the start. Raises ``SourceError`` where impossible."""
        raise SourceError(f"{self.info.source_id} cannot be sought to {time_s:g} s")

    @abstractmethod
    def close(self) -> None:
        """Release the device or file; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
