"""Write ``requirements/*.lock`` anew (needs uv: ``pip install uv``)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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
    return "\n".join(e for e in entries if "'never'" not in e.splitlines()[0]) + "\n"


if __name__ == "__main__":
    main()
