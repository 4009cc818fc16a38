"""Captum's fault table: 22 inputs, what Captum alone makes of them, and what comes through explain().

Run as a program it prints the table: ``python tests/oracles/test_captum_faults.py``.
"""

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from captum import attr
from torch import Tensor, nn

from aition import Batch, Explanation, Target, TorchModel, explain, from_series, from_tensors
from aition.core.errors import AitionError, AitionWarning, InputError, ModelError, TargetError
from aition.impute.baseline import Baseline, ConstantBaseline
from aition.methods.captum import Captum
from aition.methods.gradient import IntegratedGradients

RIGHT = "right"
Make = Callable[[Baseline], Any]
STEPS = 32
EXPLAINERS: dict[str, Make] = {
    "Captum": lambda baseline: Captum("IntegratedGradients", {"n_steps": STEPS}, baseline=baseline),
    "IntegratedGradients": lambda baseline: IntegratedGradients(steps=STEPS, baseline=baseline),
}
"""Integrated gradients through the adapter, and our own."""
ZERO = ConstantBaseline()


class Recurring(nn.Module):
    """Scores of three classes from the last step."""

    def __init__(self, n_feature: int = 3) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.GRU(n_feature, 8, batch_first=True)
        self.last = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.layer(x)[0][:, -1])


class Training(nn.Module):
    """A network whose answer hangs on its mode: dropout, or normalisation by the batch."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.layer, self.last = nn.Linear(3, 8), layer, nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.layer(torch.tanh(self.first(x)).mean(dim=1)))


class Summing(nn.Module):
    """A network that reads padding like any other step."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(3, 8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.tanh(self.first(x)).mean(dim=1))


class WithStatic(nn.Module):
    """A network that wants static values."""

    def __init__(self) -> None:
        super().__init__()
        self.series, self.static = Recurring(), nn.Linear(2, 3)

    def forward(self, x: Tensor, static: Tensor) -> Tensor:
        return self.series(x) + self.static(static)


def values(n_sample: int = 4, n_time: int = 5, n_feature: int = 3) -> Tensor:
    return torch.randn(n_sample, n_time, n_feature, generator=torch.Generator().manual_seed(1))


def alone(net: nn.Module, x: Any, target: Any = 0, **rest: Any) -> Tensor:
    """Integrated gradients as Captum computes them when it is called by itself."""
    return attr.IntegratedGradients(net).attribute(x, target=target, n_steps=STEPS, **rest).detach()


def through(make: Make, net: nn.Module, data: Batch, target: Target = Target.of_class(0), **rest: Any) -> Explanation:  # noqa: B008
    """The same through the one door."""
    forward = rest.pop("forward", None)
    model = TorchModel(net, forward) if forward else TorchModel(net)
    return explain(make(rest.pop("baseline", ZERO)), model, data, target, progress="off")


def batch(x: Tensor, **rest: Any) -> Batch:
    return from_tensors(x, layout="sample time feature", **rest)


def cells(answer: Explanation) -> Tensor:
    return torch.from_numpy(answer.attribution.values)


def same(answer: Explanation, expected: Tensor) -> bool:
    return torch.allclose(cells(answer), expected, atol=1e-5)


def said(right: bool, wrong: str) -> str:
    return RIGHT if right else wrong


@dataclass(frozen=True)
class Case:
    """One input.

    Args:
        name: In words.
        alone: What comes of it with Captum alone: "right", what is wrong, or an exception.
        through: The same with explain().
        error: What explain() must raise, or its base class where the answer must be right.
        says: What the error must say: the field and the remedy.
    """

    name: str
    alone: Callable[[], str]
    through: Callable[[Make], str]
    error: type[AitionError] = AitionError
    says: str = ""


def with_cell(value: float) -> Tensor:
    x = values()
    x[1, 2, 0] = value
    return x


def share_of_nan(answer: Tensor) -> str:
    share = float(torch.isnan(answer).float().mean())
    return said(share == 0, f"{share:.0%} of the attributions are NaN")


