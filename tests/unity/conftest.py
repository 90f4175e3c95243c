"""Compiles the Unity package with mono, one assembly for each asmdef, and runs its NUnit tests.

Each assembly sees only what its asmdef refers to, as in Unity, so a missing reference is found.
Engine types come from the shim beside this file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "unity_package"
SHIM = Path(__file__).resolve().parent / "shim"
HARNESS = Path(__file__).resolve().parent / "harness"
TESTS = PACKAGE / "Tests" / "Editor"
SHARED_WITH_TESTS = ("Drivers/TestAvatar.cs", "Core/VmcFrames.cs", "Core/OscBuilder.cs")
NUNIT = Path("/usr/lib/cli/nunit.framework-2.6.3/nunit.framework.dll")
TOOLS = ("mcs", "mono", "nunit-console")
COMPILE_TIMEOUT_S = 120
TEST_TIMEOUT_S = 600

SHIMS = ("UnityEngine", "UnityEditor", "VRM", "VRM10")
HARNESS_USES = (
    "AvatarBridge.Core",
    "AvatarBridge",
    "AvatarBridge.Vrm0",
    "AvatarBridge.Vrm10",
    "AvatarBridge.Editor",
    "AvatarBridge.Samples.GettingStarted",
)

# As Unity passes them: warnings are errors, and XML documentation is not demanded.
MCS_FLAGS = ("-nologo", "-langversion:latest", "-warnaserror", "-warn:4", "-optimize+")


@dataclass
class Assembly:
    """One asmdef and what it was compiled to."""

    definition: dict
    sources: list[Path]
    dll: Path
    references: list[Path] = field(default_factory=list)


def run(command: list[str], *, timeout_s: float, **kwargs) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout_s, check=False, **kwargs
    )


class Builder:
    """Compiles into one folder; each assembly once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        shutil.copy(NUNIT, folder)
        self._built: dict[str, Path] = {}

    def compile(
        self,
        name: str,
        sources: list[Path],
        references: list[Path],
        *,
        target: str = "library",
        defines: tuple[str, ...] = (),
    ) -> Path:
        output = self.folder / f"{name}.{'exe' if target == 'exe' else 'dll'}"
        command = [
            "mcs", *MCS_FLAGS, f"-target:{target}", f"-out:{output}",
            *(f"-define:{symbol}" for symbol in defines),
            *(f"-r:{reference}" for reference in references),
            *map(str, sorted(sources)),
        ]  # fmt: skip
        result = run(command, timeout_s=COMPILE_TIMEOUT_S)
        assert result.returncode == 0, f"{name}:\n{result.stdout}{result.stderr}"
        return output

    def shim(self, name: str) -> Path:
        """An assembly of stand-ins: ``UnityEngine``, ``UnityEditor``, or an optional package's."""
        if name not in self._built:
            folder = SHIM / name
            below = [] if name == "UnityEngine" else [self.shim("UnityEngine")]
            self._built[name] = self.compile(name, list(folder.rglob("*.cs")), below)
        return self._built[name]

    def package(self, name: str) -> Path:
        """The assembly that the asmdef of this name describes, with all it refers to."""
        if name not in self._built:
            path = asmdefs()[name]
            definition = json.loads(path.read_text(encoding="utf-8"))
            references = [self._reference(wanted) for wanted in definition["references"]]
            if not definition["noEngineReferences"]:
                references.append(self.shim("UnityEngine"))
            if definition["includePlatforms"] == ["Editor"]:
                references.append(self.shim("UnityEditor"))
            if "nunit.framework.dll" in definition["precompiledReferences"]:
                references.append(NUNIT)
            self._built[name] = self.compile(
                name, sources_of(path), references, defines=tuple(definition["defineConstraints"])
            )
        return self._built[name]

    def package_in_editor(self, name: str) -> Path:
        """The same assembly as the editor compiles it, with UNITY_EDITOR defined."""
        return self._aside(name, "UNITY_EDITOR")

    def package_in_player(self, name: str) -> Path:
        """The same assembly as a Windows player has it."""
        return self._aside(name, "UNITY_STANDALONE_WIN")

    def package_in_new_engine(self, name: str) -> Path:
        """The same assembly as Unity 6 compiles it."""
        return self._aside(name, "UNITY_2023_1_OR_NEWER")

    def _aside(self, name: str, symbol: str) -> Path:
        definition = json.loads(asmdefs()[name].read_text(encoding="utf-8"))
        references = [self._reference(wanted) for wanted in definition["references"]]
        references += [self.shim("UnityEngine"), self.shim("UnityEditor")]
        # The name must stay: internals are shared with assemblies by name.
        aside = Builder(self.folder / symbol)
        return aside.compile(name, sources_of(asmdefs()[name]), references, defines=(symbol,))

    def harness(self) -> Path:
        """A program that runs the components as the engine's player loop would."""
        if "harness" not in self._built:
            references = [self.package(name) for name in HARNESS_USES]
            references += [self.shim(name) for name in SHIMS]
            sources = [*HARNESS.glob("*.cs"), *(TESTS / name for name in SHARED_WITH_TESTS)]
            self._built["harness"] = self.compile(
                "AvatarBridge.Harness", sources, references, target="exe"
            )
        return self._built["harness"]

    def _reference(self, name: str) -> Path:
        return self.package(name) if name in asmdefs() else self.shim(name)


def asmdefs() -> dict[str, Path]:
    """Assembly definitions of the package and its samples, by name."""
    return {path.stem: path for path in PACKAGE.rglob("*.asmdef")}


def sources_of(asmdef: Path) -> list[Path]:
    """Scripts below an asmdef that no deeper asmdef claims."""
    others = {path.parent for path in asmdefs().values()} - {asmdef.parent}
    return [
        path
        for path in asmdef.parent.rglob("*.cs")
        if not any(
            other in path.parents for other in others if asmdef.parent in (other, *other.parents)
        )
    ]


@pytest.fixture(scope="session")
def mono() -> None:
    """Mono and NUnit are there; otherwise skips, or fails in continuous integration."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if not NUNIT.exists():
        missing.append(str(NUNIT))
    if not missing:
        return
    message = (
        f"not installed: {', '.join(missing)}. Debian and Ubuntu: "
        "apt-get install mono-mcs mono-runtime nunit-console libnunit-framework2.6.3-cil"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def builder(mono: None, tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return Builder(tmp_path_factory.mktemp("unity"))


@pytest.fixture(scope="session")
def package_root() -> Path:
    return PACKAGE


@dataclass(frozen=True)
class NUnitRun:
    """What nunit-console reported."""

    passed: frozenset[str]
    failures: dict[str, str]
    output: str


@pytest.fixture(scope="session")
def nunit(builder: Builder) -> NUnitRun:
    """All NUnit tests of the package, run once."""
    tests = builder.package("AvatarBridge.Tests.Editor")
    report = builder.folder / "nunit.xml"
    result = run(
        ["nunit-console", "-nologo", "-nodots", f"-xml={report}", str(tests)],
        timeout_s=TEST_TIMEOUT_S,
        cwd=builder.folder,
    )
    assert report.exists(), result.stdout + result.stderr
    passed: set[str] = set()
    failures: dict[str, str] = {}
    for case in ET.parse(report).getroot().iter("test-case"):
        name = case.attrib["name"].removeprefix("AvatarBridge.Tests.")
        if case.attrib["result"] == "Success":
            passed.add(name)
        elif case.attrib["result"] != "Ignored":
            failures[name] = "".join(case.itertext()).strip()
    return NUnitRun(frozenset(passed), failures, result.stdout)
