"""Outlooks: which distribution a question asks for, and how far two lie apart."""

import math

import pytest
import torch
from torch import Tensor, nn

from aition import FunctionModel, Target, TorchModel, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.methods.in_time.outlook import Outlook

LOGITS = torch.tensor([[1.0, -0.5, 0.3], [0.0, 2.0, -1.0]], dtype=torch.float64)
BATCH = from_tensors(torch.zeros(2, 4, 1, dtype=torch.float64))
MODEL = TorchModel(nn.Identity(), head="none")
SIGMOID = TorchModel(nn.Identity(), head="sigmoid")


def outlook_of(target: Target, outputs: Tensor = LOGITS, model=MODEL, read="auto", axes=()) -> Outlook:
    return Outlook.of(model, outputs, target.resolve(outputs, BATCH, axes=axes), read=read)


def chances(target: Target, outputs: Tensor = LOGITS, **rest) -> Tensor:
    return outlook_of(target, outputs, **rest)(outputs).exp()


def test_classes_that_are_taken_whole_are_one_distribution():
    torch.testing.assert_close(chances(Target.whole("class"))[:, 0], LOGITS.softmax(dim=1))


def test_one_class_is_held_against_all_others():
    own = LOGITS.softmax(dim=1)[:, 1]
    torch.testing.assert_close(chances(Target.of_class(1))[:, 0], torch.stack([own, 1 - own], dim=1))


def test_a_difference_of_two_classes_is_their_log_odds():
    two = LOGITS[:, :2].softmax(dim=1)
    torch.testing.assert_close(chances(Target.of_class(0).against(**{"class": 1}))[:, 0], two)


def test_probabilities_say_what_their_logits_do():
    given = LOGITS.softmax(dim=1)
    for target in (Target.whole("class"), Target.of_class(2), Target.of_class(0).against(**{"class": 2})):
        torch.testing.assert_close(chances(target, given, read="probabilities"), chances(target))


def test_one_output_is_a_value_unless_it_comes_out_of_a_sigmoid():
    one = LOGITS[:, :1]
    torch.testing.assert_close(outlook_of(Target.scalar(), one)(one)[:, 0], one)
    own = one[:, 0].sigmoid()
    expected = torch.stack([own, 1 - own], dim=1)
    torch.testing.assert_close(chances(Target.scalar(), one, model=SIGMOID)[:, 0], expected)
    torch.testing.assert_close(chances(Target.scalar(), one, read="logits")[:, 0], expected)
    torch.testing.assert_close(chances(Target.scalar(), one.sigmoid(), read="probabilities")[:, 0], expected)


def test_each_output_of_a_sigmoid_is_a_distribution_of_its_own():
    own = LOGITS.sigmoid()
    torch.testing.assert_close(chances(Target.whole("class"), model=SIGMOID), torch.stack([own, 1 - own], dim=2))


def test_horizons_that_are_taken_whole_are_each_a_distribution():
    outputs = torch.stack([LOGITS, -LOGITS], dim=1)
    for axes, given in ((("horizon", "class"), outputs), (("class", "horizon"), outputs.transpose(1, 2))):
        found = chances(Target.whole("horizon", "class"), given, axes=axes)
        torch.testing.assert_close(found, outputs.softmax(dim=2))


def test_a_black_box_must_say_that_it_answers_probabilities():
    black_box = FunctionModel(lambda batch: batch.x)
    with pytest.raises(InputError, match="look like probabilities"):
        outlook_of(Target.whole("class"), LOGITS.softmax(dim=1), model=black_box)


def test_distances_are_those_of_their_formulas():
    outlook = outlook_of(Target.whole("class"))
    p, q = (LOGITS.softmax(dim=1)[row] for row in (0, 1))
    one, other = p.log()[None, None], q.log()[None, None]

    def kl(left: Tensor, right: Tensor) -> float:
        return sum(float(a) * math.log(float(a) / float(b)) for a, b in zip(left, right, strict=True))

    half = (p + q) / 2
    assert float(outlook.distance(one, other, by="kl")) == pytest.approx(kl(p, q))
    assert float(outlook.distance(one, other, by="js")) == pytest.approx((kl(p, half) + kl(q, half)) / 2)
    assert float(outlook.distance(one, other, by="difference")) == pytest.approx(float((p - q).abs().sum()) / 2)


def test_values_are_means_of_normal_laws_of_deviation_1():
    one, other = torch.tensor([[[3.0]]]), torch.tensor([[[1.0]]])
    outlook = outlook_of(Target.scalar(), LOGITS[:, :1])
    laws = (torch.distributions.Normal(float(value), 1.0) for value in (one, other))
    assert float(outlook.distance(one, other, by="kl")) == float(torch.distributions.kl_divergence(*laws))
    assert float(outlook.distance(one, other, by="difference")) == 2
    with pytest.raises(RefusalError, match="compares probabilities"):
        outlook.distance(one, other, by="js")


def test_saturated_outlooks_stay_finite():
    outputs = LOGITS * 1e4
    outlook = outlook_of(Target.of_class(1), outputs)
    one, other = outlook(outputs), outlook(outputs.flip(0))
    for by in ("kl", "js", "difference"):
        assert bool(torch.isfinite(outlook.distance(one, other, by=by)).all())
