"""ExtremalMask finds planted cells, learns a replacement when asked to, and leaves the model alone."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import AitionWarning, InputError, RefusalError
from aition.core.explain import explain
from aition.core.model import FunctionModel, TorchModel
from aition.core.sequences import from_ids
from aition.core.target import Target
from aition.methods.masks import DonorStep, ExtremalMask, Fixed, Generated, GradientRank, InTurn, Learned
from aition.metrics.truth import auprc
from aition.models import create

N_TIME, N_FEATURE = 20, 8
WHOLE = Target.whole("time")


def planted(seed: int, n_sample: int = 12) -> tuple[TorchModel, Batch, Tensor]:
    """Noise, of which four steps of five features, elsewhere in every series, enter a sum of squares at their step."""
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(n_sample, N_TIME, N_FEATURE, generator=random)
    truth = torch.zeros(x.shape, dtype=torch.bool)
    for i in range(n_sample):
        first = int(torch.randint(N_TIME - 4, (), generator=random))
        truth[i, first : first + 4, torch.randperm(N_FEATURE, generator=random)[:5]] = True

    def forward(_: nn.Module, batch: Batch) -> Tensor:
        return ((batch.x * truth[[int(name) for name in batch.ids]]) ** 2).sum(dim=2)

    model = TorchModel(nn.Identity(), forward, axes=("time",), head="none")
    return model, from_tensors(x, layout="sample time feature"), truth


def found(explainer: ExtremalMask, seed: int) -> float:
    """Mean AUPRC of the planted cells, an eighth of all: .125 by chance."""
    model, batch, truth = planted(seed)
    mask = explain(explainer, model, batch, WHOLE)["attribution"].values
    return float(np.mean(auprc(mask, truth.numpy(), np.ones((len(batch), N_TIME), dtype=bool))))


@pytest.mark.parametrize("seed", [101, 102, 103])
@pytest.mark.parametrize("game", ["preservation", "deletion"])
def test_planted_cells_are_found(game: str, seed: int) -> None:
    assert found(ExtremalMask(game=game), seed) > 0.95  # type: ignore[arg-type]


@pytest.mark.parametrize("aim", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("game", ["preservation", "deletion"])
def test_every_series_ends_at_the_fidelity_aimed_at(game: str, aim: float) -> None:
    model, batch, _ = planted(101)
    explainer = ExtremalMask(game=game, target_fidelity=aim, replacement=Fixed())  # type: ignore[arg-type]
    answer = explain(explainer, model, batch, WHOLE)
    left = (answer["fidelity"] / answer["effect"]).values
    assert np.allclose(left, aim, rtol=0.03)
    assert answer["price"].values.std() > 0


def test_a_mask_that_may_leave_more_is_smaller() -> None:
    model, batch, _ = planted(101)
    sizes = [
        float(explain(ExtremalMask(target_fidelity=aim, replacement=Fixed()), model, batch, WHOLE)["size"].mean())
        for aim in (0.02, 0.1, 0.3)
    ]
    assert sizes[0] > sizes[1] > sizes[2]


def weighing(batch: Batch) -> Tensor:
    """An output whose cells add up: two features up, two down, the others not at all."""
    return (batch.x * torch.tensor([2.0, 1.0, -1.0, -2.0, 0, 0, 0, 0])).sum(dim=(1, 2))[:, None]


@pytest.mark.parametrize("game", ["preservation", "deletion"])
def test_a_sign_tells_which_way_a_cell_pushes(game: str) -> None:
    batch = from_tensors(torch.rand(3, N_TIME, N_FEATURE) + 0.5, layout="sample time feature")
    model = TorchModel(nn.Identity(), lambda _, batch: weighing(batch), head="none")
    explainer = ExtremalMask(game=game, signed=True, replacement=Fixed())  # type: ignore[arg-type]
    mask = explain(explainer, model, batch, Target.scalar())["attribution"].values
    assert (mask[..., 0] > 0).all()
    assert (mask[..., 3] < 0).all()
    plain = explain(replace(explainer, signed=False), model, batch, Target.scalar())["attribution"].values
    assert np.array_equal(np.abs(mask[..., :4]), plain[..., :4])


@pytest.mark.parametrize("game", ["preservation", "deletion"])
def test_pushes_add_up_to_what_the_mask_adds_to_the_answer(game: str) -> None:
    model, batch = reader()
    target = Target.of_class(1)
    explainer = ExtremalMask(game=game, signed=True, replacement=Fixed(), steps=20)  # type: ignore[arg-type]
    answer = explain(explainer, model, batch, target)
    mask = torch.from_numpy(np.abs(answer["attribution"].values))
    kept = batch.x * mask if game == "preservation" else batch.x
    lost = torch.zeros_like(kept) if game == "preservation" else batch.x * (1 - mask)
    with torch.no_grad():
        change = (model.module.eval()(kept) - model.module(lost))[:, 1]
    assert np.allclose(answer["push"].values.sum(axis=(1, 2)), change.numpy(), atol=1e-3)


def test_pushes_add_up_over_random_replacements_too() -> None:
    model, batch = reader()
    explainer = ExtremalMask(signed=True, steps=20)
    answer = explain(explainer, model, batch, Target.of_class(1))
    mask, draws = torch.from_numpy(np.abs(answer["attribution"].values)), InTurn()(batch, seed=0)
    with torch.no_grad():
        net = model.module.eval()
        changes = [net(batch.x * mask + r * (1 - mask)) - net(r) for r in (draws(draw) for draw in range(20, 24))]
    change = torch.stack(changes).mean(dim=0)[:, 1]
    assert np.allclose(answer["push"].values.sum(axis=(1, 2)), change.numpy(), atol=2e-3)


def test_a_fidelity_that_cannot_be_met_is_told_and_masks_stay() -> None:
    model, batch, truth = planted(101)
    explainer = ExtremalMask(game="deletion", target_fidelity=0.001)
    with pytest.warns(AitionWarning, match=r"target_fidelity 0.001 lies beyond .* in 12 of 12 series"):
        mask = explain(explainer, model, batch, WHOLE)["attribution"].values
    assert np.mean(auprc(mask, truth.numpy(), np.ones((len(batch), N_TIME), dtype=bool))) > 0.9


def test_donors_of_an_embedding_are_states() -> None:
    class Codes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.read = nn.Embedding(5, 3), nn.Linear(3, 2)

        def forward(self, codes: Tensor) -> Tensor:
            outputs: Tensor = self.read(self.embed(codes).mean(dim=1))
            return outputs

    model = TorchModel(Codes(), lambda module, batch: module(batch["codes"]), embedding="embed", head="none")
    batch = from_ids([[1, 2, 3], [4, 0, 2]], name="codes")
    fitted = ExtremalMask(replacement=DonorStep(), steps=3).fit(model, batch, Target.of_class(1))
    assert explain(fitted, model, batch, Target.of_class(1))["attribution"].sizes["feature"] == 3


def test_pushes_towards_what_a_model_says_add_up_to_the_distance_it_went() -> None:
    model, batch = reader()
    explainer = ExtremalMask(signed=True, replacement=Fixed(), steps=2, rate=1e-6)
    answer = explain(explainer, model, batch, Target.whole("class"))
    assert np.allclose(answer["push"].values.sum(axis=(1, 2)), np.sqrt(answer["effect"].values), rtol=1e-2)


def test_donors_are_gathered_by_a_fit() -> None:
    model, background, _ = planted(999)
    unfitted = ExtremalMask(replacement=DonorStep())
    fitted = unfitted.fit(model, background, WHOLE)
    assert unfitted.needs_fit
    assert not fitted.needs_fit
    gathered = fitted.replacement(background, seed=0)(0)
    assert bool(torch.isin(gathered, background.x).all())
    with pytest.raises(RefusalError, match="no steps to draw from"):
        explain(unfitted, model, background, WHOLE)


def test_a_fit_reaches_replacements_that_come_in_turn() -> None:
    model, background = reader()
    unfitted = ExtremalMask(replacement=InTurn((Fixed(), DonorStep(), Learned())), steps=5)
    fitted = unfitted.fit(model, background, Target.whole("class"))
    assert unfitted.needs_fit
    assert isinstance(fitted.replacement, InTurn)
    assert [type(part) for part in fitted.replacement.parts] == [Fixed, DonorStep, Generated]
    assert not fitted.needs_fit


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_planted_cells_are_found_in_the_published_setting_without_a_generator(seed: int) -> None:
    assert found(ExtremalMask.paper(replacement=Fixed(), steps=300, size_weight=0.1), seed) > 0.8


def test_planted_cells_are_found_from_the_ranks_of_a_gradient_in_fewer_steps() -> None:
    assert found(ExtremalMask(start=GradientRank(), steps=25), 101) > 0.95


def test_planted_cells_are_found_with_donors() -> None:
    _, background, _ = planted(999)
    assert found(ExtremalMask(replacement=DonorStep.of(background)), 101) > 0.95


class Reader(nn.Module):
    """Two classes told apart by the third step of the first feature, through a GRU that is left in training."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.read = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = 2 * self.read(self.layer(x)[0][:, -1])
        return outputs


