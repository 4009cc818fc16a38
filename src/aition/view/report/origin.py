"""Where a report comes from: versions, settings and digests, as tables."""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from aition.core.explanation import Explanation
from aition.view.report.document import Table

PACKAGES = ("aition", "torch", "numpy", "xarray", "matplotlib")


def versions() -> tuple[tuple[str, str], ...]:
    """Packages that a report hangs on, with their versions; read from what is installed, without importing it."""
    found = [("Python", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return tuple(found)


def version_table() -> Table:
    """The versions as a table."""
    return Table("With which this report was made", ("package", "version"), versions())


def origin_table(explanations: Mapping[str, Explanation]) -> Table:
    """Every attribute of each explanation, one column an explanation."""
    keys = list(dict.fromkeys(str(key) for one in explanations.values() for key in one.attrs))
    rows = tuple((key, *(words(one.attrs.get(key, "")) for one in explanations.values())) for key in keys)
    return Table("Provenance of the explanations", ("attribute", *explanations), rows)


def words(value: object) -> str:
    """An attribute; JSON without its quotes."""
    text = str(value)
    try:
        decoded = json.loads(text)
    except ValueError:
        return text
    return settings_in_words(decoded) if isinstance(decoded, dict | list) else text


def settings_in_words(value: object) -> str:
    """Settings as ``steps 32, baseline constant-baseline (value 0.0)``.

    >>> settings_in_words({"steps": 32, "baseline": {"name": "constant-baseline", "value": 0.0}})
    'steps 32, baseline constant-baseline (value 0.0)'
    """
    if isinstance(value, dict):
        name = str(value.get("name", ""))
        rest = ", ".join(f"{key} {settings_in_words(one)}" for key, one in value.items() if key != "name")
        return f"{name} ({rest})" if name and rest else name or rest or "none"
    if isinstance(value, list):
        return "; ".join(settings_in_words(one) for one in value) or "none"
    return str(value)
