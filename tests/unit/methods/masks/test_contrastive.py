"""ContrastiveMask finds planted cells; its generator is moved by contrasts, then frozen."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Target, explain, from_tensors
from aition.core.errors import InputError, ModelError, RefusalError, TargetError
from aition.core.model import FunctionModel, TorchModel
from aition.methods.masks import ContrastiveMask, DonorStep, ExtremalMask, Fixed, Flat, Learned, LocalTrend
from aition.methods.masks.contrastive import deviations
from aition.metrics.truth import auprc

WHOLE = Target.whole("class")
QUICK = ContrastiveMask(trend=LocalTrend(), steps=30, epochs=6)


def planted(n_sample: int = 24) -> tuple[TorchModel, Batch, np.ndarray]:
    """Two classes, told by the sums of three steps of one feature and of two of another."""
    torch.manual_seed(0)
    x = torch.randn(n_sample, 12, 3)

    def forward(_: nn.Module, batch: Batch) -> Tensor:
        up = (batch.x[:, 4:7, 0] ** 2).sum(dim=1)
        down = (batch.x[:, 2:4, 2] ** 2).sum(dim=1)
        return torch.stack([up - down, down - up], dim=1)

    truth = np.zeros(x.shape, dtype=bool)
    truth[:, 4:7, 0] = truth[:, 2:4, 2] = True
    return TorchModel(nn.Identity(), forward, axes=("class",), head="none"), from_tensors(x), truth


def found(explainer: ContrastiveMask) -> float:
    """Mean AUPRC of the planted cells, .14 by chance."""
    model, batch, truth = planted()
    mask = explain(explainer, model, batch, WHOLE)["attribution"].values
    return float(np.mean(auprc(mask, truth, np.ones((len(batch), 12), dtype=bool))))


def test_planted_cells_are_found() -> None:
    model, batch, _ = planted()
    fitted = replace(QUICK, size_weight=0.02).fit(model, batch, WHOLE)
    assert not fitted.needs_fit
    assert found(fitted) > 0.85


def test_without_a_generator_and_a_trend_nothing_is_fitted() -> None:
    plain = replace(QUICK, replacement=Fixed(), trend=Flat(), size_weight=0.02)
    assert not plain.needs_fit
    assert found(plain) > 0.85


def test_a_higher_price_closes_gates() -> None:
    model, batch, _ = planted()
    plain = replace(QUICK, replacement=Fixed(), trend=Flat())
    sizes = [
        float(explain(replace(plain, size_weight=price), model, batch, WHOLE)["size"].mean()) for price in (0.02, 0.5)
    ]
    assert sizes[0] > sizes[1]


def contrast_cost(explainer: ContrastiveMask, batch: Batch, module: nn.Module) -> Tensor:
    """What a generator's replacements cost by their contrasts alone."""
    group = (torch.arange(len(batch)) % 2).long()
    parts = (range(3), range(3, len(batch)))
    groups = {parts[0]: group}
    values = [module(batch.x[rows.start : rows.stop], batch.exists[rows.start : rows.stop]) for rows in parts]
    return explainer.contrasts(batch, deviations(batch), groups, parts, values)


