"""Real samples that others are compared with, laid step by step beside each of them."""

import torch
from torch import Tensor

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError

NO_REFERENCES = from_tensors(torch.zeros(0, 1, 1))
"""What stands for no references."""


def check_references(references: Batch, batch: Batch, method: str) -> None:
    """Raise unless every reference can be laid beside every sample.

    Raises:
        InputError: There are no references, or they have other features or too few steps.
    """
    if not len(references):
        raise InputError(
            f"{method} compares with real samples: references must be a Batch of them, such as 20 from the training "
            "data, but is empty"
        )
    if references.n_feature != batch.n_feature:
        raise InputError(
            f"references must be [reference time feature={batch.n_feature}] as the data, "
            f"but are {list(references.x.shape)}"
        )
    if int(references.lengths.min()) < int(batch.lengths.max()):
        short = int(references.lengths.argmin())
        raise InputError(
            f"references must have at least the {int(batch.lengths.max())} steps of the longest sample, but "
            f"{str(references.ids[short])!r} has {int(references.lengths[short])}; leave short ones out"
        )


def beside(references: Batch, batch: Batch, which: Tensor) -> Tensor:
    """One reference beside each sample, ``[sample, time, feature]``.

    Steps are counted from the first that exists, so padding moves nothing; in its padding a sample keeps its values.

    Args:
        references: Real samples.
        batch: What is explained.
        which: Number of the reference of each sample, ``[sample]``.
    """
    chosen = references.take(which.cpu())
    start = chosen.start.to(batch.x.device)
    index = (batch.step.clamp(min=0) + start[:, None]).clamp(max=references.n_time - 1)
    values = chosen.x.to(batch.x.device, batch.x.dtype)
    return torch.where(batch.cells, values.gather(1, index[:, :, None].expand(batch.x.shape)), batch.x)
