"""EVAL-X: what the values of selected cells say of the class, by a network that can't learn why they were chosen."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn

from aition.core.axes import check_axes
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import random_state_kept
from aition.models.padding import aligned, restored

Drawn = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Masks ``[sample, cell]``, outcomes ``[sample, answer, class]``, how much each series counts, ``[sample]``, whether it
is told that the mask was chosen for it, ``[sample, 1]``, and what a predictor says, ``[sample, answer * class]`` or
empty."""
Says = Callable[[Tensor], Tensor]
"""From masks of cells ``[sample, time, feature]`` to the logarithms of what a predictor says of each outcome that sees
these cells of the series alone, ``[sample, answer, class]``; with no answer where nobody says anything."""
MOST = 20.0
"""A series under a mask counts as so many at most."""
PATIENCE = 8
"""Epochs without a gain, after which training ends."""
ROUNDS = 4
"""Times that masks are shuffled where a predictor has to be asked about each."""
LEAST = -10.0
"""The logarithm of the least chance that a predictor is heard with."""


def nobody(cells: Tensor) -> Tensor:
    """Says nothing of any outcome."""
    return torch.zeros(len(cells), 0, 0, device=cells.device)


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

    def fit(self, batch: Batch, selected: Tensor, outcome: Tensor, *, says: Says = nobody) -> "FittedEvalX":
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
        blank = self.untrained(batch, *outcome.shape[1:])
        own, there = (blank.flat(batch, mask)[1] for mask in (selected, batch.observed))
        wanted, even = outcome.to(batch.x), batch.x.new_ones(len(batch))
        yes = even[:, None]
        no = torch.zeros_like(yes)
        nothing = batch.x.new_zeros(len(batch), 0)

        def which(chance: torch.Generator) -> list[Drawn]:
            mine = torch.rand(len(batch), generator=chance).to(own.device) < 0.5
            label = torch.stack([~mine, mine], dim=1)[:, None].to(batch.x)
            return [(torch.where(mine[:, None], own, shuffled(own, chance) & there), label, even, no, nothing)]

        tells = self.untrained(batch, 1, 2).trained(batch, which)
        x = blank.flat(batch, selected)[0]

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

    def untrained(self, batch: Batch, n_answer: int, n_class: int, *, says: bool = False) -> "FittedEvalX":
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


