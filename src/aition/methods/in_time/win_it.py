"""WinIT: what a cell counts for the predictions of its own step and of those that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
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

Total = Literal["mean", "max", "absmax"]


@dataclass(frozen=True)
class WinIt(ForSeveral):
    """Attribute by what a cell counts for the running predictions of a window of steps that begins with its own.

    Let I(t, T) be the mean distance between the outlook after step T and the same with a feature at the steps t to T
    drawn, given all features before t. The cell at t counts I(t, T) - I(t + 1, T) for step T: what is lost with it
    beyond what is lost with the feature's later cells. Its score sums that up over T from t to t + window - 1. It is
    less than 0 where the later cells are missed less if this one is drawn, too.

    What comes after T counts for nothing in it; a feature that the model never reads gets exactly 0. A model that
    answers at every step must answer from the steps up to there alone; else, and where it answers once, it is given the
    first steps alone by ``batch.exists``. A cell that was not observed gets 0. Values of ``x`` alone are explained.

    It costs, for each step, each group of features and each draw, a pass of the model over the steps up to the end of
    the window, or as many passes as the window has steps where the model is given the first steps alone; and a call of
    the imputer for each step, of a state space one for all.

    Args:
        imputer: What draws given the past: any imputer, which needs not be causal, for nothing later is shown to it.
            By default a state space that is still to be fitted, on the ``--background`` of the command line, or by
            :func:`aition.impute.unfitted.fitted`.
        window: Steps whose predictions a cell may count for, its own among them.
        total: How a cell's counts are summed up: their mean, the largest, or the one that is largest in size.
        running: Of a model that answers once: whether what it says of the first steps alone is explained, too, or the
            answer to the whole series alone, which needs no hiding of steps and goes back by the window from the last.
        distance: How outlooks are compared: "difference" of probabilities, "kl" or "js".
        outputs: What the outputs are; "auto": logits where there are several classes or a sigmoid was taken off, else
            values. Classes that the target takes whole are compared as one distribution, one class is held against all
            others, and a difference of two classes is read as log-odds. Values are means of normal laws of deviation 1,
            whose divergence is half the squared difference.
        groups: Which features are drawn together; the same at every step.
        n_draw: Draws for each step.

    Returns:
        ``attribution``, ``[sample, time, feature]``, by "difference" in shares of probability (of values, in units of
        the target), else in nats; the score of a group stands in all its cells. 0 where the target asks for the
        prediction of no step of the window.

    Raises:
        InputError: Groups are not the same at every step.
        RefusalError: The model has no running prediction, or the imputer is still to be fitted.

    References:
        Leung, Rooke, Smith, Zuberi and Volkovs, "Temporal dependencies in feature importance for time series
        prediction", ICLR 2023, section 3.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> from aition.impute import MarginalRows
    >>> series = from_tensors(torch.randn(50, 6, 2, generator=torch.Generator().manual_seed(0)))
    >>> model = TorchModel(torch.nn.Identity(), lambda _, batch: batch.x[:, 3, :1])
    >>> how = WinIt(MarginalRows.fit(series), running=False)
    >>> answer = explain(how, model, series.take([0]), Target.scalar(), progress="off")
    >>> answer.attribution.values[0].any(axis=1).tolist()
    [False, False, False, True, False, False]
    """

    rounding: ClassVar[float] = 1e-5
    exempt: ClassVar[Mapping[str, str]] = EXEMPT
    imputer: Imputer = field(default_factory=unfitted_imputer)
    window: int = 10
    total: Total = "mean"
    running: bool = True
    distance: Distance = "difference"
    outputs: Outputs = "auto"
    groups: Groups = field(default_factory=EachCell)
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        check_settings(self.groups, self.imputer, self.n_draw)
        check_choice("total", self.total, get_args(Total))
        check_choice("distance", self.distance, get_args(Distance))
        check_choice("outputs", self.outputs, get_args(Outputs))
        if self.window < 1:
            raise InputError(f"window must be 1 step or more, but is {self.window}")

    def rows_per_sample(self, batch: Batch) -> int:
        """Its draws of one step; steps and groups go one after the other."""
        return self.n_draw

    def found(self, model: Model, batch: Batch, questions: Sequence[Question], *, several: bool) -> Variables:
        running = Running.of(model, batch, questions, read=self.outputs, running=self.running)
        past = Past(batch, self.imputer, self.n_draw)
        alike = same_at_every_step(groups_of(self.groups, batch), batch)
        n_step = running.n_step
        window = min(self.window, n_step)
        said = running.said(batch, torch.arange(len(batch), device=batch.x.device), first=0, count=n_step)
        part = batch.x.new_zeros(len(batch), len(questions), n_step, batch.n_feature, dtype=torch.float64)
        later = part.new_zeros(len(batch), len(questions), batch.n_feature, window)
        for step in reversed(range(n_step)):
            asked = running.asked[:, :, step : step + window]
            rows = asked.flatten(1).any(dim=1).nonzero()[:, 0]
            lost = self.lost(running, past, said, alike, rows, step, asked.shape[2])
            now = torch.zeros_like(later)
            now[rows, ..., : asked.shape[2]] = lost
            beyond = torch.cat([torch.zeros_like(later[..., :1]), later[..., :-1]], dim=3)
            counts = (now - beyond)[..., : asked.shape[2]]
            part[:, :, step] = totalled(counts, asked[:, :, None].expand(counts.shape), self.total)
            later = now
        alone = put_back(part, batch) * batch.observed[:, None]
        return answered(batch, {"x": alone}, several=several)

    def lost(
        self,
        running: Running,
        past: Past,
        said: Sequence[Sequence[Tensor]],
        alike: Tensor,
        rows: Tensor,
        step: int,
        count: int,
    ) -> Tensor:
        """How far outlooks move when a feature is drawn from a step on, ``[row, question, feature, step]``.

        Args:
            running: The running predictions.
            past: What draws.
            said: The outlooks of the samples, by step and question.
            alike: Which features go together, ``[sample, feature, feature]``.
            rows: Places of the samples, ``[row]``.
            step: The first step that is drawn.
            count: Steps after which the outlook is looked at, this among them.
        """
        n_feature = alike.shape[1]
        moved = torch.zeros(len(rows), len(running.outlooks), n_feature, count, dtype=torch.float64, device=rows.device)
        if not len(rows):
            return moved
        drawn = past.drawn(rows, step, count)
        sets = alike[rows]
        lead = leading(sets)
        draws = torch.arange(past.n_draw, device=rows.device)
        for feature in range(n_feature):
            chosen = lead[:, feature].nonzero()[:, 0]
            if not len(chosen):
                continue
            gone = sets[chosen, feature]
            of = rows[chosen].repeat_interleave(past.n_draw)
            series = drawn.take((chosen[:, None] * past.n_draw + draws).flatten())
            taken = gone.repeat_interleave(past.n_draw, dim=0)[:, None]
            there = (series.step >= step)[:, :, None] & ~taken & series.cells
            series = series.with_x(torch.where(there, past.batch.x[of], series.x))
            for place, outlooks in enumerate(running.said(series, of, first=step, count=count)):
                whole = [one[of] for one in said[step + place]]
                apart = running.apart(whole, outlooks, by=self.distance)
                mean = apart.unflatten(0, (-1, past.n_draw)).mean(dim=1)
                moved[chosen, :, :, place] += mean[:, :, None] * gone[:, None]
        return moved


def same_at_every_step(group: Tensor, batch: Batch) -> Tensor:
    """Which features go together, ``[sample, feature, feature]``, of the groups ``[sample, step, feature]``.

    Raises:
        InputError: They are not the same at every step of a sample.
    """
    alike = together(group[:, 0])
    for step in range(1, group.shape[1]):
        there = step < batch.lengths
        if bool((together(group[:, step]) != alike)[there].any()):
            raise InputError(
                "a feature is drawn over several steps, so groups must hold the same features at every step; take "
                "EachCell(), EachStep() or GivenGroups with one row"
            )
    return alike


def totalled(counts: Tensor, asked: Tensor, total: Total) -> Tensor:
    """The sum of counts along the last axis where they are asked for; 0 where none is.

    >>> counts = torch.tensor([[1.0, -3.0, 9.0]])
    >>> asked = torch.tensor([[True, True, False]])
    >>> [float(totalled(counts, asked, total)) for total in ("mean", "max", "absmax")]
    [-1.0, 1.0, -3.0]
    """
    if total == "mean":
        return (counts * asked).sum(dim=-1) / asked.sum(dim=-1).clamp(min=1)
    size = (counts if total == "max" else counts.abs()).masked_fill(~asked, -torch.inf)
    best = counts.gather(-1, size.argmax(dim=-1, keepdim=True))[..., 0]
    return torch.where(asked.any(dim=-1), best, 0.0)
