"""From a source to a file: the stages in order, without threads and without dropping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from bridge.config import Config
from bridge.convert.atomic import atomic_output
from bridge.convert.bvh import write_bvh
from bridge.convert.motion import motion_from_poses
from bridge.convert.npz import write_motion_npz, write_observation_npz, write_poses_npz
from bridge.errors import FormatError, SinkError, SourceError
from bridge.recording.writer import RecordingWriter
from bridge.solving.performer import Performer
from bridge.solving.solver import Solver
from bridge.sources.base import Source, SourceItem
from bridge.sources.factory import open_source
from bridge.sources.settings import SourceSettings
from bridge.tracking.base import Tracker
from bridge.tracking.depth_tracker import DepthTracker
from bridge.tracking.factory import open_tracker
from bridge.types import ActorPose, Frame, Observation

OUTPUT_SUFFIXES: Final = (".npz", ".bvh", ".mcap")

Content = Literal["motion", "observations", "poses"]
Solved: TypeAlias = tuple[Observation | None, ActorPose | None]
Progress = Callable[[int, int | None], None]  # frames done, frames in all where known


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written: ``frames`` read, and at what rate where the source has one."""

    frames: int
    fps: float | None


def convert(
    spec: str,
    output: Path,
    *,
    config: Config,
    content: Content = "motion",
    fps: float | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Converted:
    """Run every frame of ``spec`` through the stages and write ``output``, whole or not at all.

    ``content`` chooses what an ``.npz`` holds; ``fps`` interpolates motion to that rate. Raises
    ``SourceError``, ``FormatError``, ``SinkError``, ``TrackingError``.
    """
    suffix = output.suffix.lower()
    if suffix not in OUTPUT_SUFFIXES:
        raise SinkError(f"{output}: cannot write '{suffix}'; allowed: {', '.join(OUTPUT_SUFFIXES)}")
    if content == "observations" and suffix == ".bvh":
        raise SinkError(f"{output}: observations go into .npz or .mcap, not .bvh")
    if content == "poses" and suffix != ".npz":
        raise SinkError(f"{output}: poses go into .npz, not {suffix}")
    if output.exists() and Path(spec).exists() and output.samefile(spec):
        raise SinkError(f"{output} is also the input. Choose another name")
    # A file that loops has no end to convert to.
    settings = config.source.model_copy(update={"loop": False})
    with open_source(spec, settings=settings) as source, atomic_output(output) as partial:
        if source.info.live:
            raise SourceError(f"{spec} never ends. Record it first: avatar-bridge record OUT.mcap")
        performer = Performer(config.solving)
        if content != "observations":
            # Landmarks are read twice: the first frame is solved with the performer's bones too.
            performer.measure(_landmarks(spec, settings))
        items = _through_stages(
            _counted(source, progress), config=config, performer=performer,
            solve=content != "observations",
        )  # fmt: skip
        if suffix == ".mcap":
            count = _to_recording(items, partial)
        else:
            count = _to_arrays(
                items, partial, suffix, config=config, content=content, source=source, fps=fps
            )
        if count == 0:
            raise FormatError(f"{spec} holds no frames")
        return Converted(count, source.info.fps)


def _landmarks(spec: str, settings: SourceSettings) -> Iterator[Observation]:
    """The source's observations; nothing where it has pictures or motion."""
    with open_source(spec, settings=settings) as source:
        while isinstance(item := source.read(), Observation):
            yield item


def _counted(source: Source, progress: Progress) -> Iterator[SourceItem]:
    done = 0
    while (item := source.read()) is not None:
        yield item
        done += 1
        progress(done, source.info.length)


def _to_recording(items: Iterator[Solved], partial: Path) -> int:
    writer = RecordingWriter(partial)
    count = 0
    try:
        for observation, actor in items:
            for value in (observation, actor):
                if value is not None:
                    writer.write(value)
            count += 1
    finally:
        writer.close()
    return count


def _to_arrays(
    items: Iterator[Solved],
    partial: Path,
    suffix: str,
    *,
    config: Config,
    content: Content,
    source: Source,
    fps: float | None,
) -> int:
    observations: list[Observation] = []
    poses: list[ActorPose] = []
    for observation, actor in items:
        if content == "observations" and observation is not None:
            observations.append(observation)
        elif actor is not None:
            poses.append(actor)
    if observations:
        write_observation_npz(partial, observations, fps=source.info.fps)
    elif poses:
        motion = motion_from_poses(poses, source_fps=source.info.fps, fps=fps)
        gender = config.solving.proportions.gender
        if suffix == ".bvh":
            write_bvh(partial, motion)
        elif content == "poses":
            write_poses_npz(partial, motion, gender=gender)
        else:
            write_motion_npz(partial, motion, gender=gender)
    return len(observations) + len(poses)


def _through_stages(
    items: Iterator[SourceItem], *, config: Config, performer: Performer, solve: bool
) -> Iterator[Solved]:
    """What each item became. Observations alone where ``solve`` is off."""
    solver = Solver(config.solving, performer=performer)
    tracker: Tracker | None = None
    with ExitStack() as opened:
        for item in items:
            if isinstance(item, ActorPose):
                if not solve:
                    raise SourceError(
                        "the source holds motion, not landmarks: it cannot become observations. "
                        "Leave out --as observations"
                    )
                yield None, item
                continue
            if isinstance(item, Frame):
                if tracker is None:
                    tracker = DepthTracker(
                        open_tracker(config.tracking),
                        level=config.solving.camera_pitch_deg is None,
                    )
                    opened.callback(tracker.close)
                item = tracker.track(item)
            yield item, solver.solve(item) if solve else None
