"""Settings while the program runs: files below, changes of the page on top, saved on request."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bridge.config import Config, config_files, load_config, user_config_file
from bridge.errors import ConfigError
from bridge.layers import REMOVED
from bridge.profiles import SECTION, own_file
from bridge.reload import Trace, trace
from bridge.server.settings_file import TABLE_LIST, save_settings

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

    @contextmanager
    def all_or_nothing(self) -> Generator[None, None, None]:
        """Whatever is raised inside leaves the settings as they were."""
        before = self.config, self._changes, dict(self._unsaved)
        try:
            yield
        except BaseException:
            self.config, self._changes, self._unsaved = before
            raise

    def change(self, path: Sequence[str], value: Any, *, keep: bool = True) -> Config:
        """Set one value; ``keep`` False: for this run, never saved. Raises ``ConfigError``.

        A path into the list of receivers has the place after the name; one past the last adds.
        """
        if path[0] == TABLE_LIST and len(path) > 1:
            path, value = path[:1], self._edited_list(path, value)
        elif isinstance(value, Mapping):
            raise ConfigError(f"page: {'.'.join(path)}: a table is set key by key")
        candidate = _with(self._changes, path, value)
        self.config = load_config(self._path, overrides=_merged(self._overrides, candidate))
        self._changes = candidate
        if keep:
            self._unsaved[tuple(path)] = value
        return self.config

    def reset(self, path: Sequence[str]) -> Config:
        """Set a value, or everything in a section, to its default. Raises ``ConfigError``.

        An entry of a list or table that the user fills is taken out.
        """
        if path[0] == TABLE_LIST and len(path) > 1:
            return self.change(path, REMOVED)
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

    def _edited_list(self, path: Sequence[str], value: Any) -> list[Any]:
        """The whole list with one entry, or one key of it, set or ``REMOVED``: layers replace
        lists whole. Raises ``ConfigError``."""
        given: Nested = self.config.model_dump(mode="json", exclude_unset=True)
        entries: list[Any] = list(given.get(TABLE_LIST, ()))
        _, place, *keys = path
        at = int(place) if place.isdecimal() else -1
        adds = at == len(entries) and not keys and value is not REMOVED
        if not (0 <= at < len(entries) or adds) or len(keys) > 1:
            raise ConfigError(f"page: {'.'.join(path)}: no such receiver; there are {len(entries)}")
        if not keys:
            entries[at : at + 1] = [] if value is REMOVED else [value]
            return entries
        entry: Nested = dict(entries[at])
        if value is not REMOVED:
            entry[keys[0]] = value
        elif keys[0] in entry:
            del entry[keys[0]]
        entries[at] = entry
        return entries

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
            save_settings(self.file, shared)
        if profile is not None and profiled:
            save_settings(own_file(profile), profiled)
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
