"""Whom questions of further axes are about: samples of a run, whether or not its rows can be counted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aition.core.errors import InputError
from aition.store.cube.samples import sample_columns
from aition.store.cube.settle import class_names
from aition.store.cube.stopping import Check
from aition.store.stored import StoredRun
from aition.store.summary.cohort import cohort_mask
from aition.view.web.asked import text, whole_number
from aition.view.web.served import Body, Served

EVERYBODY: Body = {"all": []}
TOLD = ("id", "predicted", "label", "probability")


@dataclass(frozen=True, eq=False)
class People:
    """Samples that a question is about.

    Args:
        run: The run.
        target: Which of its targets.
        samples: Columns of all its samples, ``[sample]`` each.
        mask: The cohort, ``[sample]``.
        classes: Names of the classes.
    """

    run: StoredRun
    target: int
    samples: dict[str, NDArray[Any]]
    mask: NDArray[np.bool_]
    classes: tuple[str, ...]

    @property
    def spread(self) -> dict[str, Any]:
        """What means over sequences are asked with."""
        kind = self.samples["predicted"]
        return {"mask": self.mask, "kind": kind, "n_kind": len(self.classes), "target": self.target}

    def position(self, name: str) -> int:
        """The position of a sample.

        Raises:
            InputError: There is none of this id.
        """
        found = np.flatnonzero(self.samples["id"] == name)
        if not len(found):
            raise InputError(f"the run has no sample {name[:80]!r}")
        return int(found[0])

    def told(self, position: int) -> Body:
        """What is said of a sample, with those before and after it in the cohort."""
        inside = np.flatnonzero(self.mask)
        at = int(np.searchsorted(inside, position))
        after = inside[at:][inside[at:] > position]
        ids = self.samples["id"]
        return {
            **{name: self.samples[name][position] for name in TOLD},
            "before": ids[inside[at - 1]] if at > 0 else None,
            "after": ids[after[0]] if len(after) else None,
            "place": at,
            "n_sample": len(inside),
        }

    def one(self, body: Body) -> int:
        """The sample that a question names; the first of the cohort where it names none.

        Raises:
            InputError: There is none of this id, or nobody is in the cohort.
        """
        if "id" in body:
            return self.position(text(body, "id"))
        if not self.mask.any():
            raise InputError("the cohort has no sample: free a condition, or name one")
        return int(np.flatnonzero(self.mask)[0])


def people(of: Served, body: Body, check: Check) -> People:
    """The samples that a question is about; without a cohort, all."""
    name = text(body, "run")
    run, target = of.runs.run(name), whole_number(body, "target", most=10_000)
    n_target = run.sizes.get("target", 1)
    if target >= n_target:
        raise InputError(f"target must be 0 to {n_target - 1}, but is {target}")
    cohort = body.get("cohort", EVERYBODY)
    if of.runs.counts(name):
        cube = of.cube(body, check)
        return People(run, target, cube.samples, of.runs.mask(cube, cohort, check), cube.spec.class_names)
    key = ("samples", run.digest(), target)
    known = of.runs.said.get(key)
    samples = known[0] if known else of.runs.said.put(key, sample_columns(run, target=target))
    names = class_names(run, predicted=bool((samples["predicted"] >= 0).any()))
    return People(run, target, samples, cohort_mask(cohort, samples, no_rows), names)


def no_rows(*_: Any) -> NDArray[np.bool_]:
    """Raise: there are no rows that a cohort could be made by."""
    raise InputError("a cohort must be made by columns or ids here: the run has no rows that were counted")
