"""Anchor points of MediaPipe's single-shot detectors (Liu et al., "SSD", 2016).

All anchors of these detectors have unit size, so only their centres matter: each layer adds two
at the centre of every cell of its grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from bridge.types import FloatArray

_ANCHORS_PER_CELL_AND_LAYER: Final = 2  # one of aspect ratio 1, one between two layers' scales


def anchor_centers(input_px: int, strides_px: Sequence[int]) -> FloatArray:
    """Centres ``(N, 2)`` as shares of the input, in the order of the model's rows.

    Layers of equal stride share a grid: their anchors stand together in each cell.
    """
    blocks: list[FloatArray] = []
    first = 0
    while first < len(strides_px):
        stride = strides_px[first]
        layers = len(_equal_run(strides_px, first))
        cells = -(-input_px // stride)
        centre = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(centre, centre, indexing="ij")
        grid = np.stack((x.ravel(), y.ravel()), axis=1)
        blocks.append(np.repeat(grid, _ANCHORS_PER_CELL_AND_LAYER * layers, axis=0))
        first += layers
    return np.ascontiguousarray(np.concatenate(blocks), np.float32)


def _equal_run(values: Sequence[int], first: int) -> Sequence[int]:
    last = first
    while last < len(values) and values[last] == values[first]:
        last += 1
    return values[first:last]
