"""Why what was found differs from what was expected, looked into after the run; expectations stay as they were."""

from collections.abc import Mapping

DEVIATIONS: Mapping[tuple[str, str, str], str] = {}
"""By task, label of the method, and figure."""
