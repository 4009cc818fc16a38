"""TintExtremalMask: the extremal mask of time-interpret."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from pytorch_lightning import Trainer
from tint.attr import ExtremalMask
from tint.attr.models import ExtremalMaskNet
from tint.models import MLP, RNN
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.freeze import random_state_kept
from aition.core.model import Model, white_box
from aition.core.question import Question
from aition_peers.asked import ALONE, asked, check_askable
from aition_peers.training import silent_trainer

COMPANY = "all masks are learned together, by one optimiser and (with a generator) one network"


@dataclass(frozen=True)
class TintExtremalMask:
    """Attribute by the mask that time-interpret 0.3.0 learns, with a learned replacement or a baseline.

    The defaults are those of its experiment on hidden Markov models ("State"). All series are learned together, and
    which of them share a mini-batch matters. Padding is refused; missing values are masked like any other, at their
    fill value.

    Args:
        game: "preservation" keeps the outputs with as little as possible; "deletion" reaches those of the baseline.
        generated: Learn a bidirectional GRU that writes the replacement; otherwise it is the baseline.
        baseline: What stands for absence, in units of ``x``.
        loss: How outputs are compared: "mse", or "cross_entropy" with the classes asked whole.
        size_weight: λ1, of the mask's mean.
        replacement_weight: λ2, of the mean size of the learned replacement.
        rate: Of Adam.
        epochs: Times that all series are seen.
        batch_size: Series in a mini-batch.
        seed: Of the generator's first weights.

    Returns:
        ``attribution`` ``[sample, time, feature]``: the mask, in [0, 1].

    References:
        Enguehard, "Learning perturbations to explain time series predictions", ICML 2023; "Time Interpret: a unified
        model interpretability library for time series", 2023.
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("rare", "mimic")
    one_chunk: ClassVar[bool] = True
    rounding: ClassVar[float] = 1e-3
    exempt: ClassVar[dict[str, str]] = dict.fromkeys(ALONE, COMPANY)

    game: Literal["preservation", "deletion"] = "preservation"
    generated: bool = True
    baseline: float = 0.0
    loss: Literal["mse", "cross_entropy"] = "mse"
    size_weight: float = 1.0
    replacement_weight: float = 1.0
    rate: float = 0.01
    epochs: int = 500
    batch_size: int = 100
    seed: int = 0

    @classmethod
    def rare(cls) -> "TintExtremalMask":
        """The setting of its experiments on rare features and rare times."""
        return cls(generated=False, epochs=2000, batch_size=50)

    @classmethod
    def mimic(cls) -> "TintExtremalMask":
        """The setting of its experiment on mortality in MIMIC-III."""
        return cls(loss="cross_entropy")

    def __call__(self, model: Model, batch: Batch, question: Question) -> dict[str, tuple[tuple[str, ...], Tensor]]:
        inner = white_box(model, "TintExtremalMask")
        check_askable(batch, question, loss=self.loss, peer="TintExtremalMask")
        rows = torch.arange(len(batch), device=batch.x.device)
        trainer = silent_trainer(self.epochs, cuda=batch.x.is_cuda)
        mask = self.learned(asked(inner, batch, question), batch.x, rows, trainer=trainer)
        return {"attribution": (("sample", "time", "feature"), mask.to(batch.x))}

    def learned(
        self, forward: Callable[..., Tensor], x: Tensor, *further: Tensor, trainer: AbstractContextManager[Trainer]
    ) -> Tensor:
        """The masks of tint for a plain function, ``[sample, time, feature]``.

        Args:
            forward: From values and the further arguments to outputs ``[sample, …]``.
            x: Values, ``[sample, time, feature]``.
            further: What else it is called with, each ``[sample, …]``.
            trainer: Of Lightning.
        """
        with random_state_kept(), torch.enable_grad(), trainer as runner:
            net = ExtremalMaskNet(
                forward_func=forward,
                preservation_mode=self.game == "preservation",
                model=generator(x.shape[2], seed=self.seed) if self.generated else None,
                lambda_1=self.size_weight,
                lambda_2=self.replacement_weight,
                loss=self.loss,
                optim="adam",
                lr=self.rate,
            )
            mask: Tensor = ExtremalMask(forward).attribute(
                x.detach().float(),
                baselines=self.baseline,
                additional_forward_args=further or None,
                trainer=runner,
                mask_net=net,
                batch_size=self.batch_size,
            )
            return mask


def generator(n_feature: int, *, seed: int) -> nn.Module:
    """The generator of tint's experiments with its first weights; the global random state is set to the seed."""
    torch.manual_seed(seed)
    recurrent = RNN(n_feature, rnn="gru", hidden_size=n_feature, bidirectional=True)
    return nn.Sequential(recurrent, MLP([2 * n_feature, n_feature]))
