"""``demo``: the bundled recording through the whole live chain, without camera or download."""

from __future__ import annotations


def test_demo_streams_complete_frames(receiver, cli) -> None:
    done = cli("demo", "--no-page", "--frames", "60", "--vmc", receiver.address)
    assert done.returncode == 0, done.stderr
    frames = receiver.frames()
    # Played in real time: on a busy machine some frames give way to newer ones.
    assert len(frames) >= 55
    assert all(len(frame.bones) == 55 and frame.ok == (1, 3, 0, 1) for frame in frames[1:])
    assert f"frames to {receiver.address}" in " ".join(done.stderr.split())
