"""What a mask is held to: which cells are taken away, and how outputs are compared."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aition import from_series, from_tensors
from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.model import TorchModel
from aition.core.target import Target
from aition.methods.masks import Fixed, OwnStep
from aition.methods.masks.objective import Objective

MODEL = TorchModel(nn.Linear(2, 3).requires_grad_(False), head="none")


WHOLE = Target.whole("time", "class")


def objective_of(batch: Batch, *, target: Target = WHOLE, model: TorchModel = MODEL, **changes: Any) -> Objective:
    settings: dict[str, Any] = {
        "game": "preservation",
        "loss": "squared",
        "relative": False,
        "absence": Fixed(),
        "seed": 0,
    }
    return Objective.of(model, batch, target.resolve(model(batch), batch, axes=model.axes), **(settings | changes))


def few() -> Batch:
    return from_tensors(torch.randn(3, 4, 2), layout="sample time feature")


def test_a_mask_of_1_keeps_the_series_and_its_outputs() -> None:
    one = objective_of(few())
    assert torch.equal(one.perturbed(torch.ones(3, 4, 2), torch.zeros(3, 4, 2)).x, one.batch.x)
    assert one.distance(torch.ones(3, 4, 2), torch.zeros(3, 4, 2)).tolist() == [0, 0, 0]


def test_a_mask_of_0_puts_the_replacement() -> None:
    one, other = objective_of(few()), torch.randn(3, 4, 2)
    assert torch.equal(one.perturbed(torch.zeros(3, 4, 2), other).x, other)


def test_deletion_takes_away_where_preservation_keeps() -> None:
    batch, mask, other = few(), torch.rand(3, 4, 2), torch.randn(3, 4, 2)
    kept = objective_of(batch).perturbed(mask, other).x
    taken = objective_of(batch, game="deletion").perturbed(1 - mask, other).x
    assert torch.allclose(kept, taken, atol=1e-6)


def test_deletion_is_reached_where_everything_is_replaced() -> None:
    one = objective_of(few(), game="deletion")
    assert one.distance(torch.ones(3, 4, 2), torch.zeros(3, 4, 2)).tolist() == [0, 0, 0]


def test_missing_values_and_padding_are_never_replaced() -> None:
    batch = from_series([torch.tensor([[1.0, float("nan")]]), torch.ones(3, 2)])
    x = objective_of(batch).perturbed(torch.zeros(2, 3, 2), torch.full((2, 3, 2), 9.0)).x
    assert torch.equal(x == 9, batch.observed)


def test_the_effect_is_the_distance_with_everything_taken_away() -> None:
    one = objective_of(few())
    assert torch.allclose(one.effect, one.distance(torch.zeros(3, 4, 2), torch.zeros(3, 4, 2)))


def test_a_relative_distance_is_1_with_everything_taken_away() -> None:
    one = objective_of(few(), relative=True)
    nothing = torch.zeros(3, 4, 2)
    assert (one.distance(nothing, nothing) / one.unit).tolist() == pytest.approx([1, 1, 1])


def test_a_random_absence_wants_the_mean_of_its_outputs() -> None:
    batch, absence = few(), OwnStep()
    one, draws = objective_of(batch, game="deletion", absence=absence), absence(batch, seed=0)
    outputs = [MODEL(batch.with_x(draws(draw))).flatten(1) for draw in range(-8, 0)]
    assert torch.allclose(one.wanted, torch.stack(outputs).mean(dim=0), atol=1e-6)


def test_outputs_on_padding_do_not_count() -> None:
    batch = from_series([torch.ones(1, 2), torch.ones(3, 2)])

    def forward(module: nn.Module, given: Batch) -> Tensor:
        wrong = torch.rand(len(given), given.n_time, 3)
        outputs: Tensor = torch.where(given.exists[:, :, None], module(given.x), wrong)
        return outputs

    one = objective_of(batch, model=TorchModel(MODEL.module, forward, head="none"))
    assert one.distance(torch.ones(2, 3, 2), torch.zeros(2, 3, 2)).tolist() == [0, 0]


@pytest.mark.parametrize("layout", ["time last", "class last", "no time"])
def test_cross_entropy_is_that_of_torch(layout: str) -> None:
    def forward(module: nn.Module, batch: Batch) -> Tensor:
        outputs: Tensor = module(batch.x)
        return outputs.mT if layout == "time last" else outputs.mean(dim=1) if layout == "no time" else outputs

    axes = {"time last": ("class", "time"), "class last": ("time", "class"), "no time": ("class",)}[layout]
    model = TorchModel(MODEL.module, forward, axes=axes, head="none")
    batch, mask = few(), torch.rand(3, 4, 2)
    one = objective_of(batch, model=model, target=Target.whole(*axes), loss="cross-entropy")
    outputs, wanted = model(one.perturbed(mask, torch.zeros(3, 4, 2))), model(batch)
    place = axes.index("class") + 1
    expected = [
        float(nn.functional.cross_entropy(o.movedim(place - 1, -1), w.argmax(dim=place - 1)))
        for o, w in zip(outputs, wanted, strict=True)
    ]
    assert one.distance(mask, torch.zeros(3, 4, 2)).tolist() == pytest.approx(expected, abs=1e-5)


def test_cross_entropy_of_one_class_is_refused() -> None:
    with pytest.raises(RefusalError, match=r"ask for Target.whole\('class'\)"):
        objective_of(few(), target=Target.of_class(0, time="last"), loss="cross-entropy")


def test_outputs_without_a_gradient_are_refused() -> None:
    model = TorchModel(MODEL.module, lambda module, batch: module(batch.x.detach()), head="none")
    one = objective_of(few(), model=model)
    with pytest.raises(RefusalError, match="none lead from the outputs to the values"):
        one.distance(torch.ones(3, 4, 2, requires_grad=True), torch.zeros(3, 4, 2))
