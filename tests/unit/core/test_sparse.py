"""Answers of events: a row an event, whatever the chunks, the padding and the number of targets."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from aition import Field, Target, TorchModel, event_cells, explain, from_events
from aition.checks import removal
from aition.core.errors import InputError, ProtocolError
from aition.impute.baseline import ConstantBaseline
from aition.methods import IntegratedGradients, Occlusion, Saliency
from aition.models import create

N_CODE, CODES = 9, [f"c{i}" for i in range(9)]


def events(seed=0, *, n_sample=5, explain_values=False, length=0, prefix="s"):
    draw = np.random.default_rng(seed)
    n = 12 * n_sample
    sample = np.concatenate([np.arange(n_sample), draw.integers(0, n_sample, n - n_sample)])
    return from_events(
        [f"{prefix}{i}" for i in sample], draw.uniform(0, 6, n), draw.integers(0, N_CODE, n),
        value=np.where(draw.random(n) < 0.5, draw.normal(size=n), np.nan),
        n_step=6, vocabulary=CODES, explain_values=explain_values, length=length,
    )  # fmt: skip


def model(name="event-gru", **settings):
    return create(name, n_code=N_CODE, n_class=3, n_hidden=8, **settings)


def asked(batch, explainer=Saliency(signed=True), target=Target.of_class(0), **rest):  # noqa: B008 - frozen
    return explain(explainer, model(), batch, target, progress="off", **rest)


def same(one, other, names=("row_sample", "row_time", "row_feature", "row_value", "row_times", "attribution")):
    for name in names:
        np.testing.assert_allclose(one[name].values, other[name].values, rtol=0, atol=1e-6, err_msg=name)


def test_there_is_a_row_for_each_event_and_none_for_padding():
    batch = events()
    answer = asked(batch)
    assert not bool(batch.exists.all())
    assert answer.sizes["row"] == int(batch.exists.sum())
    assert answer["attribution"].dims == ("row",)
    assert np.isfinite(answer["attribution"]).all()


def test_the_answer_says_how_many_steps_each_sample_has():
    batch = events()
    assert asked(batch)["n_step"].values.tolist() == batch["n_step"].tolist()


def test_rows_name_their_sample_step_code_time_and_value():
    batch = events()
    answer = asked(batch)
    sample, place = batch.exists.nonzero(as_tuple=True)
    assert answer["row_sample"].values.tolist() == sample.tolist()
    for name, part in {"row_time": "step", "row_feature": "code", "row_value": "event_value"}.items():
        assert np.array_equal(answer[name].values, batch[part][sample, place].numpy())
    assert np.array_equal(answer["row_observed"].values, batch["has_value"][sample, place].numpy())
    assert np.array_equal(answer["row_times"].values, batch.times[sample, place].numpy())


def test_features_are_the_vocabulary():
    assert asked(events())["feature"].values.tolist() == CODES


def test_nothing_lies_along_positions_or_the_vocabulary():
    answer = asked(events())
    assert "time" not in answer.sizes
    assert all("feature" not in array.dims for array in answer.data_vars.values())


def test_the_attribution_of_a_row_is_that_of_its_position():
    batch = events()
    dense = Saliency(signed=True)
    question = Target.of_class(0).resolve(model()(batch), batch)
    expected = dense(model(), batch, question)["attribution"][1][:, :, 0][batch.exists]
    np.testing.assert_allclose(asked(batch)["attribution"].values, expected.detach().numpy(), atol=1e-7)


def test_values_that_are_explained_have_a_column():
    answer = asked(events(explain_values=True))
    assert answer["attribution_event_value"].dims == ("row",)
    assert (answer["attribution_event_value"].values[answer["row_observed"].values] != 0).any()


def test_several_targets_have_a_column_each():
    together = asked(events(), target=Target.each("class", range(3)))
    assert together["attribution"].dims == ("row", "target")
    for index in range(3):
        alone = asked(events(), target=Target.of_class(index))
        np.testing.assert_allclose(together["attribution"][:, index], alone["attribution"], atol=1e-7)


@pytest.mark.parametrize("rest", [{"memory": 1}, {"padding": "remove"}])
def test_chunks_change_nothing(rest):
    same(asked(events(), **rest), asked(events()))


def test_several_batches_are_one_data_set():
    parts = [events(0, prefix="a"), events(1, prefix="b", n_sample=3)]
    whole = asked(iter(parts))
    assert whole["row_sample"].values.max() == 7
    for place, part in enumerate(parts):
        there = (whole["row_sample"].values >= 5) == bool(place)
        alone = asked(part)
        np.testing.assert_allclose(whole["attribution"].values[there], alone["attribution"].values, atol=1e-7)
        assert np.array_equal(whole["row_sample"].values[there] - 5 * place, alone["row_sample"].values)


def test_longer_padding_changes_nothing():
    same(asked(events(length=60)), asked(events()))


def test_the_order_of_samples_changes_nothing():
    order = [3, 1, 4, 0, 2]
    turned, whole = asked(events().take(order)), asked(events())
    for row, sample in enumerate(order):
        for name in ("row_time", "row_feature", "attribution"):
            one = turned[name].values[turned["row_sample"].values == row]
            np.testing.assert_allclose(one, whole[name].values[whole["row_sample"].values == sample], atol=1e-7)


def test_an_asked_step_that_does_not_exist_has_no_answer():
    def each(module, batch):
        return module(batch)[:, None, :].expand(-1, batch.n_time, -1)

    batch = events()
    answer = explain(
        Occlusion(), replace(model(), forward=each), batch, Target.of_class(0, time=int(batch.lengths.min())),
        progress="off",
    )  # fmt: skip
    asked_there = (batch.lengths > batch.lengths.min()).numpy()[answer["row_sample"].values]
    assert not asked_there.all()
    assert np.array_equal(np.isfinite(answer["attribution"].values), asked_there)
    assert answer["prediction"].dims == ("row", "class")


def test_the_longest_sample_says_how_many_fit():
    one = from_events([0], [0.5], [0], vocabulary=CODES, n_step=1, ids=[0])
    several = from_events([0, *[1] * 90], np.linspace(0, 40, 91), [0] * 91, vocabulary=CODES)
    rows = [asked(batch, memory=200_000).attrs["rows"] for batch in (one, several, several.take([1, 0]))]
    assert rows[0] > rows[1] == rows[2]


def test_variables_of_samples_stay():
    answer = asked(events(), IntegratedGradients())
    assert answer["completeness"].dims == ("sample",)
    assert answer["prediction"].dims == ("sample", "class")
    assert answer["score"].dims == ("sample",)


def test_codes_without_names_are_refused():
    batch = events()
    bare = replace(batch, fields={**batch.fields, "code": replace(batch.fields["code"], names=())})
    with pytest.raises(InputError, match="knows n_code=9 codes, but the vocabulary of the batch has 0"):
        asked(bare)
    other = TorchModel(torch.nn.Linear(1, 3), lambda module, batch: module((batch.x * batch.cells).sum(dim=1)))
    with pytest.raises(InputError, match="must have a name for each of them, but has 0 for codes up to 8"):
        explain(Saliency(), other, bare, progress="off")


def test_more_than_presence_in_x_is_refused():
    batch = events()
    wide = replace(
        batch, x=batch.x.expand(-1, -1, 2), observed=batch.observed.expand(-1, -1, 2), feature_names=("a", "b")
    )
    other = TorchModel(torch.nn.Linear(2, 3), lambda module, batch: module((batch.x * batch.cells).sum(dim=1)))
    with pytest.raises(InputError, match="must have one feature, the weight of its presence, but has 2"):
        explain(Saliency(), other, wide, progress="off")


@dataclass(frozen=True)
class Rows:
    """Answers rows of its own."""

    def __call__(self, model, batch, question):
        return {"row_sample": (("row",), torch.zeros(1, dtype=torch.int64))}


def test_rows_of_the_explainers_own_are_refused():
    with pytest.raises(ProtocolError, match="row_sample is for the driver to answer"):
        asked(events(), Rows())


def test_labels_of_fields_are_part_of_the_digest():
    batch = events()
    other = {**batch.fields, "code": replace(batch.fields["code"], names=tuple(reversed(CODES)))}
    assert batch.digest() != replace(batch, fields=other).digest()


def test_labels_of_a_field_are_a_tuple():
    with pytest.raises(InputError, match="names of a field must be a tuple of strings, but are list"):
        Field(torch.zeros(1, 1), "code", ("sample", "time"), ["a"])


def test_rows_are_laid_out_as_the_batch_is():
    batch = events()
    cells = event_cells(asked(batch), batch)
    question = Target.of_class(0).resolve(model()(batch), batch)
    expected = Saliency(signed=True)(model(), batch, question)["attribution"][1].detach().numpy()
    assert cells.dims == ("sample", "time", "feature")
    assert np.array_equal(np.isnan(cells.values), ~batch.cells.numpy())
    np.testing.assert_allclose(cells.values[batch.cells.numpy()], expected[batch.cells.numpy()], atol=1e-7)


def test_some_samples_are_laid_out_in_their_order():
    batch = events()
    answer = asked(batch)
    some = event_cells(answer, batch.take([3, 0]))
    assert np.array_equal(some.values, event_cells(answer, batch).values[[3, 0]], equal_nan=True)


def test_several_targets_are_laid_out_behind_the_sample():
    batch = events()
    cells = event_cells(asked(batch, target=Target.each("class", range(2))), batch)
    assert cells.dims == ("sample", "target", "time", "feature")
    alone = event_cells(asked(batch, target=Target.of_class(1)), batch)
    np.testing.assert_allclose(cells.values[:, 1], alone.values, atol=1e-7)


def test_a_check_takes_what_is_laid_out():
    batch = events()
    cells = event_cells(asked(batch, Occlusion()), batch)
    curve = removal(
        model(), batch, Target.of_class(0), cells, baseline=ConstantBaseline(0.0), n_random=2, progress="off"
    )
    assert curve.most.mean() < curve.least.mean()


def test_rows_of_other_events_are_not_laid_out():
    with pytest.raises(InputError, match="must have a row for each event of the batch, but has others"):
        event_cells(asked(events(0)), events(1))
    with pytest.raises(InputError, match="the explanation has no sample 'other0'"):
        event_cells(asked(events()), events(prefix="other"))
    with pytest.raises(InputError, match="score must be a variable of an explanation with axes row"):
        event_cells(asked(events()), events(), variable="score")
