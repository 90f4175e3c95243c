"""The trained body network at run time: ONNX through OpenVINO, one step a frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bridge.errors import ModelError
from bridge.resources import data_dir
from bridge.solving.body import BODY_COUNT, AnalyticBody
from bridge.solving.features import (
    FEATURE_COUNT,
    facing,
    first_heading,
    followed_heading,
    headed_frame,
)
from bridge.solving.parts import Array
from bridge.solving.rigid import RigidLimbs
from bridge.solving.steadiness import BoneLengths

WEIGHTS: Final = Path("body") / "body.onnx"
STEP_MIN_S: Final = 1.0 / 240.0  # the network has seen 8 ms to 67 ms; it is never told more
STEP_MAX_S: Final = 1.0 / 10.0
# Half precision, which some processors default to, would be off by half a degree.
_SINGLE_PRECISION_ON_ONE_THREAD: Final = {
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_NUM_THREADS": 1,
    "INFERENCE_PRECISION_HINT": "f32",
}
_INPUTS: Final = ("features", "initial", "state")
_OUTPUTS: Final = ("rotations", "contact", "root", "next_state")


@dataclass(frozen=True, slots=True)
class NetworkPose:
    """``world (22, 3, 3)`` rotations in the world by ``SmplxJoint``, all of them plausible;
    ``confidence (22,)`` how well landmarks support each; ``contact (2,)`` the probability that
    the left and right foot stand; ``velocity_m_s (3,)`` of the root in the world and its
    ``height_m`` over the floor, for a performer of 1.70 m."""

    world: Array
    confidence: Array
    contact: Array
    velocity_m_s: Array
    height_m: float


class BodyNetwork:
    """Keeps the network's memory from one frame to the next.

    Raises ``ModelError`` where the weights are missing or are not of this program's version.
    """

    def __init__(self, path: Path | None = None) -> None:
        path = data_dir("models") / WEIGHTS if path is None else path
        self._request = _compiled(path)
        # Written and read in place: handing arrays over costs as much as the network itself.
        self._inputs: dict[str, Array] = {n: self._request.get_tensor(n).data for n in _INPUTS}
        self._outputs: dict[str, Array] = {n: self._request.get_tensor(n).data for n in _OUTPUTS}
        self.reset()

    def reset(self) -> None:
        """Forget the past: after a seek, another performer or another source."""
        self._inputs["state"].fill(0.0)
        self._heading: Array | None = None

    def step(
        self,
        limbs: RigidLimbs,
        confidence: Array,
        *,
        lengths: BoneLengths,
        analytic: AnalyticBody,
        dt_s: float,
    ) -> NetworkPose:
        """One frame: ``limbs`` in the world with any origin and ``analytic`` solved from them,
        ``confidence (38,)`` by ``CanonicalJoint``; ``dt_s`` since the frame before."""
        step_s = min(max(dt_s, STEP_MIN_S), STEP_MAX_S)
        target = facing(analytic)
        heading = self._heading
        heading = (
            first_heading(target)
            if heading is None
            else followed_heading(heading, target, dt_s=step_s)
        )
        self._heading = heading
        headed = headed_frame(
            limbs, confidence, lengths=lengths, analytic=analytic, heading=heading, dt_s=step_s
        )
        self._inputs["features"][0] = headed.features
        self._inputs["initial"][0] = headed.initial
        self._request.infer()
        rotations, contact, root, state = (self._outputs[name] for name in _OUTPUTS)
        np.copyto(self._inputs["state"], state)
        world_from_heading = headed.world_from_heading
        return NetworkPose(
            world=world_from_heading @ rotations[0].astype(np.float64),
            confidence=analytic.confidence,
            contact=contact[0].astype(np.float64),
            velocity_m_s=world_from_heading @ root[0, :3].astype(np.float64),
            height_m=float(root[0, 3]),
        )


def _compiled(path: Path) -> Any:
    """An inference request on one thread."""
    if not path.is_file():
        raise ModelError(
            f"the body network's weights are missing: {path}. Use solving.body = 'analytic', or "
            "train them: python -m tools.train_body --output models/body"
        )
    try:
        import openvino

        core: Any = openvino.Core()
        compiled: Any = core.compile_model(str(path), "CPU", _SINGLE_PRECISION_ON_ONE_THREAD)
        shapes = {port.any_name: tuple(port.shape) for port in compiled.inputs}
        names = {name for port in compiled.outputs for name in port.names}
    except (ImportError, RuntimeError) as error:
        raise ModelError(f"{path}: cannot be loaded ({error})") from error
    expected = {"features": (1, FEATURE_COUNT), "initial": (1, BODY_COUNT, 3, 3)}
    found = {name: shapes.get(name) for name in expected}
    if found != expected or set(shapes) != set(_INPUTS) or not names.issuperset(_OUTPUTS):
        raise ModelError(
            f"{path}: inputs {shapes}, outputs {sorted(names)}; this version needs {expected}, "
            "a state, and " + ", ".join(_OUTPUTS)
        )
    return compiled.create_infer_request()
