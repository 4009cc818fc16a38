"""FastSHAP: what the network says in one pass are the Shapley values of the game."""

from dataclasses import replace
from itertools import combinations, permutations
from math import comb

import pytest
import torch
from torch import nn

from aition import FunctionModel, Target, TorchModel, explain, from_tensors
from aition.core.errors import InputError, ModelError, RefusalError, TargetError
from aition.impute.coalitions import kernel_coalitions
from aition.impute.constant import ConstantImputer
from aition.impute.groups import EachStep
from aition.methods.lex import DenseSelector, FastShap, Ready
from aition.methods.lex.saved import load_lex
from aition.methods.lex.saved_shap import load_fast_shap, save_fast_shap
from aition.methods.lex.shapley_game import efficient
from aition.methods.lex.shapley_surrogate import coalitions_of_every_size

N_CELL = 5
SCALAR = Target.scalar()
QUICK = FastShap(selector=DenseSelector((48,)), epochs=12, batch_size=50, rate=1e-2, draws=8)


def game(batch):
    x = batch.x[:, 0]
    return 10 * x[:, 0] * x[:, 1] + 5 * torch.relu(x[:, 2]) + 5 * x[:, 3]


MODEL = FunctionModel(game)


def drawn(n_sample: int = 500, *, seed: int = 0):
    return from_tensors(torch.randn(n_sample, 1, N_CELL, generator=torch.Generator().manual_seed(seed)) + 1)


def in_every_order(batch, stand_in) -> torch.Tensor:
    """Shapley values from the definition: what a cell adds when it comes, the mean over all orders."""
    total = torch.zeros(len(batch), N_CELL)
    orders = list(permutations(range(N_CELL)))
    for order in orders:
        x = stand_in.clone()
        before = game(batch.with_x(x[:, None]))
        for cell in order:
            x[:, cell] = batch.x[:, 0, cell]
            after = game(batch.with_x(x[:, None]))
            total[:, cell] += after - before
            before = after
    return total / len(orders)


@pytest.fixture(scope="module")
def fitted():
    lex = FastShap(**{**vars(QUICK), "imputer": Ready(ConstantImputer())})
    return lex.fit(MODEL, drawn(), SCALAR, progress="off")


@pytest.mark.parametrize("longest", [0, 1])
def test_series_that_are_held_out_may_be_longer_than_all_that_are_learned_from(longest):
    lengths = [2 + (row == longest) for row in range(10)]
    batch = from_tensors(drawn(10).x.repeat(1, 3, 1), layout="sample time feature", lengths=lengths)
    found = replace(QUICK, epochs=1, held_out=0.9).fit(MODEL, batch, SCALAR, progress="off")
    assert bool((explain(found, MODEL, batch, SCALAR).attribution.values[longest, 2] != 0).any())


def test_values_are_those_of_all_orders(fitted):
    batch = drawn(200, seed=1)
    exact = in_every_order(batch, torch.zeros(200, N_CELL))
    said = torch.tensor(explain(fitted, MODEL, batch, SCALAR).attribution.values)[:, 0]
    assert float((said - exact).square().mean() / exact.square().mean()) < 0.02


def test_values_add_up_to_the_answer_less_that_of_nobody(fitted):
    batch = drawn(20, seed=2)
    said = torch.tensor(explain(fitted, MODEL, batch, SCALAR).attribution.values).sum(dim=(1, 2))
    torch.testing.assert_close(said, game(batch), atol=1e-4, rtol=1e-4)


def test_under_draws_of_the_marginal_law_a_linear_model_has_weights_times_distances_from_the_mean():
    model = FunctionModel(lambda batch: 3 * batch.x[:, 0, 0] - batch.x[:, 0, 3])
    donors, batch = drawn(200, seed=3), drawn(60, seed=1)
    found = FastShap(**{**vars(QUICK), "draws": 256}).fit(model, donors, SCALAR, progress="off")
    exact = (batch.x[:, 0] - donors.x[:, 0].mean(dim=0)) * torch.tensor([3.0, 0, 0, -1.0, 0])
    said = torch.tensor(explain(found, model, batch, SCALAR).attribution.values)[:, 0]
    assert float((said - exact).square().mean() / exact.square().mean()) < 0.05


def test_cells_of_a_group_share_its_value_evenly():
    batch = from_tensors(torch.randn(40, 3, 2, generator=torch.Generator().manual_seed(0)))
    model = FunctionModel(lambda one: one.x.sum(dim=(1, 2)))
    found = FastShap(groups=EachStep(), epochs=1).fit(model, batch, SCALAR, progress="off")
    said = torch.tensor(explain(found, model, batch, SCALAR).attribution.values)
    torch.testing.assert_close(said[:, :, 0], said[:, :, 1])


def test_coalitions_are_drawn_as_often_as_the_kernel_says():
    noise = torch.rand(1, 20_000, 5, generator=torch.Generator().manual_seed(0))
    met = kernel_coalitions(torch.ones(1, 4, dtype=torch.bool), noise)[0]
    weight = {s: 1 / (comb(4, len(s)) * len(s) * (4 - len(s))) for r in (1, 2, 3) for s in combinations(range(4), r)}
    for members, one in weight.items():
        wanted = torch.zeros(4, dtype=torch.bool)
        wanted[list(members)] = True
        share = float((met == wanted).all(dim=1).float().mean())
        assert share == pytest.approx(one / sum(weight.values()), abs=0.008)


