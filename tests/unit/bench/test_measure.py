"""A row's figures are those of the metrics on the explanation, and its network is the one that was kept."""

import json
import pickle
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch

from aition import Target, TorchModel, explain, from_tensors
from aition.bench.asked import answered, as_one_number
from aition.bench.cache import model_for
from aition.bench.followed import figures_of_model, order_of
from aition.bench.held import figures_of_truth
from aition.bench.measure import Job, measured
from aition.bench.rows import line_of, row_of
from aition.bench.tasks import TASKS
from aition.core.batch import Field
from aition.core.errors import AitionWarning, InputError, ProtocolError, TargetError
from aition.data.simulate import Shortcut, State
from aition.impute.gaussian import GaussianImputer
from aition.methods import ExtremalMask, IntegratedGradients, Occlusion, Saliency
from aition.metrics import auprc, auroc, comprehensiveness, cpd, entropy, minmax, predicted
from stand_ins.toy_task import GAPS, NETWORK, TOY, TRAINED

HOME = "stand_ins.toy_task:"


def job(task="TOY", how="integrated-gradients", seed=3, fold=0, **given):
    return Job(HOME + task, how, "", given, seed, fold)


def explained(task, how=IntegratedGradients(), seed=3):  # noqa: B008 (frozen)
    drawn = task.simulator(seed=seed)
    answer = explain(how, drawn.white_box, drawn.batch, drawn.target, progress="off")
    return drawn, answer["attribution"].values.astype(np.float64)


@pytest.fixture(scope="module")
def row(tmp_path_factory):
    return measured(job(), cache=tmp_path_factory.mktemp("cache"))


def test_a_row_is_a_line_of_the_file(row):
    assert row_of(line_of(row).rstrip(), path=Path("rows.jsonl"), number=1) == json.loads(json.dumps(row))


def test_a_row_says_what_was_done(row):
    assert {row["task"], row["method"]} == {"toy", "integrated-gradients"}
    assert row["settings"]["steps"] == 32
    assert (row["seed"], row["fold"], row["n_series"], row["n_time"], row["n_feature"]) == (3, 0, 6, 4, 2)
    assert row["versions"]["torch"] == version("torch")
    assert row["model"]["accuracy"] == 1
    assert row["threads"] == 1
    assert 0 < row["cpu_seconds"] < 60
    assert row["peak_rss_mb"] >= row["start_rss_mb"] > 10


def test_figures_of_the_truth_are_those_of_the_metrics(row):
    drawn, attribution = explained(TOY)
    exists, truth = np.ones((6, 4), dtype=bool), drawn.truth.numpy()
    scores = minmax(np.abs(attribution), exists)
    assert row["metrics"]["auprc"] == float(auprc(scores, truth, exists, pool=True))
    assert row["metrics"]["entropy"] == pytest.approx(float(entropy(scores, truth, exists, pool=True)), rel=1e-12)
    assert row["metrics"]["auroc_per_series"] == float(auroc(scores, truth, exists).mean())


def test_integrated_gradients_of_the_law_find_every_true_cell_and_its_direction(row):
    assert row["metrics"]["auprc"] == row["metrics"]["sign_accuracy"] == 1


def test_judged_by_series_the_mean_of_the_series_is_taken():
    drawn, attribution = explained(TOY, Occlusion(window=2))
    each = figures_of_truth(attribution, drawn, pool=False)
    assert each["auprc"] == each["auprc_per_series"]
    assert each["auprc"] != figures_of_truth(attribution, drawn, pool=True)["auprc"]


def test_cells_that_were_not_observed_are_no_candidates():
    drawn, attribution = explained(GAPS)
    attribution[:, 2, 0], attribution[:, 0, 1] = 0, 99
    assert figures_of_truth(attribution, drawn, pool=True)["auprc"] == 1


def test_a_series_without_a_true_cell_is_left_out_of_the_mean():
    drawn, attribution = explained(TOY)
    truth = drawn.truth.clone()
    truth[2] = False
    some = type(drawn)(drawn.batch, truth, drawn.sign * truth, drawn.target, drawn.white_box)
    assert figures_of_truth(attribution, some, pool=False)["auprc"] == 1


