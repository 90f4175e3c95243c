"""One hand: from its previous landmarks, or from the body's wrist through the re-crop model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridge.layouts import BodyLandmark, HandLandmark
from bridge.tracking.engine.crop import crop_into, image_from_crop, turned
from bridge.tracking.engine.regions import (
    HAND_LIMITS,
    Region,
    hand_region,
    hand_region_from_recrop,
    hand_search_region,
    still_serves,
)
from bridge.tracking.engine.runtime import Network
from bridge.types import ByteArray, FloatArray

Array = NDArray[np.floating[Any]]

Side: TypeAlias = Literal["left", "right"]
SIDES: Final[tuple[Side, ...]] = ("left", "right")
WRIST_PINKY_INDEX: Final[dict[Side, tuple[int, int, int]]] = {
    "left": (BodyLandmark.LEFT_WRIST, BodyLandmark.LEFT_PINKY, BodyLandmark.LEFT_INDEX),
    "right": (BodyLandmark.RIGHT_WRIST, BodyLandmark.RIGHT_PINKY, BodyLandmark.RIGHT_INDEX),
}

HAND_OUTPUTS: Final = ("Identity", "Identity_1", "Identity_3")
RECROP_OUTPUTS: Final = ("output_crop",)
_ROWS: Final = len(HandLandmark)
_PRESENCE_MIN: Final = 0.4  # to take a hand up
_PRESENCE_KEPT_MIN: Final = 0.35  # to keep following it: presence dips in fast movement
# A hand that was not found is looked for again: in every picture while it may just have been
# blurred or the last look left a doubt, in every second one while its wrist is in view, else now
# and then. Each look costs as much as following a hand.
_JUST_LOST_PICTURES: Final = 2
_IN_VIEW_PAUSE_PICTURES: Final = 1
_SEARCH_PAUSE_PICTURES: Final = 3
_HIDDEN_SHARE: Final = 0.5  # of the body's three hand points that lie in the other hand's box
_IN_DOUBT_PRESENCE_MIN: Final = 0.03
_WRIST_IN_VIEW_VISIBILITY: Final = 0.5
_INSIDE_MIN: Final = 0.35  # share of a hand that must be inside the picture
_WRIST_VISIBILITY_MIN: Final = 0.1  # MediaPipe's own gate


@dataclass(frozen=True, slots=True)
class HandResult:
    """``positions_m (21, 3)`` camera axes, wrist origin; ``pixels (21, 2)``; ``presence`` 0–1."""

    positions_m: FloatArray
    pixels: FloatArray
    presence: float


class HandTracker:
    """Follows the hand of one side of the body; ``wrist``, ``pinky``, ``index`` are body rows."""

    def __init__(
        self, network: Network, recrop: Network, *, wrist: int, pinky: int, index: int
    ) -> None:
        self._network = network
        self._recrop = recrop
        self._rows = (wrist, pinky, index)
        self._previous: Region | None = None
        self._landmarks_px: FloatArray | None = None  # of the previous picture
        self._ahead: HandResult | None = None  # of the previous region in the picture to come
        self._calm = True  # whether the previous region served last time
        self._last_presence = 0.0  # also where it was too low to take the hand up
        self._missing = 0  # pictures since the hand was last seen
        self._unlooked = 0  # pictures since it was last looked for

    def forget(self) -> None:
        """Drop the hand; it must be found anew from the body."""
        self._previous = self._landmarks_px = self._ahead = None

    def dismiss(self) -> None:
        """Drop a hand that proved to be the other side's; it is not looked for again at once."""
        self.forget()
        self._last_presence = 0.0
        self._missing = _JUST_LOST_PICTURES
        self._unlooked = 0

    def look_ahead(self, image_rgb: ByteArray) -> None:
        """Look where the hand was, beside the pose: ``track`` takes the answer if it still serves.

        A hand that moves too fast for its previous region mostly goes on doing so, and is left
        for ``track``.
        """
        self._ahead = None
        if self._previous is not None and self._calm:
            self._ahead = self._read(image_rgb, self._previous)

    def track(self, image_rgb: ByteArray, body_px: Array) -> HandResult | None:
        """The hand in this picture, whose body is ``body_px (33, 2)``."""
        previous, landmarks_px, ahead = self._previous, self._landmarks_px, self._ahead
        self.forget()
        region = self._recropped(image_rgb, body_px)
        if region is None:
            return None
        if previous is None or landmarks_px is None:
            found = self._read(image_rgb, region)
            return self._keep(found, image_rgb, presence_min=_PRESENCE_MIN)
        self._calm = still_serves(previous, region, landmarks_px, limits=HAND_LIMITS)
        if not self._calm:
            found = self._read(image_rgb, region)
        else:
            found = ahead if ahead is not None else self._read(image_rgb, previous)
        return self._keep(found, image_rgb, presence_min=_PRESENCE_KEPT_MIN)

    def hidden_by(self, other: HandResult, body_px: Array) -> bool:
        """Whether looking here would only find the ``other`` hand a second time."""
        points = body_px[list(self._rows)]
        low, high = other.pixels.min(axis=0), other.pixels.max(axis=0)
        return bool(((points > low) & (points < high)).all(axis=1).mean() > _HIDDEN_SHARE)

    def due(self, body_px: Array, visibility: Array, *, width: int, height: int) -> bool:
        """Whether to look for the hand in this picture; to be asked once a picture."""
        visible = float(visibility[self._rows[0]])
        region = hand_search_region(body_px, *self._rows)
        half = 0.5 * region.size_px
        x, y = region.center_x_px, region.center_y_px
        if visible < _WRIST_VISIBILITY_MIN or not (
            -half < x < width + half and -half < y < height + half
        ):
            return False
        if self._previous is not None:
            return True
        self._missing += 1
        seen = visible > _WRIST_IN_VIEW_VISIBILITY
        if self._missing <= _JUST_LOST_PICTURES or (
            seen and self._last_presence > _IN_DOUBT_PRESENCE_MIN
        ):
            pause = 0
        elif seen and 0 < x < width and 0 < y < height:
            pause = _IN_VIEW_PAUSE_PICTURES
        else:
            pause = _SEARCH_PAUSE_PICTURES
        if self._unlooked < pause:
            self._unlooked += 1
            return False
        self._unlooked = 0
        return True

    def _recropped(self, image_rgb: ByteArray, body_px: Array) -> Region | None:
        around = hand_search_region(body_px, *self._rows)
        if not around.usable:
            return None
        crop_into(self._recrop.picture, image_rgb, around)
        (raw,) = self._recrop.run()
        points = image_from_crop(raw.reshape(2, 2) / self._recrop.picture.shape[0], around)
        region = hand_region_from_recrop(points[0], points[1])
        return region if region.usable else None

    def _read(self, image_rgb: ByteArray, region: Region) -> HandResult:
        crop_into(self._network.picture, image_rgb, region)
        raw, presence, raw_world = self._network.run()
        shares = raw.reshape(_ROWS, 3)[:, :2] / self._network.picture.shape[0]
        world = turned(raw_world.reshape(_ROWS, 3), region.rotation_rad)
        return HandResult(
            positions_m=world - world[HandLandmark.WRIST],
            pixels=image_from_crop(shares, region),
            presence=min(float(presence[0, 0]), 1.0),
        )

    def _keep(
        self, found: HandResult, image_rgb: ByteArray, *, presence_min: float
    ) -> HandResult | None:
        self._last_presence = found.presence
        height, width = image_rgb.shape[:2]
        inside = (found.pixels >= 0.0) & (found.pixels < (width, height))
        if found.presence < presence_min or float(inside.all(axis=1).mean()) < _INSIDE_MIN:
            return None
        following = hand_region(found.pixels)
        self._previous = following if following.usable else None
        self._landmarks_px = found.pixels
        self._missing = self._unlooked = 0
        return found
