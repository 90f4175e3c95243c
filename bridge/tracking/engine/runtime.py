"""One landmark model on OpenVINO: picture in, arrays out, nothing copied in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
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
        self.networks: list[Network] = []  # everything loaded so far
        self._device = device
        self._options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if device == "CPU":
            # One thread a model: several models run beside one another instead, which costs
            # less CPU time a picture than splitting each model.
            self._options["ENABLE_CPU_PINNING"] = False
        self._precision = precision
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
        exact: bool = False,
        read: Callable[[Path], ov.Model] | None = None,
    ) -> Network:
        """Like ``load_several`` for one thread."""
        networks = self.load_several(
            file, count=1, outputs=outputs, picture_range=picture_range, exact=exact, read=read
        )
        return networks[0]

    def load_several(
        self,
        file: ModelFile,
        *,
        count: int,
        outputs: Sequence[str],
        picture_range: tuple[float, float] | None,
        exact: bool = False,
        read: Callable[[Path], ov.Model] | None = None,
    ) -> tuple[Network, ...]:
        """Compile ``file`` once for ``count`` threads, with only the branches to ``outputs``.

        ``picture_range``: the input is a byte picture, mapped to this range inside the model;
        None: the input is floats. ``exact``: in 32 bits also where ``auto`` would let the device
        choose a shorter number format. ``read``: for a file that OpenVINO does not read by
        itself. Raises ``TrackingError``.
        """
        try:
            model = (read or self._core.read_model)(file.on_disk())
            if model.input().partial_shape.is_dynamic:
                model.reshape([1, *(d.get_length() for d in list(model.input().partial_shape)[1:])])
            _keep_outputs(model, outputs)
            if picture_range is not None:
                model = _fed_with_bytes(model, picture_range)
            options = dict(self._options)
            if self._device == "CPU":
                options |= {"NUM_STREAMS": count, "INFERENCE_NUM_THREADS": count}
            precision = "f32" if exact and self._precision == "auto" else self._precision
            if precision != "auto":
                options["INFERENCE_PRECISION_HINT"] = precision
            compiled = self._core.compile_model(model, self._device, options)
            made = tuple(Network(compiled, label=file.label, outputs=outputs) for _ in range(count))
            self.networks.extend(made)
            return made
        except (RuntimeError, ValueError) as error:
            first_line = str(error).strip().splitlines()[0]
            raise TrackingError(
                f"OpenVINO cannot run {file.label} on {self._device}: {first_line}. "
                f"Devices here: {', '.join(self._core.available_devices)}; set tracking.device"
            ) from error


class Network:
    """A compiled model with its own input and output buffers; one thread at a time."""

    def __init__(self, compiled: Any, *, label: str, outputs: Sequence[str]) -> None:
        self.label = label
        self.runs = 0
        self.busy_ns = 0
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
        started_ns = time.perf_counter_ns()
        self._request.infer()
        self.busy_ns += time.perf_counter_ns() - started_ns
        self.runs += 1
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
