"""A trained EVAL-X: how likely an answer is by the values of selected cells."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from aition.core.axes import check_axes
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.models.padding import aligned

if TYPE_CHECKING:
    from aition.methods.lex.evaluator import EvalX

Drawn = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Masks ``[sample, cell]``, outcomes ``[sample, answer, class]``, how much each series counts, ``[sample]``, whether it
is told that the mask was chosen for it, ``[sample, 1]``, and what a predictor says, ``[sample, answer * class]`` or
empty."""
Says = Callable[[Tensor], Tensor]
"""From masks of cells ``[sample, time, feature]`` to the logarithms of what a predictor says of each outcome that sees
these cells of the series alone, ``[sample, answer, class]``; with no answer where nobody says anything."""
PATIENCE = 8
"""Epochs without a gain, after which training ends."""
LEAST = -10.0
"""The logarithm of the least chance that a predictor is heard with."""


def nobody(cells: Tensor) -> Tensor:
    """Says nothing of any outcome."""
    return torch.zeros(len(cells), 0, 0, device=cells.device)


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

    settings: "EvalX"
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
        said = self.log_chances(batch, selected, says(selected), chosen=chosen)
        return (said * outcome.to(batch.x)).sum(dim=2).mean(dim=1).double()

    def log_chances(self, batch: Batch, selected: Tensor, said: Tensor, *, chosen: bool = False) -> Tensor:
        """The logarithm of the chance of each outcome, ``[sample, answer, class]``.

        Args:
            batch: Series.
            selected: The selector's cells, ``[sample, time, feature]``, bool.
            said: What the predictor says of them, ``[sample, answer, class]``; with no answer where nobody does.
            chosen: Whether the network is told that the selector chose these cells for the series.

        Raises:
            InputError: It was trained beside a predictor and that says nothing, or the reverse.
        """
        weight = next(self.network.parameters())
        mine, heard = batch.to(device=weight.device, dtype=weight.dtype), heard_of(said).to(weight)
        told = weight.new_full((len(batch), 1), float(chosen))
        if bool(heard.shape[1]) != self.listens:
            raise InputError(f"says must be {'given, for' if self.listens else 'left out, as'} in the training")
        with torch.no_grad():
            return self.answers(*self.flat(mine, selected.to(weight.device)), told, heard).to(batch.x)

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
        return (self.answers(x, kept, told, heard) * outcome).sum(dim=2).mean(dim=1)

    def answers(self, x: Tensor, kept: Tensor, told: Tensor, heard: Tensor) -> Tensor:
        """Logarithms of chances by flat values under flat masks, ``[sample, answer, class]``."""
        return self.logits(x, kept, told, heard).reshape(len(x), self.n_answer, -1).log_softmax(dim=2)

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


def heard_of(said: Tensor) -> Tensor:
    """What a predictor says as a row a series, no chance less than one in 20,000, ``[sample, answer * class]``."""
    return said.detach().clamp(min=LEAST).flatten(1)


def each_answer(outcome: Tensor) -> Tensor:
    """Chances of the classes with an axis of answers, ``[sample, answer, class]``."""
    return outcome[:, None] if outcome.ndim == 2 else outcome


def check_fits(batch: Batch, selected: Tensor, outcome: Tensor, *, least: int = 20) -> None:
    """Raise unless masks and outcomes are of these series, and there are enough of them."""
    sizes = dict(zip(("sample", "time", "feature"), batch.x.shape, strict=True))
    check_axes("selected", selected, ("sample", "time", "feature"), sizes)
    check_axes("outcome", outcome, ("sample", "answer", "class"), sizes)
    if selected.dtype != torch.bool:
        raise InputError(f"selected must be bool, but is {selected.dtype}")
    if len(batch) < least:
        raise InputError(f"EVAL-X needs {least} series or more to be trained on, but there are {len(batch)}")