def nan_through(make: Make) -> str:
    answer, filled = (through(make, Recurring(), batch(with_cell(value))) for value in (float("nan"), 0.0))
    return said(same(answer, cells(filled)) and not bool(answer.observed[1, 2, 0]), "the gap is not the fill value")


class Silent(Recurring):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * float("nan")


class Raising(Recurring):
    def forward(self, x: Tensor) -> Tensor:
        raise ValueError("no such series")


def turned_alone() -> str:
    x = values(n_time=3)
    wrong, right = alone(Recurring(), x.transpose(1, 2)), alone(Recurring(), x)
    return said(
        torch.allclose(wrong.transpose(1, 2), right), "series given as [sample feature time] are taken as they come"
    )


def negative_alone() -> str:
    return said(
        False,
        "class -1 is taken for the last class"
        if torch.equal(alone(Recurring(), values(), -1), alone(Recurring(), values(), 2))
        else "",
    )


def dropout_alone() -> str:
    net, x = Training(nn.Dropout(0.3)), values()
    gap = float((alone(net, x) - alone(net, x)).abs().max())
    return said(gap == 0, f"two runs differ by up to {gap:.2g}")


def dropout_through(make: Make) -> str:
    net, data = Training(nn.Dropout(0.3)), batch(values())
    first, second = (cells(through(make, net, data)) for _ in range(2))
    kept = net.training and net.layer.training
    return said(torch.equal(first, second) and kept and torch.allclose(first, alone(net.eval(), data.x), atol=1e-5), "")


def normalised_alone() -> str:
    net = Training(nn.BatchNorm1d(8))
    before = net.layer.running_mean.clone()
    alone(net, values())
    return said(torch.equal(before, net.layer.running_mean), "the running statistics have changed")


def normalised_through(make: Make) -> str:
    net = Training(nn.BatchNorm1d(8))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    answer = through(make, net, batch(values()))
    kept = all(torch.equal(value, before[name]) for name, value in net.state_dict().items()) and net.layer.training
    return said(kept and same(answer, alone(net.eval(), values())), "the running statistics have changed")


LENGTHS = [5, 2, 3, 4]


def padded() -> Batch:
    x = values(n_time=40)
    return batch(x * batch(x, lengths=LENGTHS).cells, lengths=LENGTHS)


def padded_alone() -> str:
    data = padded()
    answer = alone(Summing(), data.x, baselines=1.5).abs()
    share = float((answer * ~data.cells).sum() / answer.sum())
    return said(share == 0, f"{share:.0%} of the attribution lies on padding")


def padded_through(make: Make) -> str:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        answer = through(make, Summing(), padded(), baseline=ConstantBaseline(1.5))
    told = any(issubclass(one.category, AitionWarning) and "reads padding" in str(one.message) for one in warned)
    inside = np.isfinite(answer.attribution.values) == padded().cells.numpy()
    complete = np.abs(answer.completeness.values).max() < 1e-3
    return said(told and bool(inside.all()) and bool(complete), "padding is not left out")


def unequal_through(make: Make) -> str:
    series = [values(1, length)[0] for length in LENGTHS]
    together = cells(through(make, Recurring(), from_series(series, side="left"), forward=existing_only))
    return said(
        all(
            torch.allclose(together[row, 5 - length :], alone(Recurring(), one[None])[0], atol=1e-5)
            for row, (one, length) in enumerate(zip(series, LENGTHS, strict=True))
        ),
        "a series is explained otherwise than alone",
    )


def existing_only(net: nn.Module, data: Batch) -> Tensor:
    """One series at a time without its padding."""
    return torch.cat([net(one[there][None]) for one, there in zip(data.x, data.exists, strict=True)])


def typed_through(make: Make) -> str:
    whole = (values() * 4).round()
    expected = alone(Recurring(), whole)
    answers = [through(make, Recurring(), batch(whole.to(kind))) for kind in (torch.int64, torch.float64)]
    return said(all(same(answer, expected) for answer in answers), "another dtype has another answer")


