"""What the documents promise is there: links resolve, commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from bridge.cli import build_app

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
COMMAND = re.compile(r"^avatar-bridge ([a-z]+)", re.MULTILINE)


def documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("models/*/*.md")]


def test_relative_links_resolve(repo_root: Path) -> None:
    dead = [
        f"{page.relative_to(repo_root)}: {target}"
        for page in documents(repo_root)
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not dead


def test_commands_in_the_documents_exist(repo_root: Path) -> None:
    commands = typer.main.get_command(build_app()).commands  # type: ignore[attr-defined]
    named = {
        name
        for page in documents(repo_root)
        for name in COMMAND.findall(page.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= set(commands)
