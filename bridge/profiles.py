"""Profiles: TOML files that say how one avatar moves, each on top of another.

A profile holds any keys of ``retarget`` at its top, and ``extends = "NAME"``. Names are looked up
beside the file that extends, in the user's folder, then among those that come with the program.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

from platformdirs import user_config_path

from bridge.errors import ConfigError
from bridge.layers import Layer, read_layer
from bridge.resources import data_dir

SECTION: Final = "retarget"  # of the whole settings: what a profile fills
_SUFFIX: Final = ".toml"
_MAX_DEPTH: Final = 8  # deeper chains are mistakes


def user_profiles() -> Path:
    """The folder for the user's own profiles."""
    return user_config_path("avatar-bridge", appauthor=False) / "profiles"


def profile_names() -> list[str]:
    """Names that can be given without a path."""
    folders = (user_profiles(), data_dir("config") / "profiles")
    return sorted({file.stem for folder in folders for file in folder.glob(f"*{_SUFFIX}")})


def profile_layers(spec: str) -> dict[Path, Layer]:
    """A profile and all that it extends as layers of the whole settings, the most general first.

    ``spec``: a name or a path. Raises ``ConfigError``.
    """
    found: dict[Path, Layer] = {}
    wanted: str | None = spec
    above: Path | None = None
    while wanted is not None:
        file = _find(wanted, above=above)
        if file in found:
            names = " → ".join(f.name for f in [*found, file])
            raise ConfigError(f"{file}: profiles extend one another in a circle: {names}")
        if len(found) >= _MAX_DEPTH:
            raise ConfigError(f"{file}: more than {_MAX_DEPTH} profiles extend one another")
        layer = read_layer(file)
        values = dict(layer.values)
        extends = values.pop("extends", None)
        if extends is not None and not isinstance(extends, str):
            raise ConfigError(f"{file}: extends: give the name of one profile, got {extends!r}")
        found[file] = Layer(layer.name, {SECTION: values}, layer.text, section=(SECTION,))
        wanted, above = extends, file
    return dict(reversed(found.items()))


def own_file(spec: str) -> Path:
    """The file in which a profile's changes are kept.

    For a profile that comes with the program, one of the same name in the user's folder that
    extends it; it is made when it is not there. Raises ``ConfigError``.
    """
    file = _find(spec, above=None)
    if not file.is_relative_to(data_dir("config").resolve()):
        return file
    own = user_profiles() / file.name
    try:
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(f'extends = "{file.stem}"\n', encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{own}: cannot be written: {error}") from error
    return own


def _find(spec: str, *, above: Path | None) -> Path:
    """The file of a profile; ``above`` is the one that extends it.

    A profile that extends its own name means the one that it stands in front of.
    """
    if spec.endswith(_SUFFIX) or "/" in spec or "\\" in spec:
        path = Path(spec).expanduser()
        return (above.parent / path if above is not None else path).resolve()
    folders = [user_profiles(), data_dir("config") / "profiles"]
    if above is not None:
        folders.insert(0, above.parent)
    for folder in folders:
        file = (folder / f"{spec}{_SUFFIX}").resolve()
        if file.is_file() and not (file == above and file.stem == spec and _has_other(file)):
            return file
    names = profile_names()
    near = difflib.get_close_matches(spec, names, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(names)}"
    raise ConfigError(
        f"profile '{spec}' not found; {hint} Give a name, or the path of a {_SUFFIX} file"
    )


def _has_other(file: Path) -> bool:
    """Whether a profile of the same name comes with the program."""
    bundled = (data_dir("config") / "profiles" / file.name).resolve()
    return bundled.is_file() and bundled != file
