"""Settings as commented TOML and as a JSON schema: what ``config/`` holds, generated."""

from __future__ import annotations

import json
import textwrap
from typing import Any, Final

import tomlkit
from pydantic import BaseModel
from tomlkit.items import Table

from bridge.config import Config
from bridge.settings import Settings

_WIDTH: Final = 96


def schema_text() -> str:
    """The JSON schema of ``Config``; ``config/schema.json`` holds the same bytes."""
    return json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def to_toml(settings: Settings) -> str:
    """Every key with its explanation above it; one that is not set is commented out."""
    document = tomlkit.document()
    _fill(document, settings)
    return tomlkit.dumps(document)


def _fill(table: tomlkit.TOMLDocument | Table, settings: BaseModel) -> None:
    fields = type(settings).model_fields
    # TOML wants a table's own keys before its sub-tables.
    for nested in (False, True):
        for name, field in fields.items():
            value: Any = getattr(settings, name)
            if isinstance(value, BaseModel) is not nested:
                continue
            if isinstance(value, BaseModel):
                child = tomlkit.table()
                _explain(child, field.description)
                child.add(tomlkit.nl())
                _fill(child, value)
                table.append(name, child)
                continue
            _explain(table, field.description)
            plain = settings.model_dump(mode="json", include={name})[name]
            if plain is None:
                table.add(tomlkit.comment(f"{name} ="))
            else:
                table.append(name, tomlkit.item(plain))
            table.add(tomlkit.nl())


def _explain(table: tomlkit.TOMLDocument | Table, description: str | None) -> None:
    for line in textwrap.wrap(" ".join((description or "").split()), _WIDTH):
        table.add(tomlkit.comment(line))
