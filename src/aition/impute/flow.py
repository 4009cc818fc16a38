"""The flow imputer: how series depart from a Gaussian law, by invertible splines that know what is kept."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.extras import optional
from aition.impute.convolved import Convolved
from aition.impute.learned import ORDINARY, Course, Learned, drawn, learn


@dataclass(frozen=True)
class Splines:
    """Coupling layers, each of which turns every other cell by a spline that knows the cells between.

    Args:
        transforms: Layers.
        bins: Pieces of a spline.
        channels: Of the convolutions over time that say the splines.
        dilations: Steps between what a convolution sees, one a convolution.
    """

    transforms: int = 3
    bins: int = 5
    channels: int = 24
    dilations: tuple[int, ...] = (1, 2, 4)

    def __post_init__(self) -> None:
        if min(self.transforms, self.channels, len(self.dilations), *self.dilations) < 1 or self.bins < 2:
            raise InputError(f"bins must be 2 or more, and the rest 1 or more, but are {self}")

    def __call__(self, n_step: int, n_feature: int) -> nn.Module:
        return SplineNetwork(n_step, n_feature, self)


class SplineNetwork(nn.Module):
    """A conditional flow over the cells that are lost; those that are kept are no part of it but say what it is.

    Each layer is triangular in the lost cells whichever they are, so log-determinants add up over these alone. The last
    weights are 0 at first: the flow begins as the identity.
    """

    latent = 0

    def __init__(self, n_step: int, n_feature: int, shape: Splines) -> None:
        super().__init__()
        self.spline, self.bins = zuko().MonotonicRQSTransform, shape.bins
        number = 3 * shape.bins - 1
        self.layers = nn.ModuleList(
            Convolved(n_feature, 3, number, channels=shape.channels, dilations=shape.dilations)
            for _ in range(shape.transforms)
        )
        cell = torch.arange(n_step)[:, None] + torch.arange(n_feature)
        self.odd: Tensor
        self.even: Tensor
        for name, rest in (("even", 0), ("odd", 1)):
            self.register_buffer(name, (cell % 2 == rest).flatten().nonzero()[:, 0], persistent=False)

    def splines(self, place: int, value: Tensor, lost: Tensor, seen: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Places of the cells that a layer turns, and the numbers of their splines."""
        turned = self.odd if place % 2 else self.even
        given = torch.stack([value.index_fill(1, turned, 0.0), seen, lost.to(value)], dim=2)
        numbers = self.layers[place](given)[:, turned]
        return turned, numbers.split([self.bins, self.bins, self.bins - 1], dim=2)

    def loss(self, innovation: Tensor, lost: Tensor, seen: Tensor, _white: Tensor) -> Tensor:
        """Negative log-density of the innovations of lost cells, up to a constant, ``[row]``."""
        value, total = innovation, torch.zeros_like(innovation[:, 0])
        for place in range(len(self.layers)):
            turned, numbers = self.splines(place, value, lost, seen)
            mine, before = lost[:, turned], value[:, turned]
            after, slope = self.spline(*numbers).call_and_ladj(before)
            value = value.index_copy(1, turned, torch.where(mine, after, before))
            total = total + torch.where(mine, slope, 0.0).sum(dim=1)
        return value.square().sum(dim=1) / 2 - total

    def innovation(self, white: Tensor, lost: Tensor, seen: Tensor, _further: Tensor) -> Tensor:
        """Innovations that the flow turns into these numbers, ``[row, cell]``, in double precision."""
        # In single precision the root of the inverse spline can be one of a number below 0.
        value = torch.where(lost, white, 0.0).double()
        for place in reversed(range(len(self.layers))):
            turned, numbers = self.splines(place, value.to(white), lost, seen)
            after = value[:, turned]
            before = self.spline(*(part.double() for part in numbers)).inv(after)
            value = value.index_copy(1, turned, torch.where(lost[:, turned], before, after))
        return value


@dataclass(frozen=True, eq=False)
class FlowImputer:
    """Draws from a normalising flow of the cells that are taken away, given those that are kept, whichever they are.

    The conditional law itself is learned, with cells hidden at random: there is no joint law of which it were a part,
    so draws under different masks need not agree with one another beyond what was learned. What is kept is read by the
    Gaussian law first, and the flow turns what that leaves: it begins as :class:`GaussianImputer` and departs from it
    as far as series that were held back bear out.

    Args:
        learned: The Gaussian law, and the weights of the flow.
        shape: Of the flow.
        seed: Of the draws.

    References:
        Durkan, Bekasov, Murray and Papamakarios, "Neural spline flows", NeurIPS 2019, section 3; Dinh, Sohl-Dickstein
        and Bengio, "Density estimation using Real NVP", ICLR 2017, section 3.2 (coupling).
    """

    learned: Learned
    shape: Splines = Splines()
    seed: int = 0

    @classmethod
    def fit(
        cls, background: Batch, *, shape: Splines = Splines(), course: Course = ORDINARY, seed: int = 0
    ) -> "FlowImputer":
        """Moments of a background, and a flow learned by maximum likelihood on hidden cells of it.

        Raises:
            InputError: The background has fewer than ten series, or never observed a feature.
            MissingExtraError: zuko is not installed.
        """
        zuko()
        return cls(learn(background, shape, course, seed=seed), shape, seed)

    @property
    def causal(self) -> bool:
        """Later cells tell of earlier ones."""
        return False

    def draw(self, batch: Batch, kept: Tensor, numbers: Tensor) -> Tensor:
        """Values given the kept cells, ``[sample, draw, time, feature]``."""
        return drawn(self.learned, self.shape, batch, kept, numbers, seed=self.seed)


def zuko() -> Any:
    """The splines of zuko.

    Raises:
        MissingExtraError: It is not installed.
    """
    return optional("zuko.transforms", user="FlowImputer", package="zuko", extra="impute")
