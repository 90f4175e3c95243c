"""Joins body, hands and face into one SMPL-X pose, and keeps it calm over time."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.geometry import matrix_from_quat, quat_from_matrix, rotvec_from_quat
from bridge.skeleton import (
    SMPLX_JOINT_COUNT,
    SMPLX_PARENT_INDEX,
    SmplxJoint,
)
from bridge.solving.body import BODY_COUNT, AnalyticBody, analytic_body, local_from_world
from bridge.solving.camera_pitch import CameraPitch
from bridge.solving.canonical import CAMERA_ORIGIN_LAYOUTS, SKELETON_LAYOUTS, canonical_body
from bridge.solving.collars import raise_collars
from bridge.solving.filters import RotationFilter, decay
from bridge.solving.frames import blended
from bridge.solving.framing import Framing
from bridge.solving.ground import Ground
from bridge.solving.hands_and_face import (
    ExpressionMemory,
    HandsAndFace,
    Palms,
    SolvedHandsAndFace,
)
from bridge.solving.hidden_arms import HiddenArms
from bridge.solving.joint_limits import within_limits
from bridge.solving.limbs import LIMB_COUNT, TwistMemory, aged
from bridge.solving.network import BodyNetwork
from bridge.solving.parts import Array
from bridge.solving.performer import Performer
from bridge.solving.persistence import Persistence
from bridge.solving.rigid import rigid_limbs
from bridge.solving.root import RootSolver
from bridge.solving.seated import LEG_JOINTS, Seated, chair_height_m
from bridge.solving.settings import OneEuroSettings, SmoothingSettings, SolvingSettings
from bridge.solving.steadiness import GROUP_OF_BODY_JOINT, Steadiness
from bridge.types import ActorPose, FloatArray, Keypoints, Observation

J = SmplxJoint

_FIRST_STEP_S: Final = 1.0 / 30.0  # for the first frame, before two stamps are known
_GAP_S: Final = 2.0  # after a longer silence the past says nothing of the present
_DOUBTED_TRUST: Final = 0.2  # of the cut-off is left to a joint of no confidence
_STEADY_CUTOFF_SHARE: Final = 0.02  # steady landmarks: cut-offs fifty times higher
_LEFT_ARM, _RIGHT_ARM = 0, 1  # groups of ``steadiness``
_BELIEVED_NOISE: Final = 0.5
_UPRIGHT_XYZW: Final = np.array([0.0, 0.0, 0.0, 1.0])
_STANCE_MEMORY_S: Final = 0.6  # of the hips' height, when the legs leave the picture
_WRISTS: Final = [J.LEFT_WRIST, J.RIGHT_WRIST]
_TRUNK_JOINTS: Final = frozenset(
    {J.PELVIS, J.SPINE1, J.SPINE2, J.SPINE3, J.LEFT_COLLAR, J.RIGHT_COLLAR}
)


class Solver:
    """Turns observations into poses, one at a time, in the order of their stamps."""

    def __init__(self, settings: SolvingSettings, *, performer: Performer | None = None) -> None:
        """``performer``: one already measured. Raises as ``Performer`` does."""
        self._settings = settings
        self._performer = performer or Performer(settings)
        self._camera_pitch = CameraPitch(settings.camera_pitch_deg)
        self._framing = Framing()
        self._seated = Seated(settings.seated)
        self._hidden_arms = HiddenArms()
        self._steadiness = Steadiness()
        self._network = BodyNetwork() if settings.body == "network" else None
        rest = self._performer.rest_joints_m
        self._root = RootSolver(settings, rest)
        self._ground = Ground(rest)
        self._standing_m: Array = np.array([0.0, rest[J.PELVIS][1], 0.0])
        self._chair_m = chair_height_m(rest)
        self._persistence = Persistence(settings.persistence)
        relief = 1.0 if self._network is None else settings.smoothing.network_relief
        self._smoothing = _rotation_filter(settings.smoothing, body_relief=relief)
        self._hands_and_face = HandsAndFace(settings)
        self._expression = ExpressionMemory(settings.persistence)
        self.reset()

    def reset(self) -> None:
        """Forget the past: after a seek, another performer or another source."""
        self._performer.reset()
        self._camera_pitch.reset()
        self._framing.reset()
        self._seated.reset()
        self._hidden_arms.reset()
        self._steadiness.reset()
        if self._network is not None:
            self._network.reset()
        self._root.reset()
        self._ground.reset()
        self._root_m = self._on_chair(self._standing_m)
        self._persistence.reset()
        self._persistence.rest_at(LEG_JOINTS, self._seated.legs_xyzw(_UPRIGHT_XYZW))
        self._smoothing.reset()
        self._hands_and_face.reset()
        self._expression.reset()
        self._memory: TwistMemory | None = None
        self._time_ns: int | None = None

    def solve(self, observation: Observation) -> ActorPose:
        """The performer's pose; parts not seen hold, then fade to rest. Never raises."""
        dt_s = self._advance(observation.stamp.capture_time_ns)
        rotations = np.zeros((SMPLX_JOINT_COUNT, 4))
        rotations[:, 3] = 1.0
        confidence = np.zeros(SMPLX_JOINT_COUNT)
        pitch_rad = self._camera_pitch.pitch_rad
        seen = self._hands_and_face.solve(observation, dt_s=dt_s, camera_pitch_rad=pitch_rad)
        body: _SeenBody | None = None
        if observation.body is not None:
            body = self._solve_body(observation, observation.body, seen, dt_s)
            rotations[:BODY_COUNT] = quat_from_matrix(local_from_world(body.world))
            confidence[:BODY_COUNT] = body.confidence
        seen.fill(rotations, confidence, body_seen=body is not None)
        arkit, expression, face_confidence = self._expression.step(seen.face, dt_s=dt_s)
        if body is not None and not self._framing.legs_in_picture:
            legs = self._seated.legs_xyzw(rotations[J.PELVIS])
            self._persistence.rest_at(LEG_JOINTS, legs)
        guessed = BODY_COUNT if self._network is not None and body is not None else 0
        filled, kept = self._persistence.step(
            rotations, confidence, dt_s=dt_s, plausible_count=guessed
        )
        if body is not None:
            filled = _hung_on_filled_parents(filled, self._persistence.seen, body.world)
        filled = within_limits(filled)
        if self._settings.smoothing.enabled:
            trust = np.minimum(1.0, _DOUBTED_TRUST + kept)
            if body is not None:
                noise = body.noise[GROUP_OF_BODY_JOINT]
                trust[:BODY_COUNT] /= noise * noise + _STEADY_CUTOFF_SHARE
            filled = self._smoothing.step(filled, dt_s=dt_s, trust=trust)
        standing: FloatArray | None = None
        if body is not None:
            self._root_m = self._stand(body, filled, dt_s)
            if body.contact is not None and self._framing.legs_in_picture:
                # The network sees no height: it may believe in a foot whose body has taken off.
                in_flight = self._ground.in_flight
                standing = (np.zeros(2) if in_flight else body.contact).astype(np.float32)
        return ActorPose(
            stamp=observation.stamp,
            rotvecs_rad=rotvec_from_quat(filled).astype(np.float32),
            root_m=self._root_m.astype(np.float32),
            arkit=arkit.astype(np.float32),
            confidence=np.minimum(np.maximum(kept, 0.0), 1.0).astype(np.float32),
            face_confidence=face_confidence,
            betas=self._performer.betas,
            bones_m=self._performer.bones_m,
            standing=standing,
            expression=expression.astype(np.float32),
        )

    def _stand(self, body: _SeenBody, local_xyzw: Array, dt_s: float) -> Array:
        """The root with standing feet on the floor; as measured while no legs are in sight."""
        if self._framing.legs_in_picture:
            soles_m = self._ground.soles_m(local_xyzw)
            root = self._ground.step(body.root_m, soles_m, contact=body.contact, dt_s=dt_s)
        else:
            self._ground.reset()
            root = self._on_chair(self._standing_m if body.root_m is None else body.root_m)
            # Up and down as slowly as unseen legs find their stance.
            root[1] += (self._root_m[1] - root[1]) * decay(_STANCE_MEMORY_S, dt_s)
        if not self._settings.move_root:
            root = root * (0.0, 1.0, 0.0)
        return root

    def _on_chair(self, root_m: Array) -> Array:
        lowered_m = self._seated.share * (self._chair_m - root_m[1])
        return root_m + np.array([0.0, lowered_m, 0.0])

    def _advance(self, capture_time_ns: int) -> float:
        """Seconds since the last observation; a jump back or a long gap starts anew."""
        last_ns = self._time_ns
        if last_ns is None:
            self._time_ns = capture_time_ns
            return _FIRST_STEP_S
        dt_s = (capture_time_ns - last_ns) * 1e-9
        if dt_s < 0.0 or dt_s > _GAP_S:
            self.reset()
            dt_s = _FIRST_STEP_S
        self._time_ns = capture_time_ns
        return dt_s

    def _solve_body(
        self, observation: Observation, body: Keypoints, seen: SolvedHandsAndFace, dt_s: float
    ) -> _SeenBody:
        pitch_rad = self._camera_pitch.pitch_rad
        canonical = canonical_body(
            body,
            left_hand=observation.left_hand,
            right_hand=observation.right_hand,
            camera=observation.camera,
            camera_pitch_rad=pitch_rad,
        )
        if self._performer.step(canonical, layout=body.layout, dt_s=dt_s):
            rest = self._performer.rest_joints_m
            self._root.fit(rest)
            self._ground.fit(rest)
            self._standing_m = np.array([0.0, rest[J.PELVIS][1], 0.0])
            self._chair_m = chair_height_m(rest)
        canonical = self._framing.step(canonical, dt_s=dt_s)
        self._seated.step(canonical, legs_in_picture=self._framing.legs_in_picture, dt_s=dt_s)
        if self._framing.legs_in_picture and body.layout not in CAMERA_ORIGIN_LAYOUTS:
            self._camera_pitch.watch(canonical, dt_s=dt_s)  # depth sensors level themselves
        lengths = self._steadiness.step(canonical.positions_m, canonical.confidence, dt_s=dt_s)
        noise = lengths.noise
        # Nobody invents an arm whose bones keep their length.
        believed = (
            observation.left_hand is not None or noise[_LEFT_ARM] < _BELIEVED_NOISE,
            observation.right_hand is not None or noise[_RIGHT_ARM] < _BELIEVED_NOISE,
        )
        canonical = self._hidden_arms.step(canonical, hands_found=believed, dt_s=dt_s)
        contact: Array | None = None
        palms, head = seen.palms(), seen.head()
        if self._network is None:
            solved = self._solve_analytic(
                canonical.positions_m, canonical.confidence, palms, head, noise, dt_s
            )
            world, confidence = solved.world, solved.confidence
        else:
            limbs = rigid_limbs(canonical.positions_m, canonical.confidence, lengths)
            solved = self._solve_analytic(
                limbs.positions_m, canonical.confidence, palms, head, noise, dt_s
            )
            pose = self._network.step(
                limbs, canonical.confidence, lengths=lengths, analytic=solved, dt_s=dt_s
            )
            # Landmarks as good as measured: geometry alone is exact.
            share = noise[GROUP_OF_BODY_JOINT] * _NETWORK_SHARE
            if body.layout in SKELETON_LAYOUTS:
                share[_WRISTS] = 0.0  # the network turns hands over that show palm and thumb alone
            world = blended(solved.world, pose.world, share[:, None, None])
            confidence, contact = pose.confidence.copy(), pose.contact
            _put_hands_and_head(world, confidence, palms, head)
        raise_collars(world)
        root_m = self._root.step(
            body, canonical, camera=observation.camera, camera_pitch_rad=pitch_rad,
            pelvis=world[J.PELVIS], floor_y_m=observation.floor_y_m, dt_s=dt_s,
        )  # fmt: skip
        return _SeenBody(world, confidence, root_m, contact, noise)

    def _solve_analytic(
        self,
        positions_m: Array,
        confidence: Array,
        palms: Palms | None,
        head: Array | None,
        noise: Array,
        dt_s: float,
    ) -> AnalyticBody:
        hands, hand_confidence = palms or (None, None)
        solved = analytic_body(
            positions_m,
            confidence,
            memory=self._memory,
            hands=hands,
            hand_confidence=hand_confidence,
            head=head,
            noise=noise[:LIMB_COUNT],
        )
        self._memory = aged(solved.memory, dt_s=dt_s)
        return solved


