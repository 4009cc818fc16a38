"""What the bench says of selections: shares of true and other cells, and nats that are lost."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
import xarray as xr

from aition import explain
from aition.bench.cache import model_for
from aition.bench.encoded import figures_of_hiding, own_predictor
from aition.bench.measure import Job
from aition.bench.networks import Standardised, TrainedNetwork, units_of
from aition.bench.selected import figures_of_selection, nats_lost, selection_of
from aition.bench.tasks import TASKS
from aition.data.simulate import Simulated, SwitchAR, SwitchingBlocks
from aition.methods.lex import DenseSelector, ExactK, LeaveOneOut, Lex
from stand_ins.toy_task import GAPS

LAW = SwitchAR(n_sample=40)
NETWORK = TrainedNetwork("mlp-classifier", {"n_class": 2, "n_time": 1, "hidden": (8,)}, epochs=1)


@pytest.fixture(scope="module")
def drawn() -> Simulated:
    return LAW(seed=1000)


@dataclass(frozen=True)
class Selects:
    """An explainer that selects the first steps, whatever its attribution says."""

    steps: int = 2

    def __call__(self, model, batch, question):
        first = (batch.step < self.steps)[:, :, None].expand(batch.x.shape)
        cells = ("sample", "time", "feature")
        return {"attribution": (cells, batch.x), "selected": (cells, first)}


def found(how, drawn):
    answer = explain(how, drawn.white_box, drawn.batch, drawn.target, progress="off")
    return selection_of(answer, answer["attribution"].values.astype(np.float64), drawn)


def test_a_method_that_selects_is_taken_at_its_word(drawn):
    selected, own = found(Selects(), drawn)
    assert own
    assert selected[:, :2].all()
    assert not selected[:, 2:].any()


def test_of_another_method_as_many_top_cells_are_taken_as_are_true(drawn):
    attribution = np.where(drawn.truth.numpy(), -2.0, 1.0)
    selected, own = selection_of(
        explain(Selects(), drawn.white_box, drawn.batch, drawn.target)[["attribution"]], attribution, drawn
    )
    assert not own
    assert (selected == drawn.truth.numpy()).all()


def test_cells_that_were_not_observed_are_never_selected():
    drawn = GAPS.simulator(seed=0)
    selected, _ = found(Selects(steps=4), drawn)
    assert (selected == drawn.batch.observed.numpy()).all()


def test_the_shares_are_those_of_each_series_and_then_the_mean(drawn):
    selected = np.zeros(drawn.truth.shape, dtype=bool)
    selected[0] = drawn.truth[0].numpy()
    selected[1, :, 3] = True
    shares = figures_of_selection(selected, drawn, LAW)
    assert shares["tpr"] == pytest.approx(1 / 40)
    assert shares["fpr"] == pytest.approx(20 / 74 / 40)


def test_a_true_cell_is_nearly_found_one_step_off_and_not_two(drawn):
    truth = drawn.truth.numpy()
    for off, share in ((0, 1.0), (1, 1.0), (2, 4 / 6), (-1, 1.0)):
        near = figures_of_selection(np.roll(truth, off, axis=1), drawn, TASKS["panels"].simulator)["tpr_near"]
        assert near == pytest.approx(share)
    short = SwitchingBlocks(n_sample=3)(seed=0)
    assert "tpr_near" not in figures_of_selection(short.truth.numpy(), short, TASKS["panels"].simulator)


def test_the_true_cells_lose_nothing_and_no_cells_lose_what_the_class_has(drawn):
    truth = drawn.truth.numpy()
    assert nats_lost(truth, drawn, LAW) == pytest.approx(0, abs=1e-6)
    whole = drawn.white_box(drawn.batch).double().softmax(dim=1)
    against_a_coin = (whole * (whole / 0.5).log()).sum(dim=1).mean()
    assert nats_lost(truth & False, drawn, LAW) == pytest.approx(float(against_a_coin), abs=1e-5)


def test_a_law_that_is_not_known_in_part_loses_no_nats(drawn):
    assert "nats_lost" not in figures_of_selection(drawn.truth.numpy(), drawn, TASKS["panels"].simulator)


def test_a_standardised_network_says_the_same_of_series_in_other_units(tmp_path):
    plain, moved = (
        SwitchingBlocks(n_sample=60)(seed=1000),
        SwitchingBlocks(n_sample=60, shift=3.0, scale=4.0)(seed=1000),
    )
    network = Standardised(NETWORK)
    one, other = network(plain, seed=0), network(moved, seed=0)
    assert torch.allclose(one(plain.batch), other(moved.batch), atol=1e-4)
    kept = [model_for(network, moved, seed=0, cache=tmp_path) for _ in range(2)]
    assert torch.equal(kept[0](moved.batch), kept[1](moved.batch))
    assert torch.equal(kept[0](moved.batch), other(moved.batch))
    assert len(list(tmp_path.glob("*.safetensors"))) == 1


def test_units_are_those_of_what_was_measured():
    drawn = GAPS.simulator(seed=0)
    mean, deviation = units_of(drawn.batch)
    seen = drawn.batch.x[:, :, 1][drawn.batch.observed[:, :, 1]]
    assert float(mean[1]) == pytest.approx(float(seen.mean()), abs=1e-6)
    assert float(deviation[1]) == pytest.approx(float(seen.std(correction=0)), abs=1e-6)
    flat = replace(drawn.batch, x=torch.ones_like(drawn.batch.x))
    assert units_of(flat)[1].tolist() == [1, 1]


def test_tasks_with_selections_leave_a_half_to_fit_on_and_tell_their_sizes_without_drawing():
    assert TASKS["s3"].n_fold == TASKS["relay-white-box"].n_fold == 2
    assert TASKS["panels"].sizes == (500, 28, 56)
    assert TASKS["switch-ar"].sizes == (2000, 20, 4)


@dataclass(frozen=True)
class Tells:
    """A selector that says the class by which of two inert cells it selects, and knows the class itself."""

    honest: bool = False

    def __call__(self, model, batch, question):
        cells = ("sample", "time", "feature")
        said = model(batch).softmax(dim=1)
        mask = torch.zeros(batch.x.shape, dtype=torch.bool)
        one = said.argmax(dim=1) == 1
        mask[:, 0, 0], mask[:, 0, 1] = (one | self.honest), (~one & (not self.honest))
        expected = torch.full_like(said, 0.5) if self.honest else said
        return {
            "attribution": (cells, mask.to(batch.x)),
            "selected": (cells, mask),
            "expected": (("sample", "output"), expected),
        }


@pytest.mark.parametrize("honest", [True, False])
def test_a_selector_that_tells_the_class_by_its_mask_is_found_out(honest):
    drawn = SwitchingBlocks(n_sample=700)(seed=1001)
    train, shown = drawn.take(range(500)), drawn.take(range(500, 700))
    how = Tells(honest=honest)
    answer = explain(how, shown.white_box, shown.batch, shown.target, progress="off")
    figures = figures_of_hiding(how, shown.white_box, train, shown, answer)
    if honest:
        assert abs(figures["encoding_gap"]) < 0.03
        assert abs(figures["told_by_choice"]) < 0.03
    else:
        assert figures["encoding_gap"] > 0.15
        assert figures["told_by_choice"] > 0.1


def test_only_classes_of_whole_series_can_be_hidden(drawn):
    values = replace(drawn, batch=replace(drawn.batch, label=drawn.batch.label.double()))
    assert figures_of_hiding(Tells(), drawn.white_box, values, values, xr.Dataset()) == {}


def test_a_method_without_chances_of_classes_has_no_predictor_of_its_own(drawn):
    answer = explain(Selects(), drawn.white_box, drawn.batch, drawn.target, progress="off")
    assert not len(own_predictor(answer, drawn.batch))
    said = xr.Dataset({"expected": (("sample", "output"), np.full((40, 2), 0.5))})
    assert own_predictor(said, drawn.batch) == pytest.approx(np.full(40, np.log(0.5)))
    assert not len(own_predictor(said * 3, drawn.batch))


def test_a_fitted_lex_is_judged_as_it_judges_itself():
    drawn = SwitchingBlocks(n_sample=260)(seed=1001)
    train, shown = drawn.take(range(200)), drawn.take(range(200, 260))
    lex = Lex(ExactK(5), selector=DenseSelector((8,)), estimators=(LeaveOneOut(2),), epochs=1, draws=2, rivals=0)
    figures = []
    for judged in (True, False):
        fitted = replace(lex, judged=judged).fit(drawn.white_box, train.batch, drawn.target, progress="off")
        answer = explain(fitted, drawn.white_box, shown.batch, shown.target, progress="off")
        figures.append(figures_of_hiding(fitted, drawn.white_box, train, shown, answer))
    assert figures[0] == pytest.approx(figures[1], abs=1e-5)
    assert "values_log_likelihood" not in answer


def test_too_few_series_for_a_judge_leave_a_row_without_its_figures():
    drawn = SwitchingBlocks(n_sample=24)(seed=1001)
    train, shown = drawn.take(range(16)), drawn.take(range(16, 24))
    fitted = Lex(
        ExactK(5), selector=DenseSelector((8,)), estimators=(LeaveOneOut(2),), epochs=1, draws=2, rivals=0
    ).fit(drawn.white_box, train.batch, drawn.target, progress="off")
    answer = explain(fitted, drawn.white_box, shown.batch, shown.target, progress="off")
    assert figures_of_hiding(fitted, drawn.white_box, train, shown, answer) == {}


def test_a_row_is_of_a_method_that_does_not_judge_itself_unless_it_is_told_to():
    apart, told = Job("s3", "lex").explainer(), Job("s3", "lex", given={"rivals": "2", "judged": "true"}).explainer()
    assert (apart.judged, apart.rivals, told.judged, told.rivals) == (False, 0, True, 2)
