"""FIT: how much of the shift of a prediction, from one step to the next, single cells of that step bring about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import Model
from aition.core.question import Question
from aition.core.several import ForSeveral
from aition.core.signals import answered
from aition.core.variables import Variables
from aition.impute.filling import DRAWS
from aition.impute.groups import EachCell, Groups
from aition.impute.imputer import Imputer
from aition.methods.in_time.outlook import EXEMPT, Distance, Outputs
from aition.methods.in_time.past import (
    Past,
    check_choice,
    check_settings,
    groups_of,
    leading,
    put_back,
    together,
    unfitted_imputer,
)
from aition.methods.in_time.running import Running

Before = Literal["drawn", "said"]
"""What the outlook of a step is held against."""


@dataclass(frozen=True)
class Fit(ForSeveral):
    """Attribute by what a cell brings to the shift of the running prediction at its own step.

    Let p be the outlook after step t and S a group of its cells. The step shifts the outlook by T = D(p, before), and
    what S leaves unexplained is U = E D(p, after S alone), where the other cells of the step are drawn given the past;
    S gets T - U. So it gets T at most, and all cells of a step together get T exactly. Where knowing a cell alone leads
    further astray than knowing nothing of the step, it gets 0, or, where ``signed``, less.

    What comes after a step counts for nothing in it, and a cell counts for no prediction but that of its own step: an
    effect that comes later is not seen (see :class:`~aition.methods.WinIt`). A model that answers at every step must
    answer from the steps up to there alone; else, and where it answers once, it is given the first steps alone by
    ``batch.exists``. A cell that was not observed gets 0. Values of ``x`` alone are explained.

    It costs a pass of the model for each step, each group of its cells and each draw, over the steps up to there; a
    call of the imputer for each step, and for each group of its cells too where these are told. A state space is called
    once for all steps, unless cells are told.

    Args:
        imputer: What draws given the past: any imputer, which needs not be causal, for nothing later is shown to it.
            By default a state space that is still to be fitted, on the ``--background`` of the command line, or by
            :func:`aition.impute.unfitted.fitted`.
        before: What a step's outlook is held against: "drawn", that of the step with all its cells drawn given the
            past, so that a feature that the model never reads gets exactly 0 where nothing is told; or "said", what the
            model said one step before, as published (there is none before the first step, so "drawn" is taken there).
        told: Whether the cells of S are told to the imputer with the past, as published, or the past alone.
        distance: D: "kl" as published, "js", or "difference".
        signed: Whether scores below 0 are kept, as published; how large they are is no importance.
        outputs: What the outputs are; "auto": logits where there are several classes or a sigmoid was taken off, else
            values. Classes that the target takes whole are compared as one distribution, one class is held against all
            others, and a difference of two classes is read as log-odds. Values are means of normal laws of deviation 1,
            whose divergence is half the squared difference.
        groups: Which cells of a step go together.
        n_draw: Draws for each step.

    Returns:
        ``attribution``, ``[sample, time, feature]``, in nats (by "difference" in shares of probability, or in units of
        the target); the score of a group stands in all its cells. ``shift``, ``[sample, time]``: T, in the same unit, 0
        or more. Both are 0 at steps whose prediction the target does not ask for.

    Raises:
        RefusalError: The model has no running prediction, or the imputer is still to be fitted.

    References:
        Tonekaboni, Joshi, Campbell, Duvenaud and Goldenberg, "What went wrong and when? Instance-wise feature
        importance for time-series black-box models", NeurIPS 2020, section 3.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> from aition.impute import MarginalRows
    >>> background = from_tensors(torch.randn(50, 4, 2, generator=torch.Generator().manual_seed(0)))
    >>> model = TorchModel(torch.nn.Identity(), lambda _, batch: batch.x[:, :, :1].cumsum(dim=1), head="none")
    >>> how = Fit(MarginalRows.fit(background), outputs="logits")
    >>> answer = explain(how, model, background.take([0, 1]), Target.whole("time"), progress="off")
    >>> bool((answer.attribution.values[:, :, 1] == 0).all())
    True
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("paper",)
    rounding: ClassVar[float] = 1e-5
    exempt: ClassVar[Mapping[str, str]] = EXEMPT
    imputer: Imputer = field(default_factory=unfitted_imputer)
    before: Before = "drawn"
    told: bool = False
    distance: Distance = "kl"
    signed: bool = False
    outputs: Outputs = "auto"
    groups: Groups = field(default_factory=EachCell)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_settings(self.groups, self.imputer, self.n_draw)
        check_choice("before", self.before, get_args(Before))
        check_choice("distance", self.distance, get_args(Distance))
        check_choice("outputs", self.outputs, get_args(Outputs))

    @classmethod
    def paper(cls) -> "Fit":
        """As published: against what was said one step before, the cell told to what draws the others, with signs.

        But the mean over draws is taken of the divergences, not of what is said.
        """
        return cls(before="said", told=True, signed=True, n_draw=10)

    def rows_per_sample(self, batch: Batch) -> int:
        """Its draws of one step; steps and groups go one after the other."""
        return self.n_draw

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        running = Running.of(model, batch, questions, read=self.outputs)
        past, group = Past(batch, self.imputer, self.n_draw), groups_of(self.groups, batch)
        said = running.said(batch, torch.arange(len(batch), device=batch.x.device), first=0, count=running.n_step)
        part = batch.x.new_zeros(len(batch), len(questions), *group.shape[1:], dtype=torch.float64)
        shift = torch.zeros_like(part[..., 0])
        for step in range(running.n_step):
            rows = running.asked[:, :, step].any(dim=1).nonzero()[:, 0]
            if not len(rows):
                continue
            here = Step(running, past, self.distance, step, said[step])
            drawn = here.past.drawn(rows, step, 1)
            earlier = step and self.before == "said"
            shift[rows, :, step] = here.apart(said[step - 1], rows) if earlier else here.left(drawn, rows)
            sets, there = together(group[rows, step]), batch.observed[rows, batch.start[rows] + step]
            asking = leading(sets) & (sets & there[:, None]).any(dim=2)
            for feature in range(batch.n_feature):
                chosen = asking[:, feature].nonzero()[:, 0]
                if len(chosen):
                    at, kept = rows[chosen], sets[chosen, feature]
                    known = self.known(here, drawn, chosen, at, kept)
                    brought = shift[at, :, step] - here.left(known, at)
                    part[at, :, step] += brought[:, :, None] * kept[:, None]
        part, shift = part * running.asked[..., None], shift * running.asked
        part = part if self.signed else part.clamp(min=0)
        answer = answered(batch, {"x": put_back(part, batch) * batch.observed[:, None]}, several=several)
        whole = put_back(shift, batch)
        return answer | {
            "shift": (("sample", "target", "time"), whole) if several else (("sample", "time"), whole[:, 0])
        }

    def known(self, here: "Step", drawn: Batch, chosen: Tensor, rows: Tensor, kept: Tensor) -> Batch:
        """Series of which, at a step, no more is known than a group of features.

        Args:
            here: The step.
            drawn: All samples that are asked, with the step drawn.
            chosen: The places of the samples among these, ``[row]``.
            rows: Their places among all, ``[row]``.
            kept: The features, ``[row, feature]``.
        """
        if self.told:
            return here.past.drawn(rows, here.step, 1, told=kept)
        draws = torch.arange(self.n_draw, device=rows.device)
        series = drawn.take((chosen[:, None] * self.n_draw + draws).flatten())
        there = (series.step == here.step)[:, :, None] & kept.repeat_interleave(self.n_draw, dim=0)[:, None]
        actual = here.past.batch.x[rows.repeat_interleave(self.n_draw)]
        return series.with_x(torch.where(there, actual, series.x))