def reader() -> tuple[TorchModel, Batch]:
    model = TorchModel(Reader(), head="none")
    return model, from_tensors(torch.randn(6, 5, 2), layout="sample time feature")


QUICK: dict[str, Callable[[], ExtremalMask]] = {
    "default": lambda: ExtremalMask(steps=5),
    "deletion": lambda: ExtremalMask(game="deletion", steps=5),
    "paper": lambda: ExtremalMask.paper(steps=5, together=4),
    "paper, fixed": lambda: ExtremalMask.paper(steps=5, replacement=Fixed()),
}


@pytest.mark.parametrize("name", QUICK)
def test_a_mask_is_between_0_and_1_and_its_size_is_its_mean(name: str) -> None:
    model, batch = reader()
    answer = explain(QUICK[name](), model, batch, Target.whole("class"))
    mask = answer["attribution"].values
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert np.allclose(answer["size"].values, mask.mean(axis=(1, 2)), atol=1e-6)


@pytest.mark.parametrize("name", QUICK)
def test_called_without_the_driver_it_leaves_no_gradient_and_changes_no_weight(name: str) -> None:
    model, batch = reader()
    before = [weight.clone() for weight in model.module.parameters()]
    QUICK[name]()(model, batch, Target.whole("class").resolve(model(batch).detach(), batch))
    assert all(weight.grad is None and weight.requires_grad for weight in model.module.parameters())
    assert all(torch.equal(*pair) for pair in zip(before, model.module.parameters(), strict=True))


