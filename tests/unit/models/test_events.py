"""Networks on events: equal to dense multi-hot tables, whatever the chunks and the padding, and small in memory."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aition import Target, explain, from_events, from_tensors
from aition.core.errors import InputError
from aition.core.model import outputs_of
from aition.core.signals import signals, with_signals
from aition.methods import IntegratedGradients
from aition.models import EventRecurrent, create, fit, load_model, save_model
from aition.models.attention import places
from aition.models.padding import last, mean

N_CODE, N_STEP, CODES = 9, 6, [f"c{i}" for i in range(9)]
NAMES = ["event-lstm", "event-gru", "event-transformer"]


def events(seed=0, *, n_sample=5, n=60, **rest):
    draw = np.random.default_rng(seed)
    sample = np.concatenate([np.arange(n_sample), draw.integers(0, n_sample, n - n_sample)])
    columns = {"sample": sample, "time": draw.uniform(0, N_STEP, n), "code": draw.integers(0, N_CODE, n)}
    columns["value"] = np.where(draw.random(n) < 0.5, draw.normal(size=n), np.nan)
    return from_events(**columns, **{"vocabulary": CODES, "ids": range(n_sample), **rest})


def model(name, dtype=torch.float32, **settings):
    heads = {"n_head": 2} if name == "event-transformer" else {}
    made = create(name, n_code=N_CODE, n_class=3, n_hidden=8, **heads, **settings)
    made.module.to(dtype).eval()
    return made


def dense(module, batch):
    """The same from a table ``[sample, step, code]`` of presence and one of values, by products of matrices."""
    tables = batch.x.new_zeros(2, len(batch), int(batch["n_step"].max()), N_CODE)
    for i in range(len(batch)):
        for j in range(batch.n_time):
            if batch.exists[i, j]:
                step, code = int(batch["step"][i, j]), int(batch["code"][i, j])
                tables[0, i, step, code] += batch.x[i, j, 0]
                tables[1, i, step, code] += batch.x[i, j, 0] * batch["event_value"][i, j]
    states = tables[0] @ module.bag.codes + tables[1] @ module.bag.values
    there = torch.arange(states.shape[1]) < batch["n_step"][:, None]
    if hasattr(module, "recurrent"):
        return module.head(last(module.recurrent(states)[0], there))
    states = module.encoder(states + places(states), src_key_padding_mask=~there)
    return module.head(mean(states * there[:, :, None], there))


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_those_of_dense_tables(name):
    one, batch = model(name), events()
    torch.testing.assert_close(one(batch), dense(one.module, batch), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_presence_and_value_are_those_of_dense_tables(name):
    one, batch = model(name, torch.float64), events(explain_values=True).to(device="cpu", dtype=torch.float64)
    found = []
    for forward in (lambda given: one(given), lambda given: dense(one.module, given)):
        leaves = {key: part.value.clone().requires_grad_() for key, part in signals(batch).items()}
        found.append(torch.autograd.grad(forward(with_signals(batch, leaves))[:, 1].sum(), list(leaves.values())))
    for mine, theirs in zip(*found, strict=True):
        assert bool((theirs != 0).any())
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_events_of_one_step_add_up(name):
    twice = from_events([0, 0], [0.1, 0.2], [3, 3], vocabulary=CODES)
    once = from_events([0], [0.1], [3], vocabulary=CODES)
    torch.testing.assert_close(model(name)(twice), model(name)(once.with_x(2 * once.x)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_longer_padding_changes_no_output(name):
    torch.testing.assert_close(model(name)(events(length=70)), model(name)(events()), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_in_the_padding_changes_no_output(name):
    batch = events()
    other = batch.with_x(torch.where(batch.cells, batch.x, 7.0)).with_field("step", batch["step"] + 99 * ~batch.exists)
    assert torch.equal(model(name)(other), model(name)(batch))


@pytest.mark.parametrize("name", NAMES)
def test_company_changes_no_output(name):
    batch = events(n_step=[3, 6, 6, 5, 6], every=2.0)
    alone = torch.cat([outputs_of(model(name), batch.take([row])) for row in range(len(batch))])
    torch.testing.assert_close(outputs_of(model(name), batch), alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_steps_without_events_count(name):
    short, long = events(n_step=6), events(n_step=9)
    assert not torch.allclose(model(name)(short), model(name)(long), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_an_event_that_is_not_present_is_an_event_that_is_not_there(name):
    batch = events(n_step=N_STEP)
    without = batch.x.clone()
    without[0, 3] = 0
    keep = torch.arange(batch.n_time)[None] != torch.where(torch.arange(5) == 0, 3, 99)[:, None]
    rows, there = (batch.exists & keep).nonzero(as_tuple=True)
    value = torch.where(batch["has_value"], batch["event_value"], torch.nan)[rows, there]
    removed = from_events(
        rows, batch.times[rows, there], batch["code"][rows, there], value=value, vocabulary=CODES, n_step=N_STEP
    )
    assert len(rows) == int(batch.exists.sum()) - 1
    assert torch.equal(model(name)(batch.with_x(without)), model(name)(removed))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("name", NAMES)
def test_networks_answer_in_their_dtype(name, dtype):
    one = model(name, dtype)
    batch = events().to(device="cpu", dtype=dtype)
    assert one(batch).dtype == dtype
    torch.testing.assert_close(one(batch).float(), model(name)(events()), rtol=0, atol=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_static_columns_reach_the_output(name):
    static = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    one, batch = model(name, n_static=2), events(static=static)
    assert not torch.allclose(one(batch), one(batch.with_static(static + 1)))
    with pytest.raises(InputError, match="reads n_static=2 static columns, but the batch has 0"):
        one(events())


@pytest.mark.parametrize("name", NAMES)
def test_units_of_static_columns_are_taken_off_inside(name):
    static = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    given, plain = model(name, n_static=2, mean=[60.0, 0.5], scale=[10.0, 2.0]), model(name, n_static=2)
    units = static * torch.tensor([10.0, 2.0]) + torch.tensor([60.0, 0.5])
    torch.testing.assert_close(given(events(static=units)), plain(events(static=static)), rtol=0, atol=1e-5)


def test_static_columns_may_stand_beside():
    assert torch.equal(model("event-gru")(events(static=torch.ones(5, 2))), model("event-gru")(events()))


@pytest.mark.parametrize("name", NAMES)
def test_training_lowers_the_loss(name):
    label = (events()["code"] == 3).logical_and(events().exists).any(dim=1).long()
    history = fit(model(name), events(label=label), epochs=12, lr=0.02, progress="off").history
    assert history[-1].loss < 0.7 * history[0].loss


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_network_says_the_same(name, tmp_path):
    settings = {"n_code": N_CODE, "n_class": 3, "n_hidden": 8} | ({"n_head": 2} if "former" in name else {})
    save_model(model(name), tmp_path / "m.safetensors", builder=name, settings=settings)
    assert torch.equal(load_model(tmp_path / "m.safetensors")(events()), model(name)(events()))


def test_a_cell_is_what_the_name_says():
    with pytest.raises(InputError, match="multiple values for argument 'cell'"):
        create("event-lstm", n_code=N_CODE, n_class=3, cell="gru")
    with pytest.raises(InputError, match="cell must be 'lstm' or 'gru', but is 'rnn'"):
        EventRecurrent("rnn", N_CODE, 3)


def test_another_vocabulary_is_refused():
    with pytest.raises(InputError, match="knows n_code=9 codes, but the vocabulary of the batch has 10"):
        model("event-gru")(events(vocabulary=[*CODES, "new"]))


def test_a_step_beyond_the_last_is_refused():
    batch = events()
    with pytest.raises(InputError, match="step must be below the n_step of its sample"):
        model("event-gru")(batch.with_field("step", batch["step"] + 3))


def test_series_are_refused():
    with pytest.raises(InputError, match=r"this network reads events, but Batch.* has none; take aition.from_events"):
        model("event-gru")(from_tensors(torch.zeros(1, 2, 3)))


def test_twelve_thousand_codes_take_megabytes():
    draw = np.random.default_rng(0)
    n_sample, n_step, n_code, each = 300, 48, 12_000, 10
    n = n_sample * n_step * each
    batch = from_events(
        np.repeat(np.arange(n_sample), n_step * each),
        np.tile(np.repeat(np.arange(n_step), each), n_sample) + draw.random(n),
        draw.integers(0, n_code, n),
        value=draw.normal(size=n),
        vocabulary=list(map(str, range(n_code))),
    )
    parts = [batch.x, batch.exists, batch.observed, batch.times, *(part.value for part in batch.fields.values())]
    stored = sum(part.numel() * part.element_size() for part in parts)
    assert stored < 6e6
    assert 4 * n_sample * n_step * n_code > 100 * stored


def test_no_tensor_of_a_pass_is_as_wide_as_the_vocabulary_of_the_data():
    n_code = 12_000
    one = create("event-lstm", n_code=n_code, n_class=2, n_hidden=4)
    batch = from_events([0, 0, 1], [0, 47, 3], [11_999, 5, 5], vocabulary=list(map(str, range(n_code))))
    sizes = []

    def seen(tensor):
        sizes.append(tensor.numel())
        return tensor

    given = batch.with_x(batch.x.clone().requires_grad_())
    for weight in one.module.parameters():
        weight.requires_grad_(False)
    with torch.autograd.graph.saved_tensors_hooks(seen, lambda tensor: tensor):
        one(given).sum().backward()
    weights, dense_data = {n_code * 4}, 2 * 48 * n_code
    assert max(size for size in sizes if size not in weights) < dense_data / 10
    assert explain(IntegratedGradients(steps=4), one, batch, Target.of_class(0), progress="off").sizes["row"] == 3


@pytest.mark.parametrize("name", NAMES)
def test_rows_may_be_in_any_order_of_steps(name):
    batch = events()
    turned = batch.exists.sum(dim=1)[:, None] - 1 - torch.arange(batch.n_time)
    index = torch.where(batch.exists, turned, torch.arange(batch.n_time))
    fields = {
        key: replace(part, value=part.value.gather(1, index)) if "time" in part.axes else part
        for key, part in batch.fields.items()
    }
    torch.testing.assert_close(model(name)(replace(batch, fields=fields)), model(name)(batch), rtol=0, atol=1e-6)
