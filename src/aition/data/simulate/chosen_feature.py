"""The law of State and Switch-Feature: at each step a hidden state chooses the feature that decides the label."""

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, Field
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.data.simulate.drawing import Reals, Whole, signs, single
from aition.data.simulate.simulated import Simulated


def chosen_feature(
    x: Reals, state: Whole, *, ids: list[str], first: int, slope: float, chance: np.random.Generator
) -> Simulated:
    """Series whose label is 1 at each step with probability ``sigmoid(slope * x[first + state])``.

    Args:
        x: Values, ``[sample, time, feature]``.
        state: Hidden state, ``[sample, time]``, 0 to ``n_feature - first - 1``.
        ids: One a series.
        first: The feature that state 0 chooses.
        slope: Log-odds of the label per unit of ``x``.
        chance: What the labels are drawn by.
    """
    hidden = torch.from_numpy(np.ascontiguousarray(state))
    values = single(x)
    truth = nn.functional.one_hot(hidden + first, values.shape[2]).bool()
    odds = slope * (values * truth).sum(dim=2)
    label = torch.from_numpy(chance.random(state.shape)) < odds.double().sigmoid()
    batch = from_tensors(
        values,
        layout="sample time feature",
        label=label.long(),
        ids=ids,
        fields={"state": Field(hidden, "context", ("sample", "time"))},
    )
    model = TorchModel(nn.Identity(), partial(logits, first=first, slope=slope), axes=("time", "class"), head="none")
    return Simulated(
        batch=batch,
        truth=truth,
        sign=signs(slope * values, truth),
        target=Target.whole("time", "class"),
        white_box=model,
    )


def logits(module: nn.Module, batch: Batch, *, first: int, slope: float) -> Tensor:
    """The law: half of the log-odds against a label of 1 and half of those for it, ``[sample, time, class]``."""
    place = (batch["state"] + first)[:, :, None]
    half = slope / 2 * module(batch.x).gather(2, place)
    return torch.cat([-half, half], dim=2)