@pytest.mark.parametrize("name", QUICK)
def test_a_seed_settles_everything(name: str) -> None:
    model, batch = reader()
    answers = []
    for global_seed in (1, 2):
        torch.manual_seed(global_seed)
        answers.append(explain(QUICK[name](), model, batch, Target.whole("class"))["attribution"].values)
    assert np.array_equal(*answers)


@pytest.mark.parametrize("name", QUICK)
def test_no_pass_holds_more_samples_than_the_model_takes(name: str) -> None:
    seen: list[int] = []

    def forward(module: nn.Module, batch: Batch) -> Tensor:
        seen.append(len(batch))
        outputs: Tensor = module(batch.x)
        return outputs

    plain, batch = reader()
    model = TorchModel(plain.module, forward, head="none", rows=2)
    QUICK[name]()(model, batch, Target.whole("class").resolve(plain(batch).detach(), batch))
    assert max(seen) == 2


def test_a_step_costs_one_pass() -> None:
    seen: list[int] = []

    def forward(module: nn.Module, batch: Batch) -> Tensor:
        seen.append(len(batch))
        outputs: Tensor = module(batch.x)
        return outputs

    plain, batch = reader()
    question = Target.whole("class").resolve(plain(batch).detach(), batch)
    model = TorchModel(plain.module, forward, head="none")
    ExtremalMask(replacement=Fixed(), steps=1)(model, batch, question)
    once = len(seen)
    ExtremalMask(replacement=Fixed(), steps=11)(model, batch, question)
    assert len(seen) - once == once + 10


def test_only_masks_learned_together_need_one_chunk() -> None:
    assert ExtremalMask.paper().one_chunk
    assert not ExtremalMask().one_chunk


