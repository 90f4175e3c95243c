"""One landmark model on OpenVINO: picture in, arrays out, nothing copied in between."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from bridge.errors import TrackingError
from bridge.tracking.engine.models import ModelFile, cache_folder
from bridge.types import ByteArray, FloatArray

_PICTURE_MAX: Final = 255.0


class Runtime:
    """Compiles models for one device, once: the compiled form is kept in the cache folder."""

    def __init__(self, *, device: str, precision: str, cache: Path | None = None) -> None:
        self._core = ov.Core()
        self._device = device
        self._options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if device == "CPU":
            # One thread a model: several models run beside one another instead, which costs
            # less CPU time a picture than splitting each model.
            self._options |= {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
            self._options["ENABLE_CPU_PINNING"] = False
        if precision != "auto":
            self._options["INFERENCE_PRECISION_HINT"] = precision
        folder = (cache or cache_folder()) / "compiled"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._core.set_property({"CACHE_DIR": str(folder)})
        except OSError:
            pass  # a read-only home: models are compiled again at every start

    def load(
        self,
        file: ModelFile,
        *,
        outputs: Sequence[str],
        picture_range: tuple[float, float] | None,
    ) -> Network:
        """Compile ``file`` with only the branches that lead to ``outputs``.

        ``picture_range``: the input is a byte picture, mapped to this range inside the model;
        None: the input is floats. Raises ``TrackingError``.
        """
        try:
            model = self._core.read_model(file.on_disk())
            if model.input().partial_shape.is_dynamic:
                model.reshape([1, *(d.get_length() for d in list(model.input().partial_shape)[1:])])
            _keep_outputs(model, outputs)
            if picture_range is not None:
                model = _fed_with_bytes(model, picture_range)
            compiled = self._core.compile_model(model, self._device, self._options)
            return Network(compiled, outputs=outputs)
        except (RuntimeError, ValueError) as error:
            first_line = str(error).strip().splitlines()[0]
            raise TrackingError(
                f"OpenVINO cannot run {file.label} on {self._device}: {first_line}. "
                f"Devices here: {', '.join(self._core.available_devices)}; set tracking.device"
            ) from error


class Network:
    """A compiled model with its own input and output buffers; one thread at a time."""

    def __init__(self, compiled: Any, *, outputs: Sequence[str]) -> None:
        self._request = compiled.create_infer_request()
        port = compiled.input()
        kind = np.uint8 if port.element_type == ov.Type.u8 else np.float32
        self._input: NDArray[Any] = np.zeros(tuple(port.shape), kind)
        self._request.set_input_tensor(ov.Tensor(self._input, shared_memory=True))
        self._outputs = tuple(range(len(outputs)))

    @property
    def picture(self) -> ByteArray:
        """The input ``(H, W, 3)``: write the crop here, then ``run``."""
        return self._input[0]

    @property
    def points(self) -> FloatArray:
        """The input of a model that takes numbers, ``(N, D)``: write here, then ``run``."""
        return self._input[0]

    def run(self) -> list[FloatArray]:
        """The outputs in the order asked for: views, overwritten by the next run."""
        self._request.infer()
        return [self._request.get_output_tensor(index).data for index in self._outputs]


def _keep_outputs(model: Any, names: Sequence[str]) -> None:
    """Cut all other outputs, and with them the branches that only they need; keep the order."""
    wanted = [model.output(name).node for name in names]
    for result in list(model.get_results()):
        model.remove_result(result)
    model.add_results(wanted)


def _fed_with_bytes(model: Any, picture_range: tuple[float, float]) -> Any:
    """Conversion to floats inside the model, where it is fused and costs no Python time."""
    low, high = picture_range
    scale = _PICTURE_MAX / (high - low)
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8)
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean(-low * scale).scale(scale)
    return steps.build()
