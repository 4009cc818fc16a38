"""ContrastiveMask against its equations: loops over series, with torch's own Adam."""

import math

import torch
from torch import Tensor, nn

from aition import Batch, Target, from_tensors
from aition.core.draws import normal_like
from aition.core.model import TorchModel
from aition.methods.masks import ContrastiveMask, Generated, Learned, LearnedTrend, LocalTrend

N_SAMPLE, N_TIME, N_FEATURE = 5, 6, 2
PRICE, CONTRAST, SIZE, MARGIN, NOISE, RATE = 0.3, 0.8, 0.2, 1.5, 0.4, 0.02
WHOLE = Target.whole("class")


class Reader(nn.Module):
    """A GRU with three classes."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layer, self.read = nn.GRU(N_FEATURE, 6, batch_first=True), nn.Linear(6, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = 5 * self.read(self.layer(x)[0][:, -1])
        return outputs


def asked() -> tuple[TorchModel, Batch]:
    x = 2 * torch.randn(N_SAMPLE, N_TIME, N_FEATURE, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    return TorchModel(Reader().double().requires_grad_(False), head="none"), from_tensors(x)


def literal_cost(f: nn.Module, batch: Batch, i: int, mask: Tensor, value: Tensor, tau: Tensor, step: int) -> Tensor:
    """Price of the gates of one series, and the share of the effect that they leave."""
    x = batch.x[i]
    centre = 2 * mask / (1 + torch.exp(-tau * mask))
    gate = (centre + NOISE * normal_like(batch, seed=0, draw=step)[i]).clamp(0, 1)
    chance = 0.5 + 0.5 * torch.erf(centre / (math.sqrt(2) * NOISE))
    wanted, absent = f(x[None]), f(torch.zeros_like(x)[None])
    left = ((f((x * gate + value * (1 - gate))[None]) - wanted) ** 2).mean() / ((absent - wanted) ** 2).mean()
    return PRICE * chance.mean() + left


def literal_contrast(values: Tensor, group: Tensor, i: int) -> Tensor:
    """The hinge of one series over all others."""
    gaps = {own: [] for own in (True, False)}  # type: dict[bool, list[Tensor]]
    for j in range(N_SAMPLE):
        if j != i:
            gaps[bool(group[i] == group[j])].append((values[i] - values[j]).abs().mean())
    if not gaps[True] or not gaps[False]:
        return values.new_zeros(())
    return (torch.stack(gaps[False]).mean() - torch.stack(gaps[True]).mean() + MARGIN).clamp(min=0)


def test_the_fit_is_its_equations_with_one_optimiser() -> None:
    model, batch = asked()
    explainer = ContrastiveMask(
        Learned(), LocalTrend(3, 2), size_weight=PRICE, contrast_weight=CONTRAST, replacement_weight=SIZE,
        margin=MARGIN, noise=NOISE, cooled=False, epochs=8, fit_rate=RATE,
    )  # fmt: skip
    fitted = explainer.fit(model, batch, WHOLE)
    generator, trend = Learned().fresh(batch, seed=0), LocalTrend(3, 2).fresh(batch, seed=0)
    masks = nn.Parameter(torch.ones_like(batch.x))
    weights = [*generator.module.parameters(), *trend.module.parameters()]
    adam = torch.optim.Adam([masks, *weights], lr=RATE)
    group = model(batch).argmax(dim=1)
    assert len(group.unique()) > 1
    scale = batch.x.flatten(0, 1).std(dim=0, correction=0)
    for epoch in range(8):
        value, tau = generator(batch, seed=0)(epoch), trend(batch)
        costs = [
            literal_cost(model.module, batch, i, masks[i], value[i], tau[i], epoch)
            + SIZE * (value[i] / scale).abs().mean()
            + CONTRAST * literal_contrast(value / scale, group, i)
            for i in range(N_SAMPLE)
        ]
        adam.zero_grad()
        torch.stack(costs).mean().backward()
        adam.step()
        masks.data.clamp_(0, 1)
    assert isinstance(fitted.replacement, Generated)
    assert isinstance(fitted.trend, LearnedTrend)
    learned = [*fitted.replacement.module.parameters(), *fitted.trend.module.parameters()]
    # Series come in the order of a hash, so sums are rounded otherwise.
    assert all(torch.allclose(one, other, atol=1e-8) for one, other in zip(learned, weights, strict=True))
    moved = zip(learned, first_weights(batch), strict=True)
    assert max(float((one - two).detach().abs().max()) for one, two in moved) > 0.05


def first_weights(batch: Batch) -> list[Tensor]:
    """Where the fit begins."""
    made = Learned().fresh(batch, seed=0).module, LocalTrend(3, 2).fresh(batch, seed=0).module
    return [weight for module in made for weight in module.parameters()]


def test_masks_are_their_equations_each_series_alone() -> None:
    model, batch = asked()
    generator, trend = Learned().fresh(batch, seed=1), LocalTrend(3, 2).fresh(batch, seed=1)
    explainer = ContrastiveMask(generator, trend, size_weight=PRICE, noise=NOISE, steps=30, rate=0.05, cooled=False)
    answer = explainer(model, batch, WHOLE.resolve(model(batch), batch))["attribution"][1]
    with torch.no_grad():
        value, tau = generator(batch, seed=0)(0), trend(batch)
    for i in range(N_SAMPLE):
        mask = nn.Parameter(torch.ones_like(batch.x[i]))
        adam = torch.optim.Adam([mask], lr=0.05)
        for step in range(30):
            adam.zero_grad()
            literal_cost(model.module, batch, i, mask, value[i], tau[i], step).backward()
            adam.step()
            mask.data.clamp_(0, 1)
        expected = (2 * mask * torch.sigmoid(tau[i] * mask)).clamp(0, 1)
        assert float((answer[i] - expected.detach()).abs().max()) <= 1e-8
        assert float((1 - expected).detach().abs().max()) > 0.2
