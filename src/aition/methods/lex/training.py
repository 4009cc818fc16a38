"""The training loop: selector and predictor up the bound, step by step."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.draws import FRESH, words
from aition.core.errors import ModelError
from aition.core.model import Model, TorchModel
from aition.core.question import Question
from aition.impute.imputer import Imputer
from aition.methods.lex.budget import Budget, Free
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.estimators import Estimator, Trial
from aition.methods.lex.judge import Judge
from aition.methods.lex.likelihood import Likelihood
from aition.methods.lex.schedule import Schedule, doubt
from aition.methods.lex.selection import Selection


@dataclass(frozen=True, eq=False)
class Data:
    """Samples with all that is asked of them.

    Args:
        batch: The samples.
        candidates: Their groups.
        question: What is asked.
        wanted: What is wanted, ``[sample, wanted]``.
    """

    batch: Batch
    candidates: Candidates
    question: Question
    wanted: Tensor

    def __len__(self) -> int:
        return len(self.batch)

    def take(self, rows: Tensor) -> "Data":
        """Pick samples."""
        there = rows.to(self.wanted.device)
        return Data(self.batch.take(rows), self.candidates.take(there), self.question.take(there), self.wanted[there])


@dataclass(frozen=True, eq=False)
class Law:
    """What stays the same throughout: how is selected, imputed and judged.

    Args:
        selection: The distribution over subsets.
        budget: What selecting costs.
        likelihood: How answers are held to what is wanted.
        imputer: What draws.
        imputations: Draws of each mask.
        seed: Of masks.
    """

    selection: Selection
    budget: Budget
    likelihood: Likelihood
    imputer: Imputer
    imputations: int
    seed: int

    def judge(self, predictor: Model, spread: nn.Module, data: Data, *, first: int) -> Judge:
        """The judge of some samples, from a draw on."""
        return Judge(
            predictor,
            data.batch,
            data.candidates,
            data.question,
            data.wanted,
            self.likelihood,
            spread,
            self.imputer,
            self.imputations,
            first * self.imputations,
        )

    def trial(self, logits: Tensor, judge: Judge, data: Data, *, first: int) -> Trial:
        """What an estimator is asked about some samples."""
        weight = self.likelihood.weight(data.wanted)
        return Trial(self.selection, logits, data.candidates, judge, weight, data.batch.keys, self.seed, first)


def parted(data: Data, held_out: float, seed: int) -> tuple[Data, Data]:
    """Samples that are learned from, and those that are held out, the same whatever their order."""
    order = words(data.batch.keys, seed).argsort().cpu()
    n_held = max(1, round(held_out * len(order)))
    return data.take(order[n_held:].sort().values), data.take(order[:n_held].sort().values)


class Learner:
    """A selector, and maybe a predictor, in training by one estimator; changed by every step.

    Args:
        law: How is selected, imputed and judged.
        estimator: The way to a gradient.
        selector: Where the selector starts; a copy is trained.
        predictor: Likewise.
        spread: Likewise, of the likelihood.
        joint: Whether the predictor is trained.
        schedule: How long and how fast.
    """

    def __init__(
        self,
        law: Law,
        estimator: Estimator,
        *,
        selector: nn.Module,
        predictor: Model,
        spread: nn.Module,
        joint: bool,
        schedule: Schedule,
    ) -> None:
        self.law, self.estimator, self.schedule, self.joint = law, estimator, schedule, joint
        self.selector, self.spread = copy.deepcopy(selector), copy.deepcopy(spread)
        self.predictor = predictor
        if joint and isinstance(predictor, TorchModel):
            self.predictor = replace(predictor, module=copy.deepcopy(predictor.module))
        self.price, self.warmth, self.step, self.epoch = 0.0, schedule.warmth, 0, 0
        self.learned: nn.Module = nn.Module()
        self.best, self.best_state = -math.inf, self.state()
        self.order = torch.Generator().manual_seed(schedule.seed)
        self.optimizer: torch.optim.AdamW | None = None

    def parts(self) -> dict[str, nn.Module]:
        """What is trained, by name."""
        found: dict[str, nn.Module] = {"selector": self.selector, "spread": self.spread}
        if self.joint and isinstance(self.predictor, TorchModel):
            found["predictor"] = self.predictor.module
        return found

    def state(self) -> dict[str, dict[str, Tensor]]:
        """Copies of all weights."""
        return {
            name: {key: value.detach().clone() for key, value in part.state_dict().items()}
            for name, part in self.parts().items()
        }

    def begin(self, data: Data) -> None:
        """Make what depends on the data."""
        self.learned = self.estimator.weights(data.candidates.n_group).to(data.batch.x.device, data.batch.x.dtype)
        groups = []
        for name, part in (*self.parts().items(), ("learned", self.learned)):
            full = self.schedule.predictor_rate if name == "predictor" else self.schedule.rate
            for matrices, decay in ((True, self.schedule.decay * (name == "selector")), (False, 0.0)):
                own = [one for one in part.parameters() if (one.ndim > 1) == matrices]
                groups.append({"params": own, "name": name, "full": full, "weight_decay": decay})
        self.optimizer = torch.optim.AdamW([one for one in groups if one["params"]], lr=self.schedule.rate)

    def run(self, data: Data) -> float:
        """One epoch; the mean bound, as it was met."""
        if self.optimizer is None:
            self.begin(data)
        for part in self.parts().values():
            part.train()
        total, size = 0.0, self.schedule.batch_size
        pieces = torch.randperm(len(data), generator=self.order).split(size)
        for place, rows in enumerate(pieces):
            self.pace(self.epoch + place / len(pieces))
            total += self.climb(data.take(rows)) * len(rows)
        for part in self.parts().values():
            part.eval()
        self.epoch += 1
        if not math.isfinite(total):
            raise ModelError(
                f"the bound became {total} in epoch {self.epoch}; take a smaller rate than {self.schedule.rate}"
            )
        return total / len(data)

    def pace(self, epoch: float) -> None:
        """Set the rates and the warmth of an epoch."""
        self.warmth = self.schedule.warmth_at(epoch)
        if self.optimizer is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = group["full"] * self.schedule.share_at(epoch)

    def climb(self, data: Data) -> float:
        """One step; the mean bound."""
        if self.optimizer is None:
            return math.nan
        draws = getattr(self.estimator, "draws", 1)
        with torch.enable_grad():
            logits = data.candidates.pooled(self.selector(data.batch))
            judge = self.law.judge(self.predictor, self.spread, data, first=self.step * draws)
            trial = self.law.trial(logits, judge, data, first=self.step * draws)
            estimate = self.estimator(trial, self.learned)
            cost = -estimate.surrogate.mean()
            if self.warmth or not isinstance(self.law.budget, Free):
                inclusion = self.law.selection.inclusion(logits, data.candidates)
                share = self.law.budget.measure(inclusion, data.candidates)
                cost = cost + self.law.budget.charge(share, self.price)
                cost = cost - self.warmth * doubt(inclusion) if self.warmth else cost
                self.price = self.law.budget.after(self.price, float(share.detach()))
            self.optimizer.zero_grad()
            own = list(self.learned.parameters())
            slopes = torch.autograd.grad(estimate.spread, own, retain_graph=True) if own else ()
            cost.backward()
            for weight, slope in zip(own, slopes, strict=True):
                weight.grad = slope
        self.optimizer.step()
        self.step += 1
        return float(estimate.bound.mean())

    def held_out(self, data: Data) -> float:
        """The mean bound of samples that were not learned from, less what their selection costs."""
        found = bounds(self.law, self.selector, self.predictor, self.spread, data, draws=8)
        return float((found.bound - self.law.budget.charge(found.share, self.price)).mean())

    def keep(self, value: float) -> None:
        """Remember the weights if they are the best so far."""
        if value > self.best:
            self.best, self.best_state = value, self.state()

    def restore(self) -> None:
        """Take the best weights."""
        for name, part in self.parts().items():
            part.load_state_dict(self.best_state[name])


@dataclass(frozen=True, eq=False)
class Found:
    """How a selector does on samples.

    Args:
        bound: Of each sample, in nats, ``[sample]``.
        expected: The mean answer over masks and imputations: chances of the classes or values, ``[sample, output]``.
        share: The mean share that is selected, one number; 0 where that costs nothing.
    """

    bound: Tensor
    expected: Tensor
    share: Tensor


def bounds(
    law: Law,
    selector: Callable[[Batch], Tensor],
    predictor: Model,
    spread: nn.Module,
    data: Data,
    *,
    draws: int,
    shift: float = 0.0,
) -> Found:
    """How a selector does with masks and imputations that no step of training has seen."""
    bound, expected, share = [], [], []
    with torch.no_grad():
        for rows in torch.arange(len(data)).split(256):
            some = data.take(rows)
            logits = some.candidates.pooled(selector(some.batch)) + shift
            judge = law.judge(predictor, spread, some, first=FRESH)
            trial = law.trial(logits, judge, some, first=FRESH)
            _, turns = trial.drawn(draws)
            outputs = judge.outputs((turns > 0).to(logits.dtype), turns > 0)
            bound.append(trial.bound(judge.held(outputs, draws)))
            expected.append(law.likelihood.expected(outputs).unflatten(0, (len(some), -1)).mean(dim=1))
            if not isinstance(law.budget, Free):
                inclusion = law.selection.inclusion(logits, some.candidates)
                share.append(law.budget.measure(inclusion, some.candidates) * len(some))
    return Found(torch.cat(bound), torch.cat(expected), sum(share, bound[0].new_zeros(())) / len(data))
