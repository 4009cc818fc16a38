"""Which further axes a run has, and whether it has rows that a cube can count."""

from aition.core.errors import InputError
from aition.store.cube.rows import table_of
from aition.store.stored import StoredRun

Axes = tuple[str, ...]
NEEDED: dict[str, dict[str, tuple[Axes, ...]]] = {
    "draw": {"value": (("draw", "time", "feature"),)},
    "merge": {
        "attribution_merge": (("sample", "merge"),),
        "merge_joined": (("sample", "merge"),),
        "group_joined": (("sample", "group"),),
        "membership": (("group", "time", "feature"), ("sample", "group", "time", "feature")),
    },
    "component": {"attribution_component": (("sample", "component"), ("sample", "component", "feature"))},
    "group": {"attribution_group": (("sample", "group"),)},
}
"""By axis, the variables that its view cannot do without, and the axes that each may have beside ``target``."""


def axes_of(run: StoredRun) -> Axes:
    """The further axes of a run that can be asked about."""
    return tuple(axis for axis, needed in NEEDED.items() if not missing(run, needed))


def missing(run: StoredRun, needed: dict[str, tuple[Axes, ...]]) -> list[str]:
    """Variables that a run lacks, or has along other axes, in words."""
    found = []
    for name, allowed in needed.items():
        axes = without_target(run, name)
        if axes not in allowed:
            described = " or ".join(f"[{' '.join(one)}]" for one in allowed)
            found.append(f"{name} {described}" + (f", not [{' '.join(axes)}]" if axes else ""))
    return found


def without_target(run: StoredRun, name: str) -> Axes:
    """The axes of a variable but ``target``; none where there is no such variable."""
    return tuple(axis for axis in run.variables.get(name, ((),))[0] if axis != "target")


def check_axis(run: StoredRun, axis: str) -> None:
    """Raise unless a further axis can be asked about.

    Raises:
        InputError: Naming the variables that the run lacks.
    """
    if lacks := missing(run, NEEDED[axis]):
        raise InputError(f"for its view of {axis}s a run needs {'; '.join(lacks)}")


def countable(run: StoredRun) -> bool:
    """Whether a run has attributions of cells or of events, which a cube counts."""
    try:
        table_of(run, "attribution")
    except InputError:
        return False
    return True
