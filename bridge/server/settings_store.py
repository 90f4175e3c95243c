"""Settings while the program runs: files below, changes of the page on top, saved on request."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import ParseError
from tomlkit.items import InlineTable, Table

from bridge.config import Config, config_files, load_config, user_config_file
from bridge.errors import ConfigError
from bridge.layers import REMOVED
from bridge.profiles import SECTION, own_file
from bridge.reload import Trace, trace

Nested = dict[str, Any]


class SettingsStore:
    """``config`` is always valid: a change that is not leaves everything as it was."""

    def __init__(self, path: Path | None, *, overrides: Mapping[str, Any]) -> None:
        """Raises ``ConfigError`` naming every fault."""
        self._path = path
        self._overrides = overrides
        self._changes: Nested = {}  # by this run's pages, kept also once they are saved
        self._unsaved: dict[tuple[str, ...], Any] = {}
        self.config = load_config(path, overrides=overrides)
        self._files: tuple[Path, ...] = (self.file,)
        self._files = self._name_files()
        self._seen = self._stamp()

    @property
    def file(self) -> Path:
        """Where ``save`` writes, but for the keys of an active profile, which has its own."""
        return self._path or user_config_file()

    @property
    def unsaved(self) -> bool:
        """Whether something was changed since the last save."""
        return bool(self._unsaved)

    def change(self, path: Sequence[str], value: Any, *, keep: bool = True) -> Config:
        """Set one value; ``keep`` False: for this run, never saved. Raises ``ConfigError``."""
        candidate = _with(self._changes, path, value)
        self.config = load_config(self._path, overrides=_merged(self._overrides, candidate))
        self._changes = candidate
        if keep:
            self._unsaved[tuple(path)] = value
        return self.config

    def reset(self, path: Sequence[str]) -> Config:
        """Set a value, or everything in a section, to its default. Raises ``ConfigError``."""
        default: Any = Config().model_dump(mode="json")
        for part in path:
            if not isinstance(default, dict) or part not in default:
                return self._remove(tuple(path))
            default = default[part]
        if isinstance(default, dict) and not default:
            return self._remove(tuple(path))  # a table that the user fills
        for leaf, value in _leaves(default, tuple(path)):
            self.change(leaf, value)
        return self.config

    def _remove(self, path: tuple[str, ...]) -> Config:
        """Take out an entry that the user added to a table. Raises ``ConfigError``."""
        values: Any = self.config.model_dump(mode="json")
        for part in path:
            if not isinstance(values, dict) or part not in values:
                raise ConfigError(f"page: {'.'.join(path)}: unknown key")
            values = values[part]
        candidate = _with(self._changes, path, REMOVED)
        self.config = load_config(self._path, overrides=_merged(self._overrides, candidate))
        self._changes = candidate
        for other in [key for key in self._unsaved if key[: len(path)] == path]:
            del self._unsaved[other]
        self._unsaved[path] = REMOVED
        return self.config

    def save(self) -> None:
        """Write the changes into their files, keeping comments and order.

        Raises ``ConfigError`` when a file cannot be read or written.
        """
        shared: dict[tuple[str, ...], Any] = {}
        profiled: dict[tuple[str, ...], Any] = {}
        profile = self.config.profile
        for path, value in self._unsaved.items():
            if profile is not None and path[0] == SECTION and len(path) > 1:
                profiled[path[1:]] = value
            else:
                shared[path] = value
        if shared:
            _save(self.file, shared)
        if profile is not None and profiled:
            _save(own_file(profile), profiled)
        self._unsaved.clear()
        self._files = self._name_files()
        self._seen = self._stamp()

    def reread(self) -> Config | None:
        """The new settings if the file was edited meanwhile. Raises ``ConfigError``, once."""
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        # Whoever edits the file by hand means it: what was changed here and saved gives way.
        kept: Nested = {}
        for path, value in self._unsaved.items():
            kept = _with(kept, path, value)
        config = load_config(self._path, overrides=_merged(self._overrides, kept))
        self._files = self._name_files()
        self._seen = self._stamp()
        self._changes, self.config = kept, config
        return config

    def _stamp(self) -> Trace:
        """Changes when any of the files is saved: the settings, the profile, what it extends."""
        return trace(self._files)

    def _name_files(self) -> tuple[Path, ...]:
        try:
            named = config_files(self._path, overrides=self._overrides)
        except ConfigError:
            named = self._files  # a fault is told elsewhere; its mending must still be seen
        return tuple(dict.fromkeys((self.file, *named)))


def _with(values: Mapping[str, Any], path: Sequence[str], value: Any) -> Nested:
    """A copy of ``values`` with one leaf replaced."""
    head, *rest = path
    copy = dict(values)
    if rest:
        below = copy.get(head)
        copy[head] = _with(below if isinstance(below, dict) else {}, rest, value)
    else:
        copy[head] = value
    return copy


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Nested:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            merged[key] = _merged(under, value)
        else:
            merged[key] = value
    return merged


def _leaves(value: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, dict):
        return [(path, value)]
    return [leaf for key, below in value.items() for leaf in _leaves(below, (*path, key))]


def _save(file: Path, values: Mapping[tuple[str, ...], Any]) -> None:
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        document = tomlkit.parse(text)
        for path, value in values.items():
            _write(document, path, value)
        _replace(file, tomlkit.dumps(document))
    except (OSError, UnicodeDecodeError, ParseError) as error:
        raise ConfigError(f"{file}: cannot be saved: {error}") from error


def _write(document: tomlkit.TOMLDocument, path: Sequence[str], value: Any) -> None:
    table: tomlkit.TOMLDocument | Table | InlineTable = document
    for part in path[:-1]:
        if part not in table and value is REMOVED:
            return
        if part not in table:
            table.append(part, tomlkit.table())
        below = table[part]
        if not isinstance(below, Table | InlineTable):
            raise ConfigError(f"'{part}' is not a table")
        table = below
    if value is not None and value is not REMOVED:
        table[path[-1]] = value
    elif path[-1] in table:  # TOML has no null: what is not set is left out
        table.remove(path[-1])


def _replace(file: Path, text: str) -> None:
    """Write beside and rename, so that a crash leaves the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as part:
        part.write(text)
    Path(name).replace(file)
