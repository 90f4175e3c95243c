"""Where the landmark models come from.

Each model is looked for in this order: the path in the settings, the user's cache folder
(``avatar-bridge models fetch``), MediaPipe's installed wheel. MediaPipe itself is never imported.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from bridge.errors import ModelError

MODEL_FOLDER: Final = "models"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model: ``path`` of a .tflite file, or of a .task bundle (a zip) with a ``member``."""

    path: Path
    member: str | None = None

    @property
    def label(self) -> str:
        """For messages and tables."""
        return f"{self.path.name}:{self.member}" if self.member else self.path.name

    def on_disk(self) -> Path:
        """A .tflite file: OpenVINO reads this format only from disk. Raises ``ModelError``.

        A bundle's member is unpacked once into the cache folder, under its checksum.
        """
        if self.member is None:
            return self.path
        try:
            with zipfile.ZipFile(self.path) as bundle:
                checksum = bundle.getinfo(self.member).CRC
                name = f"{self.path.stem}-{Path(self.member).stem}-{checksum:08x}.tflite"
                target = _writable_folder() / name
                if not target.is_file():
                    part = target.with_suffix(f".{os.getpid()}.part")
                    part.write_bytes(bundle.read(self.member))
                    part.replace(target)
                return target
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{self.path} is not a readable model bundle ({error}). "
                "Try: avatar-bridge models verify"
            ) from error


def cache_folder() -> Path:
    """Where fetched and compiled models are kept for this user."""
    return user_cache_path("avatar-bridge", appauthor=False)


def _writable_folder() -> Path:
    """The folder of unpacked models; a temporary one where the home cannot be written."""
    for folder in (cache_folder() / "unpacked", Path(tempfile.gettempdir()) / "avatar-bridge"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise ModelError(f"neither {cache_folder()} nor the temporary folder can be written")


def fetched_model(name: str) -> Path:
    """Where ``avatar-bridge models fetch`` puts the file ``name``."""
    return cache_folder() / MODEL_FOLDER / name


def wheel_model(relative: str) -> Path | None:
    """A model inside MediaPipe's installed wheel, found without importing it."""
    spec = find_spec("mediapipe")  # a top-level name: finds, does not import
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "modules" / relative
    return path if path.is_file() else None


def bundle_member(bundle: Path, member: str) -> ModelFile | None:
    """``member`` of a .task bundle, or None where there is no such bundle."""
    return ModelFile(bundle, member) if bundle.is_file() else None


def first_found(name: str, candidates: Sequence[ModelFile | Path | None]) -> ModelFile:
    """The first candidate that is there. Raises ``ModelError`` naming the model ``name``."""
    for candidate in candidates:
        if isinstance(candidate, ModelFile):
            return candidate
        if candidate is not None and candidate.is_file():
            return ModelFile(candidate)
    raise ModelError(
        f"the {name} model was found neither in {fetched_model('')} nor in an installed "
        "mediapipe. Try: avatar-bridge models fetch"
    )
