"""Dynamask against its equations: one series and one share at a time, with torch's own Adam."""

import torch
from torch import Tensor, nn

from aition import from_tensors
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.methods.masks import Dynamask, Fade, Fixed, Widen

N_SAMPLE, N_TIME, N_FEATURE = 3, 7, 2


class Steps(nn.Module):
    """A GRU with two outputs at every step."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layer, self.read = nn.GRU(N_FEATURE, 6, batch_first=True), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = 3 * self.read(self.layer(x)[0])
        return outputs


def blurred(x: Tensor, mask: Tensor, width: float) -> Tensor:
    """``x [time, feature]``, each cell averaged over all steps by a Gaussian of width ``width · (1 - m)``."""
    away = (torch.arange(N_TIME)[:, None] - torch.arange(N_TIME)[None]).float()
    own = width * (1 - mask).clamp(min=1e-3)
    weight = torch.exp(-(away[:, :, None] ** 2) / (2 * own[:, None] ** 2))
    return (weight * x[None]).sum(dim=1) / weight.sum(dim=1)


def rounded_off(change: Tensor) -> Tensor:
    """``|change|``, a parabola within a thousandth of 0."""
    return torch.where(change.abs() < 1e-3, change**2 / 2e-3, change.abs() - 5e-4)


def held(value: float, values: list[float], n_true: int) -> float:
    """1 for the largest cells, 0 for others; cells within a thousandth share, the less the further apart they are."""
    above = sum(min(max((other - value - 0.0005) / 0.001, 0), 1) for other in values)
    with_it = sum(min(max((other - value + 0.0015) / 0.001, 0), 1) for other in values)
    return min(max((n_true - above) / max(with_it - above, 1), 0), 1)


def literal(
    f: nn.Module, x: Tensor, share: float, *, width: float, steps: int, rate: float
) -> tuple[Tensor, float, float]:
    """A mask of one series, the distance it leaves, and its cost, by the published equations; fades to 0 or blurs."""
    wanted, n_true = f(x[None]), round(share * x.numel())
    mask = nn.Parameter(torch.full_like(x, 0.5))
    adam = torch.optim.Adam([mask], lr=rate)

    def distance() -> Tensor:
        given = blurred(x, mask, width) if width else x * mask
        return ((f(given[None]) - wanted) ** 2).mean()

    def cost(weight: float) -> Tensor:
        values = mask.detach().flatten().tolist()
        area = torch.tensor([held(value, values, n_true) for value in values], dtype=x.dtype)
        size = ((mask.flatten() - area) ** 2).mean()
        return weight * size + distance() + 0.5 * rounded_off(mask[1:] - mask[:-1]).mean()

    for step in range(steps):
        adam.zero_grad()
        cost(0.1 * 100 ** (step / steps)).backward()
        adam.step()
        mask.data.clamp_(0, 1)
    return mask.detach(), float(distance().detach()), float(cost(0.1 * 100).detach())


def test_it_is_its_equations_for_each_series_and_share_alone() -> None:
    torch.manual_seed(4)
    # In single precision a step of Adam near a kink can go another way.
    model = TorchModel(Steps().double().requires_grad_(False), head="none")
    x = torch.randn(N_SAMPLE, N_TIME, N_FEATURE, dtype=torch.float64)
    batch = from_tensors(x, layout="sample time feature")
    question = Target.whole("time", "class").resolve(model(batch), batch)
    shares = (0.2, 0.5)
    for width in (0.0, 1.5):
        explainer = Dynamask.paper(
            perturbation=Widen(width) if width else Fade(Fixed()), keep=shares, smoothness=0.5, steps=40, rate=0.03
        )
        answer = explainer(model, batch, question)
        for i in range(N_SAMPLE):
            found = [literal(model.module, batch.x[i], s, width=width, steps=40, rate=0.03) for s in shares]
            best = min(range(2), key=lambda place, found=found: found[place][2])  # type: ignore[misc]
            assert float((answer["attribution"][1][i] - found[best][0]).abs().max()) <= 1e-4
            assert abs(float(answer["fidelity"][1][i]) - found[best][1]) <= 1e-4
            assert abs(float(answer["kept"][1][i]) - shares[best]) <= 1e-6