def _network_shares() -> Array:
    """How much of each of the 22 joints the network decides where landmarks are noisy.

    Limbs are seen well enough that the mean of network and geometry beats both (chosen on the
    validation clips). So is the spine a little, on real pictures, where shoulders move against the
    chest as no training motion shows. Pelvis, head and hands are the network's.
    """
    shares = np.full(BODY_COUNT, _LIMB_NETWORK_SHARE)
    shares[[J.PELVIS, J.NECK, J.HEAD, J.LEFT_WRIST, J.RIGHT_WRIST]] = 1.0
    shares[[J.SPINE1, J.SPINE2, J.SPINE3]] = _SPINE_NETWORK_SHARE
    return shares


_LIMB_NETWORK_SHARE: Final = 0.7
_SPINE_NETWORK_SHARE: Final = 0.85
_NETWORK_SHARE: Final = _network_shares()


@dataclass(frozen=True, slots=True)
class _SeenBody:
    """``world (22, 3, 3)``, ``confidence (22,)``; the measured root and the feet's contact,
    where known; ``noise (5,)`` of the groups of joints."""

    world: Array
    confidence: Array
    root_m: Array | None
    contact: Array | None
    noise: Array


def _put_hands_and_head(
    world: Array, confidence: Array, palms: Palms | None, head: Array | None
) -> None:
    """Twenty-one points of a hand and a whole face tell their rotations better than any body."""
    if palms is not None:
        for side, joint in enumerate((J.LEFT_WRIST, J.RIGHT_WRIST)):
            if palms.confidence[side] > 0.0:
                world[joint] = palms.world[side]
                confidence[joint] = palms.confidence[side]
    if head is not None:
        world[J.HEAD] = head
        confidence[J.HEAD] = 1.0


