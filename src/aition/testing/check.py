"""check_explainer: everything that every explainer must do, tried one by one."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from aition.core.errors import AitionError, RefusalError, TargetError
from aition.core.events import is_events
from aition.core.protocol import Explainer
from aition.core.provenance import kebab
from aition.core.target import Target
from aition.testing import answers, invariance, layouts, missing, purity, questions, sense
from aition.testing.cases import cases
from aition.testing.compare import Case, ask, attribution, must
from aition.testing.events import events_in, must_answer_events
from aition.testing.outcome import CheckFailure, Outcome, Report

Check = Callable[[Any, Case], None]

CHECKS: tuple[Check, ...] = (
    *answers.CHECKS,
    *invariance.CHECKS,
    *purity.CHECKS,
    *layouts.CHECKS,
    *missing.CHECKS,
    *questions.CHECKS,
    *sense.CHECKS,
)
"""Each takes an explainer and a case, and raises CheckFailure where the explainer falls short."""

TARGETS = {
    "predicted": Target.predicted(),
    "true": Target.true(),
    "class": Target.of_class(1),
    "contrast": Target.of_class(0).against(**{"class": "runner-up"}),
    "whole": Target.whole("class"),
}
LAYOUTS = ("full", "right", "left", "missing", "one step")


def check_explainer(explainer: Explainer, *, on: Sequence[Case] = (), checks: Sequence[Check] = CHECKS) -> Report:
    """Try every check on an explainer.

    An explainer that can't obey a law says so by ``exempt``, a mapping from a check's name to the reason; that counts
    as refused, and so does its own RefusalError: it is listed, and is no pass.

    Args:
        explainer: With its settings; cheap ones, since it is asked some three hundred times.
        on: Cases to try it on; a GRU where empty.
        checks: Which checks; all of them by default.

    Returns:
        What came of each check on each case; ``report.of("failed")`` is empty for an explainer that may be published.

    >>> from aition.methods import Saliency
    >>> report = check_explainer(Saliency(), checks=CHECKS[:4])
    >>> report.of("failed")
    ()
    """
    chosen = tuple(on) or (cases()["gru"],)
    outcomes = tuple(tried(check, explainer, case) for case in chosen for check in checks)
    return Report(kebab(type(explainer).__name__), outcomes)


def conformance(explainer: Explainer, *, on: Sequence[Case] = (), pairs_only: bool = False) -> Report:
    """Ask every kind of model every kind of question on every layout of data, and look at the cells that come back.

    Args:
        explainer: With cheap settings.
        on: Cases to try it on; every kind of model where empty.
        pairs_only: Whether a fifth is enough, in which each two of a model, a question and a layout still meet.

    >>> from aition.methods import Saliency
    >>> len(conformance(Saliency(), on=[cases()["mlp"]], pairs_only=True).outcomes)
    5
    """
    chosen = tuple(on) or tuple(cases().values())
    outcomes = tuple(
        tried(check, explainer, case.but(batch=layout_of(case, layout), target=target))
        for first, case in enumerate(chosen)
        for second, layout in enumerate(LAYOUTS)
        for third, (check, target) in enumerate(asked_and(layout))
        if not (pairs_only and (first + second + third) % len(TARGETS))
    )
    return Report(kebab(type(explainer).__name__), outcomes)


def asked_and(layout: str) -> Iterator[tuple[Check, Target]]:
    """A check for each kind of target on one layout, named after both."""
    for name, target in TARGETS.items():

        def answers_every_cell(explainer: Any, case: Case) -> None:
            if is_events(case.batch):
                must_answer_events(ask(explainer, case), case.batch)
                return
            array = attribution(ask(explainer, case))
            there = case.batch.cells.numpy()
            must(array.shape == there.shape, "attribution must have the values' shape")
            must((array[there] == array[there]).all(), "attribution must not be NaN at an existing cell")
            must((array[~there] != array[~there]).all(), "attribution must be NaN in the padding")

        answers_every_cell.__name__ = f"{name} target, {layout} layout"
        yield answers_every_cell, target


def layout_of(case: Case, layout: str) -> Any:
    """The case's batch in another layout."""
    if is_events(case.batch):
        return events_in(case.batch, layout)
    if layout in ("right", "left"):
        return invariance.unequal(case, layout)  # type: ignore[arg-type]
    if layout == "missing":
        x = case.batch.x.clone()
        x[0, 1, 0] = float("nan")
        return layouts.like(case, x)
    return case.batch.crop(0, 1) if layout == "one step" else case.batch


def tried(check: Check, explainer: Any, case: Case) -> Outcome:
    """The outcome of one check on one case."""
    name = check.__name__.replace("_", "-")
    exempt = dict(getattr(explainer, "exempt", {}))
    if name in exempt:
        return Outcome(name, case.name, "refused", str(exempt[name]))
    began = time.process_time()
    try:
        check(explainer, case)
    except CheckFailure as failure:
        return Outcome(name, case.name, "failed", str(failure), time.process_time() - began)
    except (RefusalError, TargetError) as refusal:
        return Outcome(name, case.name, "refused", str(refusal), time.process_time() - began)
    except AitionError as error:
        return Outcome(name, case.name, "failed", f"{type(error).__name__}: {error}", time.process_time() - began)
    except Exception as error:  # noqa: BLE001 - whatever an explainer raises is its failure, and the next check goes on
        return Outcome(
            name, case.name, "failed", f"raised {type(error).__name__}: {error}", time.process_time() - began
        )
    return Outcome(name, case.name, "passed", seconds=time.process_time() - began)
