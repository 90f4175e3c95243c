"""``avatar-bridge avatar``: look at avatar files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Look at avatar files.", no_args_is_help=True)
    group.command("inspect")(inspect)
    app.add_typer(group, name="avatar")


def inspect(
    file: Annotated[Path, typer.Argument(help="A VRM 0.x, VRM 1.0 or humanoid .glb file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bones, sizes, expressions and licence of an avatar, and what will not work with it."""
    from bridge.retarget.report import report
    from bridge.retarget.rig import load_rig

    rig = load_rig(file)
    found = report(rig)
    if as_json:
        bones = sorted(rig.present)
        description = rig.description
        everything = {
            **found.facts,
            "warnings": found.warnings,
            "bone_names": [bone.name for bone in bones],
            "expression_names": dict(description.expressions) if description else {},
        }
        typer.echo(json.dumps(everything, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(show_header=False, box=None, padding=(0, 1))
    for name, value in found.facts.items():
        table.add_row(f"[b]{name}[/]", value)
    console.print(table)
    for warning in found.warnings:
        console.print(f"[yellow]![/] {warning}")
    if not found.warnings:
        console.print("[green]nothing to warn of[/]")
