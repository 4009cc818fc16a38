"""Contextual decomposition as a price: held against formulas written out, and the faults of the published loss."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import TorchModel, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.impute.baseline import ConstantBaseline
from aition.methods.cd import decompose
from aition.penalty import (
    Band,
    Cells,
    Features,
    MustMatter,
    MustNotMatter,
    OcclusionPenalty,
    RelevancePenalty,
    RemovalPenalty,
    SharePenalty,
)

N_TIME = 6
BEGIN = torch.arange(N_TIME)[:, None] < 2
CLAIM = MustNotMatter(Cells(BEGIN))
SPLIT = (RemovalPenalty, RelevancePenalty, SharePenalty)


def samples(n_sample=5, *, seed=0):
    chance = torch.Generator().manual_seed(seed)
    x = torch.randn(n_sample, N_TIME, 2, generator=chance, dtype=torch.float64)
    return from_tensors(x, label=torch.arange(n_sample) % 3, feature_names=("signal", "leak"))


def network(*, bias, act=nn.ReLU, seed=4):
    torch.manual_seed(seed)
    layers = nn.Sequential(nn.Flatten(), nn.Linear(2 * N_TIME, 8, bias=bias), act(), nn.Linear(8, 3, bias=bias))
    return TorchModel(layers.double())


def written_out(model, x):
    """The network with ACD's first order for ReLU, without biases: what goes in alone comes out alone."""
    return torch.relu(x.flatten(1) @ model.module[1].weight.T) @ model.module[3].weight.T


def centred(logits):
    return logits - logits.mean(dim=1, keepdim=True)


def value(found):
    return float(found.detach())


def test_removal_of_a_network_without_biases_is_the_equation():
    model, batch = network(bias=False), samples()
    left = written_out(model, batch.x) - written_out(model, batch.x * ~BEGIN)
    assert value(RemovalPenalty()(model, batch, CLAIM)) == pytest.approx(
        value(centred(left).square().sum(dim=1).mean()), rel=1e-9
    )


def test_relevance_of_a_network_without_biases_is_the_equation():
    model, batch = network(bias=False), samples()
    own = centred(written_out(model, batch.x * BEGIN)).abs().sum(dim=1).mean()
    assert value(RelevancePenalty()(model, batch, CLAIM)) == pytest.approx(value(own), rel=1e-9)


def test_uncentred_relevance_is_the_equation_of_the_paper():
    model, batch = network(bias=False), samples()
    own = written_out(model, batch.x * BEGIN).abs().sum(dim=1).mean()
    assert value(RelevancePenalty(centred=False)(model, batch, CLAIM)) == pytest.approx(value(own), rel=1e-9)


def test_share_is_the_softmax_of_the_part_and_the_rest():
    model, batch = network(bias=False), samples()
    own = written_out(model, batch.x * BEGIN)
    both = torch.stack([own, written_out(model, batch.x) - own])
    assert value(SharePenalty()(model, batch, CLAIM)) == pytest.approx(value(both.softmax(dim=0)[0].mean()), rel=1e-9)


@pytest.mark.parametrize("rules", ["acd", "cdt", "gcd", "murdoch", "shapley"])
def test_a_part_is_split_as_its_cells_are(rules):
    model, batch = network(bias=True, act=nn.Tanh), samples()
    own = decompose(model, batch, BEGIN.expand(-1, 2)[None], rules=rules).relevant[0]
    assert value(RelevancePenalty(rules=rules)(model, batch, CLAIM)) == pytest.approx(
        value(centred(own).abs().sum(dim=1).mean()), rel=1e-9
    )