def test_attributions_of_one_sign_claim_no_direction():
    drawn, attribution = explained(TOY)
    assert "sign_accuracy" not in figures_of_truth(np.abs(attribution), drawn, pool=True)


def test_wrong_directions_are_counted_cell_by_cell():
    drawn, attribution = explained(TOY)
    attribution[0] *= -1
    assert figures_of_truth(attribution, drawn, pool=True)["sign_accuracy"] == pytest.approx(10 / 12)


def with_shortcut(drawn):
    """The same series, of which the last feature's first step is a shortcut."""
    corner = torch.zeros_like(drawn.truth)
    corner[:, 0, 1] = True
    fields = {**drawn.batch.fields, "shortcut": Field(corner, "context", ("sample", "time", "feature"))}
    return replace(drawn, batch=replace(drawn.batch, fields=fields))


def test_the_share_of_a_shortcut_is_the_mean_of_the_shares_of_the_series_whatever_the_sign():
    drawn, attribution = explained(TOY)
    attribution[:] = 0
    attribution[0, 0, 1], attribution[0, 2, 0] = -3, 1
    attribution[1, 2, 0] = -500
    found = figures_of_truth(attribution, with_shortcut(drawn), pool=True)
    assert found["shortcut_share"] == pytest.approx(0.75 / 2)


def test_series_without_attribution_have_no_share_of_a_shortcut():
    drawn, attribution = explained(TOY)
    assert "shortcut_share" not in figures_of_truth(attribution * 0, with_shortcut(drawn), pool=True)


def test_series_without_a_shortcut_have_no_such_figure(row):
    assert "shortcut_share" not in row["metrics"]


def test_the_law_of_the_shortcut_owes_it_nothing():
    task = replace(TASKS["shortcut-white-box"], simulator=Shortcut(n_sample=6))
    drawn, attribution = explained(task)
    assert figures_of_truth(attribution, drawn, pool=True)["shortcut_share"] == 0


def test_a_row_without_any_figure_is_an_error_that_names_it(monkeypatch, tmp_path):
    for figures in ("figures_of_truth", "figures_of_model", "figures_of_selection"):
        monkeypatch.setattr(f"aition.bench.measure.{figures}", lambda *args, **settings: {})
    with pytest.raises(ProtocolError, match=r"none can be had from saliency on toy: 100% of the attributions"):
        measured(job(how="saliency"), cache=tmp_path)


def test_what_a_task_is_about_is_no_part_of_its_recipe():
    assert replace(TOY, about="other words").recipe == TOY.recipe


def test_cpd_is_the_way_of_the_probabilities_while_the_largest_cells_go_one_by_one():
    big = TOY.simulator(seed=0)
    values = torch.randn(2, 30, 2)
    batch = from_tensors(values, label=[0, 0])
    shown = type(big)(
        batch, torch.zeros(2, 30, 2, dtype=bool), torch.zeros(2, 30, 2, dtype=torch.int8), big.target, big.white_box
    )
    attribution = np.random.default_rng(0).normal(size=(2, 30, 2))
    order = order_of(attribution, batch, least_first=False)
    paths = []
    for row in range(2):
        x, path = values[row].clone(), []
        for step in range(7):
            if step:
                x[np.unravel_index(np.flatnonzero(order[row].ravel() == step - 1)[0], (30, 2))] = 0
            path.append(big.white_box(from_tensors(x[None])).softmax(dim=1)[0].tolist())
        paths.append(path)
    found = figures_of_model(attribution, big.white_box, shown)
    assert found["cpd"] == pytest.approx(float(cpd(np.array(paths)).mean()), rel=1e-5)
    assert found["cpp"] <= found["cpd"]


def test_comprehensiveness_is_that_of_the_metric():
    drawn, attribution = explained(TOY)
    x = drawn.batch.x.clone()
    for row in range(6):
        x[row].view(-1)[int(np.abs(attribution[row]).argmax())] = 0
    original = drawn.white_box(drawn.batch).numpy()
    removed = drawn.white_box(drawn.batch.with_x(x)).numpy()[:, None]
    expected = comprehensiveness(original, removed, index=predicted(original)).mean()
    assert figures_of_model(attribution, drawn.white_box, drawn)["comprehensiveness"] == pytest.approx(
        expected, rel=1e-5
    )


