"""FastSHAP: a network that says Shapley values in one pass, learned from random coalitions by least squares."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.draws import uniform, words
from aition.core.errors import InputError, ModelError, RefusalError
from aition.core.events import is_events
from aition.core.freeze import frozen
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.progress import Progress, progress_bar
from aition.core.question import Question
from aition.core.scrutiny import with_head_settled
from aition.core.target import Target
from aition.impute.groups import EachCell, Groups
from aition.impute.imputer import Imputer
from aition.impute.rows import MarginalRows
from aition.methods.lex.background import check_enough, check_steps
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.judge import Judge
from aition.methods.lex.likelihood import Gaussian
from aition.methods.lex.selector import Body, ConvolutionalSelector, logits_of, selector_of
from aition.methods.lex.shapley_kernel import kernel_coalitions
from aition.methods.lex.training import FRESH

Answer = dict[str, tuple[tuple[str, ...], Tensor]]


@dataclass(frozen=True)
class FastShap:
    """Attribute by Shapley values of groups of cells, said by a network that :meth:`fit` learns once for all series.

    The game is what the model says where only the groups of a coalition are known and the other cells are drawn by an
    imputer, the mean over draws. The network lowers the squared error ``(v(S) - v(nobody) - sum of the values in S)²``
    over coalitions of the Shapley kernel, after its values were moved by one number so that they add up; the minimum
    over all functions is the Shapley values.

    Args:
        groups: Which cells play together.
        selector: The network, reading series in deviations from the training data.
        imputer: From the background to what draws the cells of absent groups, such as ``MarginalRows.fit``, or
            ``Ready(ConstantImputer())``.
        coalitions: Of each series at each step, with complements: an even number.
        imputations: Draws of each coalition.
        epochs: Passes over the background.
        batch_size: Series a step.
        rate: Step of Adam; it falls to 0.
        held_out: Share of the background that is not learned from, by which the best weights are chosen.
        draws: Imputations by which an explanation finds what the model says of nobody.
        seed: Of weights, coalitions and order.

    Returns:
        Explainers answer through what :meth:`fit` returns; see :class:`FittedFastShap`.

    References:
        Jethani, Sudarshan, Covert, Lee and Ranganath, "FastSHAP: real-time Shapley value estimation", ICLR 2022.
    """

    needs_fit: ClassVar[bool] = True

    groups: Groups = field(default_factory=EachCell)
    selector: Body = field(default_factory=ConvolutionalSelector)
    imputer: Callable[[Batch], Imputer] = MarginalRows.fit
    coalitions: int = 16
    imputations: int = 1
    epochs: int = 40
    batch_size: int = 100
    rate: float = 2e-3
    held_out: float = 0.1
    draws: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("coalitions", "imputations", "epochs", "batch_size", "draws"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise InputError(f"{name} must be a whole number, 1 or more, but is {getattr(self, name)!r}")
        if self.coalitions % 2:
            raise InputError(f"coalitions must be even, each with its complement, but are {self.coalitions}")
        if not 0 < self.rate < math.inf:
            raise InputError(f"rate must be above 0 and finite, but is {self.rate}")
        if not 0 < self.held_out < 1:
            raise InputError(f"held_out must be a share above 0 and below 1, but is {self.held_out}")

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """Refuse: there is nothing to explain with before :meth:`fit`.

        Raises:
            RefusalError: Always.
        """
        raise RefusalError(
            "FastShap is still to be learned; call fit(model, background, target) and explain with its answer"
        )

    def fit(
        self,
        model: Model,
        background: Batch,
        target: Target = Target.predicted(),  # noqa: B008 - frozen
        *,
        progress: Progress = "auto",
    ) -> "FittedFastShap":
        """Learn the network; the model is left as it was found, and no gradients of it are needed.

        The same seed and background give the same weights, bit by bit on one device.

        Args:
            model: What is explained.
            background: Series to learn from; labels are not read.
            target: The question: one number a series.
            progress: "auto" shows a bar on a terminal.

        Raises:
            InputError: The background is a list of events, or of fewer than 4 series.
            TargetError: The target is a whole output, or asks for a step that a series has not.
            ModelError: Values are not finite.
        """
        if is_events(background):
            raise InputError(f"FastShap learns from series, but {background!r} is a list of events; put it on a grid")
        check_enough(background)
        with frozen(model):
            batch = background.to(device=model.device, dtype=model.dtype)
            batch = model.embedded(batch) if isinstance(model, TorchModel) else batch
            inner = with_head_settled(model, batch.take([0]))
            outputs = outputs_of(inner, batch)
            question = target.resolve(outputs, batch, axes=model.axes)
            check_steps(question)
            whole = question.score(outputs).to(batch.x).detach()
            deviation = float(whole.double().std(correction=0))
            played = Played(
                inner,
                batch,
                Candidates.of(batch, self.groups),
                question,
                whole,
                self.imputer(batch),
                deviation if deviation > 0 else 1.0,
            )
            network = self.learned(played, progress)
        network.eval().requires_grad_(False)
        return FittedFastShap(self, played.imputer, network, played.scale, target)

    def learned(self, played: "Played", progress: Progress) -> nn.Module:
        """The network with the weights of the epoch whose error on held-out series is smallest."""
        order = words(played.batch.keys, self.seed).argsort().cpu()
        n_held = max(1, round(self.held_out * len(order)))
        learn, held = played.take(order[n_held:].sort().values), played.take(order[:n_held].sort().values)
        network = selector_of(self.selector, learn.batch, seed=self.seed)
        optimizer = torch.optim.Adam(network.parameters(), lr=self.rate)
        shuffle = torch.Generator().manual_seed(self.seed)
        best, state, step = math.inf, copy.deepcopy(network.state_dict()), 0
        with progress_bar("fast-shap", self.epochs, progress=progress) as tick:
            for epoch in range(self.epochs):
                pieces = torch.randperm(len(learn.batch), generator=shuffle).split(self.batch_size)
                for place, rows in enumerate(pieces):
                    share = (epoch + place / len(pieces)) / self.epochs
                    optimizer.param_groups[0]["lr"] = self.rate * 0.5 * (1 + math.cos(math.pi * share))
                    with torch.enable_grad():
                        cost = self.error(network, learn.take(rows), first=step)
                        optimizer.zero_grad()
                        cost.backward()
                    optimizer.step()
                    step += 1
                with torch.no_grad():
                    parts = torch.arange(len(held.batch)).split(self.batch_size)
                    costs = [float(self.error(network, held.take(rows), first=FRESH)) * len(rows) for rows in parts]
                error = sum(costs) / len(held.batch)
                if not math.isfinite(error):
                    raise ModelError(
                        f"the error became {error} in epoch {epoch + 1}; take a smaller rate than {self.rate}"
                    )
                if error < best:
                    best, state = error, copy.deepcopy(network.state_dict())
                tick(1)
        network.load_state_dict(state)
        return network

    def error(self, network: nn.Module, played: "Played", *, first: int) -> Tensor:
        """The mean squared error over coalitions, in deviations of the target."""
        batch, candidates = played.batch, played.candidates
        device = batch.x.device
        draw = torch.arange(self.coalitions // 2, device=device)[None, :, None] + first * self.coalitions
        group = torch.arange(1 + candidates.n_group, device=device)[None, None]
        coalition = kernel_coalitions(candidates.there, uniform(batch.keys[:, None, None], self.seed, draw, group))
        asked = torch.cat([coalition, torch.zeros_like(coalition[:, :1])], dim=1)
        value = played.value(asked, self.imputations, first=first * (1 + self.coalitions))
        change = (played.whole - value[:, -1]) / played.scale
        said = efficient(candidates.pooled(network(batch)), change, candidates.there)
        wanted = (value[:, :-1] - value[:, -1:]) / played.scale
        return ((coalition * said[:, None]).sum(dim=2) - wanted).square().mean()


@dataclass(frozen=True, eq=False)
class Played:
    """Samples with the game that is played on them.

    Args:
        model: What says the values.
        batch: The samples.
        candidates: Their players.
        question: One number a sample.
        whole: What the model says of all of each, ``[sample]``.
        imputer: What draws.
        scale: The target's deviation.
    """

    model: Model
    batch: Batch
    candidates: Candidates
    question: Question
    whole: Tensor
    imputer: Imputer
    scale: float

    def take(self, rows: Tensor) -> "Played":
        """Pick samples."""
        there = rows.to(self.whole.device)
        return Played(
            self.model,
            self.batch.take(rows),
            self.candidates.take(there),
            self.question.take(there),
            self.whole[there],
            self.imputer,
            self.scale,
        )

    def value(self, coalition: Tensor, imputations: int, *, first: int) -> Tensor:
        """What the model says of coalitions, the mean over imputations, ``[sample, coalition]``."""
        judge = Judge(
            self.model,
            self.batch,
            self.candidates,
            self.question,
            self.whole[:, None],
            Gaussian(),
            nn.Module(),
            self.imputer,
            imputations,
            first * imputations,
        )
        with torch.no_grad():
            said = judge.outputs(coalition.to(self.batch.x.dtype), coalition)[:, 0]
        return said.reshape(len(self.batch), coalition.shape[1], imputations).mean(dim=2)


@dataclass(frozen=True, eq=False)
class FittedFastShap:
    """Shapley values by a network that was learned by :meth:`FastShap.fit`, as an explainer.

    Args:
        settings: How it was learned.
        imputer: What draws the cells of absent groups.
        network: What says the values.
        scale: The target's deviation in the background.
        target: The question that it was learned for.

    Returns:
        ``attribution`` ``[sample, time, feature]``: the Shapley value of the cell's group, shared evenly by its
        observed cells; they add up to the target less what the model says of nobody, in units of the target; 0 where
        nothing was observed, and where nothing can be taken away.

    References:
        Jethani, Sudarshan, Covert, Lee and Ranganath, "FastSHAP: real-time Shapley value estimation", ICLR 2022.
    """

    exempt: ClassVar[Mapping[str, str]] = {
        "an-inert-feature-gets-less-than-the-one-that-matters": "a network belongs to the model that it was fitted to",
        "planted-cells-are-found": "a network belongs to the model that it was fitted to; fit it anew",
    }

    settings: FastShap
    imputer: Imputer
    network: nn.Module
    scale: float
    target: Target

    @property
    def seed(self) -> int:
        return self.settings.seed

    def rows_per_sample(self, batch: Batch) -> int:
        """The series, and a row for each draw of nobody."""
        return 1 + self.settings.draws

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """Shapley values of a batch; see the class.

        Raises:
            RefusalError: The batch is of events, has other features, or another question is asked than was learned.
        """
        if is_events(batch):
            raise RefusalError("FastShap explains series, but the batch is a list of events; put them on a grid")
        candidates = Candidates.of(batch, self.settings.groups)
        outputs = outputs_of(model, batch)
        mine = self.target.resolve(outputs, batch, axes=model.axes)
        if not (torch.equal(mine.index, question.index) and torch.equal(mine.versus, question.versus)):
            raise RefusalError(f"FastShap was learned for {self.target}; fit it for the target that is asked")
        whole = question.score(outputs).to(batch.x)
        played = Played(model, batch, candidates, question, whole, self.imputer, self.scale)
        nobody = torch.zeros_like(candidates.there)[:, None].expand(-1, self.settings.draws, -1)
        change = whole - played.value(nobody, 1, first=FRESH).mean(dim=1)
        said = candidates.pooled(logits_of(self.network, batch)) * self.scale
        value = efficient(said, change, candidates.there)
        place = torch.where(candidates.known, candidates.group, -1).flatten(1) + 1
        members = value.new_zeros(len(batch), candidates.n_group + 1)
        count = members.scatter_add(1, place, torch.ones_like(place, dtype=value.dtype))[:, 1:]
        share = candidates.spread((value / count.clamp(min=1))[:, None])[:, 0]
        can = (candidates.group >= 0) & candidates.known
        return {"attribution": (("sample", "time", "feature"), share * can)}


def efficient(value: Tensor, change: Tensor, there: Tensor) -> Tensor:
    """Values moved by one number a sample, so that those of its groups add up to what is to be shared.

    Args:
        value: ``[sample, group]``.
        change: What is to be shared, ``[sample]``.
        there: Which groups there are, ``[sample, group]``.

    >>> efficient(torch.tensor([[1.0, 2.0]]), torch.tensor([5.0]), torch.tensor([[True, True]]))
    tensor([[2., 3.]])
    """
    inside = value * there
    missing = (change - inside.sum(dim=1)) / there.sum(dim=1).clamp(min=1)
    return (inside + missing[:, None]) * there
