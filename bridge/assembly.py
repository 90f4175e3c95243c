"""Builds a pipeline from settings: the one place that chooses the stages."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from bridge.config import Config
from bridge.errors import SinkError
from bridge.pipeline import Pipeline, Stages
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.rig import load_rig
from bridge.sinks.base import Sink
from bridge.sinks.recording import RecordingSink
from bridge.sinks.steady_rate import SteadyRateSink
from bridge.sinks.vmc import VmcSink
from bridge.solving.solver import Solver
from bridge.sources.factory import open_source
from bridge.sources.pacing import PacedSource
from bridge.tracking.depth_tracker import DepthTracker
from bridge.tracking.factory import open_tracker
from bridge.types import AvatarRest


def assemble(
    config: Config,
    *,
    realtime: bool = True,
    record: Path | None = None,
    send: bool = True,
    speed: float = 1.0,
    start_s: float = 0.0,
) -> Pipeline:
    """Open every stage; nothing stays open when one cannot be.

    ``realtime`` plays files at their own speed times ``speed``, from ``start_s`` on; live sources
    always are. ``record`` names a recording to write; without ``send`` nothing goes to the
    network. Raises ``BridgeError``.
    """
    with ExitStack() as opened:
        source = opened.enter_context(open_source(config.source.spec, settings=config.source))
        paced = realtime or source.info.live
        if realtime and not source.info.live:
            source = PacedSource(source, speed=speed)
        if start_s:
            source.seek(start_s)
        rig = load_rig(config.avatar) if config.avatar is not None else None
        sinks: list[Sink] = []
        if send:
            sinks = open_receivers(config, rest=rig.rest if rig else None, paced=paced)
        for sink in sinks:
            opened.callback(sink.close)
        if record is not None:  # what was captured, not what the steady rate makes of it
            sinks.append(open_recording(record))
            opened.callback(sinks[-1].close)
        stages = Stages(
            source=source,
            open_tracker=lambda: DepthTracker(
                open_tracker(config.tracking), level=config.solving.camera_pitch_deg is None
            ),
            solver=Solver(config.solving),
            retargeter=Retargeter(config.retarget, rig=rig),
            sinks=sinks,
        )
        opened.pop_all()  # from here on the pipeline owns and closes them
    return Pipeline(stages, paced=paced)


def open_receivers(config: Config, *, rest: AvatarRest | None, paced: bool) -> list[Sink]:
    """What sends poses over the network; nothing stays open when one cannot be.

    ``rest``: the avatar's rest pose. ``paced``: poses come at their own time, so that a steady
    rate makes sense. Raises ``SinkError``.
    """
    with ExitStack() as opened:
        sinks: list[Sink] = []
        for receiver in (config.vmc, *config.receivers):
            sinks.append(VmcSink(receiver, rest=rest))
            opened.callback(sinks[-1].close)
        opened.pop_all()  # from here on the caller closes them
    if paced and config.output.rate_hz is not None:
        return [SteadyRateSink(sinks, config.output)]
    return sinks


def open_recording(path: Path) -> RecordingSink:
    """A new recording; an older take is never overwritten. Raises ``SinkError``."""
    if path.suffix.lower() != ".mcap":
        raise SinkError(
            f"{path}: a recording ends in .mcap. Convert it later: avatar-bridge convert"
        )
    if path.exists():
        raise SinkError(f"{path} exists already. Choose another name or delete it")
    return RecordingSink(path)
