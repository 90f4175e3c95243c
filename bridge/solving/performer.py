"""Who is being solved: the bones and the shape of the performer, from wherever they are known."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy as np

from bridge.kinematics import bone_lengths_m, rest_joints_m
from bridge.layouts import Layout
from bridge.smplx_model import BETA_COUNT, SmplxModel, load_betas
from bridge.solving.canonical import CanonicalBody, canonical_body
from bridge.solving.performer_files import load_proportions, proportions_path, save_proportions
from bridge.solving.proportions import ProportionMeter, Proportions
from bridge.solving.settings import SolvingSettings
from bridge.types import FloatArray, Observation

_LOG = logging.getLogger(__name__)


class Performer:
    """Betas with a model tell the bones; else those kept under the performer's name; else they
    are measured while the performer moves, from an adult of ``stature_m`` or 1.70 m."""

    def __init__(self, settings: SolvingSettings) -> None:
        """Raises ``ModelError`` and ``ConfigError`` for files that are missing or wrong."""
        chosen = settings.proportions
        self.betas: FloatArray = np.zeros(BETA_COUNT, np.float32)
        if chosen.betas is not None:
            self.betas = load_betas(chosen.betas)
        self._name = chosen.performer
        start = load_proportions(self._name) if self._name else None
        known = start is not None
        if chosen.smplx is not None:
            model = SmplxModel(chosen.smplx, gender=chosen.gender)
            joints_m = model.rest_joints_m(self.betas).astype(np.float64)
            start = Proportions.of(bone_lengths_m(joints_m), np.ones(len(joints_m)))
            known = chosen.betas is not None  # the mean shape is nobody's own
        if start is None:
            start = Proportions.standard()
        stature_m = settings.stature_m
        if stature_m is not None:
            start = start.scaled_to(stature_m)
        self._meter: ProportionMeter | None = None
        if chosen.measure != "never" and not known:
            cameras = chosen.measure == "always"
            self._meter = ProportionMeter(start=start, stature_m=stature_m, cameras=cameras)
        self._take(start)
        self._saved = False

    @property
    def proportions(self) -> Proportions:
        """The bones as known now."""
        return self._proportions

    @property
    def bones_m(self) -> FloatArray | None:
        """``(55,)`` for ``ActorPose``; None for the standard skeleton."""
        return None if self._standard else self._proportions.lengths_m

    @property
    def rest_joints_m(self) -> FloatArray:
        """The performer's T-pose ``(55, 3)``, feet on y = 0."""
        return rest_joints_m() if self._standard else self._proportions.rest_joints_m

    def reset(self) -> None:
        """After a seek or a gap: measure again, starting from what is known."""
        if self._meter is not None:
            self._meter.reset()

    def step(self, body: CanonicalBody, *, layout: Layout, dt_s: float) -> bool:
        """Take in one observation. Whether the bones changed."""
        if self._meter is None:
            return False
        changed = self._meter.step(body, layout=layout, dt_s=dt_s)
        if changed is None:
            return False
        self._take(changed)
        if self._meter.complete and self._name:
            self._save()
        return True

    def measure(self, observations: Iterable[Observation]) -> None:
        """Measure the whole of a recording before it is solved; stops when enough was seen."""
        if self._meter is None:
            return
        last_ns: int | None = None
        for seen in observations:
            now_ns = seen.stamp.capture_time_ns
            dt_s = 0.0 if last_ns is None else max(0, now_ns - last_ns) * 1e-9
            last_ns = now_ns
            if seen.body is not None:
                self._meter.step(canonical_body(seen.body), layout=seen.body.layout, dt_s=dt_s)
            if self._meter.complete:
                break
        self._take(self._meter.finish())

    def _take(self, proportions: Proportions) -> None:
        self._proportions = proportions
        self._standard = bool(np.allclose(proportions.lengths_m, _STANDARD_M, atol=1e-5))

    def _save(self) -> None:
        assert self._meter is not None
        try:
            save_proportions(self._name, dict(self._meter.measured))
        except OSError as error:
            if not self._saved:
                _LOG.warning("%s: %s", proportions_path(self._name), error.strerror or error)
        self._saved = True


_STANDARD_M = bone_lengths_m(rest_joints_m().astype(np.float64))
