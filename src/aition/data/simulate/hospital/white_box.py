"""The planted risk as a model: it reads values, whether they were measured, and the hour."""

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.data.simulate.hospital.law import BASE, COURSES, EFFECTS, MOTIF, TOGETHER
from aition.data.simulate.hospital.measures import MEASURES, N_BIN, PLACE
from aition.data.simulate.law import two_classes


class Risk(nn.Module):
    """What a value adds by the bin that it lies in, exactly; its gradient is that of a line through the bins' middles.

    A step has no gradient of its own, so explainers that follow gradients would see nothing.

    Args:
        standardised: Whether values come in deviations from normal, or in their units.
    """

    def __init__(self, *, standardised: bool) -> None:
        super().__init__()
        edges = torch.tensor([one.edges for one in MEASURES], dtype=torch.float64)
        if standardised:
            normal = torch.tensor([[one.normal] for one in MEASURES], dtype=torch.float64)
            edges = (edges - normal) / torch.tensor([[one.scale] for one in MEASURES], dtype=torch.float64)
        between = (edges[:, :-1] + edges[:, 1:]) / 2
        first, last = 2 * edges[:, :1] - between[:, :1], 2 * edges[:, -1:] - between[:, -1:]
        self.edges: Tensor
        self.middles: Tensor
        self.courses: Tensor
        self.register_buffer("edges", edges.float())
        self.register_buffer("middles", torch.cat([first, between, last], dim=1).float())
        self.register_buffer("courses", torch.stack([torch.from_numpy(COURSES[one.course]) for one in EFFECTS]).float())

    def forward(self, x: Tensor, observed: Tensor, hour: Tensor) -> Tensor:
        """Log-odds of death, ``[sample]``, from values, ``[sample, time, feature]``, and hours, ``[sample, time]``."""

        def adds(name: str, weights: tuple[float, ...]) -> Tensor:
            place = PLACE[name]
            return self.looked_up(x[:, :, place], place, x.new_tensor(weights)) * observed[:, :, place]

        total = x.new_full((len(x),), BASE)
        last = self.courses.shape[1] - 1
        for course, effect in zip(self.courses, EFFECTS, strict=True):
            total = total + (adds(effect.feature, effect.weights) * course[hour.clamp(0, last)]).sum(dim=1)
        for pair in TOGETHER:
            late = hour >= pair.first
            one, other = (
                adds(name, tuple(float(place in bins) for place in range(N_BIN))) * late
                for name, bins in zip(pair.features, pair.bins, strict=True)
            )
            product = (one * other).sum(dim=1) if pair.same_hour else one.sum(dim=1) * other.sum(dim=1)
            total = total + pair.weight * product
        n_start = x.shape[1] - len(MOTIF.bins) + 1
        meets = x.new_ones(len(x), max(n_start, 0))
        for step, (least, most) in enumerate(MOTIF.bins):
            counts = adds(MOTIF.feature, tuple(float(least <= place <= most) for place in range(N_BIN)))
            meets = meets * counts[:, step : step + meets.shape[1]]
        return total + MOTIF.weight * meets.sum(dim=1)

    def looked_up(self, x: Tensor, place: int, weights: Tensor) -> Tensor:
        """The weight of the bin that each value of a feature lies in, in the shape of ``x``."""
        exact = weights[torch.bucketize(x.detach().contiguous(), self.edges[place])]
        if not x.requires_grad:
            return exact
        left, right = self.middles[place, :-1], self.middles[place, 1:]
        lines = ((x[..., None] - left) / (right - left)).clamp(0, 1) @ weights.diff()
        return exact + lines - lines.detach()


def forward_risk(module: nn.Module, batch: Batch) -> Tensor:
    """Logits ``[sample, class]`` of survival and death."""
    return two_classes(module(batch.x, batch.observed, batch.step))
