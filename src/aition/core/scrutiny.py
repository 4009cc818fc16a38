"""What is looked at before a model is believed: its outputs, its head, and whether padding sways it."""

import warnings
from dataclasses import replace

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import AitionWarning, ModelError
from aition.core.head import look_like_probabilities
from aition.core.model import Model, TorchModel


def check_outputs(outputs: Tensor, batch: Batch) -> None:
    """Raise unless outputs are finite.

    Raises:
        ModelError: Naming the first sample that is not.
    """
    bad = ~torch.isfinite(outputs).reshape(len(outputs), -1).all(dim=1)
    if bool(bad.any()):
        first = int(bad.nonzero()[0])
        raise ModelError(
            f"the model's outputs must be finite, but are NaN or Inf for {int(bad.sum())} of {len(bad)} samples, "
            f"first {str(batch.ids[first])!r}"
        )


def without_idle_head(model: Model, one: Batch) -> Model:
    """The model itself if it has a head that is taken off; else the same without looking for one at every call.

    Warns where outputs look like probabilities but no softmax or sigmoid was found at their end.
    """
    if not isinstance(model, TorchModel) or model.head != "auto":
        return model
    plain = replace(model, head="none")
    with torch.no_grad():
        found, raw = model(one), plain(one)
    if found.shape != raw.shape or not torch.equal(found, raw):
        return model
    if look_like_probabilities(raw):
        warnings.warn(
            "the outputs look like probabilities, which saturate, but no softmax was found at their end: they are "
            "explained as they are; declare head='softmax' or head='sigmoid' to explain logits, head='none' if this is "
            "meant",
            AitionWarning,
            stacklevel=2,
        )
    return plain


def warn_of_padding(model: Model, one: Batch) -> None:
    """Warn where what stands in the padding of a sample changes what the model says of its existing steps."""
    other = one.with_x(torch.where(one.cells, one.x, one.x + 1))
    with torch.no_grad():
        said, then = model(one), model(other)
    if said.ndim > 1 and said.shape[1] == one.n_time:
        said, then = said[one.exists], then[one.exists]
    if not torch.allclose(said, then, rtol=1e-4, atol=1e-5):
        warnings.warn(
            "the model reads padding: other values there change its outputs; mask it by batch.exists or batch.lengths "
            "in the forward function, or give explain() padding='remove'",
            AitionWarning,
            stacklevel=2,
        )
