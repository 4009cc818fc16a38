"""PlantedFrequency: noise of all frequencies, of which the amplitude of one is the answer."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.errors import InputError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import check_counts, named, single, streams
from aition.data.simulate.simulated import Simulated


@dataclass(frozen=True)
class PlantedFrequency:
    """White noise of one feature; the label is the amplitude of one of its frequencies.

    Every step is normal with mean 0 and deviation 1, so all frequencies are there in every series, equally strong on
    average and independent of one another. In time the answer is nowhere: all steps matter alike; in frequency it is in
    one place. The law reads that amplitude.

    Args:
        n_sample: Series.
        n_time: Steps.
        waves: Periods of the planted frequency in a series, from 1 to below half of ``n_time``.

    Returns:
        Label: the amplitude ``|X| / sqrt(n_time)`` of the Fourier coefficient ``X``, a value; 1 in the mean square.
        Fields: ``frequency``, ``[sample]``, in cycles per step. Truth: all cells. Sign: 0, as no cell has a direction.

    References:
        Singh et al., "Transformation importance with applications to cosmology", 2020, has a simulation of this kind;
        noise, label and amplitude are our choices.

    >>> drawn = PlantedFrequency(n_sample=3, waves=5)(seed=1)
    >>> torch.allclose(drawn.white_box(drawn.batch)[:, 0], drawn.batch.label)
    True
    """

    n_sample: int = 1000
    n_time: int = 32
    waves: int = 5

    def __post_init__(self) -> None:
        check_counts(n_sample=self.n_sample)
        check_counts(n_time=self.n_time, least=3)
        if not 1 <= self.waves < self.n_time / 2:
            raise InputError(f"waves must be 1 to below {self.n_time / 2:g}, but is {self.waves}")

    def __call__(self, *, seed: int) -> Simulated:
        """The series of a seed."""
        (noise,) = streams(seed, 1)
        x = single(noise.standard_normal((self.n_sample, self.n_time, 1)))
        frequency = torch.full((self.n_sample,), self.waves / self.n_time, dtype=torch.float64)
        batch = from_tensors(
            x,
            layout="sample time feature",
            label=amplitude(x, frequency)[:, 0],
            ids=named("planted-frequency", seed=seed, n_sample=self.n_sample),
            fields={"frequency": Field(frequency, "context", ("sample",))},
        )
        cells = torch.ones(x.shape, dtype=torch.bool)
        return Simulated(
            batch=batch,
            truth=cells,
            sign=torch.zeros(x.shape, dtype=torch.int8),
            target=Target.scalar(),
            white_box=TorchModel(nn.Identity(), reading, head="none"),
        )


def reading(_module: nn.Module, batch: Batch) -> Tensor:
    """The amplitude of each series at its planted frequency, ``[sample, 1]``."""
    return amplitude(batch.x, batch["frequency"])


def amplitude(x: Tensor, frequency: Tensor) -> Tensor:
    """Amplitudes at one frequency a series, ``[sample, feature]``."""
    turn = 2 * np.pi * frequency.to(x)[:, None] * torch.arange(x.shape[1], device=x.device)
    waves = torch.stack([turn.cos(), turn.sin()], dim=1) / x.shape[1] ** 0.5
    found: Tensor = torch.linalg.vector_norm(torch.einsum("nwt,ntf->nwf", waves, x), dim=1)
    return found
