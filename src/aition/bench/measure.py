"""One row: draw, train, explain, and hold the explanation against truth and model."""

import platform
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aition.bench.asked import answered
from aition.bench.blind import method
from aition.bench.cache import model_for
from aition.bench.encoded import figures_of_hiding
from aition.bench.figures import FIGURES
from aition.bench.followed import accuracy, figures_of_model
from aition.bench.held import attribution_of, figures_of_truth
from aition.bench.memory import forget_peak, peak_mb
from aition.bench.overtime import Overtime, limited
from aition.bench.rows import Row
from aition.bench.selected import figures_of_selection, selection_of
from aition.bench.tasks import task_named
from aition.bench.versions import packages_of, versions
from aition.core.errors import InputError, ProtocolError, RefusalError
from aition.core.model import TorchModel, weights
from aition.core.provenance import digest_of, settings_of
from aition.data.simulate.simulated import Simulated
from aition.methods import Lex, Saliency


@dataclass(frozen=True)
class Job:
    """One row to be made.

    Args:
        task: As :func:`aition.bench.tasks.task_named` takes it.
        method: An explainer's name.
        preset: Of the explainer; empty for its defaults.
        given: Settings as words.
        seed: Of series, folds and network.
        fold: Which part of the series is explained.
        limit: CPU seconds that fitting and explaining may take, or the row says that they were over; 0 for no limit.
    """

    task: str
    method: str
    preset: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    fold: int = 0
    limit: float = 0.0

    def begun(self) -> Row:
        """What is known of the row beforehand: its key, and how its settings were given.

        Raises:
            InputError: Task, method, preset, a setting, seed or fold is not one there is.
        """
        return self.asked() | {"settings": settings_of(self.explainer())}

    def asked(self) -> Row:
        """The same without the settings as they are resolved, which take longer.

        Raises:
            InputError: Task, seed, fold or limit is not one there is.
        """
        task = task_named(self.task)
        if self.seed < 0:
            raise InputError(f"seed must be 0 or more, but is {self.seed}")
        if self.limit < 0:
            raise InputError(f"limit must be 0 CPU seconds or more, but is {self.limit:g}")
        if not 0 <= self.fold < task.n_fold:
            raise InputError(f"fold of {task.name} must be 0 to {task.n_fold - 1}, but is {self.fold}")
        known = {"task": task.name, "recipe": task.recipe, "method": self.method, "preset": self.preset}
        return known | {"given": dict(self.given), "seed": self.seed, "fold": self.fold}

    def explainer(self) -> Any:
        """The method with its settings; one that can judge itself does so only if told to: it is judged here."""
        how = method(self.method, self.given, preset=self.preset)
        if not isinstance(how, Lex):
            return how
        judged, rivals = "judged" in self.given and how.judged, how.rivals if "rivals" in self.given else 0
        return replace(how, judged=judged, rivals=rivals)

    def __str__(self) -> str:
        """The row in words.

        >>> str(Job("state", "occlusion", "", {"window": "3"}, 7, 0))
        'state, occlusion (window=3), seed 7, fold 0'
        """
        how = [f"preset {self.preset}"] * bool(self.preset) + [f"{name}={word}" for name, word in self.given.items()]
        words = f" ({', '.join(how)})" if how else ""
        return f"{self.task}, {self.method}{words}, seed {self.seed}, fold {self.fold}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measured(job: Job, *, cache: Path) -> Row:
    """Make a row in this process; its peak of memory is that of the process since it began to explain.

    Args:
        job: What to do.
        cache: Folder of trained networks.

    Returns:
        A row as the documentation describes it; of a method that refuses the task, with the reason in ``refused``, and
        so of one that was stopped at its limit.

    Raises:
        ProtocolError: Not one figure can be had from the explanation.
    """
    task, row, how = task_named(job.task), job.begun(), job.explainer()
    train, shown = task.parts(task.simulator(seed=job.seed), seed=job.seed, fold=job.fold)
    model = model_for(task.network, train, seed=job.seed, cache=cache)
    row |= {"n_series": len(shown), "n_time": shown.batch.n_time, "n_feature": shown.batch.n_feature}
    row |= {"pool": task.pool, "lead": task.lead}
    row["model"] = {"digest": digest_of(weights(model.module))}
    if (share := accuracy(model, shown.batch)) == share:
        row["model"]["accuracy"] = share
    warm_up(how, model, shown)
    start = forget_peak()
    try:
        with limited(job.limit):
            answer = answered(how, model, train, shown)
    except RefusalError as error:
        return stamped(row | {"refused": str(error)}, how)
    except Overtime:
        return stamped(row | {"refused": f"stopped after {job.limit:g} CPU s", "stopped": job.limit}, how)
    row |= {"summed": answer.summed, "seconds": answer.seconds, "cpu_seconds": answer.cpu_seconds}
    row |= {"fit_cpu_seconds": answer.fit_cpu_seconds, "peak_rss_mb": peak_mb(), "start_rss_mb": start}
    attribution = attribution_of(answer.explanation, shown)
    found = figures_of_truth(attribution, shown, pool=task.pool) | figures_of_model(attribution, model, shown)
    selected, row["selects"] = selection_of(answer.explanation, attribution, shown)
    if row["selects"] or selected.any():
        found |= figures_of_selection(selected, shown, task.simulator)
    if row["selects"] and not answer.summed and task.n_fold > 1:
        found |= figures_of_hiding(answer.fitted, model, train, shown, answer.explanation)
    row["metrics"] = {name: found[name] for name in FIGURES if name in found}
    if not row["metrics"]:
        raise ProtocolError(
            f"a row must have one figure at least, but none can be had from {job.method} on {task.name}: "
            f"{np.isfinite(attribution).mean():.0%} of the attributions are finite; see that the task has true cells"
        )
    return stamped(row, how)


def warm_up(how: Any, model: TorchModel, shown: Simulated) -> None:
    """Pay what only the first explanation in a process costs, such as imports, before the clocks are looked at."""
    for package in packages_of(how)[:1]:
        with suppress(ImportError):
            import_module(package)
    one = shown.take([0])
    answered(Saliency(), model, one, one)


def stamped(row: Row, how: Any) -> Row:
    """A row with what its process has spent, when, with what and on how many threads."""
    return row | {
        "row_cpu_seconds": time.process_time(),
        "versions": versions(how),
        "threads": torch.get_num_threads(),
        "machine": f"{platform.system()} {platform.machine()}",
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