def typed_alone() -> str:
    for kind in (torch.int64, torch.float64):
        alone(Recurring(), (values() * 4).round().to(kind))
    return RIGHT


def strided() -> Tensor:
    return values().transpose(0, 1).contiguous().transpose(0, 1)


def flagged_through(make: Make) -> str:
    x = values().requires_grad_()
    answer = through(make, Recurring(), batch(x))
    return said(
        same(answer, alone(Recurring(), values())) and x.requires_grad and x.grad is None, "the input has changed"
    )


def one_of_many(answer: Callable[[Tensor], Tensor]) -> str:
    x = values(300)
    return said(
        torch.allclose(answer(x)[:1], answer(x[:1]), atol=1e-6), "alone it is explained otherwise than among many"
    )


def wrong_shape(data: Batch) -> Batch:
    return data.crop(0, data.n_time - 1)


def with_static(net: nn.Module, data: Batch) -> Tensor:
    return net(data.x, data.static)


CASES = (
    Case("a NaN in the values", lambda: share_of_nan(alone(Recurring(), with_cell(float("nan")))), nan_through),
    Case(
        "an Inf in the values",
        lambda: share_of_nan(alone(Recurring(), with_cell(float("inf")))),
        lambda make: str(through(make, Recurring(), batch(with_cell(float("inf"))))),
        InputError,
        r"x must be finite \(NaN where not observed\), but is inf at sample 1, time 2, feature 0",
    ),
    Case(
        "a model that answers NaN",
        lambda: share_of_nan(alone(Silent(), values())),
        lambda make: str(through(make, Silent(), batch(values()))),
        ModelError,
        "outputs must be finite, but are NaN or Inf for 4 of 4 samples",
    ),
    Case(
        "[sample feature time] where both have one size",
        turned_alone,
        lambda make: str(through(make, Recurring(), from_tensors(values(n_time=3).transpose(1, 2)))),
        InputError,
        "time and feature can't be told apart; state layout=",
    ),
    Case(
        "target -1",
        negative_alone,
        lambda make: str(through(make, Recurring(), batch(values()), Target.of_class(-1))),
        TargetError,
        "index for class must be 0 or more, but is -1; the last step is 'last'",
    ),
    Case("dropout in training mode", dropout_alone, dropout_through),
    Case("batch normalisation in training mode", normalised_alone, normalised_through),
    Case("padding, a baseline that is not 0, a model that does not mask", padded_alone, padded_through),
    Case(
        "an empty batch",
        lambda: said(alone(Recurring(), values(0)).shape == (0, 5, 3), "an answer of another shape"),
        lambda make: str(through(make, Recurring(), batch(values(0)))),
        InputError,
        "data must hold at least one sample",
    ),
    Case(
        "series of one step",
        lambda: said(alone(Recurring(), values(n_time=1)).shape == (4, 1, 3), "another shape"),
        lambda make: said(
            same(through(make, Recurring(), batch(values(n_time=1))), alone(Recurring(), values(n_time=1))),
            "another answer",
        ),
    ),
    Case(
        "series of unequal lengths",
        lambda: str(alone(Recurring(), [values(1, length)[0] for length in LENGTHS])),
        unequal_through,
    ),
    Case(
        "values of rank 2",
        lambda: str(alone(Recurring(), values()[:, 0])),
        lambda make: str(through(make, Recurring(), from_tensors(values()[:, 0]))),
        InputError,
        r"x must be \[sample time feature\], but is \[4, 3\]; name its axes by layout=",
    ),
    Case("integers and double precision", typed_alone, typed_through),
    Case(
        "values that are not contiguous",
        lambda: said(torch.allclose(alone(Recurring(), strided()), alone(Recurring(), values())), "another answer"),
        lambda make: said(
            same(through(make, Recurring(), batch(strided())), alone(Recurring(), values())), "another answer"
        ),
    ),
    Case(
        "values that require gradients",
        lambda: said(
            torch.allclose(alone(Recurring(), values().requires_grad_()), alone(Recurring(), values())),
            "another answer",
        ),
        flagged_through,
    ),
    Case(
        "a class out of range",
        lambda: str(alone(Recurring(), values(), 3)),
        lambda make: str(through(make, Recurring(), batch(values()), Target.of_class(3))),
        TargetError,
        "class 3 is out of range: the outputs have 3 of axis class, 0 to 2",
    ),
    Case(
        "a class asked of one output",
        lambda: str(alone(nn.Sequential(Recurring(), nn.Linear(3, 1), nn.Flatten(0)), values(), 1)),
        lambda make: str(
            through(
                make, nn.Sequential(Recurring(), nn.Linear(3, 1), nn.Flatten(0)), batch(values()), Target.of_class(1)
            )
        ),
        TargetError,
        "no axis class; ask for Target.scalar",
    ),
    Case(
        "a baseline of another shape",
        lambda: str(alone(Recurring(), values(), baselines=torch.zeros(4, 4, 3))),
        lambda make: str(through(make, Recurring(), batch(values()), baseline=wrong_shape)),
        InputError,
        r"the baseline of x must be \[4, 5, 3\], but is \[4, 4, 3\]",
    ),
    Case(
        "one sample alone and among many",
        lambda: one_of_many(lambda x: alone(Recurring(), x)),
        lambda make: one_of_many(lambda x: cells(through(make, Recurring(), batch(x)))),
    ),
    Case(
        "static values that are missing",
        lambda: str(alone(WithStatic(), values())),
        lambda make: str(through(make, WithStatic(), batch(values()), forward=with_static)),
        ModelError,
        r"mat1 and mat2 shapes .*; forward was given x \[1, 5, 3\], no static, no fields; what is missing goes in by",
    ),
    Case(
        "a model that raises",
        lambda: str(alone(Raising(), values())),
        lambda make: str(through(make, Raising(), batch(values()))),
        ModelError,
        "sample '0': the model or the explainer raised ValueError: no such series",
    ),
    Case(
        "a model on another device",
        lambda: str(alone(Recurring().to("meta"), values())),
        lambda make: str(through(make, Recurring().to("meta"), batch(values()))),
        ModelError,
        "weights are on the device meta, which holds no values: load them first",
    ),
)
SILENT = CASES[:8]


