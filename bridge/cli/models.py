"""``avatar-bridge models``: fetch, list and verify the optional landmark models."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.errors import ModelError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from bridge.tracking.engine.catalogue import PublishedModel

_HELP = "Fetch, list and verify the optional landmark models."


def register(app: typer.Typer) -> None:
    """Add the command group to ``app``."""
    group = typer.Typer(help=_HELP, no_args_is_help=True)
    group.command("fetch", help="Download models into the cache folder; all, or those named.")(
        fetch_models
    )
    group.command("list", help="Show the models, what each is for, and where it is.")(list_models)
    group.command("verify", help="Check the fetched models against their pinned hashes.")(
        verify_models
    )
    app.add_typer(group, name="models")


def fetch_models(
    names: Annotated[list[str] | None, typer.Argument(help="Names as in: models list.")] = None,
) -> None:
    """Download what is missing or wrong; a failed file does not stop the others."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from bridge.tracking.engine.catalogue import FileState
    from bridge.tracking.engine.download import fetch

    faults: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn()) as progress:
        for model in _chosen(names or []):
            bar = progress.add_task(model.name, total=model.size_bytes)
            if model.state() is FileState.RIGHT:
                progress.update(bar, completed=model.size_bytes)
                continue

            show = partial(_show, progress, bar)
            try:
                fetch(model, on_progress=show)
            except ModelError as error:
                faults.append(str(error))
    if faults:
        raise ModelError("\n".join(faults))


def _show(progress: Progress, bar: TaskID, done_bytes: int) -> None:
    progress.update(bar, completed=done_bytes)


def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every model, whether it is there, and its source."""
    from rich.console import Console
    from rich.table import Column, Table

    rows = [(model, model.state()) for model in _chosen([])]
    if as_json:
        report = [
            {
                "name": model.name,
                "state": state.value,
                "size_bytes": model.size_bytes,
                "sha256": model.sha256,
                "url": model.url,
                "path": str(model.path),
            }
            for model, state in rows
        ]
        typer.echo(json.dumps(report, indent=2))
        return
    table = Table(
        Column("model", no_wrap=True, min_width=max(len(model.name) for model, _ in rows)),
        "size",
        "state",
        "for",
        title="Optional models",
    )
    for model, state in rows:
        table.add_row(model.name, f"{model.size_bytes / 1e6:.1f} MB", state.value, model.purpose)
    console = Console()
    console.print(table)
    console.print(f"Kept in {rows[0][0].path.parent}. Without them mediapipe's own models serve.")


def verify_models() -> None:
    """Hash every fetched model; a wrong one is an error."""
    from bridge.tracking.engine.catalogue import FileState

    wrong: list[str] = []
    for model in _chosen([]):
        state = model.state()
        if state is not FileState.MISSING:
            typer.echo(f"{model.name}: {state.value}")
        if state is FileState.WRONG:
            wrong.append(model.name)
    if wrong:
        raise ModelError(
            f"wrong content: {', '.join(wrong)}. Try: avatar-bridge models fetch {' '.join(wrong)}"
        )


def _chosen(names: list[str]) -> list[PublishedModel]:
    from bridge.tracking.engine.catalogue import PUBLISHED_MODELS

    known = {model.name: model for model in PUBLISHED_MODELS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ModelError(f"unknown model {', '.join(unknown)}; allowed: {', '.join(known)}")
    return [known[name] for name in names] if names else list(known.values())
