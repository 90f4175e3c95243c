"""Panels that act on the daemon, used in a real browser as a user would."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from mcap.reader import make_reader
from playwright.sync_api import Browser, Page
from pythonosc.osc_bundle import OscBundle
from websockets.sync.client import connect

from bridge.geometry import angle_between
from bridge.sinks.preview_frame import EXPRESSION_NAMES

WAIT_S = 40.0
REST = np.array([0.0, 0.0, 0.0, 1.0])
RECEIVED = "window.avatarBridge.stage.playback.received"
SHOWN = f"window.avatarBridge?.stage.avatar && {RECEIVED} > 3"
TAKE_FRAMES = 45  # a second and a half


def until(condition: Callable[[], object], timeout_s: float = WAIT_S) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "waited too long"
        time.sleep(0.02)


def session_of(port: int) -> dict[str, Any]:
    """What the daemon tells of itself on a socket of our own."""
    with connect(f"ws://127.0.0.1:{port}/socket") as client:
        while True:
            data = client.recv(timeout=10)
            if isinstance(data, str) and json.loads(data)["type"] == "session":
                return json.loads(data)


def sent_weight(port: int, expression: str) -> float:
    with connect(f"ws://127.0.0.1:{port}/socket") as client:
        while not isinstance(data := client.recv(timeout=10), bytes):
            pass
    return data[28 + 55 * 8 + EXPRESSION_NAMES.index(expression)] / 255


def test_settings_by_name_are_added_edited_and_taken_out(tab: Page, daemon: Any) -> None:
    tab.get_by_role("tab", name="Tune").click()
    head = "window.avatarBridge.stage.boneRotation('head')"
    until(lambda: angle_between(np.array(tab.evaluate(head)), REST) > 0.05)
    bones = tab.locator("details[data-path='retarget.bones']")
    bones.locator("summary").first.click()
    bones.get_by_label("Add to Bones").fill("Head")
    bones.get_by_label("Add to Bones").press("Enter")
    gain = tab.locator("[data-path='retarget.bones.Head.gain'] input[type=number]")
    until(lambda: gain.count() == 1)
    gain.fill("0")
    gain.dispatch_event("change")
    until(lambda: daemon.settings()["retarget"]["bones"]["Head"]["gain"] == 0)
    turn = tab.locator("[data-path='retarget.bones.Head.offset_deg'] input")
    turn.nth(1).fill("20")
    turn.nth(1).dispatch_event("change")
    until(lambda: daemon.settings()["retarget"]["bones"]["Head"]["offset_deg"] == [0, 20, 0])
    save = tab.get_by_role("button", name="Save", exact=True)
    until(save.is_enabled)
    save.click()
    until(lambda: "[retarget.bones.Head]" in daemon.settings_file.read_text())
    tab.get_by_role("button", name="Remove Head").click()
    until(lambda: gain.count() == 0)
    assert daemon.settings()["retarget"]["bones"] == {}
    until(save.is_enabled)
    save.click()
    until(lambda: "Head" not in daemon.settings_file.read_text())
    assert daemon.settings_file.read_text().startswith("# Mine.\n[retarget]\nmirror = false  # as")
    bones.get_by_label("Add to Bones").fill("Tail")
    bones.get_by_role("button", name="Add").click()
    shown = tab.locator("#notices .error")
    until(lambda: shown.count() == 1)
    assert "no bone is called Tail" in shown.inner_text()


def test_receivers_are_added_edited_and_taken_out(tab: Page, daemon: Any) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        places: list[str] = []
        for listener in (one, other):
            listener.bind(("127.0.0.1", 0))
            listener.settimeout(WAIT_S)
            places.append(f"127.0.0.1:{listener.getsockname()[1]}")
        first, second = places
        tab.get_by_role("tab", name="Output").click()
        form = tab.get_by_role("form", name="Add a receiver")
        box = form.get_by_label("Address")
        for wrong, said in (
            ("somewhere", "Not HOST:PORT"), ("127.0.0.1:70000", "port of 1–65535"),
            ("127.0.0.1:39539", "already the address of the first receiver"),
            ("nowhere.invalid:39540", "No computer named 'nowhere.invalid' is found"),
        ):  # fmt: skip
            box.fill(wrong)
            box.press("Enter")
            until(lambda said=said: said in form.get_by_role("alert").inner_text())
            assert box.input_value() == wrong  # there to be mended
            assert box.get_attribute("aria-invalid") == "true"
        assert daemon.settings()["receivers"] == []
        form.get_by_label("Receiver").select_option("warudo")
        box.fill(first)
        box.press("Enter")
        assert bones_in(one) >= 55
        assert form.get_by_role("alert").count() == 0
        group = tab.get_by_role("group", name=f"Receiver 2, {first}")
        assert group.get_by_label("Receiver", exact=True).input_value() == "warudo"
        address = group.get_by_role("textbox", name="Address")
        address.fill("127.0.0.1:0")
        address.press("Enter")
        until(lambda: group.get_by_role("alert").count() == 1)
        assert address.input_value() == "127.0.0.1:0"
        address.fill(second)
        address.press("Enter")
        assert bones_in(other) >= 55
        tab.get_by_role("button", name="Save", exact=True).click()
        entry = f'[[receivers]]\naddress = "{second}"\nreceiver = "warudo"\n'
        until(lambda: entry in daemon.settings_file.read_text())
        assert daemon.settings_file.read_text().startswith("# Mine.\n[retarget]\nmirror = false")
        remove = tab.get_by_role("button", name=f"Remove {second}")
        remove.focus()
        tab.keyboard.press("Enter")
        until(lambda: daemon.settings()["receivers"] == [])
        until(lambda: remove.count() == 0)
        until(lambda: box.evaluate("(one) => one === document.activeElement"))
        until(lambda: silent(other))
        tab.get_by_role("button", name="Save", exact=True).click()
        until(lambda: "receivers" not in daemon.settings_file.read_text())


def bones_in(listener: socket.socket) -> int:
    """How many bones the next frames of a VMC sender hold, read with python-osc."""
    names: set[str] = set()
    for _ in range(20):
        bundle = OscBundle(listener.recv(65_535))
        sent = [message for message in bundle if message.address == "/VMC/Ext/Bone/Pos"]
        names |= {message.params[0] for message in sent}
    return len(names)


def silent(listener: socket.socket) -> bool:
    """Whether nothing arrives for half a second; what has arrived is thrown away."""
    listener.settimeout(0.5)
    try:
        listener.recv(65_535)
        return False
    except TimeoutError:
        return True


def test_held_expression_goes_out_and_to_every_page(
    tab: Page, browser: Browser, daemon: Any
) -> None:
    other = browser.new_page(viewport={"width": 200, "height": 200})
    other.goto(f"{daemon.url}/stage")
    until(lambda: other.evaluate(f"!!({SHOWN})"))
    tab.get_by_role("tab", name="Face").click()
    slider = tab.get_by_label("Hold happy")
    until(lambda: slider.count() == 1)
    slider.fill("0.8")
    value = "window.avatarBridge.stage.avatar.vrm.expressionManager.getValue('happy')"
    for page in (tab, other):
        until(lambda page=page: abs(page.evaluate(value) - 0.8) < 0.01)
    until(lambda: abs(sent_weight(daemon.port, "happy") - 0.8) < 0.01)
    release = tab.get_by_title("Release happy")
    until(release.is_enabled)
    release.click()
    until(lambda: sent_weight(daemon.port, "happy") < 0.1)
    until(lambda: other.evaluate(value) < 0.1)
    other.close()


def test_second_tab_does_not_slow_the_first(tab: Page, browser: Browser, daemon: Any) -> None:
    def rate() -> float:
        start, began_s = tab.evaluate(RECEIVED), time.monotonic()
        time.sleep(4.0)
        return (tab.evaluate(RECEIVED) - start) / (time.monotonic() - began_s)

    alone = rate()
    other = browser.new_page(viewport={"width": 320, "height": 240})
    other.goto(f"{daemon.url}/stage")
    until(lambda: other.evaluate(f"!!({SHOWN})"))
    beside = rate()
    other.close()
    assert beside > 0.8 * alone


def test_calibration_without_a_performer_says_so(tab: Page, daemon: Any) -> None:
    """This clip is motion: there is no picture of anybody to calibrate with."""
    tab.get_by_role("tab", name="Calibrate").click()
    card = tab.locator(".card").first
    start = card.get_by_role("button")
    start.click()
    until(lambda: session_of(daemon.port)["calibrating"] == "body")
    assert start.inner_text() == "Cancel"
    start.click()
    until(lambda: session_of(daemon.port)["calibrating"] is None)
    start.click()
    shown = tab.locator("#notices .error")
    until(lambda: shown.count() == 1)
    assert "no body is in view" in shown.inner_text()
    assert card.locator(".count").inner_text() == "Not taken"


def test_calibration_of_body_and_face(posing: Any, open_tab: Callable[[str], Page]) -> None:
    tab = open_tab(posing.url)
    tab.get_by_role("tab", name="Calibrate").click()
    body, face = tab.locator(".card").nth(0), tab.locator(".card").nth(1)
    assert body.get_by_role("img").is_visible()  # what to do, as a picture
    body.get_by_role("button").click()
    assert body.locator(".count").inner_text() in "54321"
    until(lambda: body.locator(".count").inner_text() == "Done")
    found_deg = posing.settings()["solving"]["camera_pitch_deg"]
    assert abs(found_deg - posing.camera_pitch_deg) < 1.0
    panel = tab.get_by_role("tabpanel", name="Calibrate")
    pitch = panel.locator("[data-path='solving.camera_pitch_deg'] input[type=number]")
    until(lambda: abs(float(pitch.input_value() or "nan") - found_deg) < 0.05)
    face.get_by_role("button").click()
    until(lambda: face.locator(".count").inner_text() == "Done")
    assert posing.settings()["solving"]["face"]["performer"] == "me"
    assert [path.stem for path in posing.config_home.rglob("me.toml")] == ["me"]


def test_recording_is_played_and_sought(tab: Page, daemon: Any) -> None:
    tab.get_by_role("tab", name="Record").click()
    tab.get_by_label("Name").fill("take one")
    tab.get_by_role("button", name="Record", exact=True).click()
    stop = tab.get_by_role("button", name="Stop (take one.mcap)")
    until(lambda: stop.count() == 1)
    count = tab.evaluate(RECEIVED)
    until(lambda: tab.evaluate(RECEIVED) > count + TAKE_FRAMES)
    stop.click()
    play = tab.get_by_title("Play take one.mcap")
    until(lambda: play.count() == 1)
    file = daemon.data_home / "avatar-bridge" / "recordings" / "take one.mcap"
    with file.open("rb") as opened:
        times_ns = [message.log_time for _, _, message in make_reader(opened).iter_messages()]
    lasted_s = (max(times_ns) - min(times_ns)) * 1e-9
    play.click()
    until(lambda: "take one" in tab.evaluate("document.querySelector('.facts').textContent"))
    count = tab.evaluate(RECEIVED)
    until(lambda: tab.evaluate(RECEIVED) > count + 20)  # the page still gets poses
    slider = tab.get_by_label("Position, seconds")
    until(lambda: abs(float(slider.get_attribute("max") or 0) - lasted_s) < 0.1)
    tab.get_by_role("button", name="Pause").click()
    until(lambda: tab.get_by_role("button", name="Continue").count() == 1)
    until(lambda: still(tab))
    count = tab.evaluate(RECEIVED)
    slider.fill("0.7")
    until(lambda: tab.evaluate(RECEIVED) > count)  # the frame that was sought is shown
    assert abs(session_of(daemon.port)["timeline"]["position_s"] - 0.7) < 0.1
    tab.get_by_role("button", name="Continue").click()
    until(lambda: tab.evaluate(RECEIVED) > count + 20)


def still(page: Page) -> bool:
    count = page.evaluate(RECEIVED)
    time.sleep(1.0)
    return page.evaluate(RECEIVED) == count