def test_coalitions_hold_only_groups_that_are_there():
    there = torch.tensor([[True, False, True, True], [False, True, False, False]])
    met = kernel_coalitions(there, torch.rand(2, 300, 5, generator=torch.Generator().manual_seed(1)))
    assert not bool((met & ~there[:, None]).any())
    assert set(met[0].sum(dim=1).tolist()) == {1, 2}


def test_values_of_groups_that_are_not_there_are_nothing():
    moved = efficient(torch.tensor([[3.0, 9.0, 1.0]]), torch.tensor([2.0]), torch.tensor([[True, False, True]]))
    torch.testing.assert_close(moved, torch.tensor([[2.0, 0.0, 0.0]]))


def twins(n_sample: int = 600, *, seed: int = 0):
    x = torch.randn(n_sample, 1, 2, generator=torch.Generator().manual_seed(seed))
    return from_tensors(torch.cat([x[:, :, :1], x[:, :, :1], x[:, :, 1:]], dim=2))


class Learner(nn.Module):
    """A network whose answer is twice the first cell and the third, and which can learn to read the second instead."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 1)
        self.parts = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
        with torch.no_grad():
            self.linear.weight.copy_(torch.tensor([[2.0, 0.0, 1.0]]))
            for one in (self.linear.bias, self.parts[2].weight, self.parts[2].bias):
                one.zero_()

    def forward(self, x):
        return (self.linear(x[:, 0]) + self.parts(x[:, 0]))[:, 0]


def test_a_surrogate_shares_a_value_among_cells_that_stand_in_for_one_another():
    """Given one of two equal cells the other is known: each has half of what they say, though one alone is read."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = TorchModel(Learner())
    before = {name: one.clone() for name, one in model.module.state_dict().items()}
    settings = {"selector": DenseSelector((32,)), "epochs": 12, "predictor_epochs": 12, "rate": 1e-2}
    quick = replace(FastShap.paper(), **settings, predictor_rate=1e-2, batch_size=50)
    found, batch = quick.fit(model, twins(), SCALAR, progress="off"), twins(100, seed=1)
    said = torch.tensor(explain(found, model, batch, SCALAR).attribution.values)[:, 0]
    exact = torch.stack([batch.x[:, 0, 0], batch.x[:, 0, 0], batch.x[:, 0, 2]], dim=1)
    assert float((said - exact).square().mean() / exact.square().mean()) < 0.05
    torch.testing.assert_close(dict(model.module.state_dict()), before)


def test_every_size_of_coalition_is_as_likely_as_another():
    there = torch.tensor([[True, False, True, True]]).expand(20_000, 4)
    met = coalitions_of_every_size(there, torch.arange(20_000), seed=0, step=0)[:, 0]
    assert not bool(met[:, 1].any())
    share = met.sum(dim=1).bincount(minlength=4) / 20_000
    torch.testing.assert_close(share, torch.full((4,), 0.25), atol=0.015, rtol=0)


def test_a_model_that_does_not_use_its_module_can_not_become_a_surrogate():
    kept = Learner().requires_grad_(False)
    model = TorchModel(Learner(), lambda module, batch: kept(batch.x))
    with pytest.raises(ModelError, match="let forward"):
        FastShap.paper().fit(model, twins(20), SCALAR, progress="off")


def test_a_surrogate_of_a_black_box_is_refused():
    with pytest.raises(RefusalError, match="black box"):
        FastShap.paper().fit(MODEL, drawn(20), SCALAR, progress="off")


@pytest.mark.parametrize("further", [{}, {"predictor": "surrogate"}], ids=["rows", "surrogate"])
def test_what_is_loaded_explains_as_what_was_saved(further, tmp_path):
    model = TorchModel(Learner())
    made = FastShap(selector=DenseSelector((4,)), epochs=1, predictor_epochs=1, draws=2, **further)
    found = made.fit(model, twins(20), SCALAR, progress="off")
    save_fast_shap(found, tmp_path / "shap.safetensors")
    loaded = load_fast_shap(tmp_path / "shap.safetensors", surrogate=found.own and (model,))
    one, other = (explain(how, model, twins(5, seed=1), SCALAR).attribution.values for how in (found, loaded))
    assert bool((one == other).all())


def test_a_file_of_another_kind_is_refused(tmp_path):
    found = FastShap(epochs=1).fit(MODEL, drawn(20), SCALAR, progress="off")
    save_fast_shap(found, tmp_path / "shap.safetensors")
    with pytest.raises(InputError, match="must be of format aition-lex"):
        load_lex(tmp_path / "shap.safetensors")


def test_another_question_than_was_learned_is_refused():
    model = FunctionModel(lambda one: one.x[:, 0, :2])
    found = FastShap(epochs=1).fit(model, drawn(20), Target.of_class(0), progress="off")
    with pytest.raises(RefusalError, match="fit it for the target"):
        explain(found, model, drawn(5), Target.of_class(1))


def test_a_whole_output_is_refused():
    with pytest.raises(TargetError, match="one number"):
        FastShap(epochs=1).fit(FunctionModel(lambda one: one.x[:, 0, :2]), drawn(20), Target.whole("class"))


def test_an_odd_number_of_coalitions_is_refused():
    with pytest.raises(InputError, match="even"):
        FastShap(coalitions=3)