def test_masks_learned_together_are_learned_on_the_whole_batch_in_any_chunks() -> None:
    model, batch = reader()
    answers = [explain(QUICK["paper"](), model, batch, Target.whole("class"), memory=memory) for memory in (0, 1)]
    assert np.allclose(*(answer["attribution"].values for answer in answers), atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_a_fitted_replacement_is_frozen_and_the_same_for_every_batch(causal: bool) -> None:
    model, background = reader()
    target = Target.whole("class")
    unfitted = ExtremalMask(replacement=Learned(causal=causal), steps=5)
    fitted = unfitted.fit(model, background, target, batch_size=3)
    assert isinstance(fitted.replacement, Generated)
    assert isinstance(unfitted.replacement, Learned)
    assert not any(weight.requires_grad for weight in fitted.replacement.module.parameters())
    whole = explain(fitted, model, background, target)
    alone = explain(fitted, model, background.take([4]), target)
    assert np.allclose(whole["attribution"].values[[4]], alone["attribution"].values, atol=1e-5)
    assert np.allclose(whole["perturbation"].values[[4]], alone["perturbation"].values, atol=1e-5)


def test_fitting_leaves_the_model_as_it_was_found() -> None:
    model, background = reader()
    before = [weight.clone() for weight in model.module.parameters()]
    ExtremalMask(replacement=Learned(), steps=5).fit(model, background, Target.whole("class"))
    assert all(part.training for part in model.module.modules())
    assert all(weight.grad is None and weight.requires_grad for weight in model.module.parameters())
    assert all(torch.equal(*pair) for pair in zip(before, model.module.parameters(), strict=True))


def test_the_order_of_the_background_does_not_matter() -> None:
    model, background = reader()
    explainer = ExtremalMask(replacement=Learned(), steps=5)
    answers = [
        explain(explainer.fit(model, some, Target.whole("class"), most=4), model, background, Target.whole("class"))
        for some in (background, background.take([3, 1, 5, 0, 4, 2]))
    ]
    assert np.array_equal(*(answer["perturbation"].values for answer in answers))


def test_what_needs_no_fit_is_told_so() -> None:
    model, background = reader()
    with pytest.raises(InputError, match="is InTurn, which needs no fit"):
        ExtremalMask().fit(model, background, Target.whole("class"))


def test_a_replacement_that_was_not_fitted_is_refused() -> None:
    model, batch = reader()
    with pytest.raises(RefusalError, match="call fit"):
        explain(ExtremalMask(replacement=Learned()), model, batch, Target.whole("class"))


def test_a_black_box_is_refused() -> None:
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    with pytest.raises(RefusalError, match="ExtremalMask needs gradients, but FunctionModel is a black box"):
        explain(ExtremalMask(), model, reader()[1], Target.scalar())


def test_a_missing_value_has_no_attribution_and_stays_missing() -> None:
    model, batch = reader()
    x = batch.x.clone()
    x[0, 2, 1] = float("nan")
    answer = explain(ExtremalMask(steps=5), model, from_tensors(x, layout="sample time feature"), Target.predicted())
    assert answer["attribution"].values[0, 2, 1] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_fidelity": 0.1, "together": 3},
        {"target_fidelity": 0.1, "size_weight": 0.0},
        {"game": "both"},
        {"loss": "mse"},
        {"size_weight": -1.0},
        {"together": -1},
        {"steps": 0},
        {"rate": float("nan")},
    ],
)
def test_a_setting_out_of_range_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(wrong))} (must be|needs)"):
        ExtremalMask(**wrong)  # type: ignore[arg-type]


def test_the_published_setting_can_be_varied() -> None:
    assert ExtremalMask.paper(steps=7).steps == 7
    assert ExtremalMask.paper().rate == 0.01


def test_in_double_precision_a_model_with_kinks_gives_the_same_masks_in_any_chunks() -> None:
    model = create("conv-classifier", n_feature=3, n_class=3)
    model.module.double()
    batch = from_tensors(torch.randn(8, 30, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)))
    whole, part = (
        explain(ExtremalMask(), replace(model, rows=rows), batch, Target.whole("class"), progress="off")["attribution"]
        for rows in (8, 1)
    )
    assert abs(whole.values - part.values).max() < 1e-8
