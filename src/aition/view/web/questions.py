"""The questions that the server answers: what each may say, and what answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aition.core.errors import InputError
from aition.store.cube.stopping import Check
from aition.store.summary.words import known_keys
from aition.view.web.axes import grouped, joined, transformed
from aition.view.web.changing import what_if
from aition.view.web.counting import compared, counts, half_widths
from aition.view.web.dreamt import drawn
from aition.view.web.opening import opened
from aition.view.web.served import Answer, Body, Served
from aition.view.web.together import clustered, paired
from aition.view.web.trusting import planted, trusted
from aition.view.web.whom import histograms, listed, one_sequence, points

COMMON = ("run", "align", "target")


@dataclass(frozen=True)
class Question:
    """One kind of question.

    Args:
        answer: What answers it.
        needed: Keys that it must say.
        keys: What else it may say, beside the run, its alignment and target.
        desk: Which threads answer it.
        seconds: How long that may take.
    """

    answer: Callable[[Served, Body, Check], Answer]
    needed: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    desk: Literal["heavy", "light", "model"] = "heavy"
    seconds: float = 60.0

    def check_keys(self, body: Body) -> None:
        """Raise where a question says what it may not, or not what it must.

        Raises:
            InputError: Naming the key.
        """
        known_keys("the question", body, (*COMMON, *self.needed, *self.keys))
        if missing := [name for name in self.needed if name not in body]:
            raise InputError(f"the question must say {missing[0]}, but does not")


BRUSH = ("cohort", "selection")
QUESTIONS = {
    "open": Question(opened, desk="light", seconds=30),
    "cube": Question(counts, ("cohort",), ("approximate", "features")),
    "compare": Question(compared, ("other", "cohort"), ("features",)),
    "intervals": Question(half_widths, BRUSH, ("features",)),
    "sequences": Question(histograms, (*BRUSH, "columns"), ("approximate",)),
    "list": Question(listed, BRUSH, ("sort", "descending", "first", "n")),
    "sequence": Question(one_sequence, ("id",), desk="light", seconds=20),
    "embedding": Question(points, ("cohort",), ("method",)),
    "pairs": Question(paired, BRUSH, ("top",)),
    "patterns": Question(clustered, (*BRUSH, "feature"), ("n_cluster",)),
    "trust": Question(trusted),
    "planted": Question(planted, desk="light"),
    "what_if": Question(what_if, ("id", "edits"), desk="model", seconds=20),
    "draws": Question(drawn, keys=("first", "n", "kind", "sort", "descending", "features")),
    "hierarchy": Question(joined, keys=("id", "cohort"), desk="light", seconds=20),
    "components": Question(transformed, keys=("id", "cohort", "component")),
    "groups": Question(grouped, keys=("id", "cohort")),
}
