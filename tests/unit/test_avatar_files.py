"""Avatar files that are cut, flipped or hostile: one clear error each, soon, in little memory."""

from __future__ import annotations

import json
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.errors import AvatarError
from bridge.retarget.rig import load_rig
from bridge.retarget.vrm import AvatarFormat, LookAt
from bridge.skeleton import HumanBone

SECONDS = 2.0
MEGABYTES = 300


@pytest.fixture
def refuses(tmp_path: Path) -> Callable[..., str]:
    def check(data: bytes, match: str = ".") -> str:
        path = tmp_path / "bad.vrm"
        path.write_bytes(data)
        started_s = time.perf_counter()
        tracemalloc.start()
        with pytest.raises(AvatarError, match=match) as caught:
            load_rig(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert time.perf_counter() - started_s < SECONDS * 5  # tracing costs several times
        assert peak < MEGABYTES * 1e6
        assert "bad.vrm" in str(caught.value)
        return str(caught.value)

    return check


@pytest.fixture
def document(humanoid_file: Callable[..., Path]) -> dict[str, Any]:
    data = humanoid_file().read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])


def test_a_good_file_is_read(humanoid_file: Callable[..., Path]) -> None:
    binds = {"morphTargetBinds": [{"node": 0, "index": 0, "weight": 1}]}
    colour = {"materialColorBinds": [{"material": 0}]}
    rig = load_rig(
        humanoid_file(
            seed=1,
            expressions={"preset": {"happy": binds, "aa": colour}, "custom": {"JawOpen": colour}},
        )
    )
    assert rig.present == frozenset(HumanBone)
    assert rig.expressions == {"happy": False, "aa": True, "jawOpen": True}
    assert rig.hips_height_m == pytest.approx(0.952, abs=1e-3)
    assert rig.description is not None
    assert rig.description.format is AvatarFormat.VRM1
    assert rig.description.authors == ("a test",)


@pytest.mark.parametrize(
    ("name", "bones", "bound", "look_at"),
    [
        ("Godette_v4_vrm0", 45, 16, LookAt.EXPRESSION),
        ("cryptovoxels_vrm0", 43, 0, LookAt.BONE),
        ("MToonTest_vrm1", 53, 0, LookAt.BONE),
        ("ExpressionsIsBinary_vrm1", 22, 2, LookAt.EXPRESSION),
    ],
)
def test_real_files(
    shared_data: Callable[[str], Path], name: str, bones: int, bound: int, look_at: LookAt
) -> None:
    rig = load_rig(shared_data(f"avatars/{name}.vrm"))
    assert len(rig.present) == bones
    assert sum((rig.expressions or {}).values()) == bound
    assert rig.look_at is look_at


def test_missing_file() -> None:
    with pytest.raises(AvatarError, match=r"avatar no/such\.vrm cannot be opened.*path of a .vrm"):
        load_rig(Path("no/such.vrm"))


def test_other_files(refuses: Callable[..., str]) -> None:
    refuses(b"", "too short")
    refuses(b"solid nothing\n" * 10, "not a binary glTF 2.0")
    refuses(b"glTF" + struct.pack("<II", 1, 40) + b" " * 28, "not a binary glTF 2.0")


