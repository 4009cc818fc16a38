"""Bench: tasks with truth, explainers run on them, and reports of how they did."""

from typing import TYPE_CHECKING

from aition._lazy import lazy

if TYPE_CHECKING:
    from aition.bench.cache import default_networks
    from aition.bench.measure import Job
    from aition.bench.networks import Standardised, TrainedNetwork, WhiteBox
    from aition.bench.report import Board, Standing, boards
    from aition.bench.rows import read_rows
    from aition.bench.running import run
    from aition.bench.task import Task
    from aition.bench.tasks import TASKS, task_named

HOME = {
    "Board": "report",
    "Job": "measure",
    "Standardised": "networks",
    "Standing": "report",
    "TASKS": "tasks",
    "Task": "task",
    "TrainedNetwork": "networks",
    "WhiteBox": "networks",
    "boards": "report",
    "default_networks": "cache",
    "read_rows": "rows",
    "run": "running",
    "task_named": "tasks",
}
"""Public names and the modules that hold them; torch is imported only for what runs a task."""

__all__ = [
    "TASKS",
    "Board",
    "Job",
    "Standardised",
    "Standing",
    "Task",
    "TrainedNetwork",
    "WhiteBox",
    "boards",
    "default_networks",
    "read_rows",
    "run",
    "task_named",
]

__getattr__, __dir__ = lazy(__name__, HOME)
