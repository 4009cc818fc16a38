"""TimeShap: Shapley values of events, features and cells of long sequences, whose idle past is pruned."""

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.events import is_events
from aition.core.members import arranged, counted
from aition.core.model import Model
from aition.core.question import Question
from aition.core.variables import Variables
from aition.impute.baseline import ConstantBaseline
from aition.impute.filling import DRAWS, Filling, StandIn, check_stand_in
from aition.impute.groups import EachFeature
from aition.methods.segments.players import check_count, valued
from aition.methods.segments.pruning import past_values, pruned_steps
from aition.methods.segments.shap import check_budget
from aition.methods.segments.shapley import shapley, spent

NEARLY = 1e-5
"""Values that differ by less of the largest one count as equal where the largest are chosen."""


@dataclass(frozen=True)
class TimeShap:
    """Attribute to the steps, features and cells of a sequence their Shapley values, the idle past as one player.

    First the sequence is cut behind each step, and the Shapley value of all that is before in a game of two, it and the
    rest, is asked; the longest past that never counts for more than the tolerance is pruned. Then there are three games
    in which it is one player: of each later step, of each feature over the later steps, and of the cells where the
    largest steps and the largest features cross, beside what is left of each of these, and the rest. Each adds up to
    the change of the target from where all is absent to the sample. A cell that was not observed belongs to no player:
    it stays as it is, and gets 0. Static columns and further signals keep their values.

    A list of events has an event in place of a step, and a code in place of a feature; its cells are its events.

    Args:
        tolerance: What the pruned past may count for, in units of the target.
        from_recent: Prune the longest past that is within the tolerance, even where a shorter one is beyond it, as the
            paper's algorithm does, which looks from the recent end on.
        n_step: Steps whose cells are told apart, at most.
        n_feature: Features whose cells are told apart, at most.
        budget: Coalitions asked of each sample in each game; 0: all of up to 10 players, of more ten for each and two
            hundred. Pruning asks for two more a step.
        baseline: What stands where a player is absent; of an imputer the mean over draws given the others.
        seed: Of the coalitions, which are the same for all samples of as many players.
        n_draw: Draws of an imputer.

    Returns:
        ``attribution``, ``[sample, time, feature]``, of cells: those of a player share evenly; ``attribution_group``,
        ``[sample, group]``, of the players of the third game, NaN where a sample lacks one, with ``membership``,
        ``[sample, group, time, feature]``; ``step_value``, ``[sample, time]``, of steps, pruned ones sharing evenly;
        ``feature_value``, ``[sample, feature]``, of features over the steps that are left (of a list of events,
        ``[sample, time]``, that of an event's code, and 0 where it is pruned); ``pruned``, ``[sample]``, steps that
        are; ``pruned_value``, ``[sample]``, what they count for in the game of two, at most the tolerance;
        ``completeness``, ``[sample]``, how far the sum of cells is off (rounding). All but ``membership`` and
        ``pruned`` in units of the target.

    Raises:
        InputError: A setting out of range, or too small a budget.

    References:
        Bento, Saleiro, Cruz, Figueiredo and Bizarro, "TimeSHAP: explaining recurrent models through sequence
        perturbations", KDD 2021, section 3 and algorithm 1.

    >>> from aition import FunctionModel, Target, explain, from_tensors
    >>> model = FunctionModel(lambda batch: batch.x[:, 30, 0] * batch.x[:, 31, 1] + batch.x[:, 31, 0])
    >>> answer = explain(TimeShap(), model, from_tensors(torch.ones(1, 32, 2)), Target.scalar())
    >>> int(answer.pruned[0]), answer.step_value.values[0, 29:].round(4).tolist()
    (30, [0.0, 0.5, 1.5])
    >>> answer.attribution.values[0, 30:].round(4).tolist()
    [[0.5, 0.0], [1.0, 0.5]]
    """

    tolerance: float = 0.025
    from_recent: bool = False
    n_step: int = 10
    n_feature: int = 5
    budget: int = 0
    baseline: StandIn = field(default_factory=ConstantBaseline)
    seed: int = 0
    n_draw: int = DRAWS

    def __post_init__(self) -> None:
        if not self.tolerance >= 0:
            raise InputError(f"tolerance must be 0 or more, in units of the target, but is {self.tolerance}")
        if self.n_step < 1 or self.n_feature < 1:
            raise InputError(f"n_step and n_feature must be 1 or more, but are {self.n_step} and {self.n_feature}")
        check_budget(self.budget)
        check_stand_in(self.baseline, self.n_draw)

    def rows_per_sample(self, batch: Batch) -> int:
        """A row for each coalition where nothing is pruned; draws of an imputer go through in passes of their own."""
        return max(2 * batch.n_time, spent(batch.n_time, self.budget))

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        filling = Filling.of(batch, self.baseline, n_draw=self.n_draw)
        solve = partial(shapley, budget=self.budget, seed=self.seed)

        def game(players: Tensor, n_player: int) -> tuple[Tensor, Tensor, Tensor]:
            check_count(n_player, "raise tolerance, so that more is pruned, or crop the sequences")
            cells = torch.where(batch.observed, players.to(batch.x.device), -1)
            group, change, _ = valued(model, filling, [question], cells=cells, n_player=n_player, solve=solve)
            return cells.cpu(), group, change

        exists, step = batch.exists.cpu()[:, :, None], batch.step.cpu()[:, :, None]
        values = past_values(model, filling, question)
        cut = pruned_steps(values, batch.lengths.tolist(), tolerance=self.tolerance, from_recent=self.from_recent)
        past = step < cut[:, None, None]
        steps = game(
            torch.where(past, 0, 1 + step - cut[:, None, None]).where(exists, -1).expand(batch.x.shape),
            1 + int((batch.lengths.cpu() - cut).max()),
        )
        of_step = by_cell(steps[0], steps[1][:, 0])
        column = EachFeature()(batch)["x"].cpu()
        features = game((1 + column).masked_fill(past, 0).where(exists, -1), 2 + int(column.max()))
        of_feature = by_cell(features[0], features[1][:, 0]).masked_fill(past, 0.0)
        if is_events(batch):
            cells, group, change = steps
        else:
            chosen = self.crossing(of_step, of_feature, left=exists & ~past)
            crossed = (self.n_step + 1) * (min(self.n_feature, batch.n_feature) + 1)
            cells, group, change = game(chosen.masked_fill(past, 0).where(exists, -1), 1 + crossed)
        found = counted(batch, cells=cells, group=group, change=change)
        found["step_value"] = (("time",), shared(largest(of_step, dim=2), (steps[0] == 0).any(dim=2))[:, None])
        if is_events(batch):
            found["feature_value"] = (("time",), of_feature[:, None, :, 0])
        else:
            found["feature_value"] = (("feature",), largest(of_feature, dim=1)[:, None])
        found["pruned"] = ((), cut[:, None])
        found["pruned_value"] = ((), values.gather(1, cut[:, None]))
        return arranged(batch, found, several=False)

    def crossing(self, of_step: Tensor, of_feature: Tensor, *, left: Tensor) -> Tensor:
        """The players of the third game, ``[sample, time, feature]``, from 1.

        Args:
            of_step: What the step of each cell counts for, ``[sample, time, feature]``.
            of_feature: What the feature of each cell counts for, likewise.
            left: Which steps are not pruned, ``[sample, time, 1]``.
        """
        step = most(largest(of_step, dim=2), left[:, :, 0], self.n_step)[:, :, None]
        n_feature = min(self.n_feature, of_feature.shape[2])
        feature = most(largest(of_feature, dim=1), left.new_ones(len(left), of_feature.shape[2]), n_feature)[:, None]
        crossed = self.n_step * n_feature
        alone = torch.where(feature >= 0, 1 + step * n_feature + feature, 1 + crossed + step)
        rest = torch.where(feature >= 0, 1 + crossed + self.n_step + feature, 1 + crossed + self.n_step + n_feature)
        return torch.where(step >= 0, alone, rest)


