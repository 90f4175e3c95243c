"""The clips at hand, by split; each read and retargeted on request."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

from bridge.errors import SourceError
from tools.mocap import rigs
from tools.mocap.asf_amc import read_amc, read_asf
from tools.mocap.bvh import read_bvh
from tools.mocap.expmap import read_expmap
from tools.mocap.motion import SourceMotion
from tools.mocap.retarget import SmplxMotion, retarget
from tools.mocap.rigs import Rig

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SPLIT_FILE: Final = Path(__file__).with_name("split.toml")
DEFAULT_MOCAP_FOLDER: Final = Path(__file__).parents[3] / "shared" / "data" / "mocap"

_RIG_OF_FOLDER: Final[dict[str, Rig]] = {
    "cmu_asf_amc": rigs.CMU_ASF,
    "cmu_bvh_131": rigs.CMU_BVH_131,
    "cmu_bvh_ccbase": rigs.CMU_BVH_CCBASE,
    "cmu_bvh_daz": rigs.CMU_BVH_DAZ,
    "cmu_expmap": rigs.CMU_EXPMAP,
}


class Split(Enum):
    """What a clip is used for."""

    TRAINING = "training"
    VALIDATION = "validation"
    HELD_OUT = "held_out"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Clip:
    """A file and its rig; ``name`` is ``<folder>/<stem>``."""

    name: str
    path: Path
    rig: Rig
    split: Split

    def read(self) -> SourceMotion:
        """The clip on its own skeleton; raises ``FormatError``."""
        if self.path.suffix == ".amc":
            subject = self.path.stem.partition("_")[0]
            return read_amc(self.path, skeleton=read_asf(self.path.with_name(f"{subject}.asf")))
        return read_bvh(self.path) if self.path.suffix == ".bvh" else read_expmap(self.path)

    def load(self) -> SmplxMotion:
        """The clip on the SMPL-X skeleton; raises ``FormatError``."""
        return retarget(self.read(), rig=self.rig)


def clips(folder: Path = DEFAULT_MOCAP_FOLDER, *, split: Split | None = None) -> Iterator[Clip]:
    """All clips below ``folder``, sorted by name; raises ``SourceError`` if there is none."""
    found = sorted(p for p in folder.glob("**/*") if p.suffix in (".amc", ".bvh", ".txt"))
    if not found:
        raise SourceError(f"no motion-capture clips below {folder}; expected cmu_asf_amc/*.amc, …")
    for path in found:
        source = path.relative_to(folder).parts[0]
        if source not in _RIG_OF_FOLDER:
            continue
        name = f"{source}/{path.stem}"
        clip = Clip(name, path, _RIG_OF_FOLDER[source], split_of(name))
        if split is None or clip.split is split:
            yield clip


def split_of(name: str) -> Split:
    """What the clip ``<folder>/<stem>`` is for, by ``split.toml``."""
    patterns = _patterns()
    for section in (Split.HELD_OUT, Split.EXCLUDED, Split.VALIDATION):
        if any(fnmatch(name, pattern) for pattern in patterns[section.value]):
            return section
    return Split.TRAINING


@cache
def _patterns() -> dict[str, list[str]]:
    return tomllib.loads(SPLIT_FILE.read_text(encoding="utf-8"))
