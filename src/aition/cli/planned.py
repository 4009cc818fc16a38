"""Which rows a command of the bench asks for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.bench.costs import Costs
    from aition.bench.profiles import Planned

ALL = "all"
"""The word that stands for every task."""


def of_profile(name: str, tasks: Sequence[str], out: Path) -> "tuple[list[Planned], Costs]":
    """The rows of a profile in its order, and what is known of costs from the rows of the file.

    Raises:
        InputError: There is no such profile, or it has no such task.
    """
    from aition.bench.profiles import profile_named

    profile, costs = profile_named(name), costs_of(out)
    return profile.planned(costs, tasks=() if ALL in tasks else tasks), costs


def of_methods(
    tasks: Sequence[str],
    methods: Sequence[tuple[str, str]],
    given: Mapping[str, str],
    *,
    seeds: Sequence[int],
    folds: int,
    limit: float,
    out: Path,
) -> "tuple[list[Planned], Costs]":
    """The rows of methods on tasks, seed by seed, and what is known of costs.

    Raises:
        InputError: A task has fewer folds.
    """
    from aition.bench.measure import Job
    from aition.bench.profiles import Planned
    from aition.bench.tasks import TASKS, task_named

    names = [name for task in tasks for name in (TASKS if task == ALL else (task,))]
    for task in names:
        if folds > (most := task_named(task).n_fold):
            raise InputError(f"--folds must be at most {most} for {task}, but is {folds}; run such tasks by themselves")
    costs = costs_of(out)
    jobs = [
        Job(task, *method, given, number, fold, limit)
        for number in seeds
        for task in names
        for fold in range(folds)
        for method in methods
    ]
    return [Planned(job, costs.of(job, otherwise=1.0)) for job in jobs], costs


def costs_of(out: Path) -> "Costs":
    """What the rows of a file say of costs; nothing where there is no file yet."""
    from aition.bench.costs import Costs
    from aition.bench.rows import read_rows

    return Costs(read_rows(out) if out.is_file() else ())