def _hung_on_filled_parents(
    filled_xyzw: Array, seen_joints: NDArray[np.bool_], world: Array
) -> Array:
    """Give seen joints their rotation in the world although a parent is only held.

    A hand in front of the camera whose elbow is out of the picture keeps its direction, whatever
    the held forearm does. Does nothing in the usual case, where a seen joint's parent is seen.
    """
    seen = seen_joints[:BODY_COUNT]
    if not (seen[1:] & ~seen.take(_PARENTS)).any():
        return filled_xyzw
    local = matrix_from_quat(filled_xyzw[:BODY_COUNT])
    placed = local.copy()
    for joint, parent in enumerate(SMPLX_PARENT_INDEX[:BODY_COUNT]):
        if parent < 0:
            continue
        if seen[joint]:
            placed[joint] = world[joint]
            local[joint] = placed[parent].T @ world[joint]
        else:
            placed[joint] = placed[parent] @ local[joint]
    out = filled_xyzw.copy()
    out[:BODY_COUNT] = quat_from_matrix(local)
    return out


_PARENTS: Final = np.array(SMPLX_PARENT_INDEX[1:BODY_COUNT])


def _rotation_filter(settings: SmoothingSettings, *, body_relief: float) -> RotationFilter:
    """One filter over all 55 joints, each with the parameters of its part."""
    parts = [_part_of(joint, settings) for joint in SmplxJoint]
    relief: Array = np.ones(SMPLX_JOINT_COUNT)
    relief[:BODY_COUNT] = body_relief
    return RotationFilter(
        min_cutoff_hz=np.array([part.min_cutoff_hz for part in parts]) * relief,
        speed_gain=np.array([part.speed_gain for part in parts]) * relief,
        max_speed_rad_s=radians(settings.max_joint_speed_deg_s),
    )


def _part_of(joint: SmplxJoint, settings: SmoothingSettings) -> OneEuroSettings:
    if joint in _TRUNK_JOINTS:
        return settings.trunk
    if joint in (J.NECK, J.HEAD):
        return settings.head
    if joint in (J.LEFT_WRIST, J.RIGHT_WRIST):
        return settings.wrists
    if joint >= J.LEFT_INDEX1:
        return settings.fingers
    if joint >= J.JAW:
        return settings.face
    return settings.arms if joint >= J.LEFT_SHOULDER else settings.legs
