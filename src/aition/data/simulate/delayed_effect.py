"""DelayedEffect: a pulse acts some steps after it came."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import check_counts, check_least, check_positive, named, signs, streams
from aition.data.simulate.law import check_share, either_way, tossed, two_classes
from aition.data.simulate.simulated import Simulated

LAST_LOG_ODDS = Target.of_class(1, time="last").against(**{"class": 0})


@dataclass(frozen=True)
class DelayedEffect:
    """Every step has a class, which hangs on what feature 0 was ``delay`` steps before.

    Pulses of either direction come at random in all features, over a little noise; those of feature 0 act later, those
    of the others never. The question is for the last existing step, and series differ in length, so the true cells are
    known and differ between series: those of feature 0 ``delay`` to ``delay + span - 1`` steps before the last. One of
    them always has a pulse.

    For a question about another step t the true cells are ``t - delay - span + 1`` to ``t - delay`` of feature 0.

    Args:
        n_sample: Series.
        n_time: Steps of the longest.
        shortest: Steps of the shortest.
        n_feature: Features, the first of which acts.
        delay: Steps between a pulse and its effect.
        span: Steps that are added up; 1: a single one.
        rate: Chance of a pulse at a step, in [0, 1).
        noise: Standard deviation of what is between pulses; a pulse is 0.75 to 2.25 high.
        strength: Log-odds for a sum of 1, divided by the square root of ``span``.

    Returns:
        Series with labels ``[sample, time]``, -1 before the first effect (and in the padding).

    Raises:
        InputError: A setting is out of range.

    >>> drawn = DelayedEffect(n_sample=2, delay=5)(seed=0)
    >>> (drawn.batch.lengths - 1 - 5).tolist() == drawn.truth[:, :, 0].int().argmax(dim=1).tolist()
    True
    """

    n_sample: int = 1000
    n_time: int = 40
    shortest: int = 25
    n_feature: int = 3
    delay: int = 5
    span: int = 1
    rate: float = 0.2
    noise: float = 0.2
    strength: float = 3.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_feature=self.n_feature, span=self.span)
        check_positive(noise=self.noise, strength=self.strength)
        check_least(delay=(self.delay, 0))
        check_least(shortest=(self.shortest, self.delay + self.span), n_time=(self.n_time, self.shortest))
        check_share(rate=self.rate)

    def __call__(self, *, seed: int) -> Simulated:
        lengths, times, forced, heights, between, chance = streams(seed, 6)
        shape = (self.n_sample, self.n_time, self.n_feature)
        length = lengths.integers(self.shortest, self.n_time + 1, size=self.n_sample)
        last = (length - 1)[:, None] - self.delay
        pulses = times.random(shape) < self.rate
        pulses[np.arange(self.n_sample), last[:, 0] - forced.integers(self.span, size=self.n_sample), 0] = True
        pulse = pulses * 1.5 * either_way(heights, shape)
        x = (self.noise * between.standard_normal(shape) + pulse).astype(np.float32)
        step = np.arange(self.n_time)
        exists = step < length[:, None]
        x *= exists[:, :, None]
        model = TorchModel(Delay(self.delay, self.span, self.strength), forward_delayed, head="none")
        log_odds = model.module(torch.from_numpy(x)).double().numpy()
        label = np.where(exists & (step >= self.delay), tossed(chance, log_odds), -1)
        batch = from_tensors(
            x,
            layout="sample time feature",
            lengths=length,
            label=label,
            ids=named("delayed-effect", seed=seed, n_sample=self.n_sample),
            feature_names=("acting", *(f"inert{i}" for i in range(1, self.n_feature))),
        )
        truth = torch.zeros(shape, dtype=torch.bool)
        truth[:, :, 0] = torch.from_numpy((last - self.span < step) & (step <= last))
        return Simulated(
            batch=batch,
            truth=truth,
            sign=signs(batch.x, truth),
            target=LAST_LOG_ODDS,
            white_box=model,
        )


class Delay(nn.Module):
    """The sum over ``span`` steps of the first feature, ``delay`` steps ago, times a gain.

    Args:
        delay: Steps between the youngest that is read and the answer.
        span: Steps that are added up.
        strength: The gain, times the square root of ``span``.
    """

    def __init__(self, delay: int, span: int, strength: float) -> None:
        super().__init__()
        self.delay, self.span = delay, span
        self.gain: Tensor
        self.register_buffer("gain", torch.tensor(strength / span**0.5))

    def forward(self, x: Tensor) -> Tensor:
        """Log-odds ``[sample, time]``; what would lie before the first step counts as 0."""
        source, n_time = x[:, :, 0], x.shape[1]
        lags = range(self.delay, self.delay + self.span)
        return self.gain * torch.stack([pad(source, (lag, 0))[:, :n_time] for lag in lags]).sum(dim=0)


def forward_delayed(law: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, time, class]``; the padding is not read."""
    return two_classes(law(torch.where(batch.cells, batch.x, 0)))