@pytest.mark.parametrize("company", ["replacements", "series"])
def test_contrasts_move_the_generator_by_their_true_gradient(company: str) -> None:
    batch = from_tensors(torch.randn(6, 5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    explainer = ContrastiveMask(replacement_weight=0.0, contrast_weight=1.0, company=company)  # type: ignore[arg-type]
    module = Learned().fresh(batch, seed=1).module
    weights = list(module.parameters())
    gradients = torch.autograd.grad(contrast_cost(explainer, batch, module), weights)
    assert sum(float(one.abs().sum()) for one in gradients) > 0.1
    move = 1e-6
    with torch.no_grad():
        for weight, gradient in zip(weights, gradients, strict=True):
            place = int(gradient.abs().argmax())
            flat, before = weight.view(-1), float(weight.view(-1)[place])
            costs = []
            for step in (move, -move):
                flat[place] = before + step
                costs.append(float(contrast_cost(explainer, batch, module)))
            flat[place] = before
            assert float(gradient.view(-1)[place]) == pytest.approx((costs[0] - costs[1]) / (2 * move), abs=1e-6)


def test_the_parts_of_a_mini_batch_do_not_change_what_is_learned() -> None:
    model, batch, _ = planted(8)
    torch.manual_seed(0)
    fits = [
        replace(QUICK, epochs=3, contrast_weight=1.0).fit(replace(model, rows=rows), batch, WHOLE, batch_size=8)
        for rows in (8, 3)
    ]
    pairs = zip(*(one.replacement.module.parameters() for one in fits), strict=True)  # type: ignore[attr-defined]
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in pairs)


def test_contrasts_change_what_is_learned_and_order_does_not() -> None:
    model, batch, _ = planted(8)
    with_them = replace(QUICK, epochs=3, contrast_weight=1.0)
    states = [
        torch.cat([part.flatten() for part in one.replacement.module.parameters()])  # type: ignore[attr-defined]
        for one in (
            with_them.fit(model, batch, WHOLE),
            with_them.fit(model, batch.take(torch.arange(8).flip(0)), WHOLE),
            replace(with_them, contrast_weight=0.0).fit(model, batch, WHOLE),
        )
    ]
    assert torch.allclose(states[0], states[1], atol=1e-5)
    assert float((states[0] - states[2]).abs().max()) > 1e-3


def test_a_fit_leaves_the_model_and_the_random_state() -> None:
    torch.manual_seed(0)
    model = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(10, 2), nn.Dropout()).train(), head="none")
    before, state = [one.clone() for one in model.module.parameters()], torch.get_rng_state()
    fitted = QUICK.fit(model, from_tensors(torch.randn(5, 5, 2, generator=torch.Generator())), WHOLE)
    assert model.module.training
    assert all(torch.equal(one, other) for one, other in zip(before, model.module.parameters(), strict=True))
    assert all(one.requires_grad and one.grad is None for one in model.module.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(one.requires_grad for one in fitted.trend.module.parameters())  # type: ignore[attr-defined]


@pytest.mark.parametrize("explainer", [QUICK, ExtremalMask(replacement=Learned(), steps=1)])
def test_a_background_that_cannot_be_learned_from_is_refused(explainer: ContrastiveMask | ExtremalMask) -> None:
    batch = from_tensors(torch.zeros(3, 4, 2), lengths=[4, 3, 4])
    steps, broken = (
        TorchModel(nn.Identity(), lambda _, one, factor=factor: one.x * factor, axes=("time", "class"), head="none")
        for factor in (1.0, float("nan"))
    )
    with pytest.raises(TargetError, match="the asked step does not exist in 1 of 3 series of the background"):
        explainer.fit(steps, batch, Target.of_class(0, time=3))
    with pytest.raises(ModelError, match="NaN or infinite for 3 of 3 series"):
        explainer.fit(broken, batch, Target.of_class(0, time="last"))
    with pytest.raises(InputError, match="most must be a whole number, 1 or more, but is 0"):
        explainer.fit(steps, batch, Target.of_class(0, time="last"), most=0)
    with pytest.raises(InputError, match="batch_size must be a whole number, 1 or more, but is 0"):
        explainer.fit(steps, batch, Target.of_class(0, time="last"), batch_size=0)


def test_what_never_varies_has_no_deviation_and_no_trend() -> None:
    constant = from_tensors(torch.full((11, 13, 1), 0.1))
    assert deviations(constant).tolist() == [1.0]
    trend = LocalTrend().fresh(constant, seed=0)
    values = [trend(from_tensors(torch.full((1, 13, 1), value))) for value in (0.0, 0.1, 0.3, 1.1, 37.3)]
    assert all(torch.equal(value, values[0]) for value in values)


def test_what_cannot_be_fitted_or_explained_is_refused() -> None:
    model, batch, _ = planted(4)
    with pytest.raises(RefusalError, match="still to be fitted; call fit"):
        explain(QUICK, model, batch, WHOLE)
    with pytest.raises(InputError, match=r"replacement must be Learned\(\) or trend LocalTrend\(\) to be fitted"):
        replace(QUICK, replacement=Fixed(), trend=Flat()).fit(model, batch, WHOLE)
    with pytest.raises(InputError, match=r"is DonorStep\(\); gather it beforehand"):
        replace(QUICK, replacement=DonorStep()).fit(model, batch, WHOLE)
    with pytest.raises(RefusalError, match="take Occlusion"):
        QUICK.fit(FunctionModel(lambda one: one.x[:, 0]), batch, Target.of_class(0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise": 0.0}, "noise must be above 0"),
        ({"company": "nobody"}, "company must be one of 'replacements', 'series', but is 'nobody'"),
        ({"loss": "hinge"}, "loss must be one of"),
        ({"trend": LocalTrend}, r"trend must be one with its settings, such as Flat\(\)"),
        ({"steps": 0}, "steps must be a whole number, 1 or more"),
        ({"contrast_weight": -1.0}, "contrast_weight must be 0 or more"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ContrastiveMask(**settings)  # type: ignore[arg-type]
