"""Write the ``.meta`` files that Unity wants beside every file and folder of the package.

Run by hand after adding a file: ``python tools/unity_metas.py``. A meta that exists is never
changed, because scenes refer to its GUID. A new GUID is made from the path the file has now, so
that two people who add the same file agree.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "unity_package"

# Chosen once; another one would give every new file of the package another GUID.
GUID_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "com.avatarbridge.unity")

_USER_DATA = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
_PLAIN = "  externalObjects: {}\n" + _USER_DATA
_SCRIPT = (
    "  externalObjects: {}\n  serializedVersion: 2\n  defaultReferences: []\n"
    "  executionOrder: 0\n  icon: {instanceID: 0}\n" + _USER_DATA
)
_IMPORTERS = {
    ".cs": ("MonoImporter", _SCRIPT),
    ".asmdef": ("AssemblyDefinitionImporter", _PLAIN),
    ".md": ("TextScriptImporter", _PLAIN),
    ".xml": ("TextScriptImporter", _PLAIN),
}


def needs_meta(path: Path) -> bool:
    """Unity does not look into folders that end in ``~`` or begin with a dot."""
    parts = path.relative_to(PACKAGE).parts
    hidden = any(part.endswith("~") or part.startswith(".") for part in parts)
    return not hidden and path.suffix != ".meta"


def meta_text(path: Path) -> str:
    """The text Unity itself would write, with a GUID made from the path."""
    relative = path.relative_to(PACKAGE).as_posix()
    guid = uuid.uuid5(GUID_NAMESPACE, relative).hex
    if path.is_dir():
        importer, body = "DefaultImporter", _PLAIN
        folder = "folderAsset: yes\n"
    else:
        folder = ""
        if path.name == "package.json":
            importer, body = "PackageManifestImporter", _PLAIN
        else:
            importer, body = _IMPORTERS.get(path.suffix, ("DefaultImporter", _PLAIN))
    return f"fileFormatVersion: 2\nguid: {guid}\n{folder}{importer}:\n{body}"


def main() -> int:
    made = 0
    for path in sorted(PACKAGE.rglob("*")):
        meta = path.with_name(path.name + ".meta")
        if needs_meta(path) and not meta.exists():
            meta.write_text(meta_text(path), encoding="utf-8", newline="\n")
            made += 1
    print(f"{made} meta files written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
