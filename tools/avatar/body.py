"""Hoodie, trousers, shoes, hands, drawstrings: shapes and how they follow the joints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.avatar.fields import Field, Points, both_sides, cone, ellipsoid, ring, slab, union
from tools.avatar.rig import (
    ARM_DEPTH_M,
    ARM_HEIGHT_M,
    FINGER_PHALANGES,
    FINGERS,
    THUMB_PHALANGES,
    WRIST_X_M,
    at,
)  # fmt: skip
from tools.avatar.surface import Mesh, mirrored, skinned, surface, without_hidden

Weights = dict[str, NDArray[np.float64]]


def body_meshes() -> list[Mesh]:
    """Everything below the head."""
    hand = _hand()
    hoodie_field = hoodie_shape()
    hoodie = surface(
        hoodie_field, material="hoodie", low=(-0.53, 0.70, -0.17), high=(0.53, 1.23, 0.17),
        cell_m=0.0205,
    )  # fmt: skip
    trim = surface(
        _trim(), material="trim", low=(-0.55, 0.68, -0.17), high=(0.55, 1.25, 0.17), cell_m=0.0150
    )
    trousers = surface(
        _trousers(), material="trousers", low=(-0.2, 0.05, -0.15), high=(0.2, 0.86, 0.15),
        cell_m=0.029,
    )  # fmt: skip
    shoes = surface(
        _shoes(), material="shoes", low=(-0.15, -0.01, -0.10), high=(0.15, 0.13, 0.18),
        cell_m=0.0180,
    )  # fmt: skip
    soles = surface(
        _soles(), material="soles", low=(-0.15, -0.02, -0.10), high=(0.15, 0.06, 0.18),
        cell_m=0.0180,
    )  # fmt: skip
    trousers = without_hidden(trousers, hoodie_field, depth_m=0.012)
    shoes = without_hidden(shoes, union(_soles(), _trousers()), depth_m=0.006)
    trim = without_hidden(trim, union(hoodie_field, _trousers()), depth_m=0.006)
    string = _string()
    return [
        skinned(hoodie, torso_weights(hoodie.positions)),
        skinned(trim, torso_weights(trim.positions)),
        skinned(trousers, _leg_weights(trousers.positions)),
        skinned(shoes, _leg_weights(shoes.positions)),
        skinned(soles, _leg_weights(soles.positions)),
        hand, mirrored(hand), string, mirrored(string),
    ]  # fmt: skip


def _torso() -> Field:
    return union(
        slab((0.0, 0.81, 0.0), (0.129, 0.086, 0.100), 0.080),
        ellipsoid((0.0, 0.90, 0.0), (0.118, 0.12, 0.090)),
        ellipsoid((0.0, 1.02, 0.0), (0.128, 0.115, 0.094)),
        ellipsoid((0.0, 1.09, -0.012), (0.120, 0.062, 0.070)),
        blend=0.06,
    )


def hoodie_shape() -> Field:
    """Torso, arms and hood."""
    arm = union(
        cone((0.09, 1.095, ARM_DEPTH_M), (0.32, ARM_HEIGHT_M, ARM_DEPTH_M), 0.056, 0.046),
        cone((0.32, ARM_HEIGHT_M, ARM_DEPTH_M), (0.445, ARM_HEIGHT_M, ARM_DEPTH_M), 0.046, 0.044),
        blend=0.02,
    )
    hood = union(
        ring((0.0, 1.158, -0.020), (0.066, 0.064), 0.022, tilt_rad=0.38),
        ellipsoid((0.0, 1.125, -0.098), (0.070, 0.062, 0.036)),
        blend=0.04,
    )
    return union(union(_torso(), both_sides(arm), blend=0.05), hood, blend=0.03)


def _trim() -> Field:
    hem = ellipsoid((0.0, 0.737, 0.0), (0.138, 0.034, 0.108))
    cuff = ellipsoid((0.487, ARM_HEIGHT_M, ARM_DEPTH_M), (0.024, 0.046, 0.046))
    outline = slab((0.0, 0.845, 0.1), (0.066, 0.042, 0.06), 0.02)
    torso = _torso()

    def pocket(points: Points) -> NDArray[np.float64]:
        """Where a thicker torso and the pocket's outline overlap."""
        return np.maximum(torso(points) - 0.006, outline(points))

    return union(hem, both_sides(cuff), pocket)


