"""Dynamask keeps to an area, picks among several for each series, and finds planted cells."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.explain import explain
from aition.core.model import FunctionModel, TorchModel
from aition.core.target import Target
from aition.methods.masks import DonorStep, Dynamask, Fade, Fixed, Learned, Widen
from aition.methods.masks.replacement import Replacement
from aition.metrics.truth import auprc

WHOLE = Target.whole("time")


def planted(seed: int, n_true: int = 5) -> tuple[TorchModel, Batch, Tensor]:
    """Noise; four steps of some features, elsewhere in every series, enter a sum of squares at their step."""
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(6, 20, 8, generator=random) + 1
    truth = torch.zeros(x.shape, dtype=torch.bool)
    for i in range(6):
        first = int(torch.randint(16, (), generator=random))
        truth[i, first : first + 4, torch.randperm(8, generator=random)[:n_true]] = True

    def forward(_: nn.Module, batch: Batch) -> Tensor:
        return ((batch.x * truth[[int(name) for name in batch.ids]]) ** 2).sum(dim=2)

    model = TorchModel(nn.Identity(), forward, axes=("time",), head="none")
    return model, from_tensors(x, layout="sample time feature"), truth


@pytest.mark.parametrize("seed", [201, 202, 203])
@pytest.mark.parametrize("game", ["preservation", "deletion"])
def test_planted_cells_are_found(game: str, seed: int) -> None:
    model, batch, truth = planted(seed)
    explainer = Dynamask(game=game, perturbation=Fade(Fixed()), keep=(0.125,), smoothness=0.0)  # type: ignore[arg-type]
    mask = explain(explainer, model, batch, WHOLE)["attribution"].values
    assert np.mean(auprc(mask, truth.numpy(), np.ones((6, 20), dtype=bool))) > 0.9


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_mask_ends_at_the_area_that_it_is_held_to(share: float) -> None:
    model, batch, _ = planted(201)
    explainer = Dynamask(keep=(share,), smoothness=0.0, dilation=1e4)
    answer = explain(explainer, model, batch, WHOLE)
    assert answer["size"].values == pytest.approx(np.full(6, share), abs=0.02)
    assert answer["kept"].values == pytest.approx(np.full(6, share))


def test_the_smallest_mask_that_is_good_enough_is_taken() -> None:
    model, batch, _ = planted(202)
    settings = {"perturbation": Fade(Fixed()), "smoothness": 0.0}
    shares = (0.4, 0.05, 0.2)
    answer = explain(Dynamask(keep=shares, enough=0.1, **settings), model, batch, WHOLE)  # type: ignore[arg-type]
    alone = [explain(Dynamask(keep=(share,), **settings), model, batch, WHOLE) for share in shares]  # type: ignore[arg-type]
    for i in range(6):
        left = {s: float(one["fidelity"][i] / one["effect"][i]) for s, one in zip(shares, alone, strict=True)}
        assert float(answer["kept"][i]) == pytest.approx(min(s for s in shares if left[s] <= 0.1))


def test_the_best_mask_is_taken_where_none_is_good_enough() -> None:
    model, batch, _ = planted(202)
    explainer = Dynamask(keep=(0.01, 0.02), enough=1e-6, perturbation=Fade(Fixed()), smoothness=0.0)
    assert explain(explainer, model, batch, WHOLE)["kept"].values == pytest.approx(np.full(6, 0.02))


def test_smoothness_makes_masks_change_less_from_step_to_step() -> None:
    model, batch, _ = planted(203)
    rough = []
    for smoothness in (0.0, 3.0):
        mask = explain(Dynamask(keep=(0.3,), smoothness=smoothness), model, batch, WHOLE)["attribution"].values
        rough.append(np.abs(np.diff(mask, axis=1)).mean())
    assert rough[1] < 0.5 * rough[0]


def test_the_fidelity_of_a_deletion_is_how_far_outputs_have_gone() -> None:
    model, batch, _ = planted(201)
    explainer = Dynamask(game="deletion", perturbation=Fade(Fixed()), smoothness=0.0)
    answer = explain(explainer, model, batch, WHOLE)
    with torch.no_grad():
        moved = model(batch.with_x(batch.x * (1 - torch.from_numpy(answer["attribution"].values)))) - model(batch)
    assert answer["fidelity"].values == pytest.approx((moved**2).mean(dim=1).numpy(), rel=1e-4)


def test_missing_values_have_no_attribution() -> None:
    model, batch, _ = planted(201)
    x = batch.x.clone()
    x[0, 2, 1] = float("nan")
    answer = explain(Dynamask(steps=5), model, from_tensors(x, layout="sample time feature"), WHOLE)
    assert answer["attribution"].values[0, 2, 1] == 0


def test_the_published_setting_can_be_varied() -> None:
    assert Dynamask.paper(steps=7).steps == 7
    assert Dynamask.paper().perturbation == Widen(1.0)
    assert len(Dynamask.paper().keep) == 10


def test_a_black_box_is_refused() -> None:
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    with pytest.raises(RefusalError, match="Dynamask needs gradients"):
        explain(Dynamask(), model, planted(1)[1], Target.scalar())


@pytest.mark.parametrize("replacement", [DonorStep(), Learned()])
def test_a_replacement_that_needs_a_fit_is_not_taken(replacement: Replacement) -> None:
    with pytest.raises(InputError, match=r"^perturbation must have a replacement that needs no fit"):
        Dynamask(perturbation=Fade(replacement))


def test_what_is_enough_of_nats_is_counted_beyond_what_a_mask_of_1_leaves() -> None:
    x = torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(1))
    model = TorchModel(nn.Identity(), lambda _, batch: 0.3 * batch.x.sum(dim=1), head="none")
    explainer = Dynamask(loss="cross-entropy", keep=(0.2, 0.99), enough=0.05, perturbation=Fade(Fixed()))
    answer = explain(explainer, model, from_tensors(x, layout="sample time feature"), Target.whole("class"))
    assert (answer["kept"].values < 0.5).sum() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"enough": 0.1, "game": "deletion", "relative": False},
        {"enough": 0.1, "game": "deletion", "loss": "cross-entropy"},
        {"game": "both"},
        {"loss": "mse"},
        {"keep": ()},
        {"keep": (0.5, 1.0)},
        {"enough": -1.0},
        {"area_weight": -1.0},
        {"smoothness": -1.0},
        {"dilation": 0.0},
        {"start": 2.0},
        {"steps": 0},
    ],
)
def test_a_setting_out_of_range_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(wrong))} must be"):
        Dynamask(**wrong)  # type: ignore[arg-type]