def test_outputs_at_every_step_travel_by_the_mean_over_the_steps():
    drawn = State(n_sample=3, n_time=20)(seed=0)
    perfect = figures_of_model(drawn.truth.double().numpy(), drawn.white_box, drawn)
    worst = figures_of_model(-drawn.truth.double().numpy() + 1, drawn.white_box, drawn)
    assert "comprehensiveness" not in perfect
    assert 0 < perfect["cpd"] <= 6 * 2 / 20
    assert worst["cpd"] == perfect["cpp"] == 0


def test_a_method_of_one_number_is_asked_for_the_sum_of_a_whole_output():
    drawn = State(n_sample=3, n_time=20)(seed=0)
    answer = answered(Saliency(), drawn.white_box, drawn, drawn)
    assert answer.summed
    np.testing.assert_allclose(answer.explanation["attribution"].values[drawn.truth.numpy()], 2.0, rtol=1e-6)


def test_a_mask_is_asked_for_the_whole_output():
    drawn = State(n_sample=3, n_time=20)(seed=0)
    assert not answered(ExtremalMask(steps=2), drawn.white_box, drawn, drawn).summed


def test_of_three_classes_the_sum_takes_the_predicted_one():
    batch = from_tensors(torch.tensor([[[1.0, 5.0, 2.0], [7.0, 0.0, 0.0]]]), lengths=[2])
    model = TorchModel(torch.nn.Identity(), axes=("time", "class"), head="none")
    summed, series = as_one_number(model, batch, Target.whole("time", "class"))
    assert summed(series).tolist() == [[12.0]]


def test_the_sum_is_of_the_weights_that_the_model_holds_so_that_a_copy_can_learn():
    batch, module = from_tensors(torch.ones(1, 1, 2)), torch.nn.Linear(2, 2)
    model = TorchModel(module, lambda inner, some: inner(some.x[:, 0]), axes=("class",), head="none")
    summed, series = as_one_number(model, batch, Target.whole("class"))
    other = torch.nn.Linear(2, 2)
    torch.nn.init.zeros_(other.weight)
    assert replace(summed, module=other)(series).item() == pytest.approx(other.bias.detach().diff().item())


def test_a_target_that_does_not_fit_stays_an_error():
    drawn = TOY.simulator(seed=0)
    odd = type(drawn)(drawn.batch, drawn.truth, drawn.sign, Target.of_class(7), drawn.white_box)
    with pytest.raises(TargetError, match="class 7"):
        answered(Saliency(), drawn.white_box, odd, odd)


@dataclass(frozen=True)
class NeedsFit:
    """Attribute by the mean of what it was fitted on."""

    needs_fit: bool = True
    mean: float = 0.0

    def fit(self, model, background, target):
        return NeedsFit(needs_fit=False, mean=float(background.x.mean()))

    def __call__(self, model, batch, question):
        return {"attribution": (("sample", "time", "feature"), torch.full_like(batch.x, self.mean))}


def test_a_method_that_needs_a_fit_is_fitted_on_the_training_part():
    train, shown = TRAINED.parts(TRAINED.simulator(seed=1), seed=1, fold=0)
    answer = answered(NeedsFit(), train.white_box, train, shown)
    np.testing.assert_allclose(answer.explanation["attribution"].values, float(train.batch.x.mean()), rtol=1e-6)
    assert answer.fit_cpu_seconds > 0


def test_a_refusal_is_a_row_that_says_why(tmp_path):
    refusal = measured(job("TRAINED", "captum", method="DeepLift"), cache=tmp_path)
    assert "DeepLift can't explain GRU" in refusal["refused"]
    assert "metrics" not in refusal
    assert refusal["versions"]["captum"] == version("captum")


