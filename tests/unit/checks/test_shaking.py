"""Stability: under noise that is next to nothing, and over seeds of the explainer."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from aition import Target, TorchModel, from_series, from_tensors
from aition.bench.blind import Magnitude
from aition.checks import Movement, amplified, seeds_compared, shaken, steady, steady_over_seeds, worst
from aition.core.errors import InputError, RefusalError
from aition.methods import InputXGradient, IntegratedGradients, Saliency
from stand_ins.explainers import CELLS, Chance, Erratic

ASKED = {"target": Target.predicted(), "progress": "off"}


def linear(n_time=5, n_feature=2):
    """Two logits that are weighted sums."""
    generator = torch.Generator().manual_seed(0)
    network = nn.Linear(n_time * n_feature, 2)
    with torch.no_grad():
        network.weight.copy_(torch.randn(network.weight.shape, generator=generator))
    return TorchModel(network, lambda module, batch: module((batch.x * batch.exists[:, :, None]).flatten(1)))


def series(n=20, n_time=5):
    return from_tensors(
        torch.randn(n, n_time, 2, generator=torch.Generator().manual_seed(1)) * torch.tensor([1.0, 50.0])
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_an_honest_explainer_is_steady(trained, seed):
    model, _, test = trained(seed)
    found = steady(shaken(IntegratedGradients(steps=8), model, test.batch, n_draw=2, **ASKED))
    assert found.finding == "passed", found.words


def test_an_explainer_that_hangs_on_the_last_bit_raises_the_alarm(trained):
    model, _, test = trained(0)
    found = steady(shaken(Erratic(), model, test.batch, n_draw=2, **ASKED))
    assert found.finding == "alarm"
    assert found.figure.mean == pytest.approx(np.sqrt(2), abs=0.3)


def test_a_constant_slope_does_not_move_and_a_multiple_of_the_values_moves_as_they_do():
    model, batch = linear(), series()
    still = shaken(Saliency(), model, batch, **ASKED)
    assert worst(still).max() == 0
    found = shaken(Magnitude(), model, batch.with_x(batch.x / torch.tensor([1.0, 50.0])), n_draw=1, **ASKED)
    assert np.median(amplified(found)) == pytest.approx(1, abs=0.25)


def test_the_output_is_settled_before_the_noise():
    model, batch = linear(), series()
    near = batch.with_x(batch.x * 1e-3)  # about as likely one class as the other, so that noise would change it
    found = shaken(Saliency(), model, near, share=5.0, **ASKED)
    assert worst(found).max() == 0


def test_the_noise_of_a_sample_hangs_neither_on_the_others_nor_on_padding():
    model, batch = linear(), series()
    whole = shaken(InputXGradient(), model, batch, **ASKED)
    turned = shaken(InputXGradient(), model, batch.take(list(range(19, -1, -1))), **ASKED)
    np.testing.assert_allclose(whole.moved[:, ::-1], turned.moved, rtol=1e-4)
    short = from_series([batch.x[0, :3], batch.x[1]], ids=["a", "b"])
    assert shaken(InputXGradient(), model, short, **ASKED).moved.shape == (4, 2)


@pytest.mark.parametrize("side", ["right", "left"])
def test_samples_that_are_padded_are_measured_as_they_are_without_padding(side):
    batch, network = series(), linear(n_time=1).module
    model = TorchModel(network, lambda module, given: module((given.x * given.exists[:, :, None]).sum(dim=1).tanh()))
    each = [batch.x[place, :3] for place in range(20)]
    names = [str(place) for place in range(20)]
    alone = from_series(each, ids=names)
    short = from_series([*each, torch.zeros(5, 2)], ids=[*names, "long"], side=side)
    noise = {"target": Target.of_class(1), "progress": "off"}
    padded, bare = (shaken(InputXGradient(), model, part, **noise) for part in (short.take(range(20)), alone))
    np.testing.assert_allclose(padded.moved, bare.moved, rtol=1e-3)
    assert steady(padded).figure.n_sample == 20


def test_answers_that_hang_on_all_samples_together_do_not_move_because_classes_are_asked_for_one_by_one():
    @dataclass(frozen=True)
    class Among:
        """How far each value is from the mean of the samples that are asked about."""

        one_chunk = True

        def __call__(self, model, batch, question):
            return {"attribution": (CELLS, batch.x - batch.x.mean(dim=0))}

    model, batch = linear(), series()
    assert len(set(model(batch).argmax(dim=1).tolist())) == 2
    assert worst(shaken(Among(), model, batch, n_draw=1, **ASKED)).max() < 0.1


def test_missing_values_and_constants_are_not_shaken():
    @dataclass(frozen=True)
    class Seen:
        def __call__(self, model, batch, question):
            given.append(batch.x.clone())
            return {"attribution": (CELLS, batch.x)}

    given, x = [], torch.randn(6, 5, 2)
    x[:, :, 1] = 3.0
    x[0, 0, 0] = torch.nan
    shaken(Seen(), linear(), from_tensors(x), n_draw=1, **ASKED)
    first, other = given[0], torch.cat(given[1:])
    assert bool((other[..., 1] == 3).all())
    assert len(other) == 6
    assert bool((other[..., 0] == first[..., 0]).sum() == 1)


def test_an_empty_map_is_left_out_and_empty_maps_are_not_measured():
    moved = np.array([[0.1, np.nan, 0.2], [0.3, np.nan, 0.1]])
    found = Movement(moved, np.full((2, 3), 0.02), 0.02)
    np.testing.assert_array_equal(worst(found), [0.3, np.nan, 0.2])
    np.testing.assert_allclose(amplified(found), [15, np.nan, 10])
    assert steady(found).figure.n_missing == 1
    assert steady(Movement(moved * np.nan, np.full((2, 3), 0.02), 0.02)).finding == "not measured"


def test_seeds_that_say_something_else_raise_the_alarm_and_no_seed_is_not_measured(trained):
    model, _, test = trained(0)
    asked = {"target": Target.predicted(), "progress": "off"}
    assert seeds_compared(Chance(), model, test.batch, **asked).finding == "alarm"
    assert seeds_compared(Magnitude(), model, test.batch, **asked).finding == "not measured"


def test_seeds_that_say_the_same_pass(trained):
    @dataclass(frozen=True)
    class Little:
        """The slopes, and a little chance."""

        seed: int = 0

        def __call__(self, model, batch, question):
            slope = Saliency()(model, batch, question)["attribution"][1]
            return {
                "attribution": (
                    CELLS,
                    slope + 0.01 * slope.std() * Chance(self.seed)(model, batch, question)["attribution"][1],
                )
            }

    model, _, test = trained(0)
    found = seeds_compared(Little(), model, test.batch, **ASKED)
    assert (found.finding, found.figure.mean < 1) == ("passed", True)


def test_what_can_not_be_compared_is_refused(trained):
    model, _, test = trained(0)
    with pytest.raises(InputError, match="seeds must be two or more"):
        seeds_compared(Chance(), model, test.batch, seeds=(1, 1), **ASKED)
    with pytest.raises(InputError, match="two seeds or more"):
        steady_over_seeds([])
    with pytest.raises(InputError, match="share must be above 0"):
        shaken(Magnitude(), model, test.batch, share=0.0, **ASKED)
    words = TorchModel(nn.Sequential(nn.Embedding(4, 2)), embedding="0")
    with pytest.raises(RefusalError, match="ids that an embedding reads"):
        shaken(Magnitude(), words, test.batch, **ASKED)
    with pytest.raises(InputError, match="one draw or more"):
        Movement(np.empty((0, 3)), np.empty((0, 3)), 0.1)


@pytest.mark.peers
def test_the_worst_move_is_captums_max_sensitivity():
    metrics = pytest.importorskip("captum.metrics")
    model, batch = linear(), series(6)
    noise = []

    @dataclass(frozen=True)
    class Watched:
        """Values times slopes, and a note of what was asked."""

        def __call__(self, model, batch, question):
            noise.append(batch)
            return InputXGradient()(model, batch, question)

    target = Target.of_class(1)
    found = shaken(Watched(), model, batch, target, n_draw=3, progress="off")
    drawn = iter([one.x - batch.x for one in noise[1:]])

    slope = model.module.weight[1].reshape(5, 2).detach()

    def explained(x):
        return tuple(slope * one for one in x) if isinstance(x, tuple) else slope * x

    peers = [
        metrics.sensitivity_max(explained, batch.x, perturb_func=lambda x: x + next(drawn), n_perturb_samples=1)
        for _ in range(3)
    ]
    np.testing.assert_allclose(worst(found), torch.stack(peers).max(dim=0).values.numpy(), rtol=1e-4)
