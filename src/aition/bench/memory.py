"""The memory that this process fills."""

import re
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in what ``ru_maxrss`` counts."""


def forget_peak() -> float:
    """Let the peak begin anew, where the system can (Linux); what is filled now, in MB."""
    try:
        RESET.write_text("5")
    except OSError:
        return peak_mb()
    return stated("VmRSS") or peak_mb()


def peak_mb() -> float:
    """The most that was filled at once since the process began, or its peak was forgotten, in MB of a million bytes.

    Linux hands ``ru_maxrss`` down from parent to child, through exec too, so it is asked only where there is no
    ``/proc``.

    >>> peak_mb() > 1
    True
    """
    return stated("VmHWM") or round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / 1e6, 1)


def stated(name: str) -> float:
    """A size that the system states of this process, in MB; 0 where it states none."""
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB$", STATUS.read_text(), flags=re.MULTILINE)
    except OSError:
        return 0.0
    return round(int(found[1]) * 1024 / 1e6, 1) if found else 0.0