def test_a_network_from_the_cache_is_the_one_that_was_trained_bit_by_bit(tmp_path):
    train, _ = TRAINED.parts(TRAINED.simulator(seed=1), seed=1, fold=0)
    fresh, kept = (model_for(NETWORK, train, seed=1, cache=tmp_path) for _ in range(2))
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    for name, weight in fresh.module.state_dict().items():
        assert torch.equal(weight, kept.module.state_dict()[name])


@pytest.mark.parametrize(("seed", "fold"), [(2, 0), (1, 1)])
def test_another_seed_or_fold_is_another_network(tmp_path, seed, fold):
    for one, part in ((1, 0), (seed, fold)):
        train, _ = TRAINED.parts(TRAINED.simulator(seed=one), seed=one, fold=part)
        model_for(NETWORK, train, seed=one, cache=tmp_path)
    assert len(list(tmp_path.glob("*.safetensors"))) == 2


def test_a_damaged_network_is_trained_anew_with_a_word(tmp_path):
    train, _ = TRAINED.parts(TRAINED.simulator(seed=1), seed=1, fold=0)
    fresh = model_for(NETWORK, train, seed=1, cache=tmp_path)
    file = next(tmp_path.glob("*.safetensors"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    with pytest.warns(AitionWarning, match="trained anew.*is damaged"):
        again = model_for(NETWORK, train, seed=1, cache=tmp_path)
    kept = model_for(NETWORK, train, seed=1, cache=tmp_path)
    assert all(torch.equal(fresh.module.head.weight, one.module.head.weight) for one in (again, kept))


def test_folds_are_explained_in_turn_and_never_trained_on():
    drawn = TRAINED.simulator(seed=5)
    parts = [TRAINED.parts(drawn, seed=5, fold=fold) for fold in (0, 1)]
    shown = [set(part.batch.ids) for _, part in parts]
    assert shown[0] | shown[1] == set(drawn.batch.ids)
    assert all(not set(train.batch.ids) & set(part.batch.ids) for train, part in parts)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (job(seed=-1), "seed must be 0 or more, but is -1"),
        (job(fold=1), "fold of toy must be 0 to 0, but is 1"),
        (job("NOTHING"), "can't be imported"),
        (job("NO_TASK"), "is int"),
        (Job("rare-tim", "saliency", "", {}, 0, 0), "did you mean 'rare-time'"),
        (job(how="salience"), "did you mean 'saliency'"),
        (job(stepz="3"), "did you mean 'steps'"),
        (Job("rare-time", "saliency", "paper", {}, 0, 0), "preset of saliency"),
    ],
)
def test_what_there_is_not_is_named_before_anything_is_drawn(asked, named):
    with pytest.raises(InputError, match=named):
        asked.begun()


@pytest.mark.parametrize("name", ["delayed-effect-white-box", "freq-shapes", "rare-time-shared", "ward-white-box"])
def test_the_sizes_of_a_task_are_those_of_its_series(name):
    task = TASKS[name]
    _, shown = task.parts(task.simulator(seed=1000), seed=1000, fold=0)
    assert task.sizes == tuple(shown.batch.x.shape)


def test_every_task_has_a_recipe_of_its_own():
    assert len({task.recipe for task in TASKS.values()}) == len(TASKS)


def test_a_job_can_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(job())) == job()
    assert Job(**json.loads(json.dumps(job().to_json()))) == job()


def test_an_imputer_is_fitted_on_the_part_that_is_not_explained(tmp_path):
    done = measured(job("TRAINED", "occlusion", baseline="gaussian-imputer"), cache=tmp_path)
    train, shown = TRAINED.parts(TRAINED.simulator(seed=3), seed=3, fold=0)
    model = model_for(NETWORK, train, seed=3, cache=tmp_path)
    found = answered(Occlusion(baseline=GaussianImputer.fit(train.batch)), model, train, shown)
    figures = figures_of_truth(found.explanation["attribution"].values, shown, pool=False)
    assert done["metrics"]["auprc"] == pytest.approx(figures["auprc"])
    assert done["fit_cpu_seconds"] > 0
    assert done["settings"]["baseline"]["fit"] == {"function": "aition.impute.gaussian.GaussianImputer.fit"}
