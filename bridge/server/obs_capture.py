"""Captures of a window or of the screen in OBS, with a look at whether they give a picture.

OBS takes an X window over through the graphics card. In virtual machines, remote desktops and with
some drivers nothing comes of it; a capture of the screen, cropped to where the window stands, does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from bridge.server.obs import DISPLAY_NAME, WINDOW_NAME, Obs, ObsError
from bridge.server.x_windows import Rectangle, WindowGoneError, WindowPlace, locate

# By platform: the kind and the property that names the window.
_WINDOW_KINDS: Final = {"xcomposite_input": "capture_window", "window_capture": "window"}
_CROPPED_KIND: Final = "xshm_input"
_DISPLAY_KINDS: Final = (_CROPPED_KIND, "monitor_capture", "display_capture", "screen_capture")
_UNCUT: Final = {"cut_left": 0, "cut_top": 0, "cut_right": 0, "cut_bot": 0}
_SCREEN: Final = re.compile(r"\((\d+)x(\d+) @ (\d+),(\d+)\)")  # "HDMI-1 (1920x1080 @ 0,0)"


@dataclass(frozen=True, slots=True)
class WindowCapture:
    """What ``capture_window`` made."""

    title: str
    cropped: WindowPlace | None  # from the screen; none: the window itself
    picture: bool | None  # none: not looked at, the scene could not be shown


def capture_window(
    obs: Obs, title: str, *, scene: str, from_screen: bool | None = None
) -> WindowCapture:
    """A capture of the window whose title contains ``title``.

    ``from_screen``: true crops the screen to the window, false takes the window itself, none
    takes the window itself if OBS gets a picture of it. Raises ``ObsError``.
    """
    kind = _pick(obs, _WINDOW_KINDS, "window")
    can_crop = _CROPPED_KIND in obs.kinds()
    if from_screen and not can_crop:
        raise ObsError(
            "this OBS cannot crop the screen to a window; leave --display or --window out"
        )
    obs.place(scene, WINDOW_NAME, kind, {"show_cursor": False})
    name, value = _find_window(obs, kind, title)
    obs.ask(
        "SetInputSettings",
        inputName=WINDOW_NAME, inputSettings={_WINDOW_KINDS[kind]: value},
    )  # fmt: skip
    obs.show_only(scene, WINDOW_NAME)
    obs.bring_up(scene)
    if from_screen is not True:
        picture = obs.wait_for_picture(scene, WINDOW_NAME)
        if picture is not False:
            return WindowCapture(name, None, picture)
        if from_screen is False or not can_crop:
            raise ObsError(
                f"OBS gets no picture of {name}: it is minimised, or the graphics driver "
                "does not share it. Bring it up and try again, or capture the screen: --display"
            )
    place = _locate(value)
    obs.place(scene, DISPLAY_NAME, _CROPPED_KIND, {"show_cursor": False})
    _crop(obs, place.rectangle)
    obs.show_only(scene, DISPLAY_NAME)
    picture = obs.wait_for_picture(scene, DISPLAY_NAME)
    if picture is False:
        raise ObsError(f"OBS gets no picture of the screen where {name} is: it is black there")
    return WindowCapture(name, place, picture)


def capture_display(obs: Obs, *, scene: str) -> str:
    """A capture of the whole first screen. Returns its kind; raises ``ObsError``."""
    kind = _pick(obs, _DISPLAY_KINDS, "display")
    uncut: dict[str, Any] = _UNCUT if kind == _CROPPED_KIND else {}
    obs.place(scene, DISPLAY_NAME, kind, {"show_cursor": False, **uncut})
    obs.show_only(scene, DISPLAY_NAME)
    obs.bring_up(scene)
    if obs.wait_for_picture(scene, DISPLAY_NAME) is False:
        raise ObsError(f"OBS gets no picture of the screen; see the properties of {kind} there")
    return kind


def keep_cropped(obs: Obs, source: str | None) -> None:
    """Crop ``source`` anew if its window has moved since; nothing to do if it is no crop.

    Raises ``WindowGoneError`` while something else is to be seen in its place.
    """
    if source != DISPLAY_NAME or WINDOW_NAME not in obs.inputs():
        return
    settings = obs.ask("GetInputSettings", inputName=DISPLAY_NAME)["inputSettings"]
    window = obs.ask("GetInputSettings", inputName=WINDOW_NAME)["inputSettings"]
    if any(settings.get(side) for side in _UNCUT) and "capture_window" in window:
        _crop(obs, _locate(window["capture_window"]).rectangle, now=settings)


def _pick(obs: Obs, known: Any, what: str) -> str:
    kinds = obs.kinds()
    kind = next((name for name in known if name in kinds), None)
    if kind is None:
        by_hand = ""
        if any(name.startswith("pipewire") for name in kinds):  # only its own dialog can choose
            by_hand = (
                f". On Wayland add it by hand: Sources → + → {what.title()} Capture (PipeWire)"
            )
        offered = ", ".join(sorted(kinds))
        raise ObsError(f"this OBS has no {what} capture; it offers {offered}{by_hand}")
    return kind


def _find_window(obs: Obs, kind: str, title: str) -> tuple[str, str]:
    """Full title, and what OBS knows the window by."""
    listed = obs.ask(
        "GetInputPropertiesListPropertyItems",
        inputName=WINDOW_NAME, propertyName=_WINDOW_KINDS[kind],
    )["propertyItems"]  # fmt: skip
    for item in listed:
        if title.lower() in str(item["itemName"]).lower():
            return str(item["itemName"]), str(item["itemValue"])
    names = ", ".join(str(item["itemName"]) for item in listed) or "no window"
    raise ObsError(f"no window's title contains {title!r}; OBS sees {names}")


def _locate(value: str) -> WindowPlace:
    """Where a window is that OBS knows by ``number\\r\\ntitle\\r\\nprogram``."""
    number, _, rest = value.partition("\r\n")
    return locate(int(number), program=rest.rpartition("\r\n")[2])


def _crop(obs: Obs, window: Rectangle, *, now: dict[str, Any] | None = None) -> None:
    """Cut the screen that has most of the window down to it, unless ``now`` is that already."""
    listed = obs.ask(
        "GetInputPropertiesListPropertyItems", inputName=DISPLAY_NAME, propertyName="screen"
    )["propertyItems"]
    best, cuts = 0, None
    for item in listed:
        found = _SCREEN.search(str(item["itemName"]))
        if found is None:
            continue
        width, height, left, top = map(int, found.groups())
        screen = Rectangle(left, top, width, height)
        seen = screen.overlap(window)
        if seen is not None and seen.area > best:
            best = seen.area
            cuts = {
                "screen": item["itemValue"],
                "cut_left": seen.left - left, "cut_top": seen.top - top,
                "cut_right": left + width - seen.left - seen.width,
                "cut_bot": top + height - seen.top - seen.height,
            }  # fmt: skip
    if cuts is None:
        raise WindowGoneError("the window is on none of the screens. Move it onto one")
    if now is None or any(now.get(name, 0) != value for name, value in cuts.items()):
        obs.ask("SetInputSettings", inputName=DISPLAY_NAME, inputSettings=cuts)