def test_cut_at_every_place(
    refuses: Callable[..., str], humanoid_file: Callable[..., Path]
) -> None:
    data = humanoid_file().read_bytes()
    for length in [*range(0, 40), *range(40, len(data) - 1, len(data) // 40)]:
        refuses(data[:length])


def test_flipped_bits_raise_only_our_error(
    humanoid_file: Callable[..., Path], tmp_path: Path
) -> None:
    data = bytearray(humanoid_file(seed=3).read_bytes())
    rng = np.random.default_rng(0)
    path = tmp_path / "flipped.vrm"
    failed = 0
    for _ in range(250):
        copy = bytearray(data)
        for place in rng.integers(0, len(copy), size=int(rng.integers(1, 20))):
            copy[place] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(copy)
        try:
            load_rig(path)
        except AvatarError:
            failed += 1
    assert failed > 100


def test_cycles_and_two_parents(
    refuses: Callable[..., str], glb: Callable[..., bytes], document: dict[str, Any]
) -> None:
    document["nodes"] += [{"children": [57]}, {"children": [56]}]
    refuses(glb(document), "form a cycle; 2 hang in it")
    document["nodes"][-1]["children"] = [3]
    refuses(glb(document), "node 3 hangs from two parents")
    document["nodes"][-1]["children"] = [999]
    refuses(glb(document), "has a child 999 of 58 nodes")


def test_a_chain_of_ten_thousand_nodes_is_no_recursion(
    refuses: Callable[..., str], glb: Callable[..., bytes]
) -> None:
    nodes = [{"children": [i + 1]} for i in range(10_000)] + [{}]
    refuses(glb({"nodes": nodes}), "no humanoid")


def test_huge_counts_and_depths(refuses: Callable[..., str], glb: Callable[..., bytes]) -> None:
    refuses(glb({"nodes": [{}] * 200_000}), "nodes: .*16384")
    refuses(glb(b'{"nodes":' + b"[" * 200_000 + b"]" * 200_000 + b"}"), "cannot be read")
    refuses(glb(b'{"nodes":[{"mesh":' + b"9" * 10_000 + b"}]}"), "cannot be read|mesh")
    refuses(glb(b'{"x":"' + b"a" * (17 * 1024 * 1024) + b'"}'), "not JSON of a sensible size")
    refuses(
        b"glTF" + struct.pack("<II", 2, 40) + struct.pack("<I4s", 0xFFFFFFFF, b"JSON") + b" " * 20,
        "not JSON of a sensible size",
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda d: d["nodes"][3].update(translation=[1, 2]), r"nodes\.3\.translation"),
        (lambda d: d["nodes"][3].update(translation=[1e308, 0, 0]), r"nodes\.3\.translation"),
        (lambda d: [node.update(scale=[1e6] * 3) for node in d["nodes"]], "beyond 100000 m"),
        (lambda d: d["nodes"][3].update(children="all"), r"nodes\.3\.children"),
        (lambda d: d["nodes"][3].update(children=[-1]), r"nodes\.3\.children"),
        (lambda d: d["nodes"][3].update(matrix=[1.0] * 15), r"nodes\.3\.matrix"),
        (lambda d: d["extensions"].update(VRMC_vrm=7), "VRM description is broken"),
        (lambda d: bones(d).update(hips={"node": 999}), "bone hips is node 999, of 56 nodes"),
        (lambda d: bones(d).update(hips=bones(d)["head"]), "shares node"),
        (lambda d: bones(d).pop("head"), "no humanoid: Head missing"),
        (lambda d: d["nodes"][1].update(translation=[0, -0.5, 0]), "hips at -0.5 m"),
        (lambda d: d.update(nodes=None), "nodes"),
    ],
)
def test_contradictions(
    refuses: Callable[..., str],
    glb: Callable[..., bytes],
    document: dict[str, Any],
    change: Callable[[dict[str, Any]], object],
    match: str,
) -> None:
    change(document)
    refuses(glb(document), match)


def bones(document: dict[str, Any]) -> dict[str, Any]:
    return document["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]


def test_strange_but_harmless_values(
    glb: Callable[..., bytes], document: dict[str, Any], tmp_path: Path
) -> None:
    for node in document["nodes"][5:]:
        node["rotation"] = [0, 0, 0, 0]  # no rotation at all: counts as none
        node["scale"] = [1, 1, 1]
    document["nodes"][2]["matrix"] = [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0.085, 0, 1]
    document["buffers"] = [{"uri": "file:///etc/passwd", "byteLength": 2**40}]
    path = tmp_path / "strange.vrm"
    path.write_bytes(glb(document))
    rig = load_rig(path)
    assert np.isfinite(rig.positions_m).all()
    assert np.isfinite(rig.align_xyzw).all()
