"""ARKit blendshapes from face landmarks, with the Face Landmarker's own network."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.skeleton import ARKIT_COUNT, ArkitBlendshape
from bridge.tracking.engine.runtime import Network
from bridge.types import FloatArray

Array = NDArray[np.floating[Any]]

BLENDSHAPE_OUTPUTS: Final = ("StatefulPartitionedCall:0",)
# The rows of the 478 that the network takes, as MediaPipe's face_blendshapes_graph publishes.
_ROWS: Final = np.array(
    [0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
     66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
     144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168,
     172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276,
     282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318,
     321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380,
     381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466,
     468, 469, 470, 471, 472, 473, 474, 475, 476, 477]
)  # fmt: skip
# The network's first output is the neutral face, then Apple's shapes in alphabetical order of
# their names, without the tongue.
_SHAPES: Final = np.array(
    sorted(
        (shape for shape in ArkitBlendshape if shape is not ArkitBlendshape.TONGUE_OUT),
        key=lambda shape: shape.camel,
    )
)


class Blendshapes:
    """52 weights from 478 landmarks; only for landmarks of the Face Landmarker's model."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def weights(self, landmarks_px: Array) -> FloatArray:
        """``(52,)`` by ``ArkitBlendshape``, 0–1, from ``landmarks_px (478, 2 or 3)``."""
        self._network.points[:] = landmarks_px[_ROWS, :2]
        (raw,) = self._network.run()
        arkit = np.zeros(ARKIT_COUNT, np.float32)
        arkit[_SHAPES] = np.clip(raw.reshape(-1)[1:], 0.0, 1.0)
        return arkit