@pytest.mark.parametrize("rules", ["gcd", "murdoch", "shapley"])
@pytest.mark.parametrize("part", [Cells(BEGIN), Features("leak"), Band(0.2, 0.4)])
def test_removal_of_a_linear_network_is_occlusion(rules, part):
    torch.manual_seed(1)
    model, batch = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(2 * N_TIME, 3)).double()), samples()
    baseline = ConstantBaseline(0.7)
    one = RemovalPenalty(rules=rules, baseline=baseline)(model, batch, MustNotMatter(part))
    two = OcclusionPenalty(baseline)(model, batch, MustNotMatter(part))
    assert value(one) == pytest.approx(value(two), rel=1e-9)
    assert value(one) > 1e-3


@pytest.mark.parametrize("kind", SPLIT)
def test_biases_that_begin_with_zero_have_gradients(kind):
    model, batch = network(bias=True, act=nn.Tanh), samples()
    weights = [model.module[1].bias, model.module[3].bias]
    for weight in weights:
        nn.init.zeros_(weight)
    found = torch.autograd.grad(kind()(model, batch, CLAIM), weights)
    step = [torch.randn_like(weight) for weight in weights]
    ends = []
    for way in (1e-6, -2e-6):
        with torch.no_grad():
            for weight, direction in zip(weights, step, strict=True):
                weight += way * direction
        ends.append(value(kind()(model, batch, CLAIM)))
    slope = sum(float((one * way).sum()) for one, way in zip(found, step, strict=True))
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4)
    assert abs(slope) > 1e-4


@pytest.mark.parametrize("kind", SPLIT)
def test_a_network_in_training_is_split_in_evaluation_mode(kind):
    layers = nn.Sequential(nn.Flatten(), nn.Linear(2 * N_TIME, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3))
    model, batch = TorchModel(layers.double()), samples()
    layers.eval()
    still = value(kind()(model, batch, CLAIM))
    layers.train()
    assert value(kind()(model, batch, CLAIM)) == still
    assert all(part.training for part in layers.modules())


def test_the_published_share_charges_a_part_that_no_output_reads():
    model = TorchModel(nn.Linear(1, 3).double(), lambda module, batch: module(batch.x[:, :, :1].mean(dim=1)))
    assert value(SharePenalty()(model, samples(), MustNotMatter(Features("leak")))) > 0.2


def test_the_published_share_rewards_a_relevance_far_below_zero():
    def model(slope):
        return TorchModel(
            nn.Linear(1, 3).double(),
            lambda module, batch: module(batch.x[:, :, :1].mean(dim=1)) - slope * batch.x[:, :, 1:].abs().mean(dim=1),
        )

    torch.manual_seed(0)
    honest = model(0.0)
    cheat = replace(model(20.0), module=honest.module)
    price = SharePenalty(rules="shapley")
    claim = MustNotMatter(Features("leak"))
    assert value(price(cheat, samples(), claim)) < 0.1 * value(price(honest, samples(), claim))


def test_the_share_of_what_must_matter_is_charged_below_its_margin():
    model, batch = network(bias=False), samples()
    own = written_out(model, batch.x * BEGIN)
    share = torch.stack([own, written_out(model, batch.x) - own]).softmax(dim=0)[0].mean(dim=1)
    expected = (0.6 - share).clamp(min=0).mean()
    found = SharePenalty()(model, batch, MustMatter(Cells(BEGIN), margin=0.6))
    assert value(found) == pytest.approx(value(expected), rel=1e-9)
    assert value(expected) > 0


@pytest.mark.parametrize("kind", SPLIT)
def test_an_operation_without_a_rule_is_refused(kind):
    model = TorchModel(nn.Linear(2, 3).double(), lambda module, batch: module(torch.logcumsumexp(batch.x, dim=1)[:, 0]))
    with pytest.raises(RefusalError, match="logcumsumexp"):
        kind()(model, samples(), CLAIM)


@pytest.mark.parametrize("kind", SPLIT)
def test_a_rule_set_that_does_not_exist_is_refused(kind):
    with pytest.raises(InputError, match="rules must be one of acd, cdt, gcd, murdoch, shapley, but is 'lrp'"):
        kind(rules="lrp")
