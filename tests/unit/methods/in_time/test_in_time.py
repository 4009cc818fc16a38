"""FIT and WinIT: which steps are asked, what is refused, settings, and passes of the model."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Field, FunctionModel, Target, TorchModel, explain, from_events, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.data.simulate import DelayedEffect, Simulated, State
from aition.impute import GaussianImputer, MarginalRows, StateSpaceImputer, fitted
from aition.impute.groups import EachStep, GivenGroups, Segments
from aition.methods import Fit, WinIt
from aition.metrics import auprc
from aition.registry import explainer

SERIES = torch.randn(12, 6, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
BATCH = from_tensors(SERIES)
ROWS = MarginalRows.fit(BATCH)
BOTH = (Fit(ROWS, n_draw=2), WinIt(ROWS, n_draw=2, window=2))
EVERY = Target.whole("time", "class")


def running(batch: Batch) -> Tensor:
    odds = batch.x.cumsum(dim=1).sum(dim=2)
    return torch.stack([odds, -odds], dim=2)


def per_step(module: nn.Module, batch: Batch) -> Tensor:
    return running(batch)


def masked_mean(module: nn.Module, batch: Batch) -> Tensor:
    there = batch.cells.to(batch.x.dtype)
    return (batch.x * there).sum(dim=1) / there.sum(dim=1)


PER_STEP = TorchModel(nn.Identity(), per_step, head="none")
ONCE = TorchModel(nn.Identity(), masked_mean, head="none")


def attributed(how, model, target: Target, batch: Batch = BATCH) -> np.ndarray:
    return explain(how, model, batch.take(range(2)), target, progress="off")["attribution"].values


def asked_by(how, target: Target) -> list[int]:
    return np.flatnonzero(np.abs(attributed(how, PER_STEP, target)).sum(axis=(0, 2))).tolist()


def test_a_target_at_one_step_asks_for_its_prediction_alone():
    assert asked_by(BOTH[0], Target.whole("class", time=3)) == [3]
    assert asked_by(BOTH[1], Target.whole("class", time=3)) == [2, 3]
    assert asked_by(BOTH[1], Target.whole("class", time="last")) == [4, 5]


def test_steps_that_are_not_asked_have_no_shift():
    answer = explain(BOTH[0], PER_STEP, BATCH, Target.whole("class", time=3), progress="off")
    assert (np.flatnonzero(answer["shift"].values.sum(axis=0)) == [3]).all()


def test_a_model_that_reads_what_does_not_exist_has_no_running_prediction():
    for how in BOTH:
        with pytest.raises(RefusalError, match=r"mask by batch\.exists"):
            attributed(how, TorchModel(nn.Identity(), lambda _, batch: batch.x.mean(dim=1)), Target.of_class(0))
    for scale in (1.0, 1e-6):
        ahead = TorchModel(nn.Identity(), lambda _, batch, by=scale: (batch.x + batch.x.flip(1)) * by, head="none")
        with pytest.raises(RefusalError, match="hang on later steps"):
            attributed(BOTH[0], ahead, EVERY)


def test_the_answer_to_the_whole_series_needs_no_hiding():
    model = TorchModel(nn.Identity(), lambda _, batch: batch.x[:, 2], head="none")
    found = attributed(WinIt(ROWS, window=6, running=False, n_draw=2), model, Target.of_class(0))
    assert np.flatnonzero(np.abs(found).sum(axis=(0, 2))).tolist() == [2]
    near = attributed(WinIt(ROWS, window=2, running=False, n_draw=2), model, Target.of_class(0))
    assert not near.any()


@pytest.mark.filterwarnings("ignore:the model reads padding")
@pytest.mark.parametrize("side", ["left", "right"])
def test_what_stands_in_the_padding_stays_there(side):
    model = TorchModel(nn.Identity(), lambda _, batch: batch.x.sum(dim=1), head="none")
    how = WinIt(ROWS, window=6, running=False, outputs="values", n_draw=2)
    batches = (from_tensors(SERIES[:2], lengths=[6, 4], side=side, fill=fill) for fill in (0.0, 7.0))
    zero, seven = (attributed(how, model, Target.of_class(0), batch) for batch in batches)
    np.testing.assert_allclose(seven, zero, atol=1e-12)


def test_a_model_that_takes_one_length_alone_is_given_that_length():
    layer = nn.Linear(12, 2).double()

    def forward(module: nn.Module, batch: Batch) -> Tensor:
        return module((batch.x * batch.cells).flatten(1))

    found = attributed(BOTH[0], TorchModel(layer, forward), Target.whole("class"))
    assert np.isfinite(found).all()


def test_a_model_that_looks_ahead_is_given_the_first_steps_alone():
    def ahead(module: nn.Module, batch: Batch) -> Tensor:
        mean = masked_mean(module, batch)[:, None]
        return mean.expand(-1, batch.n_time, -1)

    found = attributed(BOTH[0], TorchModel(nn.Identity(), ahead, head="none"), EVERY)
    np.testing.assert_allclose(found, attributed(BOTH[0], ONCE, Target.whole("class")), atol=1e-12)


def test_later_steps_of_further_signals_are_hidden():
    level = Field(SERIES[:, :, 0].clone(), "signal", ("sample", "time"))

    def forward(module: nn.Module, batch: Batch) -> Tensor:
        return masked_mean(module, batch) + batch["level"].sum(dim=1, keepdim=True) * torch.tensor([1.0, -1.0])

    plain = from_tensors(SERIES, fields={"level": level})
    later = from_tensors(
        SERIES, fields={"level": Field(level.value + 5 * (torch.arange(6) > 3), *("signal", level.axes))}
    )
    model = TorchModel(nn.Identity(), forward, head="none")
    one, other = (attributed(BOTH[0], model, Target.whole("class"), batch) for batch in (plain, later))
    np.testing.assert_allclose(one[:, :4], other[:, :4], atol=1e-12)
    assert not np.allclose(one, other)


def test_the_model_never_gets_more_rows_than_allowed():
    seen: list[int] = []

    def counted(batch: Batch) -> Tensor:
        seen.append(len(batch))
        return running(batch)

    model = FunctionModel(counted, axes=("time", "class"), rows=3, dtype=torch.float64)
    question = EVERY.resolve(running(BATCH), BATCH, axes=model.axes)
    for how in BOTH:
        how(model, BATCH, question)
    assert max(seen) == 3


def test_events_are_refused():
    events = from_events([0, 0], [0.5, 1.5], ["a", "b"])
    model = FunctionModel(lambda batch: batch.x.sum(dim=(1, 2)))
    with pytest.raises(RefusalError, match="put them on a grid"):
        explain(Fit(ROWS), model, events, Target.scalar(), progress="off")


def test_two_steps_are_not_subtracted():
    target = Target.of_class(0, time=5).against(time=2)
    with pytest.raises(RefusalError, match="another step"):
        attributed(BOTH[0], PER_STEP, target)


def test_an_imputer_that_is_still_to_be_fitted_is_named():
    with pytest.raises(RefusalError, match="still to be fitted"):
        attributed(Fit(), PER_STEP, EVERY)
    assert isinstance(fitted(explainer("win-it", {"window": "3"}), BATCH).imputer, StateSpaceImputer)
    assert explainer("fit", {"imputer": "gaussian-imputer"}).imputer.fit(BATCH).centre.shape == (6, 2)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"imputer": GaussianImputer}, "must be a fitted imputer"),
        ({"imputer": 0.0}, "must be a fitted imputer"),
        ({"imputer": ROWS, "n_draw": 0}, "n_draw must be 1 or more"),
        ({"imputer": ROWS, "groups": EachStep}, "groups must be a function"),
    ],
)
def test_settings_that_can_not_be_are_named(settings, words):
    for make in (Fit, WinIt):
        with pytest.raises(InputError, match=words):
            make(**settings)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        *((Fit, name) for name in ("before", "distance", "outputs")),
        *((WinIt, n) for n in ("total", "distance", "outputs")),
    ],
)
def test_a_word_that_no_setting_knows_is_named(make, name):
    with pytest.raises(InputError, match=f"{name} must be one of .*, but is 'hellinger'"):
        make(ROWS, **{name: "hellinger"})


def test_a_window_has_a_step():
    with pytest.raises(InputError, match="window must be 1 step or more"):
        WinIt(ROWS, window=0)


def test_features_that_are_drawn_together_are_the_same_at_every_step():
    pair = attributed(WinIt(ROWS, n_draw=2, groups=GivenGroups(((0, 0),))), PER_STEP, EVERY)
    assert (pair[:, :, 0] == pair[:, :, 1]).all()
    uneven = GivenGroups(((0, 0), *((0, 1) for _ in range(5))))
    with pytest.raises(InputError, match="same features at every step"):
        attributed(WinIt(ROWS, groups=uneven), PER_STEP, EVERY)
    assert np.isfinite(attributed(Fit(ROWS, n_draw=2, groups=uneven), PER_STEP, EVERY)).all()
    one = attributed(WinIt(ROWS, n_draw=2, groups=Segments(2)), PER_STEP, EVERY)
    assert (one == attributed(WinIt(ROWS, n_draw=2), PER_STEP, EVERY)).all()


def test_a_cell_of_no_group_gets_nothing():
    for make in (Fit, WinIt):
        found = attributed(make(ROWS, n_draw=2, groups=GivenGroups(((0, -1),))), PER_STEP, EVERY)
        assert not found[:, :, 1].any()
        assert found[:, :, 0].any(axis=1).all()


def test_the_published_settings_hold_against_the_step_before():
    how = explainer("fit", preset="paper")
    assert (how.before, how.told, how.distance, how.signed) == ("said", True, "kl", True)


def test_irregular_times_reach_the_imputer():
    seen: list[Tensor] = []

    class Watching(MarginalRows):
        def draw(self, batch, kept, numbers):
            seen.append(batch.times)
            return super().draw(batch, kept, numbers)

    times = torch.rand(12, 6, dtype=torch.float64).cumsum(dim=1)
    attributed(Fit(Watching(ROWS.donors), n_draw=2), PER_STEP, EVERY, from_tensors(SERIES, times=times))
    assert torch.equal(seen[0], times[:2])


def ranked(how, drawn: Simulated) -> float:
    found = explain(fitted(how, drawn.batch), drawn.white_box, drawn.batch, drawn.target, progress="off")
    array = found["attribution"].values
    return float(np.mean(auprc(array, drawn.truth.numpy(), exists=drawn.batch.exists.numpy(), pool=False)))


def test_win_it_finds_what_acts_later_and_fit_does_not():
    drawn = DelayedEffect(n_sample=30, n_time=14, shortest=9, delay=3)(seed=5)
    assert ranked(WinIt(n_draw=4), drawn) > 0.99
    assert ranked(WinIt(n_draw=4, window=3), drawn) < 0.1
    assert ranked(Fit(n_draw=4), drawn) < 0.1


def test_fit_finds_the_cell_that_decides_each_step():
    drawn = State(n_sample=10, n_time=20)(seed=5)
    assert ranked(Fit(n_draw=4), drawn) > 0.99