def _trousers() -> Field:
    leg = union(
        cone((0.062, 0.735, 0.0), (0.075, 0.41, 0.006), 0.060, 0.055),
        cone((0.075, 0.41, 0.006), (0.077, 0.105, -0.006), 0.056, 0.050),
        blend=0.02,
    )
    seat = ellipsoid((0.0, 0.745, -0.004), (0.112, 0.065, 0.084))
    return union(seat, both_sides(leg), blend=0.035)


def _shoes() -> Field:
    shoe = union(
        ellipsoid((0.080, 0.050, 0.065), (0.044, 0.040, 0.072)),
        ellipsoid((0.078, 0.055, -0.012), (0.042, 0.046, 0.050)),
        cone((0.077, 0.06, -0.010), (0.077, 0.100, -0.010), 0.046, 0.044),
        blend=0.03,
    )
    return both_sides(shoe)


def _soles() -> Field:
    front = slab((0.080, 0.014, 0.072), (0.046, 0.014, 0.072), 0.0139)
    heel = slab((0.078, 0.014, -0.010), (0.042, 0.014, 0.054), 0.0139)
    return both_sides(union(front, heel, blend=0.03))


def _smooth(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _chain(
    along: NDArray[np.float64], joints: list[tuple[str, float]], soft_m: float
) -> list[tuple[str, NDArray[np.float64]]]:
    """Shares of a chain of joints for points at ``along``, blended ``soft_m`` about each."""
    remaining = np.ones_like(along)
    shares: list[tuple[str, NDArray[np.float64]]] = []
    for index, (joint, _) in enumerate(joints):
        if index + 1 < len(joints):
            border = joints[index + 1][1]
            passed = _smooth(along, border - soft_m, border + soft_m)
        else:
            passed = np.zeros_like(along)
        shares.append((joint, remaining * (1.0 - passed)))
        remaining = remaining * passed
    return shares


def torso_weights(points: Points) -> Weights:
    """Spine by height, arms by distance from the middle."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    left = points[:, 0] > 0.0
    high = _smooth(y, 0.96, 1.06)  # arms take over only above the flanks
    arm = _smooth(x - 0.25 * (1.0 - high), 0.085, 0.165) * np.where(x > 0.17, 1.0, high)
    shoulder = _smooth(x, 0.02, 0.10) * _smooth(y, 1.03, 1.12) * (1.0 - arm) * 0.8
    weights: Weights = {}
    trunk = 1.0 - arm - shoulder
    spine = [("hips", 0.0), ("spine", 0.84), ("chest", 0.93), ("upperChest", 1.01), ("neck", 1.185)]
    for joint, share in _chain(y, spine, 0.045):
        weights[joint] = trunk * share
    limb = [("UpperArm", 0.0), ("LowerArm", 0.32), ("Hand", WRIST_X_M)]
    for side, mask in (("left", left), ("right", ~left)):
        weights[f"{side}Shoulder"] = shoulder * mask
        for joint, share in _chain(x, limb, 0.04):
            weights[f"{side}{joint}"] = arm * share * mask
    return weights


def _leg_weights(points: Points) -> Weights:
    x, down = points[:, 0], -points[:, 1]
    side_share = _smooth(x, -0.03, 0.03)
    chain = [("hips", -2.0), ("UpperLeg", -0.755), ("LowerLeg", -0.41), ("Foot", -0.085)]
    weights: Weights = {}
    toes = _smooth(points[:, 2], 0.06, 0.11) * (points[:, 1] < 0.12)
    for joint, share in _chain(down, chain, 0.05):
        if joint == "hips":
            weights["hips"] = share
            continue
        for side, mask in (("left", side_share), ("right", 1.0 - side_share)):
            value = share * mask
            if joint == "Foot":
                weights[f"{side}Toes"] = value * toes
                value = value * (1.0 - toes)
            weights[f"{side}{joint}"] = value
    return weights


_FINGER_RADII_M = {
    "Index": (0.0090, 0.0074), "Middle": (0.0092, 0.0075), "Ring": (0.0089, 0.0072),
    "Little": (0.0080, 0.0064), "Thumb": (0.0118, 0.0084),
}  # fmt: skip


def _finger_line(finger: str) -> tuple[Points, Points, float]:
    base, direction, lengths = FINGERS[finger]
    unit = np.array(direction) / np.linalg.norm(direction)
    return at("leftHand") + np.array(base), unit, sum(lengths)


def _from_wrist(along: float, up: float, forward: float) -> NDArray[np.float64]:
    return at("leftHand") + np.array([along, up, forward])


def _hand() -> Mesh:
    palm = union(
        slab(_from_wrist(0.048, 0.0, 0.0), (0.040, 0.0125, 0.037), 0.012),
        cone(_from_wrist(-0.03, 0.0, 0.0), _from_wrist(0.02, 0.0, 0.0), 0.024, 0.021),
        cone(_from_wrist(0.02, -0.006, 0.016), _from_wrist(0.05, -0.007, 0.026), 0.016, 0.013),
        blend=0.018,
    )
    solid = palm
    for finger, (thick, thin) in _FINGER_RADII_M.items():
        start, unit, length = _finger_line(finger)
        tip = start + unit * (length - thin)
        solid = union(solid, cone(start, tip, thick, thin), blend=0.004)
    mesh = surface(
        solid, material="skin", low=(0.47, 1.03, -0.075), high=(0.70, 1.15, 0.085), cell_m=0.0067
    )
    mesh = without_hidden(mesh, _trim(), depth_m=0.008)
    return skinned(mesh, _hand_weights(mesh.positions))


def _hand_weights(points: Points) -> Weights:
    nearest = np.full(len(points), np.inf)
    owner = np.zeros(len(points), np.int64)
    along = np.zeros((len(FINGERS), len(points)))
    for index, finger in enumerate(FINGERS):
        start, unit, length = _finger_line(finger)
        along[index] = (points - start) @ unit
        foot = start + np.clip(along[index], 0.0, length)[:, None] * unit
        distance = np.linalg.norm(points - foot, axis=-1)
        closer = distance < nearest
        nearest[closer], owner[closer] = distance[closer], index
    weights: Weights = {"leftHand": np.ones(len(points))}
    for index, (finger, (_, _, lengths)) in enumerate(FINGERS.items()):
        phalanges = THUMB_PHALANGES if finger == "Thumb" else FINGER_PHALANGES
        borders = [0.0, lengths[0], lengths[0] + lengths[1]]
        chain = [("leftHand", -1.0)]
        for phalanx, start in zip(phalanges, borders, strict=True):
            chain.append((f"left{finger}{phalanx}", start))
        mine = owner == index
        for joint, share in _chain(along[index], chain, 0.0075):
            if joint == "leftHand":
                weights[joint] = np.where(mine, share, weights[joint])
            else:
                weights[joint] = share * mine
    forearm = 1.0 - _smooth(points[:, 0], WRIST_X_M - 0.025, WRIST_X_M + 0.02)
    weights = {joint: share * (1.0 - forearm) for joint, share in weights.items()}
    weights["leftLowerArm"] = forearm
    return weights


def _string() -> Mesh:
    top, middle, end = at("leftString1"), at("leftString2"), at("leftString3")
    solid = union(
        cone(top, middle, 0.0060, 0.0060),
        cone(middle, end, 0.0060, 0.0060),
        ellipsoid(end, (0.0088, 0.016, 0.0088)),
        blend=0.004,
    )
    mesh = surface(
        solid, material="soles", low=(0.02, 0.95, 0.03), high=(0.055, 1.16, 0.13), cell_m=0.0068
    )
    height = -mesh.positions[:, 1]
    chain = [("leftString1", -2.0), ("leftString2", -middle[1])]
    return skinned(mesh, dict(_chain(height, chain, 0.015)))