def outcome(call: Callable[[], str]) -> str:
    """What came: "right", what is wrong without a word, or the error."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            answer = call()
        except Exception as error:  # noqa: BLE001 (whatever Captum or torch raises is the outcome)
            return (
                f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}"
            )
    if answer == RIGHT:
        return RIGHT
    return f"{'warned' if warned else 'SILENT'}: {answer}"


@pytest.mark.peers
@pytest.mark.parametrize("case", SILENT, ids=lambda case: case.name)
def test_captum_alone_fails_without_a_word(case: Case) -> None:
    assert outcome(case.alone).startswith("SILENT: ")


@pytest.mark.peers
@pytest.mark.parametrize("case", CASES[8:], ids=lambda case: case.name)
def test_captum_alone_is_right_or_raises(case: Case) -> None:
    assert not outcome(case.alone).startswith("SILENT: ")


@pytest.mark.parametrize("name", EXPLAINERS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_answer_is_right_or_an_error_names_field_and_remedy(case: Case, name: str) -> None:
    if case.says:
        with pytest.raises(case.error, match=case.says):
            case.through(EXPLAINERS[name])
    else:
        assert case.through(EXPLAINERS[name]) == RIGHT


def test_the_table_has_its_22_rows() -> None:
    assert len({case.name for case in CASES}) == 22


def rows() -> list[tuple[str, str, str]]:
    """The table: the case, what comes with Captum alone, what comes through explain()."""
    last = list(EXPLAINERS.values())[-1]
    return [(case.name, outcome(case.alone), outcome(lambda case=case: case.through(last))) for case in CASES]


if __name__ == "__main__":
    torch.set_num_threads(1)
    for row in rows():
        sys.stdout.write(f"| {' | '.join(row)} |\n")
