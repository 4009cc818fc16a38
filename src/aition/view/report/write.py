"""A report's file: wholly there or not at all."""

import os
import tempfile
from pathlib import Path

from aition.core.errors import InputError
from aition.view.report.document import Report
from aition.view.report.render import html


def write(report: Report, path: Path | str) -> Path:
    """Write a report as one file; what stood there stays until the new one is on the disk.

    Args:
        report: What to write.
        path: Where to; its folder must exist.

    Returns:
        The path.

    Raises:
        InputError: The folder does not exist, or nothing can be written there.
    """
    place = Path(path)
    data = html(report).encode()
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    except OSError as error:
        raise InputError(f"a report can't be written to {place}: {error.strerror or error}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, place)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise InputError(f"a report can't be written to {place}: {error.strerror or error}") from error
    return place