@dataclass(frozen=True, eq=False)
class FittedEvalX:
    """A trained :class:`EvalX`.

    Args:
        settings: Of the training.
        network: From standardised values of the cells, which these are, and which of them were chosen for the series,
            ``[sample, 3 * cell]``, to logits.
        mean: Of the values, ``[feature]``.
        deviation: Of the values, ``[feature]``.
        n_time: Steps of the longest series.
        n_answer: Answers that it gives at once.
        listens: Whether it adds to what a predictor says.
    """

    settings: EvalX
    network: nn.Module
    mean: Tensor
    deviation: Tensor
    n_time: int
    n_answer: int = 1
    listens: bool = False

    def log_likelihood(
        self, batch: Batch, selected: Tensor, outcome: Tensor, *, chosen: bool = False, says: Says = nobody
    ) -> Tensor:
        """``sum_c outcome_c log p(c | values of the selected cells)``, the mean over answers, ``[sample]``, in nats.

        Args:
            batch: Series.
            selected: The selector's cells, ``[sample, time, feature]``, bool.
            outcome: Chances of the classes, ``[sample, class]``, or ``[sample, answer, class]``.
            chosen: Whether the network is told that the selector chose these cells for the series.
            says: What the predictor says of these series that the network was trained beside.

        Raises:
            InputError: Shapes do not fit, or it was trained beside a predictor and there is none, or the reverse.
        """
        outcome = each_answer(outcome)
        check_fits(batch, selected, outcome, least=0)
        told, heard = batch.x.new_full((len(batch), 1), float(chosen)), heard_of(says(selected)).to(batch.x)
        if bool(heard.shape[1]) != self.listens:
            raise InputError(f"says must be {'given, for' if self.listens else 'left out, as'} in the training")
        with torch.no_grad():
            return self.scored(*self.flat(batch, selected), outcome.to(batch.x), told, heard).double()

    def trained(self, batch: Batch, draw: Callable[[torch.Generator], list[Drawn]]) -> "FittedEvalX":
        """A copy trained on; of its epochs, and what it began with, the best on the series that are held out."""
        setting, network = self.settings, copy.deepcopy(self.network)
        moved, x = replace(self, network=network), self.flat(batch, batch.observed)[0]
        chance = torch.Generator().manual_seed(setting.seed)
        order = torch.randperm(len(batch), generator=chance).to(x.device)
        n_held = max(1, round(setting.held_out * len(batch)))
        held, rest = order[:n_held], order[n_held:]
        judged = draw(torch.Generator().manual_seed(setting.seed + 1))
        optimizer = torch.optim.Adam(network.parameters(), lr=setting.lr)

        def loss_on(rows: Tensor, drawn: list[Drawn]) -> Tensor:
            parts = [[part[rows] for part in one] for one in drawn]
            each = [
                -(moved.scored(x[rows], kept, outcome, told, heard) * weight).sum() / weight.sum()
                for kept, outcome, weight, told, heard in parts
            ]
            return torch.stack(each).mean()

        def loss_held() -> float:
            with torch.no_grad():
                return float(loss_on(held, judged))

        best, weights, since = loss_held(), copy.deepcopy(network.state_dict()), 0
        for _ in range(setting.epochs):
            drawn = draw(chance)
            for rows in rest[torch.randperm(len(rest), generator=chance).to(x.device)].split(setting.batch_size):
                with torch.enable_grad():
                    loss = loss_on(rows, drawn)
                    optimizer.zero_grad()
                    loss.backward()
                optimizer.step()
            since += 1
            if (now := loss_held()) < best:
                best, weights, since = now, copy.deepcopy(network.state_dict()), 0
            if since > PATIENCE:
                break
        network.load_state_dict(weights)
        return moved

    def scored(self, x: Tensor, kept: Tensor, outcome: Tensor, told: Tensor, heard: Tensor) -> Tensor:
        """The log-likelihood of flat values under flat masks, ``[sample]``."""
        said = self.logits(x, kept, told, heard).reshape(len(x), self.n_answer, -1)
        return (said.log_softmax(dim=2) * outcome).sum(dim=2).mean(dim=1)

    def logits(self, x: Tensor, kept: Tensor, told: Tensor, heard: Tensor) -> Tensor:
        """What the network says of flat values under flat masks, ``[sample, answer * class]``."""
        there = kept.to(x)
        said: Tensor = self.network(torch.cat([x * there, there, told * there, heard], dim=1))
        return said + heard if heard.shape[1] else said

    def flat(self, batch: Batch, selected: Tensor) -> tuple[Tensor, Tensor]:
        """Standardised values and a mask, ``[sample, cell]`` each, steps counted from the first that exists."""
        if int(batch.lengths.max()) > self.n_time:
            raise InputError(f"series must have at most {self.n_time} steps, but one has {int(batch.lengths.max())}")
        x = aligned((batch.x - self.mean) / self.deviation, batch.exists, self.n_time)[0].flatten(1)
        mask = aligned((selected & batch.observed & batch.cells).to(batch.x), batch.exists, self.n_time)[0].flatten(1)
        return x, mask > 0


def shuffled(kept: Tensor, chance: torch.Generator) -> Tensor:
    """Every mask given to another series, ``[sample, cell]``."""
    return kept[torch.randperm(len(kept), generator=chance).to(kept.device)]


def heard_of(said: Tensor) -> Tensor:
    """What a predictor says as a row a series, no chance less than one in 20,000, ``[sample, answer * class]``."""
    return said.detach().clamp(min=LEAST).flatten(1)


def each_answer(outcome: Tensor) -> Tensor:
    """Chances of the classes with an axis of answers, ``[sample, answer, class]``."""
    return outcome[:, None] if outcome.ndim == 2 else outcome


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
    """Mean and deviation of the measured values of each feature; a deviation of 0 is taken for 1."""
    seen = (batch.observed & batch.cells).double()
    count, x = seen.sum(dim=(0, 1)).clamp(min=1), batch.x.double()
    mean = (x * seen).sum(dim=(0, 1)) / count
    deviation = (((x - mean) ** 2 * seen).sum(dim=(0, 1)) / count).sqrt()
    return mean.to(batch.x), torch.where(deviation > 0, deviation, 1).to(batch.x)


def check_fits(batch: Batch, selected: Tensor, outcome: Tensor, *, least: int = 20) -> None:
    """Raise unless masks and outcomes are of these series, and there are enough of them."""
    sizes = dict(zip(("sample", "time", "feature"), batch.x.shape, strict=True))
    check_axes("selected", selected, ("sample", "time", "feature"), sizes)
    check_axes("outcome", outcome, ("sample", "answer", "class"), sizes)
    if selected.dtype != torch.bool:
        raise InputError(f"selected must be bool, but is {selected.dtype}")
    if len(batch) < least:
        raise InputError(f"EVAL-X needs {least} series or more to be trained on, but there are {len(batch)}")
