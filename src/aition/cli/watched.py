"""The intensive care of the demo, explained: every stay by slopes, some by masks, and both checked."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aition.cli.printing import counted
from aition.cli.showcase import agreed, finding
from aition.cli.steps import Steps, megabytes
from aition.cli.ward import EVERY, SOME, Ward, held_out, simulated, trained

if TYPE_CHECKING:
    from aition.core.explanation import Explanation
    from aition.core.model import TorchModel
    from aition.core.target import Target
    from aition.impute.baseline import FeatureBaseline
    from aition.store import StoredRun

N_STEP = 7
WORTH_WORKERS = 2000
"""Stays from which several processes are faster than one."""


def made(ward: Ward, step: Steps) -> None:
    """Simulate, train, explain, and check; what an earlier demo finished is taken as it is."""
    ward.folder.mkdir(exist_ok=True)
    simulated(ward, step)
    model, means = trained(ward, step)
    every, some = explain_all(ward, model, means, step), explain_some(ward, model, means, step)
    check(ward, model, (every, some), step)


def explain_all(ward: Ward, model: "TorchModel", means: "FeatureBaseline", step: Steps) -> "StoredRun":
    """Every stay by integrated gradients."""
    from aition.data import open_folder
    from aition.methods import IntegratedGradients
    from aition.store import run

    with step(f"Intensive care: explain every stay by {EVERY}") as said:
        how, workers = IntegratedGradients(baseline=means), n_worker(ward)
        found = run(how, model, open_folder(ward.data), risk(), ward.folder / EVERY, workers=workers)
        said.append(stored(found))
        return found


def explain_some(ward: Ward, model: "TorchModel", means: "FeatureBaseline", step: Steps) -> "StoredRun":
    """The first held-out stays by masks; what they take away gives place to the mean."""
    from aition.methods import ExtremalMask
    from aition.methods.masks.replacement import Fixed
    from aition.store import run

    batch = held_out(ward, ward.masked)
    with step(f"Intensive care: explain {counted(len(batch), 'held-out stay')} by {SOME}") as said:
        how = ExtremalMask(replacement=Fixed(means), signed=True, seed=ward.seed)
        found = run(how, model, batch, risk(), ward.folder / SOME, workers=n_worker(ward))
        said.append(stored(found))
        return found


def check(ward: Ward, model: "TorchModel", runs: "tuple[StoredRun, ...]", step: Steps) -> None:
    """Whether the network misses what was called important, and whether the explainers agree."""
    from aition.checks.removing import removal

    batch = held_out(ward, ward.removed)
    found: dict[str, Explanation] = {}
    for name, one in zip((EVERY, SOME), runs, strict=True):
        with step(f"Intensive care: check {name} by removal on {counted(len(batch), 'held-out stay')}") as said:
            found[name] = one.explanation_of(batch.ids.tolist())
            curve = removal(model, batch, risk(), found[name]["attribution"], seed=ward.seed)
            said.append(finding(curve, of="the log-odds of death"))
    with step("Intensive care: do the explainers agree?") as said:
        said.append(agreed(found))


def risk() -> "Target":
    """The log-odds of death."""
    from aition.core.target import Target

    return Target.of_class(1).against(**{"class": 0})


def n_worker(ward: Ward) -> int:
    """Processes that explain: as many as there are cores, four at most."""
    return min(4, os.cpu_count() or 1) if ward.n_stay >= WORTH_WORKERS else 1


def stored(run: "StoredRun") -> str:
    """What a run holds, in words."""
    sizes = run.sizes
    rows = sizes["sample"] * sizes["time"] * sizes["feature"]
    return f"{sizes['sample']:,} stays, {rows:,} rows, {megabytes(Path(run.path)):.0f} MB"
