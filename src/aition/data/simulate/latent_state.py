"""LatentState: a hidden state, told by a cue early on, decides which later stretch of which feature is read."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.data.simulate.drawing import check_counts, check_least, check_positive, named, signs, single, streams
from aition.data.simulate.law import (
    LOG_ODDS,
    check_share,
    known,
    noise,
    spread,
    tossed,
    two_classes,
    weighted_sum,
)
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class LatentState:
    """Each series is in a state that it shows by a cue in its first steps; the class hangs on what the state reads.

    In state s the cue is raised in feature s, and feature s + 1 (the first after the last) is read in the s-th of
    ``n_state`` equal stretches of what follows. The log-odds are the cue's mean height times the sum over the stretch:
    so both matter, and neither does without the other. Cue and stretch may lie far apart, which a model must bridge.

    Unlike the published State, the truth does not follow the step: it is one of ``n_state`` maps a series.

    Args:
        n_sample: Series.
        n_time: Steps.
        n_feature: Features.
        n_state: States, at most ``n_feature``.
        first: The first step of the cue.
        cue: Steps of the cue.
        height: Of the cue, in units of the noise outside it.
        window: Steps that are read, in the middle of their stretch.
        strength: Standard deviation of the log-odds.
        memory: Correlation of a value with the one before, in [0, 1).

    Returns:
        Series with the fields ``state``, ``[sample]``, ``effect`` (weights of the sum) and ``cue`` (weights of the
        cue's mean), ``[sample, time, feature]``. To a model that is not given these, the cue alone shows the state.

    Raises:
        InputError: A setting is out of range, or a stretch is shorter than what is read of it.

    >>> drawn = LatentState(n_sample=1, window=4)(seed=0)
    >>> int(drawn.batch["state"][0]), drawn.truth[0].any(dim=0).tolist()
    (2, [False, False, True, True])
    """

    n_sample: int = 1000
    n_time: int = 60
    n_feature: int = 4
    n_state: int = 3
    first: int = 2
    cue: int = 5
    height: float = 3.0
    window: int = 10
    strength: float = 5.0
    memory: float = 0.7

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, cue=self.cue, window=self.window)
        check_counts(n_state=self.n_state, least=2)
        check_positive(height=self.height, strength=self.strength)
        check_least(n_feature=(self.n_feature, self.n_state), first=(self.first, 0))
        check_share(memory=self.memory)
        if self.stretch < self.window:
            raise InputError(
                f"window must be at most {self.stretch}, the steps of one of {self.n_state} stretches after the cue, "
                f"but is {self.window}"
            )

    @property
    def stretch(self) -> int:
        """Steps of a stretch."""
        return (self.n_time - self.first - self.cue) // self.n_state

    def __call__(self, *, seed: int) -> Simulated:
        states, values, chance = streams(seed, 3)
        shape = (self.n_sample, self.n_time, self.n_feature)
        state = states.integers(self.n_state, size=self.n_sample)
        x = noise(values, shape, memory=self.memory)
        told = slice(self.first, self.first + self.cue)
        x[:, told] *= 0.1 * self.height
        row = np.arange(self.n_sample)
        x[row, told, state] += self.height
        cue, effect = np.zeros(shape), np.zeros(shape)
        cue[row, told, state] = 1 / (self.cue * self.height)
        first = self.first + self.cue + state * self.stretch + (self.stretch - self.window) // 2
        read = first[:, None] + np.arange(self.window)
        effect[row[:, None], read, ((state + 1) % self.n_feature)[:, None]] = self.strength / spread(
            np.ones(self.window), memory=self.memory
        )
        raised, total = weighted_sum(cue, x), weighted_sum(effect, x)
        batch = from_tensors(
            single(x),
            layout="sample time feature",
            label=tossed(chance, raised * total),
            ids=named("latent-state", seed=seed, n_sample=self.n_sample),
            fields={"state": known(state), "cue": known(cue), "effect": known(effect)},
        )
        push = cue * total[:, None, None] + effect * raised[:, None, None]
        truth = (batch["cue"] != 0) | (batch["effect"] != 0)
        return Simulated(
            batch=batch,
            truth=truth,
            sign=signs(single(push) * batch.x, truth),
            target=LOG_ODDS,
            white_box=TorchModel(nn.Identity(), forward_cued, head="none"),
        )


def forward_cued(module: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, class]``: the cue's mean height times the sum over the stretch that it calls for."""
    x = module(batch.x)
    return two_classes((batch["cue"] * x).sum(dim=(1, 2)) * (batch["effect"] * x).sum(dim=(1, 2)))
