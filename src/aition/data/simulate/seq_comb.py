"""SeqComb: two ramps in noise, whose directions are the class."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import Reals, Whole, check_counts, check_positive, named, signs, single, streams
from aition.data.simulate.matched import balanced, filters, responses, windows
from aition.data.simulate.narma import narma
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class SeqComb:
    """SeqComb-UV (one feature) and SeqComb-MV (four): two ramps, each rising (I) or falling (D).

    The noise is NARMA of order 2 and white noise. Two windows that do not overlap in time hold a ramp each, in place of
    the noise, on features drawn by chance: ``slope * k + sin(wave * k)`` at step k = 1, 2, … of the window, or its
    mirror image. Classes: 0 no ramp, 1 two that rise, 2 two that fall, 3 one of each in either order. The slope and the
    wave are ours; the paper gives the form and the lengths.

    With r the response of a ramp's filter, 1 for a rising and -1 for a falling ramp, the law's logits are 1 for class
    0, ``r_0 + r_1`` for class 1, ``-r_0 - r_1`` for class 2 and ``|r_0 - r_1|`` for class 3.

    Args:
        n_sample: Series; TimeX trains on 5000 and explains 1000.
        n_time: Steps.
        n_feature: 1 for SeqComb-UV, 4 for SeqComb-MV.
        shortest: Steps of the shortest window.
        longest: Steps of the longest window; two must fit into ``n_time``.
        slope: Of a ramp, a step.
        wave: Angle of its sine, in radians a step; at most ``slope``, so that it rises throughout.
        noise: Deviation of the white noise.

    Returns:
        Label: the class. Field: ``filter``, ``[sample, filter, time, feature]``, one for each ramp. Truth: the cells of
        the ramps; no cell in class 0. Sign: whether a cell's value raises the logit of the label's class, compared with
        0: each does unless the white noise is above the ramp.

    References:
        Queen et al. (2023), Encoding time-series explanations through self-supervised model behavior consistency,
        appendix on data sets.

    >>> drawn = SeqComb(n_sample=4, n_feature=4)(seed=0)
    >>> drawn.white_box(drawn.batch).argmax(dim=1).tolist(), drawn.truth.any(dim=2).any(dim=1).tolist()
    ([0, 1, 2, 3], [False, True, True, True])
    """

    n_sample: int = 1000
    n_time: int = 200
    n_feature: int = 1
    shortest: int = 15
    longest: int = 30
    slope: float = 0.1
    wave: float = 0.1
    noise: float = 0.01

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, n_feature=self.n_feature, shortest=self.shortest)
        check_counts(longest=self.longest, least=self.shortest)
        check_counts(n_time=self.n_time, least=2 * self.longest)
        check_positive(slope=self.slope, wave=self.wave, noise=self.noise)
        if self.wave > self.slope:
            raise InputError(f"wave must be at most slope={self.slope}, so that ramps rise, but is {self.wave}")

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        inputs, noise, chance = streams(seed, 3)
        size = (self.n_sample, self.n_time, self.n_feature)
        x = narma(inputs.uniform(0, 0.5, (self.n_sample, self.n_time + 1, self.n_feature)))
        label = balanced(self.n_sample, 4)
        ramp, direction = self.ramps(chance.random((self.n_sample, 7)), label)
        laid = (ramp * direction[:, :, None, None]).sum(axis=1)
        values = np.where(laid != 0, laid, x) + self.noise * noise.standard_normal(size)
        weight = ramp / np.maximum((ramp**2).sum(axis=(2, 3), keepdims=True), 1e-9)
        batch = from_tensors(
            single(values),
            layout="sample time feature",
            label=label,
            ids=named(f"seq-comb-{'uv' if self.n_feature == 1 else 'mv'}", seed=seed, n_sample=self.n_sample),
            fields=filters(weight),
        )
        truth = torch.from_numpy(laid != 0)
        return Simulated(
            batch=batch,
            truth=truth,
            sign=signs(batch.x * single(laid), truth),
            target=Target.predicted(),
            white_box=TorchModel(nn.Identity(), logits, axes=("class",), head="none"),
        )

    def ramps(self, drawn: Reals, label: Whole) -> tuple[Reals, Reals]:
        """Ramps upwards in their windows, ``[sample, window, time, feature]``, and directions, ``[sample, window]``.

        Args:
            drawn: Uniform in [0, 1), ``[sample, 7]``.
            label: ``[sample]``.
        """
        length = self.shortest + np.floor(drawn[:, :2] * (self.longest - self.shortest + 1)).astype(np.int64)
        room = self.n_time - length.sum(axis=1) + 1
        begin = np.sort(np.floor(drawn[:, 2:4] * room[:, None]).astype(np.int64), axis=1)
        begin[:, 1] += length[:, 0]
        feature = np.floor(drawn[:, 4:6] * self.n_feature).astype(np.int64)
        step = np.arange(1, self.n_time + 1) - begin[:, :, None]
        inside = np.stack([windows(begin[:, one], length[:, one], self.n_time) for one in (0, 1)], axis=1)
        rise = np.where(inside & (label > 0)[:, None, None], self.slope * step + np.sin(self.wave * step), 0)
        on = np.arange(self.n_feature) == feature[:, :, None]
        mixed = np.where(drawn[:, 6:] < 0.5, [1.0, -1.0], [-1.0, 1.0])
        direction = np.where((label == 3)[:, None], mixed, np.where(label == 2, -1.0, 1.0)[:, None])
        return rise[:, :, :, None] * on[:, :, None, :], direction


def logits(module: nn.Module, batch: Batch) -> Tensor:
    """The law, ``[sample, class]``."""
    ramp = responses(module, batch)
    total = ramp.sum(dim=1)
    return torch.stack([torch.ones_like(total), total, -total, (ramp[:, 0] - ramp[:, 1]).abs()], dim=1)
