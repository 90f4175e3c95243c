"""Anchors, regions, crops and filters of the engine, without any model."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.tracking.engine.anchors import anchor_centers
from bridge.tracking.engine.crop import crop_into, image_from_crop, turned
from bridge.tracking.engine.detectors import FACE_STRIDES_PX, POSE_STRIDES_PX, Detector
from bridge.tracking.engine.pose import refine_from_heatmap
from bridge.tracking.engine.regions import (
    HAND_LIMITS,
    Region,
    face_region_from_detection,
    hand_region,
    pose_region,
    still_serves,
    whole_picture,
)
from bridge.tracking.engine.smoothing import SteadyPoints

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize(
    ("input_px", "strides_px", "count"),
    [(224, POSE_STRIDES_PX, 2254), (128, FACE_STRIDES_PX, 896), (192, (8, 16, 16, 16), 2016)],
)
def test_anchor_counts_are_those_of_the_models(
    input_px: int, strides_px: tuple[int, ...], count: int
) -> None:
    centers = anchor_centers(input_px, strides_px)
    assert centers.shape == (count, 2)
    assert centers.min() > 0.0
    assert centers.max() < 1.0
    assert np.allclose(centers[0], 0.5 * strides_px[0] / input_px)


regions = st.builds(
    Region,
    st.floats(-500, 2000),
    st.floats(-500, 2000),
    st.floats(5, 1500),
    st.floats(-pi, pi),
)


@settings(max_examples=50, deadline=None)
@given(regions)
def test_points_of_a_crop_return_to_its_axes(region: Region) -> None:
    shares = RANDOM.uniform(0, 1, (20, 2))
    image_px = image_from_crop(shares, region)
    own = region.own_axes(image_px) / region.size_px + 0.5
    assert np.allclose(own, shares, atol=1e-3)
    assert region.inside_share(image_px, margin=0.01) == 1.0
    mirrored = image_from_crop(shares, region, mirrored=True)
    flipped = np.column_stack((1.0 - shares[:, 0], shares[:, 1]))
    assert np.allclose(mirrored, image_from_crop(flipped, region), atol=1e-2)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation_rad", [0.0, 0.7, -2.0, pi])
def test_crop_shows_what_its_points_say(rotation_rad: float, mirrored: bool) -> None:
    """A spot drawn in the picture appears in the crop where ``image_from_crop`` says."""
    region = Region(300.0, 200.0, 160.0, rotation_rad)
    share = np.array([[0.25, 0.625]])
    spot = image_from_crop(share, region, mirrored=mirrored)[0]
    y, x = np.mgrid[0:400, 0:600]
    near = np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / 18.0)
    image = np.ascontiguousarray(np.repeat((255 * near).astype(np.uint8)[:, :, None], 3, axis=2))
    crop = np.zeros((160, 160, 3), np.uint8)
    crop_into(crop, image, region, mirrored=mirrored)
    weight = crop[:, :, 0].astype(float)
    rows, columns = np.mgrid[0:160, 0:160]
    found = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum() / 160.0
    assert np.allclose(found, share[0], atol=0.01)


def test_crop_beyond_the_picture() -> None:
    image = np.full((40, 60, 3), 200, np.uint8)
    crop = np.zeros((32, 32, 3), np.uint8)
    crop_into(crop, image, Region(30.0, 20.0, 200.0, 0.0))
    assert crop.min() == 200
    crop_into(crop, image, Region(30.0, 20.0, 200.0, 0.0), black_border=True)
    assert crop.min() == 0


def test_turned_keeps_depth_and_length() -> None:
    points = RANDOM.normal(size=(5, 3))
    out = turned(points, 1.1)
    assert np.allclose(out[:, 2], points[:, 2], atol=1e-6)
    assert np.allclose(np.linalg.norm(out, axis=1), np.linalg.norm(points, axis=1), atol=1e-5)
    assert np.allclose(turned(out, -1.1), points, atol=1e-6)


def test_pose_region_stands_upright_for_an_upright_person() -> None:
    region = pose_region(np.array([100.0, 200.0]), np.array([100.0, 120.0]))
    assert region.rotation_rad == pytest.approx(0.0)
    assert region.size_px == pytest.approx(200.0)
    lying = pose_region(np.array([100.0, 200.0]), np.array([180.0, 200.0]))
    assert lying.rotation_rad == pytest.approx(pi / 2)


def test_hand_region_turns_with_the_hand() -> None:
    hand = RANDOM.uniform(-20, 20, (21, 2)) + np.array([0.0, -60.0])
    hand[0] = (0.0, 0.0)
    hand[[5, 9, 13]] = [(-10.0, -60.0), (0.0, -62.0), (10.0, -60.0)]
    upright = hand_region(hand)
    assert upright.rotation_rad == pytest.approx(0.0, abs=0.05)
    angle = 0.9
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    assert hand_region(hand @ turn).rotation_rad == pytest.approx(angle, abs=0.05)


def test_face_region_is_level_with_the_eyes() -> None:
    keypoints = np.array([(100, 100), (140, 100), (120, 120), (120, 140), (80, 110), (160, 110)])
    region = face_region_from_detection(keypoints.astype(float))
    assert region.rotation_rad == pytest.approx(0.0)
    assert region.size_px == pytest.approx(160.0)
    assert region.center_y_px < 120.0


def test_region_is_kept_only_while_it_fits() -> None:
    anew = Region(100.0, 100.0, 80.0, 0.2)
    points = np.array([[100.0, 100.0], [110.0, 95.0]])
    fits = {"limits": HAND_LIMITS}
    assert still_serves(Region(104.0, 98.0, 84.0, 0.1), anew, points, **fits)
    assert not still_serves(Region(104.0, 98.0, 84.0, 1.2), anew, points, **fits)
    assert not still_serves(Region(130.0, 98.0, 84.0, 0.1), anew, points, **fits)
    assert not still_serves(Region(104.0, 98.0, 120.0, 0.1), anew, points, **fits)
    assert not still_serves(Region(104.0, 98.0, 84.0, 0.1), anew, points + 60.0, **fits)


def naive_refine(shares: np.ndarray, heatmap: np.ndarray, reach: int = 4) -> np.ndarray:
    """One landmark and one cell at a time."""
    rows, columns, _ = heatmap.shape
    out = shares.copy()
    for k, (x, y) in enumerate(shares):
        column, row = int(x * columns), int(y * rows)
        if not (0 <= column < columns and 0 <= row < rows):
            continue
        total = best = sum_x = sum_y = 0.0
        for r in range(max(0, row - reach), min(rows, row + reach + 1)):
            for c in range(max(0, column - reach), min(columns, column + reach + 1)):
                weight = 1.0 / (1.0 + np.exp(-heatmap[r, c, k]))
                total, best = total + weight, max(best, weight)
                sum_x, sum_y = sum_x + weight * c, sum_y + weight * r
        if best >= 0.5:
            out[k] = (sum_x / total / columns, sum_y / total / rows)
    return out


def test_heatmap_refinement_equals_the_plain_loop() -> None:
    shares = RANDOM.uniform(-0.1, 1.1, (39, 2)).astype(np.float32)
    shares[0] = (0.01, 0.99)  # at the border
    heatmap = RANDOM.normal(-3.0, 2.5, (64, 64, 39)).astype(np.float32)
    expected = naive_refine(shares, heatmap)
    refine_from_heatmap(shares, heatmap)
    assert np.allclose(shares, expected, atol=1e-4)


def test_steady_points_hold_still_but_follow_a_walk() -> None:
    steady = SteadyPoints()
    jitter = RANDOM.normal(0.0, 1.0, (60, 2, 2))
    out = [steady(100.0 + jitter[i], size_px=300.0, time_ns=round(i * 1e9 / 30)) for i in range(60)]
    assert np.std(out[20:], axis=0).max() < 0.5 * jitter.std()
    for i in range(60):
        last = steady(np.full((2, 2), 100.0 + 10.0 * i), size_px=300.0, time_ns=(i + 60) * 33333333)
    assert np.abs(last - 690.0).max() < 30.0


class FakeNetwork:
    """A detector that sees what the test says."""

    def __init__(self, boxes: np.ndarray, logits: np.ndarray) -> None:
        self.picture = np.zeros((128, 128, 3), np.uint8)
        self.answer = [boxes[None], logits[None, :, None]]

    def run(self) -> list[np.ndarray]:
        return self.answer


def test_detector_decodes_and_merges() -> None:
    anchors = anchor_centers(128, FACE_STRIDES_PX)
    boxes = np.zeros((896, 16), np.float32)
    logits = np.full(896, -20.0, np.float32)
    for row, logit in ((100, 3.0), (101, 2.0), (700, 1.0)):  # 100 and 101 stand in one cell
        boxes[row, 2:4] = 32.0  # a quarter of the picture wide and high
        boxes[row, 4:6] = (6.4, 0.0)  # first keypoint a twentieth right of the centre
        logits[row] = logit
    detector = Detector(FakeNetwork(boxes, logits), strides_px=FACE_STRIDES_PX, score_min=0.5)
    image = np.zeros((256, 256, 3), np.uint8)
    found = detector.find(image, whole_picture(256, 256))
    assert [round(d.score, 3) for d in found] == [0.953, 0.731]
    center = anchors[100] * 256
    assert np.allclose(found[0].box_px, [*(center - 32), *(center + 32)], atol=1e-3)
    assert np.allclose(found[0].keypoints_px[0], center + np.array([12.8, 0.0]), atol=1e-3)
    logits[:] = -20.0
    assert detector.find(image, whole_picture(256, 256)) == []