@dataclass(frozen=True, eq=False)
class Step:
    """A step of some samples, and what is said after it.

    Args:
        running: The running predictions.
        past: What draws the step.
        distance: How outlooks are compared.
        step: The step, from the first that exists.
        said: The outlook of each question, ``[sample, output, class]`` each.
    """

    running: Running
    past: Past
    distance: Distance
    step: int
    said: Sequence[Tensor]

    def apart(self, other: Sequence[Tensor], rows: Tensor) -> Tensor:
        """How far from it other outlooks of all samples are, for some of these, ``[row, question]``."""
        return self.running.apart([one[rows] for one in self.said], [one[rows] for one in other], by=self.distance)

    def left(self, series: Batch, rows: Tensor) -> Tensor:
        """How far from it the outlooks of drawn series are, the mean over the draws of some samples.

        Args:
            series: The draws of each sample in succession.
            rows: Places of the samples, ``[row]``.

        Returns:
            ``[row, question]``.
        """
        of = rows.repeat_interleave(self.past.n_draw)
        found = self.running.said(series, of, first=self.step, count=1)[0]
        apart = self.running.apart([one[of] for one in self.said], found, by=self.distance)
        mean: Tensor = apart.unflatten(0, (-1, self.past.n_draw)).mean(dim=1)
        return mean
