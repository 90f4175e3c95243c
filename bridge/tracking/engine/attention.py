"""MediaPipe's face mesh with attention for OpenVINO, which does not know three of its operations.

The model looks once at the face, then again, in the same features, at lips and eyes: I. Grishchenko
et al., "Attention Mesh: High-fidelity Face Mesh Prediction in Real-time", 2020. Where it looks
again is computed by operations of MediaPipe's own; here each is put together from common ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op
from openvino.frontend import FrontEndManager

_UNKNOWN: Final = "TFFrameworkNode"  # what stands for an operation that was not recognised
_MARGIN: Final = 1.5  # of a region around its points
_FEATURES_PX: Final = 16  # a region's features are sampled on a grid of this many each way

# Rows of the mesh that each region refines, in the order of the model's outputs.
LIPS_ROWS: Final = np.array(
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
     78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
     76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408,
     62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407]
)  # fmt: skip
RIGHT_EYE_ROWS: Final = np.array(
    [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110,
     24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232,
     233, 244, 113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118,
     119, 120, 121, 128, 245, 156, 70, 63, 105, 66, 107, 55, 193]
)  # fmt: skip
LEFT_EYE_ROWS: Final = np.array(
    [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255,
     339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449,
     450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295,
     372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417]
)  # fmt: skip
# (points, the two of them that shall lie level), in the order in which the file asks for them.
_REGIONS: Final = (
    (LIPS_ROWS, 61, 291),
    (RIGHT_EYE_ROWS, 33, 133),
    (LEFT_EYE_ROWS, 362, 263),
)


def read_attention_mesh(path: Path) -> ov.Model:
    """The model with every operation known. Raises ``RuntimeError`` and ``ValueError``."""
    front = FrontEndManager().load_by_framework("tflite")
    model = front.convert_partially(front.load(str(path)))
    unknown = [n for n in model.get_ordered_ops() if n.get_type_name() == _UNKNOWN]
    unknown.sort(key=_number)
    looks = [n for n in unknown if n.get_input_size() == 1]
    if len(looks) != len(_REGIONS):
        raise ValueError(f"{len(looks)} regions of attention where {len(_REGIONS)} are known")
    for node, (rows, left, right) in zip(looks, _REGIONS, strict=True):
        _replace(node, _features_from_region(node.input_value(0), rows, left, right))
    for node in unknown:
        if node.get_input_size() == 1:
            continue
        value, matrix = node.input_value(0), node.input_value(1)
        samples = value.get_partial_shape().rank.get_length() == 4
        _replace(node, _sampled(value, matrix) if samples else _placed(value, matrix))
    model.validate_nodes_and_infer_types()
    return model


def _number(node: Any) -> int:
    """Where in the file the operation stands, which is all that its name says."""
    return int(node.get_friendly_name())


def _replace(old: Any, new: Any) -> None:
    old.output(0).replace(new.output(0))


def _constant(value: Any) -> Any:
    return op.constant(np.asarray(value, np.float32))


def _features_from_region(landmarks: Any, rows: NDArray[np.intp], left: int, right: int) -> Any:
    """``(1, 4, 4)``: from a grid over the turned box around ``rows`` to places in the features.

    ``landmarks (1, 468, 3)``. ``Landmarks2TransformMatrix`` of MediaPipe.
    """
    flat = op.slice(op.squeeze(landmarks, op.constant([0])), [0], [2], [1], [1])
    across = op.subtract(_rows(flat, [right]), _rows(flat, [left]))
    u = op.divide(across, op.sqrt(op.reduce_sum(op.multiply(across, across), [1], True)))
    v = op.matmul(u, _constant([[0, 1], [-1, 0]]), False, False)
    axes = op.concat([u, v], 0)
    own = op.matmul(_rows(flat, rows), axes, False, True)
    low, high = op.reduce_min(own, [0], True), op.reduce_max(own, [0], True)
    centre = op.matmul(op.multiply(op.add(low, high), _constant(0.5)), axes, False, False)
    step = op.multiply(op.subtract(high, low), _constant(_MARGIN / _FEATURES_PX))
    steps = op.multiply(op.transpose(axes, [1, 0]), step)
    half = op.multiply(op.reduce_sum(steps, [1], True), _constant(0.5 * _FEATURES_PX))
    origin = op.subtract(op.transpose(centre, [1, 0]), half)
    top = op.concat([steps, _constant(np.zeros((2, 1))), origin], 1)
    return op.unsqueeze(op.concat([top, _constant([[0, 0, 1, 0], [0, 0, 0, 1]])], 0), [0])


def _rows(points: Any, rows: Any) -> Any:
    return op.gather(points, op.constant(np.asarray(rows, np.int64)), op.constant(0))


def _placed(points: Any, matrix: Any) -> Any:
    """``points (1, N, 2)`` moved by ``matrix (1, 4, 4)``. ``TransformLandmarks`` of MediaPipe."""
    top = op.slice(matrix, [0], [2], [1], [1])
    turned = op.matmul(points, op.slice(top, [0], [2], [1], [2]), False, True)
    return op.add(turned, op.transpose(op.slice(top, [3], [4], [1], [2]), [0, 2, 1]))


def _sampled(features: Any, matrix: Any) -> Any:
    """``features (1, H, W, C)`` on the grid that ``matrix`` places in them, bilinear.

    ``TransformTensorBilinear`` of MediaPipe.
    """
    height, width = (features.get_partial_shape()[axis].get_length() for axis in (1, 2))
    y, x = np.mgrid[0:_FEATURES_PX, 0:_FEATURES_PX]
    middles = np.stack((x, y), axis=2).reshape(1, -1, 2) + 0.5
    shares = op.multiply(
        _placed(_constant(middles), matrix), _constant([2.0 / width, 2.0 / height])
    )
    grid = op.reshape(
        op.subtract(shares, _constant(1.0)), [1, _FEATURES_PX, _FEATURES_PX, 2], False
    )
    sampled = op.grid_sample(
        op.transpose(features, [0, 3, 1, 2]), grid,
        {"align_corners": False, "mode": "bilinear", "padding_mode": "zeros"},
    )  # fmt: skip
    return op.transpose(sampled, [0, 2, 3, 1])
