"""Builds a pipeline from settings: the one place that chooses the stages."""

from __future__ import annotations

from contextlib import ExitStack

from bridge.config import Config
from bridge.pipeline import Pipeline, Stages
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.rig import load_rig
from bridge.sinks.base import Sink
from bridge.sinks.steady_rate import SteadyRateSink
from bridge.sinks.vmc import VmcSink
from bridge.solving.solver import Solver
from bridge.sources.factory import open_source
from bridge.sources.pacing import PacedSource
from bridge.tracking.factory import open_tracker


def assemble(config: Config, *, realtime: bool = True) -> Pipeline:
    """Open every stage; nothing stays open when one cannot be.

    ``realtime`` plays files at their own speed; live sources always are. Raises ``BridgeError``.
    """
    with ExitStack() as opened:
        source = opened.enter_context(open_source(config.source.spec, settings=config.source))
        paced = realtime or source.info.live
        if realtime and not source.info.live:
            source = PacedSource(source)
        rig = load_rig(config.avatar) if config.avatar is not None else None
        sinks: list[Sink] = []
        for receiver in (config.vmc, *config.receivers):
            sinks.append(VmcSink(receiver, rest=rig.rest if rig else None))
            opened.callback(sinks[-1].close)
        if paced and config.output.rate_hz is not None:
            sinks = [SteadyRateSink(sinks, config.output)]
            opened.callback(sinks[0].close)
        stages = Stages(
            source=source,
            open_tracker=lambda: open_tracker(config.tracking),
            solver=Solver(config.solving),
            retargeter=Retargeter(config.retarget, rig=rig),
            sinks=sinks,
        )
        opened.pop_all()  # from here on the pipeline owns and closes them
    return Pipeline(stages, paced=paced)
