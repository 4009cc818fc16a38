"""Parts: which share of the values a penalty speaks of, such as cells, features or steps."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError

Part = Callable[[Batch, Tensor], Tensor]
"""From samples and values ``[sample, time, feature]`` to the share of these values that is spoken of, in their shape.

It must be linear in the values, and 0 in the padding. The values are ``batch.x``, or what an embedding says.
"""


@dataclass(frozen=True, eq=False)
class Cells:
    """The same cells of every sample.

    Args:
        mask: Which, bool, ``[time, feature]``, time counted from the first existing step; one column holds for all
            features.

    >>> from aition import from_tensors
    >>> batch = from_tensors(torch.ones(1, 3, 2))
    >>> Cells(torch.tensor([[True], [False], [False]]))(batch, batch.x)[0].tolist()
    [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    """

    mask: Tensor

    def __post_init__(self) -> None:
        if self.mask.ndim != 2 or self.mask.dtype != torch.bool:
            raise InputError(f"mask must be bool [time feature], but is {self.mask.dtype} {list(self.mask.shape)}")

    def __call__(self, batch: Batch, values: Tensor) -> Tensor:
        if (longest := int(batch.lengths.max())) > len(self.mask) or self.mask.shape[1] not in (1, values.shape[2]):
            raise InputError(
                f"mask must be [time={longest} feature={values.shape[2]}], or have one column, "
                f"but is {list(self.mask.shape)}"
            )
        mask = self.mask.to(values.device)[batch.step.clamp(0, len(self.mask) - 1)]
        return kept(batch, values, mask)


@dataclass(frozen=True)
class MarkedCells:
    """The cells that a field of the batch marks: other cells in every sample, in any order that a loader gives.

    Args:
        field: Its name; bool, ``[sample, time]`` or ``[sample, time, feature]``.
    """

    field: str

    def __call__(self, batch: Batch, values: Tensor) -> Tensor:
        mark = batch[self.field]
        mask = mark[:, :, None] if mark.ndim == 2 else mark
        if mask.dtype != torch.bool or mask.ndim != 3 or mask.shape[2] not in (1, values.shape[2]):
            raise InputError(
                f"field {self.field!r} must be bool [sample time] or [sample time feature={values.shape[2]}], "
                f"but is {mark.dtype} {list(mark.shape)}"
            )
        return kept(batch, values, mask)


@dataclass(frozen=True)
class Features:
    """All steps of some features.

    Args:
        names: As in ``batch.feature_names``.

    >>> from aition import from_tensors
    >>> batch = from_tensors(torch.ones(1, 2, 3), feature_names=("pulse", "weight", "site"))
    >>> Features("site")(batch, batch.x)[0].tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)
        if not names:
            raise InputError("name one feature or more, such as Features('site')")

    def __call__(self, batch: Batch, values: Tensor) -> Tensor:
        if unknown := sorted(set(self.names) - set(batch.feature_names)):
            raise InputError(f"the batch has no feature {unknown[0]!r}; it has {', '.join(batch.feature_names)}")
        if values.shape[2] != batch.n_feature:
            raise InputError(
                f"an embedding has {values.shape[2]} dimensions, none of which is a feature; "
                "mark tokens by MarkedCells(…)"
            )
        chosen = [name in self.names for name in batch.feature_names]
        return kept(batch, values, torch.tensor(chosen, device=values.device))


@dataclass(frozen=True)
class AllBut:
    """What another part leaves: said of all but a signal, only the signal may matter.

    Args:
        part: What is left out.
    """

    part: Part

    def __call__(self, batch: Batch, values: Tensor) -> Tensor:
        return kept(batch, values - self.part(batch, values), torch.ones_like(batch.exists[:, :, None]))


def kept(batch: Batch, values: Tensor, mask: Tensor) -> Tensor:
    """The values in a mask that broadcasts to them, 0 elsewhere and in the padding."""
    return torch.where(mask & batch.exists[:, :, None], values, values.new_zeros(()))
