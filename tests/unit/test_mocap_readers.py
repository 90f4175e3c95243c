"""Readers of BVH and ASF/AMC on files small enough to know the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.errors import FormatError
from tools.mocap.asf_amc import read_amc, read_asf
from tools.mocap.bvh import read_bvh
from tools.mocap.expmap import NAMES, read_expmap

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Chest
  {
    OFFSET 0 10 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 5 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.05
1 2 3 0 0 0 0 0 0
1 2 3 90 0 0 0 90 0
"""

ASF = """:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name thigh
    direction 0 -1 0
    length 2.0
    axis 0 0 90 XYZ
    dof rx ry rz
  end
  begin
    id 2
    name shin
    direction 0 -1 0
    length 1.0
    axis 0 0 0 XYZ
    dof rx
  end
:hierarchy
  begin
    root thigh
    thigh shin
  end
"""

AMC = """:FULLY-SPECIFIED
:DEGREES
1
root 0 1 0 0 0 0
thigh 0 0 0
shin 0
2
root 0 1 0 0 90 0
thigh 90 0 0
shin 90
"""


@pytest.fixture
def write(tmp_path: Path):
    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put


def test_bvh_positions_follow_the_channels_in_their_order(write) -> None:
    clip = read_bvh(write("a.bvh", BVH))
    assert clip.names == ("Hips", "Chest", "Chest_end")
    assert clip.fps == pytest.approx(20.0)
    assert np.allclose(clip.positions[0], [[1, 2, 3], [1, 12, 3], [1, 17, 3]])
    # The root turns 90° about z: +y goes to -x. The chest then turns 90° about its own x.
    assert np.allclose(clip.positions[1], [[1, 2, 3], [-9, 2, 3], [-9, 2, 8]])


def test_asf_joint_axes_turn_the_degrees_of_freedom(write) -> None:
    clip = read_amc(write("a.amc", AMC), skeleton=read_asf(write("a.asf", ASF)))
    metres = 0.0254 / 0.45
    assert clip.names == ("root", "thigh", "shin", "shin_end")
    assert np.allclose(clip.positions[0] / metres, [[0, 1, 0], [0, 1, 0], [0, -1, 0], [0, -2, 0]])
    # The thigh's own x axis is the world's y (axis 0 0 90): turning about it leaves the thigh
    # down. The root turned by 90° about y, the thigh by 90° more: x goes to -x.
    assert np.allclose(clip.positions[1, 2] / metres, [0, -1, 0])
    # The shin bends about its x, which now points at -x: down (-y) goes to +z.
    assert np.allclose(clip.positions[1, 3] / metres, [0, -1, 1], atol=1e-9)


def test_expmap_skips_the_calibration_row_and_inverts_the_rotations(write) -> None:
    row = np.zeros(3 + 3 * len(NAMES))
    row[3 + 3 * NAMES.index("LeftElbow") + 1] = 0.5
    text = "\n".join(",".join(f"{v}" for v in values) for values in (np.zeros_like(row), row))
    clip = read_expmap(write("a.txt", text))
    assert clip.positions.shape == (1, len(NAMES), 3)
    elbow, wrist = clip.index("LeftElbow"), clip.index("LeftWrist")
    forearm = clip.positions[0, wrist] - clip.positions[0, elbow]
    # The left elbow bends forward, about -y.
    expected = [np.cos(0.5), 0.0, np.sin(0.5)]
    assert np.allclose(forearm / np.linalg.norm(forearm), expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not BVH"),
        (BVH.replace("Frames: 2", "Frames: 3"), "cut short"),
        (BVH.replace("Zrotation", "Wrotation"), "channel Wrotation"),
        (BVH.replace("1 2 3 90", "1 2 nan 90"), "NaN"),
        (BVH.replace("1 2 3 90", "1 2 x 90"), "not a number"),
        (BVH.replace("Frame Time: 0.05", "Frame Time: 0"), "of 0 s"),
        (BVH[: BVH.index("End Site")] + BVH[BVH.index("MOTION") :], "braces"),
    ],
)
def test_bvh_faults_name_the_file(write, text: str, message: str) -> None:
    path = write("bad.bvh", text)
    with pytest.raises(FormatError, match=message) as caught:
        read_bvh(path)
    assert "bad.bvh" in str(caught.value)


def test_amc_faults_name_the_frame_and_line(write) -> None:
    skeleton = read_asf(write("a.asf", ASF))
    with pytest.raises(FormatError, match="frame 2"):
        read_amc(write("a.amc", AMC.replace("shin 90", "shin 90 1")), skeleton=skeleton)
    with pytest.raises(FormatError, match="not all with"):
        read_amc(write("a.amc", AMC.replace("shin 90\n", "")), skeleton=skeleton)
    with pytest.raises(FormatError, match="not found"):
        read_asf(Path("nowhere.asf"))
