"""TintDynamask: the dynamic mask of time-interpret, as it is under Lightning 2 and as it was meant."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MethodType
from typing import Any, ClassVar, Literal

import torch
from pytorch_lightning import Trainer
from tint.attr import DynaMask
from tint.attr.models import MaskNet
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.freeze import random_state_kept
from aition.core.model import Model, white_box
from aition.core.question import Question
from aition_peers.asked import ALONE, asked, check_askable
from aition_peers.training import silent_trainer

WIDTH = {"gaussian_blur": "sigma_max", "fade_moving_average_window": "window_size"}
"""What tint calls the width of a perturbation."""
COMPANY = "the share that is kept is chosen once for all series"
INERT = "an-inert-feature-gets-less-than-the-one-that-matters"


@dataclass(frozen=True)
class TintDynamask:
    """Attribute by the mask that time-interpret 0.3.0 learns under a size regulariser, for the best of several shares.

    The defaults are those of its experiment on hidden Markov models ("State").

    tint 0.3.0 has three faults, which ``repaired`` mends:

    - It adds the regulariser, and in the deletion game turns the sign of the loss, in ``training_step_end``: a hook
      that Lightning 2.0 took away, without a word where a model still has it. So masks only lower the error; shares,
      weights and dilation do nothing. Repaired, the hook is called after each step.
    - Masks lie share by share, but are read mini-batch by mini-batch: with several shares, from the second mini-batch
      on, a series gets the mask of another. Repaired, all series are in one mini-batch.
    - In the deletion game it answers what is kept, so that the cells whose loss matters most come last, and by its
      last step beyond [0, 1]. Repaired, it answers what is taken away.

    Of the shares it takes that of the smallest error over all series, in the deletion game too; that stays.

    Padding is refused; missing values are perturbed like any other, from their fill value.

    Args:
        game: "preservation" keeps the outputs; "deletion" changes them as much as it can.
        perturbation: What happens to a cell: a blur that widens as the mask falls, a fade to the series' mean, or to
            the mean of the steps nearby.
        width: Of the blur (the largest standard deviation), or how far the steps nearby reach; in steps.
        keep: Shares of the cells whose masks are drawn to 1, each learned by itself.
        loss: How outputs are compared: "mse", or "cross_entropy" with the classes asked whole.
        size_weight: Of the size regulariser at the start.
        dilation: By how much that has grown at the end.
        time_weight: Of the mean change from one step to the next.
        rate: Of Adam.
        epochs: Times that all series are seen.
        batch_size: Series in a mini-batch; all of them where tint is repaired.
        repaired: Mend the faults.

    Returns:
        ``attribution`` ``[sample, time, feature]``: the mask, in [0, 1]: what matters most is largest.

    References:
        Crabbé and van der Schaar, "Explaining time series predictions with dynamic masks", ICML 2021.
        Enguehard, "Time Interpret: a unified model interpretability library for time series", 2023.
    """

    PRESETS: ClassVar[tuple[str, ...]] = ("rare",)
    one_chunk: ClassVar[bool] = True
    rounding: ClassVar[float] = 1e-3

    game: Literal["preservation", "deletion"] = "preservation"
    perturbation: Literal["gaussian_blur", "fade_moving_average", "fade_moving_average_window"] = "gaussian_blur"
    width: float = 1.0
    keep: tuple[float, ...] = (0.25, 0.26, 0.27, 0.28, 0.29, 0.3, 0.31, 0.32, 0.33, 0.34)
    loss: Literal["mse", "cross_entropy"] = "mse"
    size_weight: float = 0.1
    dilation: float = 100.0
    time_weight: float = 1.0
    rate: float = 1e-3
    epochs: int = 1000
    batch_size: int = 100
    repaired: bool = True

    def __post_init__(self) -> None:
        if not self.keep or not all(0 < share <= 1 for share in self.keep):
            raise InputError(f"keep must be one or more shares in (0, 1], but is {self.keep}")

    @property
    def exempt(self) -> dict[str, str]:
        """Checks that these settings can't pass, with the reason."""
        faulty = {} if self.repaired else {INERT: "without its regulariser nothing draws a mask away from the error's"}
        return dict.fromkeys(ALONE, COMPANY) | faulty

    @classmethod
    def rare(cls) -> "TintDynamask":
        """The setting of its experiments on rare features and rare times."""
        shares = tuple(round(0.001 * number, 3) for number in range(1, 51))
        return cls(width=2.0, keep=shares, size_weight=1.0, dilation=1000.0, time_weight=0.0, batch_size=50)

    def __call__(self, model: Model, batch: Batch, question: Question) -> dict[str, tuple[tuple[str, ...], Tensor]]:
        inner = white_box(model, "TintDynamask")
        check_askable(batch, question, loss=self.loss, peer="TintDynamask")
        rows = torch.arange(len(batch), device=batch.x.device)
        trainer = silent_trainer(self.epochs, cuda=batch.x.is_cuda)
        mask = self.learned(asked(inner, batch, question), batch.x, rows, trainer=trainer)
        return {"attribution": (("sample", "time", "feature"), mask.to(batch.x))}

    def learned(
        self, forward: Callable[..., Tensor], x: Tensor, *further: Tensor, trainer: AbstractContextManager[Trainer]
    ) -> Tensor:
        """The masks of tint for a plain function, ``[sample, time, feature]``; as in :class:`TintExtremalMask`."""
        wide = {WIDTH[self.perturbation]: self.width} if self.perturbation in WIDTH else {}
        with random_state_kept(), torch.enable_grad(), trainer as runner:
            net = MaskNet(
                forward_func=forward,
                perturbation=self.perturbation,
                deletion_mode=self.game == "deletion",
                keep_ratio=list(self.keep),
                size_reg_factor_init=self.size_weight,
                size_reg_factor_dilation=self.dilation,
                time_reg_factor=self.time_weight,
                loss=self.loss,
                optim="adam",
                lr=self.rate,
                **wide,
            )
            if self.repaired:
                # A bound method, so that tint's deep copy of the net is bound to the copy.
                net.training_step = MethodType(regularised_step, net)
            mask: Tensor = DynaMask(forward).attribute(
                x.detach().float(),
                additional_forward_args=further or None,
                trainer=runner,
                mask_net=net,
                batch_size=len(x) if self.repaired else self.batch_size,
            )
            return (1 - mask).clamp(0, 1) if self.repaired and self.game == "deletion" else mask


def regularised_step(net: MaskNet, batch: Any, batch_idx: int) -> Tensor:
    """A training step with the hook that Lightning 1 called after it."""
    loss: Tensor = net.training_step_end(MaskNet.training_step(net, batch, batch_idx))
    return loss
