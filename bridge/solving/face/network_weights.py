"""The 52 ARKit weights by our own small network, where no sensor gives them.

Trained to say what MediaPipe's Face Landmarker bundle says, from the landmarks that the wheel's
models give (``tools/train_face.py``, ``models/face/card.md``). Plain numpy: at this size calling
an inference library costs more than the arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ModelError
from bridge.npz import npz_arrays
from bridge.resources import data_dir
from bridge.skeleton import ARKIT_COUNT, MIRRORED_ARKIT
from bridge.solving.face.pose import load_template
from bridge.solving.parts import Array
from bridge.types import FloatArray

WEIGHTS_FILE: Final = Path("face") / "weights.npz"
FORMAT_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Perceptron:
    """``rows (R,)`` of the landmarks it looks at, ``mean`` and ``scale (2R,)`` of its inputs, one
    ``(matrix, bias)`` a layer, and ``shapes (S,)``, the ARKit shapes that it gives."""

    rows: NDArray[np.intp]
    mean: FloatArray
    scale: FloatArray
    layers: tuple[tuple[FloatArray, FloatArray], ...]
    shapes: NDArray[np.intp]

    def run(self, landmarks: FloatArray) -> FloatArray:
        """``(B, S)`` 0–1 from ``landmarks (B, 478, 2)``."""
        values = landmarks.take(self.rows, axis=1).reshape(len(landmarks), -1)
        values -= self.mean
        values *= self.scale
        # A landmark far from anything in the training data would drive the outputs anywhere.
        hidden = np.minimum(np.maximum(values, _INPUT_MIN, out=values), _INPUT_MAX, out=values)
        for matrix, bias in self.layers[:-1]:
            hidden = hidden.dot(matrix)
            hidden += bias
            np.maximum(hidden, _ZERO, out=hidden)
        matrix, bias = self.layers[-1]
        return 1.0 / (1.0 + np.exp(-(hidden.dot(matrix) + bias)))


@dataclass(frozen=True)
class FaceNetwork:
    """``eye`` sees one side's lids, iris and brow and nothing else, so that no wink moves the
    other eye; the right side is shown to it mirrored. ``face`` sees everything, as it is and
    mirrored, and gives the rest. Shapes that neither gives are 0. Neither sees depth: the
    teacher does not.
    """

    eye: Perceptron
    face: Perceptron

    def weights(self, landmarks: Array) -> Array:
        """``(52,)`` 0–1 from ``landmarks (478, 3)`` in the head's frame and the template's unit."""
        both = np.empty((2, *load_template().mirror.shape, 2), np.float32)
        both[0] = landmarks[:, :2]
        both[1] = both[0].take(load_template().mirror, 0)
        both[1, :, 0] *= -1.0
        given = np.concatenate((self.eye.run(both), self.face.run(both)), axis=1)
        return given.reshape(-1).dot(self._shares)

    @cached_property
    def _shares(self) -> Array:
        """``(2 S, 52)``: what each output, as it is and mirrored, adds to each weight."""
        shapes = np.concatenate((self.eye.shapes, self.face.shapes))
        shares = np.concatenate(
            (np.ones(len(self.eye.shapes)), np.full(len(self.face.shapes), 0.5))
        )
        table = np.zeros((2, len(shapes), ARKIT_COUNT))
        outputs = np.arange(len(shapes))
        table[0, outputs, shapes] = table[1, outputs, _OPPOSITE[shapes]] = shares
        return table.reshape(-1, ARKIT_COUNT)


_OPPOSITE: Final = np.array(MIRRORED_ARKIT)
# Standard deviations of the training data.
_INPUT_MIN, _INPUT_MAX = np.full(1, -6.0, np.float32), np.full(1, 6.0, np.float32)
_ZERO: Final = np.zeros(1, np.float32)


@cache
def load_network() -> FaceNetwork:
    """The shipped network; raises ``ModelError`` when it is missing or broken."""
    return read_network(data_dir("models") / WEIGHTS_FILE)


def read_network(path: Path) -> FaceNetwork:
    """The network of one file; raises ``ModelError`` when it is missing or broken."""
    try:
        with npz_arrays(path) as stored:
            version = int(stored["version"])
            network = FaceNetwork(_perceptron(stored, "eye"), _perceptron(stored, "face"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"face network {path} cannot be read: {error}. Reinstall avatar-bridge"
        ) from error
    if version != FORMAT_VERSION:
        raise ModelError(
            f"face network {path} is of format {version}, this program reads {FORMAT_VERSION}. "
            "Reinstall avatar-bridge"
        )
    return network


def _perceptron(stored: Mapping[str, NDArray[Any]], name: str) -> Perceptron:
    count = int(stored[f"{name}_layers"])
    return Perceptron(
        rows=stored[f"{name}_rows"].astype(np.intp),
        mean=stored[f"{name}_mean"].astype(np.float32),
        scale=stored[f"{name}_scale"].astype(np.float32),
        layers=tuple(
            (
                stored[f"{name}_matrix{i}"].astype(np.float32),
                stored[f"{name}_bias{i}"].astype(np.float32),
            )
            for i in range(count)
        ),
        shapes=stored[f"{name}_shapes"].astype(np.intp),
    )