def by_cell(cells: Tensor, group: Tensor) -> Tensor:
    """What the player of each cell counts for, ``[sample, time, feature]``; 0 of nobody."""
    padded = torch.cat([torch.zeros_like(group[:, :1]), group], dim=1)
    return padded.gather(1, cells.flatten(1) + 1).reshape(cells.shape)


def shared(value: Tensor, pruned: Tensor) -> Tensor:
    """Values of steps, ``[sample, time]``, of which those that are pruned are one player and share its value evenly.

    >>> shared(torch.tensor([[4.0, 4.0, 1.0]]), torch.tensor([[True, True, False]])).tolist()
    [[2.0, 2.0, 1.0]]
    """
    return torch.where(pruned, value / pruned.sum(dim=1, keepdim=True).clamp(min=1), value)


def largest(value: Tensor, *, dim: int) -> Tensor:
    """Of values along an axis that are all the same or 0, the one that is not 0."""
    return value.gather(dim, value.abs().argmax(dim=dim, keepdim=True)).squeeze(dim)


def most(value: Tensor, there: Tensor, count: int) -> Tensor:
    """Which places have the largest sizes: numbered from 0 in their order, the others -1.

    Of sizes that are nearly equal the later place counts as larger, so that rounding does not choose.

    >>> most(torch.tensor([[3.0, 1.0, -4.0]]), torch.tensor([[True, True, True]]), 2).tolist()
    [[0, -1, 1]]
    """
    size = value.abs()
    unit = size.masked_fill(~there, 0.0).amax(dim=1, keepdim=True) * NEARLY
    coarse = torch.where(unit > 0, (size / unit.clamp(min=torch.finfo(size.dtype).tiny)).round(), 0.0)
    order = coarse.masked_fill(~there, -1.0).flip(1).argsort(dim=1, descending=True, stable=True).flip(1)
    last = (value.shape[1] - 1 - order)[:, -min(count, value.shape[1]) :]
    chosen = torch.zeros_like(there).scatter(1, last, torch.ones_like(last, dtype=torch.bool)) & there
    return torch.where(chosen, chosen.cumsum(dim=1) - 1, -1)
