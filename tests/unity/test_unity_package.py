"""Package hygiene that needs no mono: metas, asmdefs, manifest, and language of the scripts."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "unity_package"
METAS_TOOL = PACKAGE.parent / "tools" / "unity_metas.py"

# Newer than Unity 2021.3.0 or C# 7.3, or read in another way by mcs. Patterns, reason.
FORBIDDEN = [
    (r"\b\d+_\d", "digit separators: mcs compiles 1_000 to 10000 without a word"),
    (r"\?\?=", "C# 8: null-coalescing assignment"),
    (r"\bswitch\s*\{\s*$", "C# 8: switch expression"),
    (r"^\s*using\s+var\b", "C# 8: using declaration"),
    (r"\bis\s+not\b", "C# 9: not pattern"),
    (r"\brecord\s+(struct|class)?\s*\w+\s*[({]", "C# 9: record"),
    (r"\binit;", "C# 9: init accessor"),
    (r"\bnew\(\)", "C# 9: target-typed new"),
    (r"^\s*namespace\s+[\w.]+;", "C# 10: file-scoped namespace"),
    (r"\bstatic\s+abstract\b", "C# 11: static abstract"),
    (r"\bSpan<|\bstackalloc\b", "Span is not in every profile of Unity 2021.3"),
    (r"\bunsafe\b", "the asmdefs do not allow unsafe code"),
    (
        r"\bSystem\.Reflection\b|\bType\.GetType\b|\bdynamic\b",
        "IL2CPP strips what reflection wants",
    ),
    (r"FindObjectsByType|FindFirstObjectByType|FindAnyObjectByType", "Unity 2021.3.18 and later"),
    (r"\bAwaitable\b|destroyCancellationToken", "Unity 2022.2 and later"),
    (r"\blinearVelocity\b|\blinearDamping\b", "Unity 6"),
    (r"\bInput\.(Get|mouse|any|touch)", "fails where only the new input system is on"),
    (r"UnityEngine\.InputSystem", "an optional package"),
    (r"\basync\s+(void|Task)", "exceptions of async void are lost"),
]


def scripts() -> list[Path]:
    return sorted(PACKAGE.rglob("*.cs"))


def as_2021(text: str) -> str:
    """Without what only newer engines compile, its lines kept for their numbers."""
    newer = re.compile(r"(?<=#if UNITY_2023_1_OR_NEWER\n)(.*?)(?=^#else$|^#endif$)", re.S | re.M)
    return newer.sub(lambda match: "\n" * match[0].count("\n"), text)


def without_comments_and_strings(text: str) -> str:
    text = re.sub(r'\$?@?"(?:\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"//[^\n]*", "", text)


def metas_tool():
    spec = importlib.util.spec_from_file_location("unity_metas", METAS_TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("pattern", "reason"), FORBIDDEN, ids=[r for _, r in FORBIDDEN])
def test_no_script_uses_what_unity_or_mcs_takes_differently(pattern, reason):
    found = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in scripts()
        for number, line in enumerate(
            without_comments_and_strings(as_2021(path.read_text(encoding="utf-8"))).splitlines(), 1
        )
        if re.search(pattern, line)
    ]
    assert not found, f"{reason}:\n" + "\n".join(found)


def test_scripts_are_small_and_in_the_namespace():
    for path in scripts():
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400, path
        if path.name != "AssemblyInfo.cs":
            assert re.search(r"^namespace AvatarBridge(\.\w+)*$", text, re.MULTILINE), path
        assert "\t" not in text, path
        assert "\r" not in text, path


def test_every_asset_has_its_meta_and_no_meta_is_left_over():
    tool = metas_tool()
    guids: dict[str, Path] = {}
    for path in PACKAGE.rglob("*"):
        if path.suffix == ".meta":
            assert path.with_suffix("").exists(), f"left over: {path.relative_to(PACKAGE)}"
        elif tool.needs_meta(path):
            meta = path.with_name(path.name + ".meta")
            assert meta.exists(), f"run python tools/unity_metas.py: {path.relative_to(PACKAGE)}"
            text = meta.read_text(encoding="utf-8")
            guid = re.search(r"^guid: ([0-9a-f]{32})$", text, re.MULTILINE)
            assert guid, meta
            assert guid[1] not in guids, f"{meta} and {guids[guid[1]]} share a GUID"
            guids[guid[1]] = meta
            expected = tool.meta_text(path)
            importer = re.search(r"^\w+Importer:$", expected, re.MULTILINE)
            assert importer
            assert importer[0] in text, f"{meta}: wants {importer[0]}"
            assert ("folderAsset: yes" in text) == path.is_dir(), meta


def test_the_guids_of_shipped_scripts_never_change():
    # Scenes and prefabs of users refer to these; a change breaks every one of them.
    known = json.loads((Path(__file__).parent / "known_guids.json").read_text(encoding="utf-8"))
    for relative, guid in known.items():
        meta = PACKAGE / f"{relative}.meta"
        assert meta.exists(), f"{relative}: shipped once; keep its meta when moving the file"
        assert f"guid: {guid}\n" in meta.read_text(encoding="utf-8"), relative


def test_the_metas_tool_changes_nothing_that_exists(tmp_path, monkeypatch, capsys):
    tool = metas_tool()
    monkeypatch.setattr(tool, "PACKAGE", tmp_path)
    (tmp_path / "A.cs").write_text("")
    (tmp_path / "A.cs.meta").write_text("fileFormatVersion: 2\nguid: kept\n")
    (tmp_path / "Docs~").mkdir()
    (tmp_path / "B").mkdir()
    assert tool.main() == 0
    assert (tmp_path / "A.cs.meta").read_text().endswith("guid: kept\n")
    assert "folderAsset: yes" in (tmp_path / "B.meta").read_text()
    assert not (tmp_path / "Docs~.meta").exists()
    assert capsys.readouterr().out == "1 meta files written\n"


def test_the_manifest_is_whole():
    manifest = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
    assert manifest["name"] == "com.avatarbridge.unity"
    assert manifest["displayName"] == "Avatar Bridge"
    assert manifest["unity"] == "2021.3"
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    for name in ("README.md", "CHANGELOG.md", "LICENSE.md"):
        assert (PACKAGE / name).exists(), name
    assert f"## [{manifest['version']}]" in (PACKAGE / "CHANGELOG.md").read_text(encoding="utf-8")
    for sample in manifest["samples"]:
        assert any((PACKAGE / sample["path"]).rglob("*.cs")), sample["path"]


def test_asmdefs_refer_to_what_exists_and_hide_what_is_optional():
    definitions = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.asmdef")
    }
    outside = {"VRM", "VRM10", "UniGLTF", "UnityEngine.TestRunner", "UnityEditor.TestRunner"}
    for name, definition in definitions.items():
        assert definition["name"] == name
        unknown = set(definition["references"]) - set(definitions) - outside
        assert not unknown, f"{name}: {unknown}"
        assert definition["allowUnsafeCode"] is False
        optional = {"VRM", "VRM10", "UniGLTF"} & set(definition["references"])
        defined = {entry["define"] for entry in definition["versionDefines"]}
        assert bool(optional) == bool(defined), name
        assert defined <= set(definition["defineConstraints"]), name
    assert definitions["AvatarBridge.Core"]["noEngineReferences"] is True
