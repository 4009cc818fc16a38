"""EVAL-X: what the values of selected cells say of the class, by a network that can't learn why they were chosen."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import random_state_kept
from aition.methods.lex.fitted_evaluator import (
    Drawn,
    FittedEvalX,
    Says,
    check_fits,
    each_answer,
    heard_of,
    nobody,
)
from aition.models.padding import restored

MOST = 20.0
"""A series under a mask counts as so many at most."""
ROUNDS = 4
"""Times that masks are shuffled where a predictor has to be asked about each."""


@dataclass(frozen=True)
class EvalX:
    """A dense network of the values of some cells and of which these are, trained on masks that know nothing.

    Where masks are drawn without looking at the series, the best that a network can learn is ``p(class | values of the
    cells)``; it can't learn that a selector chose this mask *because* of the class. The masks are those of the selector
    itself, each given to another series drawn by chance, so the network meets the sizes and the places that it will be
    asked for. Of the pairs of series and mask so made, those count more that the selector is likely to make itself, as
    far as the values of the selected cells can tell: a second network, which tells its pairs from shuffled ones by
    these values, says how much. As it reads nothing else, that biases nothing; without it, a network spends itself on
    pairs that it is never asked for, and honest masks seem to hide something.

    The network also meets each series under its own mask, and is told so by a further input, which is 0 for the pairs
    above. So one network says what the values say, and what they say together with their having been chosen, with the
    same weights and the same series to learn from: what the two differ by is the choice, not the luck of a training.

    Args:
        hidden: Sizes of the hidden layers.
        epochs: Passes over the series at most; the best epoch on series that are held out is kept.
        batch_size: Series a step.
        lr: Step of Adam.
        held_out: Share of the series that choose the epoch, in (0, 1).
        bins: Intervals of equal share by which an answer that is a value is told, where LEX asks for one, 2 or more.
        seed: Of weights, order and masks.

    References:
        Jethani, Sudarshan, Aphinyanaphongs and Ranganath, "Have we learned to explain? How interpretability methods can
        learn to encode predictions in their interpretations", AISTATS 2021, section 4 (EVAL-X, with masks of
        independent coins, which are hardly ever as small as a selection).
        Shimodaira, "Improving predictive inference under covariate shift by weighting the log-likelihood function",
        Journal of Statistical Planning and Inference 90, 2000.
    """

    hidden: tuple[int, ...] = (128, 128)
    epochs: int = 40
    batch_size: int = 128
    lr: float = 1e-3
    held_out: float = 0.15
    bins: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.hidden, default=1) < 1 or self.epochs < 1 or self.batch_size < 1 or not self.lr > 0:
            raise InputError(
                f"hidden, epochs and batch_size must be 1 or more and lr above 0, but are {self.hidden}, "
                f"{self.epochs}, {self.batch_size} and {self.lr}"
            )
        if not 0 < self.held_out < 1:
            raise InputError(f"held_out must be in (0, 1), but is {self.held_out}")
        if self.bins < 2:
            raise InputError(f"bins must be 2 or more, but is {self.bins}")

    def fit(self, batch: Batch, selected: Tensor, outcome: Tensor, *, says: Says = nobody) -> FittedEvalX:
        """Train on series and on the masks that a selector has for them.

        Args:
            batch: Series that the network is not judged on.
            selected: The selector's cells, ``[sample, time, feature]``, bool.
            outcome: Chances of the classes, ``[sample, class]``: of the label by :func:`outcome_of`, or what the model
                that is explained says; of several answers at once ``[sample, answer, class]``.
            says: What a predictor says of these series that sees some of their cells alone. The network begins with
                that, and learns what is to be added. As masks are given to series by chance, it comes to what the
                values say as it would from nothing, but it needs not find anew what the predictor knows already.

        Raises:
            InputError: Shapes do not fit, or there are fewer than 20 series.
        """
        outcome = each_answer(outcome)
        check_fits(batch, selected, outcome)
        return self.fit_with(self.telling(batch, selected), batch, selected, outcome, says=says)

    def telling(self, batch: Batch, selected: Tensor) -> FittedEvalX:
        """A network that tells the selector's pairs of series and mask from shuffled ones, by the values that are kept.

        Args:
            batch: As in :meth:`fit`.
            selected: Likewise.
        """
        blank = self.untrained(batch, 1, 2)
        own, there = (blank.flat(batch, mask)[1] for mask in (selected, batch.observed))
        even, nothing = batch.x.new_ones(len(batch)), batch.x.new_zeros(len(batch), 0)

        def which(chance: torch.Generator) -> list[Drawn]:
            mine = torch.rand(len(batch), generator=chance).to(own.device) < 0.5
            label = torch.stack([~mine, mine], dim=1)[:, None].to(batch.x)
            kept = torch.where(mine[:, None], own, shuffled(own, chance) & there)
            return [(kept, label, even, torch.zeros_like(even)[:, None], nothing)]

        return blank.trained(batch, which)

    def fit_with(
        self, tells: FittedEvalX, batch: Batch, selected: Tensor, outcome: Tensor, *, says: Says = nobody
    ) -> FittedEvalX:
        """As :meth:`fit`, with what :meth:`telling` found of the same series and masks.

        Args:
            tells: What says how much a pair counts.
            batch: As in :meth:`fit`.
            selected: Likewise.
            outcome: ``[sample, answer, class]``.
            says: As in :meth:`fit`.
        """
        blank = self.untrained(batch, *outcome.shape[1:])
        x, own = blank.flat(batch, selected)
        there = blank.flat(batch, batch.observed)[1]
        wanted, even = outcome.to(batch.x), batch.x.new_ones(len(batch))
        yes = even[:, None]
        no = torch.zeros_like(yes)
        nothing = batch.x.new_zeros(len(batch), 0)

        def heard(masks: Tensor) -> Tensor:
            cells = restored(masks.to(x).view(len(batch), batch.n_time, -1), batch.exists)
            return heard_of(says(cells > 0)).to(x)

        mine = heard(own)

        def both(chance: torch.Generator) -> list[Drawn]:
            masks = shuffled(own, chance) & there
            with torch.no_grad():
                odds = tells.logits(x, masks, no, nothing)
            weight = (odds[:, 1] - odds[:, 0]).exp().clamp(max=MOST)
            return [(masks, wanted, weight / weight.mean(), no, heard(masks)), (own, wanted, even, yes, mine)]

        if not mine.shape[1]:
            return blank.trained(batch, both)
        rounds = [both(torch.Generator().manual_seed(self.seed + place)) for place in range(ROUNDS)]

        def one_of(chance: torch.Generator) -> list[Drawn]:
            return rounds[int(torch.randint(ROUNDS, (1,), generator=chance))]

        return self.untrained(batch, *outcome.shape[1:], says=True).trained(batch, one_of)

    def untrained(self, batch: Batch, n_answer: int, n_class: int, *, says: bool = False) -> FittedEvalX:
        """A network with fresh weights, and the units of the series; beside a predictor it begins with nothing."""
        mean, deviation = feature_units(batch)
        n_output = n_answer * n_class
        with random_state_kept():
            torch.manual_seed(self.seed)
            network = self.network(3 * batch.n_time * batch.n_feature + says * n_output, n_output).to(batch.x)
        if says:
            list(network.parameters())[-2].data.zero_()
            list(network.parameters())[-1].data.zero_()
        return FittedEvalX(self, network, mean, deviation, batch.n_time, n_answer, says)

    def network(self, n_input: int, n_output: int) -> nn.Module:
        """The layers, with weights by chance."""
        sizes = [n_input, *self.hidden]
        layers = [part for before, after in pairwise(sizes) for part in (nn.Linear(before, after), nn.ReLU())]
        return nn.Sequential(*layers, nn.Linear(sizes[-1], n_output))


def shuffled(kept: Tensor, chance: torch.Generator) -> Tensor:
    """Every mask given to another series, ``[sample, cell]``."""
    return kept[torch.randperm(len(kept), generator=chance).to(kept.device)]


def outcome_of(batch: Batch, n_class: int = 0) -> Tensor:
    """The labels as chances of classes, ``[sample, class]``.

    Args:
        batch: Labelled series.
        n_class: Classes that there are; 0: as many as the labels show.

    Raises:
        InputError: Labels are values or steps', or one is unknown.

    >>> from aition.core.assemble import from_tensors
    >>> outcome_of(from_tensors(torch.zeros(2, 1, 1), label=[1, 0])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    label = batch.label
    if label.is_floating_point() or label.ndim != 1 or bool((label < 0).any()):
        raise InputError(
            "outcomes must be classes of whole series, all of them known; give what the model says instead"
        )
    return nn.functional.one_hot(label, n_class or -1).to(batch.x.dtype)


def feature_units(batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean and deviation of the measured values of each feature; a deviation of 0, up to rounding, is taken for 1."""
    seen = (batch.observed & batch.cells).double()
    count, x = seen.sum(dim=(0, 1)).clamp(min=1), batch.x.double()
    mean = (x * seen).sum(dim=(0, 1)) / count
    deviation = (((x - mean) ** 2 * seen).sum(dim=(0, 1)) / count).sqrt()
    flat = deviation <= 1e-6 * mean.abs()
    return mean.to(batch.x), torch.where(flat, 1, deviation).to(batch.x)
