"""Served: what questions are asked of, and what an answer is."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from aition.store.cube.opened import OpenCube
from aition.store.cube.stopping import Check
from aition.store.summary.truth import Truth
from aition.view.web.asked import text, whole_number
from aition.view.web.runs import Runs
from aition.view.web.wording import USUAL, Wording
from aition.view.web.worker import Model

Body = dict[str, Any]
Answer = Body | bytes
"""JSON, or a frame."""


@dataclass(frozen=True, eq=False)
class Served:
    """What questions are asked of.

    Args:
        runs: The runs.
        models: The process that holds the model; none where there is no model.
        truth: What matters, where it was planted; none where that is not known.
        title: Of the page.
        wording: What things are called.
    """

    runs: Runs
    models: tuple[Model, ...] = ()
    truth: tuple[Truth, ...] = ()
    title: str = "Aition"
    wording: Wording = USUAL

    def cube(self, body: Body, check: Check, *, name: str = "run", like: str = "") -> OpenCube:
        """The cube that a question is of."""
        target = whole_number(body, "target", most=10_000)
        align: Any = text(body, "align", among=("start", "end"), default="start")
        return self.runs.cube(text(body, name), check, align=align, target=target, like=like)

    def asked(self, body: Body, check: Check) -> tuple[OpenCube, NDArray[Any]]:
        """The cube that a question is of, and its cohort, ``[sample]``."""
        cube = self.cube(body, check)
        return cube, self.runs.mask(cube, body["cohort"], check)

    def close(self) -> None:
        """End what runs beside the server."""
        self.runs.close()
        for model in self.models:
            model.close()
