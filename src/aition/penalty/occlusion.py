"""Occlusion in training: how far outputs move when a part of the values is taken away."""

from dataclasses import dataclass, field

from torch import Tensor

from aition.core.batch import Batch
from aition.core.model import TorchModel
from aition.impute.baseline import Baseline, ConstantBaseline, check_baseline
from aition.penalty.claims import Claim
from aition.penalty.passes import absent, centred, said_of, same, untouched


@dataclass(frozen=True)
class OcclusionPenalty:
    """Squares of how far the outputs move when the part gives way to a baseline.

    With P(x) the part of x, b the baseline and f the outputs, logits less their mean over classes, the relevance is
    ``r = f(x) - f(x - P(x - b))``, ``[sample, output]``. It costs two passes.

    Args:
        baseline: What stands in place of the part.

    Returns:
        A scalar to be added to the loss, in squares of logits.

    >>> import torch
    >>> from aition import from_tensors
    >>> from aition.penalty import Features, MustNotMatter
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).sum(dim=1))
    >>> batch, claim = from_tensors(torch.ones(5, 1, 2)), MustNotMatter(Features("f1"))
    >>> torch.allclose(OcclusionPenalty()(model, batch, claim), model.module.weight[0, 1] ** 2)
    True
    """

    baseline: Baseline = field(default_factory=ConstantBaseline)

    def __post_init__(self) -> None:
        check_baseline(self.baseline)

    def __call__(self, model: TorchModel, batch: Batch, claim: Claim) -> Tensor:
        def without(values: Tensor) -> Tensor:
            return values - claim.part(batch, values - absent(batch, values, self.baseline))

        with untouched(model):
            whole, rest = said_of(model, batch, same), said_of(model, batch, without)
        return claim.cost(centred(model, whole, batch) - centred(model, rest, batch), power=2)
