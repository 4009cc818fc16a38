"""LowVar: a quiet window in noise, whose feature and level are the class."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from aition.core.assemble import from_tensors
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import check_counts, check_positive, named, signs, single, streams
from aition.data.simulate.matched import balanced, filters, pushes, responses, windows
from aition.data.simulate.narma import narma
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class LowVar:
    """LowVar: two features of noise, one of which lies quiet at a high or a low level for a while.

    The noise is NARMA of order 2 and white noise. A window of one feature holds normal values about ``-level`` or
    ``level`` with a small deviation, in place of the noise. Classes: 0 feature 0 low, 1 feature 0 high, 2 feature 1
    low, 3 feature 1 high. The law has a filter for each class: the mean over the window, of its feature and sign, in
    units of ``level``.

    Args:
        n_sample: Series; TimeX trains on 5000 and explains 1000.
        n_time: Steps.
        shortest: Steps of the shortest window.
        longest: Steps of the longest window.
        level: Of the quiet window.
        quiet: Deviation within it.
        noise: Deviation of the white noise outside it.

    Returns:
        Label: the class. Field: ``filter``, ``[sample, filter, time, feature]``. Truth: the cells of the window. Sign:
        whether a cell's value raises the logit of the label's class, compared with 0: each does unless ``quiet`` is
        large against ``level``.

    References:
        Queen et al. (2023), Encoding time-series explanations through self-supervised model behavior consistency,
        appendix on data sets (there LowVarDetect).

    >>> drawn = LowVar(n_sample=4)(seed=0)
    >>> drawn.truth.any(dim=1).tolist()
    [[True, False], [True, False], [False, True], [False, True]]
    """

    n_sample: int = 1000
    n_time: int = 200
    shortest: int = 10
    longest: int = 20
    level: float = 1.5
    quiet: float = 0.1
    noise: float = 1.0

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample, shortest=self.shortest)
        check_counts(longest=self.longest, least=self.shortest)
        check_counts(n_time=self.n_time, least=self.longest)
        check_positive(level=self.level, quiet=self.quiet, noise=self.noise)

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        inputs, noise, chance = streams(seed, 3)
        size = (self.n_sample, self.n_time, 2)
        x = narma(inputs.uniform(0, 0.5, (self.n_sample, self.n_time + 1, 2)))
        label = balanced(self.n_sample, 4)
        drawn = chance.random((self.n_sample, 2))
        length = self.shortest + np.floor(drawn[:, 0] * (self.longest - self.shortest + 1)).astype(np.int64)
        begin = np.floor(drawn[:, 1] * (self.n_time - length + 1)).astype(np.int64)
        on = np.arange(2) == (label // 2)[:, None]
        truth = windows(begin, length, self.n_time)[:, :, None] & on[:, None, :]
        side = np.array([-1.0, 1.0, -1.0, 1.0])
        white = noise.standard_normal(size)
        values = np.where(truth, (side * self.level)[label, None, None] + self.quiet * white, x + self.noise * white)
        reads = np.arange(2) == np.array([0, 0, 1, 1])[:, None]
        weight = (side[:, None] * reads)[None, :, None, :] * truth[:, None]
        batch = from_tensors(
            single(values),
            layout="sample time feature",
            label=label,
            ids=named("low-var", seed=seed, n_sample=self.n_sample),
            fields=filters(weight / (self.level * length[:, None, None, None])),
        )
        cells = torch.from_numpy(truth)
        return Simulated(
            batch=batch,
            truth=cells,
            sign=signs(pushes(batch), cells),
            target=Target.predicted(),
            white_box=TorchModel(nn.Identity(), responses, axes=("class",), head="none"),
        )
