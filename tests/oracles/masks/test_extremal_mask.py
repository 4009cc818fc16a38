"""ExtremalMask against literal versions of its equations: one sample at a time, with torch's own Adam."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from aition import from_series, from_tensors
from aition.core.batch import Batch
from aition.core.draws import uniform
from aition.core.model import TorchModel
from aition.core.question import Question
from aition.core.target import Target
from aition.methods.masks import ExtremalMask, Fixed, Learned

N_SAMPLE, N_TIME, N_FEATURE = 4, 5, 3
Network = Callable[[Tensor], Tensor]


class Steps(nn.Module):
    """A GRU with two outputs at every step."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layer, self.read = nn.GRU(N_FEATURE, 6, batch_first=True), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = 3 * self.read(self.layer(x)[0])
        return outputs


def asked() -> tuple[TorchModel, Batch, Question]:
    torch.manual_seed(4)
    model = TorchModel(Steps().requires_grad_(False), head="none")
    batch = from_tensors(torch.randn(N_SAMPLE, N_TIME, N_FEATURE), layout="sample time feature")
    return model, batch, Target.whole("time", "class").resolve(model(batch), batch)


class Published(nn.Module):
    """The published generator: a bidirectional GRU, states of length 1, a linear layer."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.layer = nn.GRU(N_FEATURE, N_FEATURE, batch_first=True, bidirectional=True)
        self.read = nn.Linear(2 * N_FEATURE, N_FEATURE)

    def forward(self, x: Tensor) -> Tensor:
        states = self.layer(x)[0]
        outputs: Tensor = self.read(states / states.norm(dim=-1, keepdim=True))
        return outputs


def published(
    f: Network, x: Tensor, *, network: nn.Module | None, game: str, loss: str, epochs: int, batch_size: int
) -> Tensor:
    """Masks by the published equations, with their one Adam over everything."""
    mask = nn.Parameter(torch.full_like(x, 0.5))
    adam = torch.optim.Adam([mask, *([] if network is None else network.parameters())], lr=0.01)
    for _ in range(epochs):
        for first in range(0, len(x), batch_size):
            rows = range(first, min(first + batch_size, len(x)))
            penalties, distances = [], []
            for i in rows:
                k = mask[i : i + 1].clamp(0, 1)
                r = torch.zeros_like(x[i : i + 1]) if network is None else network(x[i : i + 1])
                kept = k if game == "preservation" else 1 - k
                wanted = f(x[i : i + 1]) if game == "preservation" else f(torch.zeros_like(x[i : i + 1]))
                outputs = f(x[i : i + 1] * kept + r * (1 - kept))
                m = mask[i] if game != "deletion-as-published" else 1 - mask[i]
                penalties.append(m.abs().mean() + (0 if network is None else r.abs().mean()))
                distances.append(
                    ((outputs - wanted) ** 2).mean()
                    if loss == "squared"
                    else nn.functional.cross_entropy(outputs[0], wanted[0].argmax(dim=-1))
                )
            if network is None:
                penalties = [(mask if game != "deletion-as-published" else 1 - mask).abs().mean()]
            adam.zero_grad()
            (torch.stack(penalties).mean() + torch.stack(distances).mean()).backward()
            adam.step()
    return mask.detach().clamp(0, 1)


@pytest.mark.parametrize(
    ("game", "learned", "rows"),
    [
        ("preservation", True, 100),
        ("preservation", True, 2),
        ("preservation", False, 2),
        ("deletion", True, 100),
        ("deletion-as-published", True, 100),
        ("deletion-as-published", False, 100),
    ],
)
def test_the_paper_preset_is_the_published_equations(game: str, learned: bool, rows: int) -> None:
    model, batch, question = asked()
    replacement = Learned() if learned else Fixed()
    explainer = ExtremalMask.paper(game=game, replacement=replacement, steps=20, together=3, seed=5)
    few = TorchModel(model.module, head="none", rows=rows)
    network = Published(5) if learned else None
    expected = published(model.module, batch.x, network=network, game=game, loss="squared", epochs=20, batch_size=3)
    answer = explainer(few, batch, question)["attribution"][1]
    assert float((answer - expected).abs().max()) <= 1e-5
    assert float((expected - 0.5).abs().max()) > 0.1


def test_the_paper_preset_with_cross_entropy_is_the_published_equations() -> None:
    model, batch, question = asked()
    explainer = ExtremalMask.paper(loss="cross-entropy", steps=20, together=2)
    expected = published(
        model.module, batch.x, network=Published(0), game="preservation", loss="cross-entropy", epochs=20, batch_size=2
    )
    answer = explainer(model, batch, question)["attribution"][1]
    assert float((answer - expected).abs().max()) <= 1e-5


def test_padding_is_left_out_of_the_published_means() -> None:
    model, _, _ = asked()
    lengths = (2, 5, 3)
    batch = from_series([torch.randn(length, N_FEATURE) for length in lengths])
    explainer = ExtremalMask.paper(replacement=Fixed(), steps=20)
    answer = explainer(model, batch, Target.whole("time", "class").resolve(model(batch), batch))["attribution"][1]
    masks = [nn.Parameter(torch.full((length, N_FEATURE), 0.5)) for length in lengths]
    adam = torch.optim.Adam(masks, lr=0.01)
    for _ in range(20):
        series = [batch.x[i, :length] for i, length in enumerate(lengths)]
        errors = [
            (model.module((x * m.clamp(0, 1))[None]) - model.module(x[None])) ** 2
            for x, m in zip(series, masks, strict=True)
        ]
        adam.zero_grad()
        cells = torch.cat([m.abs().flatten() for m in masks])
        (cells.mean() + torch.cat([error.flatten() for error in errors]).mean()).backward()
        adam.step()
    for i, mask in enumerate(masks):
        assert float((answer[i, : len(mask)] - mask.detach()).abs().max()) <= 1e-5


def test_the_default_is_its_equation_for_each_series_alone() -> None:
    model, batch, question = asked()
    f, explainer = model.module, ExtremalMask(steps=20, seed=9)
    answer = explainer(model, batch, question)

    def in_turn(i: int, draw: int) -> Tensor:
        x, key = batch.x[i], batch.keys[i]
        if draw % 2 == 0:
            return torch.zeros_like(x)[None]
        places = [int(uniform(key, 9, torch.tensor(draw), torch.tensor(t)) * N_TIME) for t in range(N_TIME)]
        return x[places][None]

    for i in range(N_SAMPLE):
        x = batch.x[i : i + 1]
        effect = torch.stack([((f(in_turn(i, draw)) - f(x)) ** 2).mean() for draw in range(-8, 0)]).mean()
        mask = nn.Parameter(torch.ones_like(x))
        adam = torch.optim.Adam([mask])
        for step in range(20):
            adam.param_groups[0]["lr"] = 0.05 * (1 - step / 20)
            strain = ((f(x * mask + in_turn(i, step) * (1 - mask)) - f(x)) ** 2).mean() / effect
            adam.zero_grad()
            (0.2 * mask.abs().mean() + strain).backward()
            adam.step()
            mask.data.clamp_(0, 1)
        found = mask.detach()
        assert float((answer["attribution"][1][i] - found[0]).abs().max()) <= 1e-5
        assert float(answer["effect"][1][i]) == pytest.approx(float(effect), rel=1e-4)
        distances = [((f(x * found + in_turn(i, draw) * (1 - found)) - f(x)) ** 2).mean() for draw in range(20, 28)]
        assert float(answer["fidelity"][1][i]) == pytest.approx(float(torch.stack(distances).mean()), rel=1e-3)
        assert float(answer["size"][1][i]) == pytest.approx(float(found.mean()), abs=1e-5)


def test_a_mask_of_one_target_is_held_to_that_output_alone() -> None:
    model, batch, _ = asked()
    target = Target.of_class(1, time="last")
    last = TorchModel(model.module, lambda module, batch: module(batch.x)[:, -1, 1], head="none")
    one = ExtremalMask(steps=20)(model, batch, target.resolve(model(batch), batch))
    other = ExtremalMask(steps=20)(last, batch, Target.scalar().resolve(last(batch), batch))
    assert float((one["attribution"][1] - other["attribution"][1]).abs().max()) <= 1e-5
