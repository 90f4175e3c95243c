"""``obs``: the avatar in OBS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from bridge.server.obs import Obs
    from bridge.server.obs_capture import WindowCapture

_PAGE: Final = "http://127.0.0.1:8765"

Host = Annotated[str, typer.Option(help="Computer that OBS runs on.")]
Port = Annotated[int, typer.Option(help="Port of OBS's WebSocket server.")]
Password = Annotated[
    str, typer.Option(envvar="OBS_PASSWORD", help="Password of OBS's WebSocket server.")
]
Scene = Annotated[str, typer.Option(help="Scene in OBS.")]
PageUrl = Annotated[str, typer.Option("--page", help="Address of avatar-bridge's page.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="The avatar as a source in OBS.")
    group.command(help="Make a scene with the avatar on transparency.")(setup)
    group.command(help="What OBS shows.")(status)
    group.command(help="Keep OBS in step with tracking until Ctrl-C.")(follow)
    app.add_typer(group, name="obs")


def setup(
    page: PageUrl = _PAGE,
    framing: Annotated[str, typer.Option(help="face, bust or full.")] = "bust",
    window: Annotated[
        str | None,
        typer.Option(help="Capture the window with this in its title instead (Unity's player)."),
    ] = None,
    display: Annotated[
        bool | None,
        typer.Option(
            "--display/--no-display",
            help="Capture the screen; with --window only where that window is. Unless said, this "
            "is done if the window itself gives no picture.",
            show_default=False,
        ),
    ] = None,
    scene: Scene = "Avatar Bridge",
    host: Host = "127.0.0.1",
    port: Port = 4455,
    password: Password = "",
) -> None:
    """Create scene and source, or bring them up to date."""
    from bridge.server.obs_capture import capture_display, capture_window

    obs = _connect(host, port, password)
    if window is not None:
        made = capture_window(obs, window, scene=scene, from_screen=display)
        _tell(made, scene=scene, asked=display is True)
        return
    if display:
        typer.echo(f"OBS scene '{scene}' captures the screen ({capture_display(obs, scene=scene)})")
        return
    url = f"{page.rstrip('/')}/stage?transparent=1&framing={framing}"
    obs.set_up_browser(url, scene=scene)
    typer.echo(f"OBS scene '{scene}' shows {url}")


def status(
    scene: Scene = "Avatar Bridge",
    host: Host = "127.0.0.1",
    port: Port = 4455,
    password: Password = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print versions, canvas, scene, source, outputs."""
    import json
    from dataclasses import asdict

    found: dict[str, Any] = asdict(_connect(host, port, password).status(scene=scene))
    if as_json:
        typer.echo(json.dumps(found))
        return
    sources = found.pop("sources")
    for name, value in found.items():
        typer.echo(f"{name.replace('_', ' '):<18}{value if value is not None else '-'}")
    for source in sources:
        shown = "shown" if source["shown"] else "hidden"
        picture = {True: "gives a picture", False: "gives no picture", None: "not on air"}
        typer.echo(f"{source['name']}: {source['kind']}, {shown}, {picture[source['picture']]}")


def follow(
    page: PageUrl = _PAGE,
    hide_when_lost: Annotated[
        bool,
        typer.Option(
            "--hide-when-lost", help="Hide the avatar while nobody is seen or a calibration runs."
        ),
    ] = False,
    lost_scene: Annotated[str | None, typer.Option(help="Scene to switch to meanwhile.")] = None,
    record_with_obs: Annotated[
        bool, typer.Option("--record-with-obs", help="Record motion while OBS records.")
    ] = False,
    scene: Scene = "Avatar Bridge",
    host: Host = "127.0.0.1",
    port: Port = 4455,
    password: Password = "",
) -> None:
    """Act on OBS whenever tracking is lost or found, and on recordings of OBS."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    from bridge.errors import BridgeError
    from bridge.server.obs_follow import Follower, FollowSettings, recorder, states

    address = page.rstrip("/")
    wanted = FollowSettings(
        scene=scene, hide_when_lost=hide_when_lost, lost_scene=lost_scene,
        record_with_obs=record_with_obs,
    )  # fmt: skip
    follower = Follower(_connect(host, port, password), wanted, record=recorder(address))
    try:
        with connect(f"ws{address.removeprefix('http')}/socket") as socket:
            for state, calibrating in states(socket):
                follower.update(state, calibrating=calibrating)
    except (OSError, ConnectionClosed) as error:
        raise BridgeError(
            f"{address} does not answer: {error}. Start it: avatar-bridge run --page"
        ) from None
    except KeyboardInterrupt:
        return


def _tell(made: WindowCapture, *, scene: str, asked: bool) -> None:
    """What was made of the window, and what to mind."""
    place = made.cropped
    if place is None:
        typer.echo(f"OBS scene '{scene}' captures the window {made.title}")
    else:
        if not asked:
            typer.echo(
                "OBS gets no picture of the window itself: the graphics driver does not share it"
            )
        at = place.rectangle
        typer.echo(
            f"OBS scene '{scene}' captures the screen where {made.title} is: "
            f"{at.width}x{at.height} at {at.left},{at.top}. Whatever comes over it is seen too. "
            "After moving it run this again, or keep 'avatar-bridge obs follow' running"
        )
        if place.covered_by:
            typer.echo(f"warning: it is covered by {', '.join(place.covered_by)}", err=True)
    if made.picture is None:
        typer.echo(
            "Whether it gives a picture is not known: OBS is on air with another scene", err=True
        )


def _connect(host: str, port: int, password: str) -> Obs:
    from bridge.server.obs import Obs, connect

    return Obs(connect(host, port, password))
