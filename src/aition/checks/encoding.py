"""Evidence of what a mask hides: the class by the values of the selected cells, and by why these were selected."""

from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.methods.lex.evaluator import EvalX, outcome_of
from aition.metrics.ranking import removal_order

CELLS = ("sample", "time", "feature")


@dataclass(frozen=True, eq=False)
class Evidence:
    """How likely each sample's class is, by one network that is told, or not, that the cells were chosen for it.

    Args:
        values: By the values of the selected cells alone (EVAL-X), ``[sample]``, in nats.
        chosen: By these and by the selector's having chosen these cells, ``[sample]``, in nats.
    """

    values: NDArray[np.float64]
    chosen: NDArray[np.float64]


def evidence(
    train: Batch,
    train_selected: xr.DataArray,
    test: Batch,
    test_selected: xr.DataArray,
    *,
    outcome: tuple[Tensor, ...] = (),
    how: EvalX = EvalX(),  # noqa: B008 - frozen
) -> Evidence:
    """Train the network on some samples and their masks, and ask it about others.

    Args:
        train: Samples that the network learns from; not those of ``test``.
        train_selected: The masks that the selector has for them, ``[sample, time, feature]``, bool.
        test: Samples that are judged.
        test_selected: The masks of these.
        outcome: Chances of the classes for both, ``[sample, class]`` each, such as what the explained model says;
            empty: the labels.
        how: Settings of the network.

    Returns:
        Log-likelihoods; read them with :func:`aition.checks.encoding_gap` and :func:`aition.checks.told_by_choice`.

    Raises:
        InputError: Masks are of other samples, or the same sample is in both parts.
    """
    if shared := set(train.ids.tolist()) & set(test.ids.tolist()):
        raise InputError(f"train and test must be different samples, but share {len(shared)}, such as {min(shared)!r}")
    if outcome and len(outcome) != 2:
        raise InputError(f"outcome must be of train and of test, but holds {len(outcome)}")
    told, asked = outcome or labels_of(train, test)
    seen, shown = masks_of(train_selected, train), masks_of(test_selected, test)
    fitted = how.fit(train, seen, told)
    values, chosen = (fitted.log_likelihood(test, shown, asked, chosen=one).cpu().numpy() for one in (False, True))
    return Evidence(values, chosen)


def labels_of(train: Batch, test: Batch) -> tuple[Tensor, Tensor]:
    """The labels of both as chances of the same classes, ``[sample, class]`` each."""
    parts = outcome_of(train), outcome_of(test)
    n_class = max(part.shape[1] for part in parts)
    one, other = (functional.pad(part, (0, n_class - part.shape[1])) for part in parts)
    return one, other


def most_important(attribution: xr.DataArray, batch: Batch, n_cell: int) -> xr.DataArray:
    """The cells of the largest absolute attributions as a selection, so that any explainer can be checked.

    Args:
        attribution: Of an explanation, ``[sample, time, feature]``.
        batch: The samples, in the same order.
        n_cell: Cells of each sample; all of one that has fewer.
    """
    if n_cell < 1:
        raise InputError(f"n_cell must be 1 or more, but is {n_cell}")
    allowed = (batch.observed & batch.cells).cpu().numpy()
    scores = np.where(allowed, np.abs(np.nan_to_num(attribution.transpose(*CELLS).values)), -1.0)
    order = removal_order(scores, batch.exists.cpu().numpy(), keys=batch.keys.cpu().numpy())
    return attribution.transpose(*CELLS).copy(data=(order >= 0) & (order < n_cell) & allowed)


def masks_of(selected: xr.DataArray, batch: Batch) -> Tensor:
    """The masks of the samples of a batch in its order, ``[sample, time, feature]``."""
    if set(selected.dims) != set(CELLS) or selected.dtype != np.bool_:
        raise InputError(f"selected must be bool {list(CELLS)}, but is {selected.dtype} {list(selected.dims)}")
    if "sample" not in selected.coords:
        raise InputError("selected must carry the ids of its samples; take explanation['selected'] as it is")
    known = set(selected.coords["sample"].values.tolist())
    if missing := [str(name) for name in batch.ids if name not in known]:
        raise InputError(f"selected must hold every sample of the batch, but {len(missing)} lack, first {missing[0]!r}")
    values = selected.sel(sample=batch.ids).transpose(*CELLS).values
    if values.shape != tuple(batch.x.shape):
        raise InputError(f"selected must be {list(batch.x.shape)} as the batch, but is {list(values.shape)}")
    return torch.from_numpy(np.ascontiguousarray(values)).to(batch.x.device)
