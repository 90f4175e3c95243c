"""Write ``requirements/*.lock`` anew (needs uv: ``pip install uv``)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from packaging.markers import Marker

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
HEAD = "# Made by tools/lock.py from {source}; do not edit.\n"


def main() -> None:
    for name in ("base", "dev"):
        lock(name)


def lock(name: str) -> None:
    target = REQUIREMENTS / f"{name}.lock"
    overrides = [
        argument
        for path in (REQUIREMENTS / "leave-out.txt", REQUIREMENTS / f"leave-out-{name}.txt")
        if path.is_file()
        for argument in ("--override", str(path))
    ]
    command = [
        "uv", "pip", "compile", "--universal", "--python-version", "3.10", "--generate-hashes",
        "--no-header", "--no-annotate", "--quiet",
        *overrides, str(REQUIREMENTS / f"{name}.in"), "-o", str(target), *sys.argv[1:],
    ]  # fmt: skip
    subprocess.run(command, cwd=REQUIREMENTS, check=True, stdout=subprocess.DEVNULL)
    target.write_text(HEAD.format(source=f"{name}.in") + without_left_out(target.read_text()))


def without_left_out(text: str) -> str:
    """Drop the entries that no platform installs: they would only lengthen the file."""
    entries = re.split(r"\n(?=\S)", text.strip("\n"))
    return "\n".join(entry for entry in entries if is_installed(entry)) + "\n"


def is_installed(entry: str) -> bool:
    """Whether some system and some Python that we support want it."""
    _, _, marker = entry.splitlines()[0].rstrip("\\ ").partition(" ; ")
    return not marker or any(
        Marker(marker).evaluate({"sys_platform": system, "python_full_version": f"{python}.0"})
        for system in ("linux", "win32", "darwin")
        for python in ("3.10", "3.11", "3.12")
    )


if __name__ == "__main__":
    main()
