"""The Chromium that is driven: the system's own, never one that Playwright would fetch."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-first-run", "--disable-gpu", "--force-color-profile=srgb", "--disable-background-networking")


class NoChromium(RuntimeError):
    """There is no browser to test with."""


def chromium_path() -> str:
    """Where the browser lies.

    Raises:
        NoChromium: There is none; the words say how to get one.
    """
    named = os.environ.get("AITION_CHROMIUM", "")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        where = f"AITION_CHROMIUM names {named!r}, which is no program" if named else f"none of {', '.join(NAMES)} is"
        raise NoChromium(
            f"the browser tests need Chromium, but {where}{'' if named else ' on the path'}; install Debian's by "
            "`make chromium` (apt-get install chromium), or name another: AITION_CHROMIUM=/usr/bin/…"
        )
    return found


def flags() -> list[str]:
    """What it is started with; root has no sandbox."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
