"""What the network is trained for: rotations, positions, velocities, contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from bridge.kinematics import rest_joints_m
from bridge.skeleton import SMPLX_PARENT_INDEX, SmplxJoint
from bridge.solving.features import SUPPORT
from tools.body_network.motion_windows import BODY_COUNT

J = SmplxJoint

_PARENTS: Final = SMPLX_PARENT_INDEX[:BODY_COUNT]
_REST: Final = torch.tensor(rest_joints_m()[:BODY_COUNT])
_OFFSETS: Final = torch.stack(
    [_REST[j] - _REST[_PARENTS[j]] if j else torch.zeros(3) for j in range(BODY_COUNT)]
)
# The end of the hands, so that the wrist's rotation moves something.
_HAND_M: Final = 0.09

ROTATION_WEIGHT: Final = 1.0
POSITION_WEIGHT: Final = 3.0  # per metre: 10 cm count like 0.3 rad
VELOCITY_WEIGHT: Final = 0.10  # per m/s
TURN_WEIGHT: Final = 0.015  # per rad/s
CONTACT_WEIGHT: Final = 0.03
ROOT_WEIGHT: Final = 0.03
_UNSEEN_WEIGHT: Final = 0.25  # of joints that no landmark tells: only plausible, not right
_WARM_UP_FRAMES: Final = 4
_WARM_UP_WEIGHT: Final = 0.3
_EPSILON: Final = 1e-4

_JOINT_WEIGHT: Final = torch.ones(BODY_COUNT)
for _joint in (J.LEFT_SHOULDER, J.RIGHT_SHOULDER, J.LEFT_ELBOW, J.RIGHT_ELBOW):
    _JOINT_WEIGHT[_joint] = 2.0
for _joint in (J.LEFT_WRIST, J.RIGHT_WRIST, J.LEFT_HIP, J.RIGHT_HIP, J.LEFT_KNEE, J.RIGHT_KNEE):
    _JOINT_WEIGHT[_joint] = 1.4
for _joint in (J.PELVIS, J.SPINE3, J.HEAD):
    _JOINT_WEIGHT[_joint] = 1.3
for _joint in (J.LEFT_COLLAR, J.RIGHT_COLLAR, J.LEFT_FOOT, J.RIGHT_FOOT):
    _JOINT_WEIGHT[_joint] = 0.5


@dataclass(frozen=True, slots=True)
class Targets:
    """As in ``Batch``, as tensors."""

    rotations: Tensor
    contact: Tensor
    root: Tensor
    root_weight: Tensor
    dt_s: Tensor


def body_loss(
    rotations: Tensor, contact: Tensor, root: Tensor, *, features: Tensor, targets: Targets
) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum, and each part for the log."""
    frames = rotations.shape[1]
    time_weight = torch.ones(frames)
    time_weight[:_WARM_UP_FRAMES] = _WARM_UP_WEIGHT
    seen = features[..., SUPPORT] > 0.0
    weight = torch.where(seen, 1.0, _UNSEEN_WEIGHT) * _JOINT_WEIGHT * time_weight[:, None]
    weight = weight / weight.mean()
    # The chord between rotations: √2 times the angle where it is small.
    gap = (rotations - targets.rotations).square().sum((-1, -2)) / 2.0
    rotation = (weight * (gap + _EPSILON).sqrt()).mean()
    ours, theirs = _positions(rotations), _positions(targets.rotations)
    position = (weight * _length(ours - theirs)).mean()
    per_second = (1.0 / targets.dt_s)[:, None, None]
    steps = ours.diff(dim=1) - theirs.diff(dim=1)
    velocity = (weight[:, 1:] * _length(steps) * per_second).mean()
    turns = rotations.diff(dim=1) - targets.rotations.diff(dim=1)
    turn = (turns.square().sum((-1, -2)) / 2.0 + _EPSILON**2).sqrt()
    turn = (weight[:, 1:] * turn * per_second).mean()
    trust = targets.root_weight[:, None, None]
    contacts = functional.binary_cross_entropy_with_logits(
        contact, targets.contact, reduction="none"
    )
    contacts = (contacts * trust).mean()
    roots = (functional.smooth_l1_loss(root, targets.root, reduction="none") * trust).mean()
    total = (
        ROTATION_WEIGHT * rotation
        + POSITION_WEIGHT * position
        + VELOCITY_WEIGHT * velocity
        + TURN_WEIGHT * turn
        + CONTACT_WEIGHT * contacts
        + ROOT_WEIGHT * roots
    )
    parts = {
        "rotation": rotation, "position": position, "velocity": velocity, "turn": turn,
        "contact": contacts, "root": roots,
    }  # fmt: skip
    return total, {name: float(value.detach()) for name, value in parts.items()}


def _positions(rotations: Tensor) -> Tensor:
    """Joints ``(B, T, 22, 3)`` of the rest skeleton; wrists stand for the ends of the hands."""
    points: list[Tensor] = [torch.zeros_like(rotations[..., 0, :, 0])]
    for joint in range(1, BODY_COUNT):
        parent = _PARENTS[joint]
        points.append(points[parent] + rotations[..., parent, :, :] @ _OFFSETS[joint])
    for wrist, sign in ((J.LEFT_WRIST, 1.0), (J.RIGHT_WRIST, -1.0)):
        points[wrist] = points[wrist] + rotations[..., wrist, :, 0] * (sign * _HAND_M)
    return torch.stack(points, dim=-2)


def _length(vectors: Tensor) -> Tensor:
    return (vectors.square().sum(-1) + _EPSILON**2).sqrt()
