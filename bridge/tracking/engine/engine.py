"""The engine: pose and face on one thread, hands on another, every part from the one before."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import numpy as np

from bridge.layouts import Layout
from bridge.tracking.base import Tracker
from bridge.tracking.engine.blendshapes import Blendshapes
from bridge.tracking.engine.face import FaceResult, FaceTracker
from bridge.tracking.engine.hands import SIDES, HandResult, HandTracker, Side
from bridge.tracking.engine.networks import EngineNetworks
from bridge.tracking.engine.pose import PoseResult, PoseTracker
from bridge.tracking.metric import face_positions_m
from bridge.tracking.settings import TrackingSettings
from bridge.tracking.sides import double_hand
from bridge.types import ByteArray, FloatArray, Frame, Keypoints, Observation


class EngineTracker(Tracker):
    """MediaPipe's landmark models on OpenVINO. Raises ``ModelError`` and ``TrackingError``."""

    def __init__(self, settings: TrackingSettings) -> None:
        cv2.setNumThreads(1)  # its pool would fight ours for the same few cores
        networks = EngineNetworks.load(settings)
        self._pose: PoseTracker = networks.pose
        self._face: FaceTracker = networks.face
        self._hands: dict[Side, HandTracker] = networks.hands
        self._blendshapes: Blendshapes | None = networks.blendshapes
        self._last_pose: PoseResult | None = None
        self._hand_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hands")

    def track(self, frame: Frame) -> Observation:
        """See ``Tracker.track``."""
        image = frame.image_rgb
        following = self._hand_thread.submit(self._follow_hands, image, self._last_pose)
        pose = self._pose.track(image, time_ns=frame.stamp.capture_time_ns)
        self._last_pose = pose
        if pose is None:
            following.result()
            self._forget_parts()
            return Observation(stamp=frame.stamp, camera=frame.camera)
        searching = self._hand_thread.submit(self._search_hands, image, pose, following)
        face = self._face.track(image, pose.pixels)
        arkit = self._arkit(face)
        hands = self._without_double(searching.result(), pose)
        return Observation(
            stamp=frame.stamp,
            body=_body(pose),
            left_hand=_hand(hands["left"]),
            right_hand=_hand(hands["right"]),
            face=_face(face),
            arkit=arkit,
            camera=frame.camera,
        )

    def reset(self) -> None:
        """Forget the previous pictures."""
        self._pose.reset()
        self._forget_parts()

    def close(self) -> None:
        """Free the models."""
        self._hand_thread.shutdown(wait=True)

    def _forget_parts(self) -> None:
        self._last_pose = None
        self._face.forget()
        for hand in self._hands.values():
            hand.forget()

    def _follow_hands(
        self, image: ByteArray, last_pose: PoseResult | None
    ) -> dict[Side, HandResult | None]:
        if last_pose is None:
            return dict.fromkeys(SIDES)
        return {side: self._hands[side].follow(image, last_pose.pixels) for side in SIDES}

    def _search_hands(
        self,
        image: ByteArray,
        pose: PoseResult,
        following: Future[dict[Side, HandResult | None]],
    ) -> dict[Side, HandResult | None]:
        """Keep the hands that were followed to their own wrist, look for the others."""
        found = following.result()
        height, width = image.shape[:2]
        for side, hand in self._hands.items():
            result = found[side]
            if result is not None and hand.agrees(result, pose.pixels):
                continue
            hand.forget()
            found[side] = None
            if hand.worth_a_search(pose.pixels, pose.visibility, width=width, height=height):
                found[side] = hand.search(image, pose.pixels)
        return found

    def _without_double(
        self, hands: dict[Side, HandResult | None], pose: PoseResult
    ) -> dict[Side, HandResult | None]:
        left, right = hands["left"], hands["right"]
        if left is None or right is None:
            return hands
        double = double_hand(pose.pixels, left.pixels, right.pixels)
        for side in SIDES:
            if double == side:
                self._hands[side].dismiss()
                hands[side] = None
        return hands

    def _arkit(self, face: FaceResult | None) -> FloatArray | None:
        if face is None or self._blendshapes is None:
            return None
        return self._blendshapes.weights(face.landmarks_px)


def _body(pose: PoseResult) -> Keypoints:
    return Keypoints(
        Layout.MEDIAPIPE_BODY_33, pose.positions_m, pose.pixels, np.clip(pose.visibility, 0.0, 1.0)
    )


def _hand(hand: HandResult | None) -> Keypoints | None:
    if hand is None:
        return None
    count = Layout.MEDIAPIPE_HAND_21.count
    confidence = np.full(count, hand.presence, np.float32)
    return Keypoints(Layout.MEDIAPIPE_HAND_21, hand.positions_m, hand.pixels, confidence)


def _face(face: FaceResult | None) -> Keypoints | None:
    if face is None:
        return None
    count = Layout.MEDIAPIPE_FACE_478.count
    confidence = np.full(count, face.presence, np.float32)
    pixels = face.landmarks_px
    return Keypoints(Layout.MEDIAPIPE_FACE_478, face_positions_m(pixels), pixels[:, :2], confidence)
