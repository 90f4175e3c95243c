"""Where a window stands on an X screen, so that a capture of the screen can be cropped to it.

Window lists and states: Extended Window Manager Hints, https://specifications.freedesktop.org/wm-spec.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridge.server.obs import ObsError


class DisplayUnreachableError(ObsError):
    """No X display, or one that refuses us."""


class WindowGoneError(ObsError):
    """A window is closed or minimised, or on no screen."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Pixels from the upper left corner of all screens."""

    left: int
    top: int
    width: int
    height: int

    def overlap(self, other: Rectangle) -> Rectangle | None:
        """What both cover; none where they do not meet."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right = min(self.left + self.width, other.left + other.width)
        bottom = min(self.top + self.height, other.top + other.height)
        if right <= left or bottom <= top:
            return None
        return Rectangle(left, top, right - left, bottom - top)

    @property
    def area(self) -> int:
        """Square pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class WindowPlace:
    """A window without its frame, and the titles of those that lie over it."""

    rectangle: Rectangle
    covered_by: tuple[str, ...]


def locate(window_id: int, *, program: str) -> WindowPlace:
    """The place of a window whose ``WM_CLASS`` begins with ``program``.

    Raises ``DisplayUnreachableError``, and ``WindowGoneError`` where the window
    is not on it or is minimised.
    """
    from Xlib import display
    from Xlib.error import DisplayError, XauthError, XError

    try:
        connection = display.Display()
    except (DisplayError, XauthError, OSError) as error:
        raise DisplayUnreachableError(
            f"cannot see where the window is: {error}. Run this on the desktop that OBS runs on"
        ) from None
    try:
        window = connection.create_resource_object("window", window_id)
        try:
            found = (window.get_wm_class() or ("",))[0]
            rectangle = _rectangle(connection, window)
        except XError:
            found, rectangle = None, None
        if rectangle is None or found != program:
            raise WindowGoneError(
                f"the display {connection.get_display_name()} does not have the window that OBS "
                "sees. Run this on the desktop that OBS runs on, after opening the window"
            )
        if not _is_shown(window):
            raise WindowGoneError("the window is minimised. Bring it up and try again")
        return WindowPlace(rectangle, tuple(_over(connection, window_id, rectangle)))
    finally:
        connection.close()


def _over(connection: Any, window_id: int, rectangle: Rectangle) -> list[str]:
    """Titles of the windows above this one that hide some of it."""
    from Xlib import Xatom
    from Xlib.error import XError

    name = connection.intern_atom("_NET_CLIENT_LIST_STACKING")
    listed = connection.screen().root.get_full_property(name, Xatom.WINDOW)
    order = list(listed.value) if listed is not None else []  # bottom to top
    above = order[order.index(window_id) + 1 :] if window_id in order else []
    titles: list[str] = []
    for other in above:
        window = connection.create_resource_object("window", other)
        try:
            if _is_shown(window) and _rectangle(connection, window).overlap(rectangle):
                titles.append(_title(connection, window))
        except XError:  # closed in the meantime
            continue
    return titles


def _rectangle(connection: Any, window: Any) -> Rectangle:
    size = window.get_geometry()
    corner = connection.screen().root.translate_coords(window, 0, 0)
    return Rectangle(corner.x, corner.y, size.width, size.height)


def _is_shown(window: Any) -> bool:
    from Xlib import X

    return window.get_attributes().map_state == X.IsViewable


def _title(connection: Any, window: Any) -> str:
    name = connection.intern_atom("_NET_WM_NAME")
    return str(window.get_full_text_property(name) or window.get_wm_name() or "a window")
