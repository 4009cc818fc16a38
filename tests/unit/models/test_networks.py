"""The reference networks: padding, on either side and of any length, changes nothing."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aition import from_series, from_tensors
from aition.core.errors import InputError
from aition.core.model import outputs_of
from aition.models import (
    ConvClassifier,
    GRUClassifier,
    LSTMClassifier,
    MLPClassifier,
    ResNetClassifier,
    SegmentClassifier,
    TransformerClassifier,
    as_model,
)
from aition.models.padding import aligned, last, mean, normalised, restored, turned

NETWORKS = {
    "gru": lambda: GRUClassifier(3, 4, n_hidden=8),
    "gru of two layers": lambda: GRUClassifier(3, 4, n_hidden=8, n_layer=2),
    "lstm": lambda: LSTMClassifier(3, 4, n_hidden=8),
    "conv": lambda: ConvClassifier(3, 4, channels=(8, 8), kernel=5),
    "resnet": lambda: ResNetClassifier(3, 4, channels=(8, 8)),
    "segments": lambda: SegmentClassifier(3, 4, n_segment=3, channels=(8, 8)),
    "transformer": lambda: TransformerClassifier(3, 4, n_hidden=8, n_head=2, dropout=0.0),
    "mlp": lambda: MLPClassifier(3, 4, n_time=9, hidden=(8,)),
}
SERIES = [torch.randn(length, 3, generator=torch.Generator().manual_seed(length)) for length in (7, 1, 4, 9)]


def model_of(name):
    torch.manual_seed(1)
    model = as_model(NETWORKS[name]())
    model.module.eval()
    return model


def assert_close(one, two):
    torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_there_is_a_logit_for_each_class(name):
    assert model_of(name)(from_series(SERIES)).shape == (4, 4)


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("length", [9, 23])
@pytest.mark.parametrize("name", NETWORKS)
def test_padding_changes_no_output(name, length, side):
    model = model_of(name)
    alone = torch.cat([outputs_of(model, from_series([one])) for one in SERIES])
    assert_close(outputs_of(model, from_series(SERIES, length=length, side=side)), alone)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_stands_in_the_padding_changes_no_output(name):
    model, batch = model_of(name), from_series(SERIES, length=12, side="left")
    strange = batch.with_x(torch.where(batch.cells, batch.x, 1e6))
    assert torch.equal(outputs_of(model, strange), outputs_of(model, batch))


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_has_no_gradient(name):
    batch = from_series(SERIES, length=12)
    x = batch.x.clone().requires_grad_()
    model_of(name)(batch.with_x(x)).square().sum().backward()
    assert bool((x.grad[~batch.exists] == 0).all())
    assert bool((x.grad[batch.exists] != 0).any(dim=-1).all())


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_changes_nothing_in_training_either(name):
    one, two = as_model(model_of(name).module.train()), as_model(model_of(name).module.train())
    assert_close(one(from_series(SERIES)), two(from_series(SERIES, length=20, side="left")))
    for before, after in zip(one.module.buffers(), two.module.buffers(), strict=True):
        assert_close(before, after)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_feature_of_every_step_can_change_the_output(name):
    model, batch = model_of(name), from_tensors(torch.randn(1, 5, 3))
    x = batch.x.clone().requires_grad_()
    model(batch.with_x(x)).square().sum().backward()
    assert bool((x.grad != 0).all())


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_gru_per_step_says_at_each_step_what_the_series_up_to_it_says(side):
    torch.manual_seed(0)
    steps = as_model(GRUClassifier(3, 2, n_hidden=8, per_step=True))
    ends = as_model(GRUClassifier(3, 2, n_hidden=8))
    ends.module.load_state_dict(steps.module.state_dict())
    batch = from_series([SERIES[0]], length=10, side=side)
    outputs = steps(batch)[batch.exists]
    prefixes = torch.cat([ends(from_series([SERIES[0][: step + 1]])) for step in range(7)])
    assert_close(outputs, prefixes)


def test_an_lstm_without_its_second_direction_is_a_literal_loop():
    torch.manual_seed(0)
    network, series = LSTMClassifier(3, 2, n_hidden=4), SERIES[0][None]
    onward, _ = network.onward(series)
    backward, _ = network.backward_in_time(series.flip(1))
    expected = network.head(torch.cat([onward[:, -1], backward[:, -1]], dim=1))
    assert_close(as_model(network)(from_series(SERIES[:2]))[:1], expected)


def test_a_series_longer_than_a_perceptron_is_refused():
    with pytest.raises(InputError, match="at most n_time=9 steps, but one has 11"):
        model_of("mlp")(from_tensors(torch.zeros(1, 11, 3)))


def test_a_perceptron_takes_long_padding():
    assert model_of("mlp")(from_series(SERIES, length=40)).shape == (4, 4)


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4), extra=st.integers(0, 4))
def test_restoring_undoes_aligning(lengths, extra):
    batch = from_series([torch.randn(length, 2) for length in lengths], length=max(lengths) + extra, side="left")
    moved, there = aligned(batch.x, batch.exists, batch.n_time)
    assert torch.equal(restored(moved, batch.exists), batch.x)
    assert torch.equal(there.sum(dim=1), batch.lengths)


def test_turning_twice_changes_nothing():
    batch = from_series(SERIES)
    assert torch.equal(turned(turned(batch.x, batch.exists), batch.exists), batch.x)


def test_last_and_mean_are_those_of_each_series_alone():
    batch = from_series(SERIES)
    assert torch.equal(last(batch.x, batch.exists), torch.stack([one[-1] for one in SERIES]))
    assert_close(mean(batch.x, batch.exists), torch.stack([one.mean(dim=0) for one in SERIES]))


def test_batch_statistics_count_existing_steps_only():
    batch, norm = from_series(SERIES), torch.nn.BatchNorm1d(3, affine=False)
    out = normalised(norm, batch.x.transpose(1, 2), batch.exists).transpose(1, 2)[batch.exists]
    assert_close(out.mean(dim=0), torch.zeros(3))
    assert_close(norm.running_mean, 0.1 * torch.cat(SERIES).mean(dim=0))


def test_a_network_of_segments_tells_where_a_pulse_stood():
    torch.manual_seed(0)
    network = SegmentClassifier(1, 2, n_segment=2, channels=(4,), kernel=1)
    x = torch.zeros(2, 6, 1)
    x[0, 1], x[1, 4] = 1.0, 1.0
    whole = torch.ones(2, 6).bool()
    states = network.bends[0](network.layers[0](x.transpose(1, 2)))
    by_hand = network.head(torch.stack([states[:, :, :3].mean(dim=2), states[:, :, 3:].mean(dim=2)], dim=2).flatten(1))
    assert_close(network(x, whole), by_hand)
    assert not torch.allclose(by_hand[0], by_hand[1])
