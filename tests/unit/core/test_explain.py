"""explain(): chunks, order, padding, several targets, everything that an answer may be, and what is refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from torch import Tensor, nn

from aition import (
    Batch,
    Explanation,
    Field,
    FunctionModel,
    Question,
    Target,
    TorchModel,
    explain,
    from_series,
    from_tensors,
)
from aition.core.draws import normal_like
from aition.core.errors import AitionWarning, InputError, ModelError, ProtocolError, TargetError

CELLS = ("sample", "time", "feature")


class Net(nn.Module):
    """Reads existing steps only."""

    def __init__(self, n_feature: int = 2, n_class: int = 3) -> None:
        super().__init__()
        self.gru = nn.GRU(n_feature, 6, batch_first=True)
        self.out = nn.Linear(6, n_class)

    def forward(self, x: Tensor, start: Tensor, exists: Tensor) -> Tensor:
        state = x.new_zeros(len(x), 6)
        states = []
        for step in range(x.shape[1]):
            after = self.gru(x[:, step : step + 1], state[None])[1][0]
            state = torch.where(exists[:, step, None], after, state)
            states.append(state)
        return self.out(states[-1])


def net_model() -> TorchModel:
    torch.manual_seed(1)
    return TorchModel(Net(), lambda module, batch: module(batch.x, batch.start, batch.exists))


@dataclass(frozen=True)
class Gradient:
    """Gradient times input, with a random number a cell to see that draws keep their place."""

    seed: int = 0

    def __call__(self, model: Any, batch: Batch, question: Question) -> dict[str, Any]:
        x = batch.x.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(question.score(model(batch.with_x(x))).sum(), x)
        return {"attribution": (CELLS, gradient * batch.x), "noise": (CELLS, normal_like(batch, seed=self.seed))}


@dataclass(frozen=True)
class Answers:
    """Answers whatever it is told to."""

    answer: Any

    def __call__(self, model: Any, batch: Batch, question: Question) -> Any:
        return self.answer(batch) if callable(self.answer) else self.answer


def series(n_sample: int = 7, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(3 + (5 * i) % 4, 2, generator=generator) for i in range(n_sample)]


def same(one: Explanation, other: Explanation, *, exact: bool = False) -> None:
    for name in one.data_vars:
        left, right = np.asarray(one[name].values), np.asarray(other[name].values)
        assert left.shape == right.shape
        if exact or left.dtype.kind != "f":
            assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), name
        else:
            assert np.allclose(left, right, rtol=1e-6, atol=1e-6, equal_nan=True), name


@pytest.mark.parametrize("memory", [1, 20_000, 0])
def test_chunks_change_nothing(memory: int) -> None:
    batch = from_series(series())
    same(explain(Gradient(), net_model(), batch), explain(Gradient(), net_model(), batch, memory=memory))


def test_order_changes_nothing() -> None:
    batch = from_series(series())
    order = [4, 2, 0, 6, 1, 5, 3]
    turned = explain(Gradient(), net_model(), batch.take(order))
    same(explain(Gradient(), net_model(), batch).isel(sample=order), turned)


@pytest.mark.parametrize("side", ["left", "right"])
def test_longer_padding_changes_nothing(side: str) -> None:
    short = explain(Gradient(), net_model(), from_series(series(), side=side))  # type: ignore[arg-type]
    long = explain(Gradient(), net_model(), from_series(series(), side=side, length=12))  # type: ignore[arg-type]
    steps = slice(6, 12) if side == "left" else slice(0, 6)
    same(short, long.isel(time=steps).assign_coords(time=range(6)))


def test_padded_cells_are_nan() -> None:
    batch = from_series(series())
    answer = explain(Gradient(), net_model(), batch)
    assert np.array_equal(np.isnan(answer["attribution"].values), ~batch.cells.numpy())


def test_without_padding_unequal_series_are_explained_at_their_own_length() -> None:
    model = TorchModel(nn.Linear(2, 3), lambda module, batch: module(batch.x.mean(dim=1)))
    whole = explain(Gradient(), model, from_series(series()), padding="remove")
    for row, one in enumerate(series()):
        alone = explain(Gradient(), model, from_tensors(one[None], ids=[str(row)], layout="sample time feature"))
        assert np.allclose(whole["attribution"].values[row, : len(one)], alone["attribution"].values[0], atol=1e-6)


def test_a_model_that_reads_padding_is_warned_of() -> None:
    model = TorchModel(nn.Linear(2, 3), lambda module, batch: module(batch.x.mean(dim=1)))
    with pytest.warns(AitionWarning, match="the model reads padding"):
        explain(Gradient(), model, from_series(series()))


def test_outputs_at_padded_steps_are_no_reason_to_warn_whatever_their_place_among_the_axes() -> None:
    def forward(module: nn.Module, batch: Batch) -> Tensor:
        return module(batch.x).transpose(1, 2)

    model = TorchModel(nn.Linear(2, 3), forward, axes=("class", "time"))
    explain(Gradient(), model, from_series(series()), Target.of_class(0, time="last"))


def test_as_many_classes_as_steps_do_not_hide_that_padding_is_read() -> None:
    model = TorchModel(nn.Linear(2, 4), lambda module, batch: module(batch.x[:, -1]) * torch.tensor([0, 0, 0, 1.0]))
    with pytest.warns(AitionWarning, match="the model reads padding"):
        explain(Gradient(), model, from_tensors(torch.ones(2, 4, 2), lengths=[2, 3]))


def test_a_further_signal_that_is_read_in_the_padding_is_warned_of() -> None:
    load = Field(torch.zeros(2, 4), "known-future", ("sample", "time"))
    model = TorchModel(
        nn.Linear(2, 3), lambda module, batch: module(batch.x[:, 0]) + batch["load"].sum(1, keepdim=True)
    )
    with pytest.warns(AitionWarning, match="the model reads padding"):
        explain(Gradient(), model, from_tensors(torch.ones(2, 4, 2), lengths=[2, 3], fields={"load": load}))


def test_a_model_may_answer_nan_at_padded_steps() -> None:
    def forward(module: nn.Module, batch: Batch) -> Tensor:
        return torch.where(batch.exists[:, :, None], module(batch.x), torch.nan)

    model = TorchModel(nn.Linear(2, 3), forward)
    batch = from_series(series(), side="left")
    answer = explain(Gradient(), model, batch, Target.of_class(1, time="last"))
    assert np.isfinite(answer["attribution"].values[batch.cells.numpy()]).all()
    with pytest.raises(ModelError, match="must be finite"):
        explain(Answers({}), model, batch, Target.whole("time", **{"class": 1}))


@pytest.mark.parametrize("padding", ["keep", "remove"])
def test_the_step_that_was_asked_is_told_by_its_place_in_the_data(padding: Any) -> None:
    batch = from_series(series(), side="left")
    asked = explain(Gradient(), TorchModel(nn.Linear(2, 3)), batch, Target.of_class(0, time=0), padding=padding)
    assert asked["target_time"].values.tolist() == batch.start.tolist()


def test_axes_of_one_name_must_have_one_length() -> None:
    field = Field(torch.zeros(2, 5), "signal", ("sample", "class"))
    there = Answers(lambda batch: {"attribution_g": (("sample", "class"), batch["g"])})
    with pytest.raises(InputError, match="attribution_g has 5 along class, which has 3 elsewhere: give one"):
        explain(there, linear(), from_tensors(torch.ones(2, 4, 2), fields={"g": field}))


@pytest.mark.parametrize("head", ["auto", "none"])
def test_a_model_that_hangs_on_chance_is_warned_of(head: Any) -> None:
    model = TorchModel(nn.Linear(2, 40), lambda m, batch: nn.functional.dropout(m(batch.x.mean(1))), head=head)
    with pytest.warns(AitionWarning, match="something else of the same sample every time"):
        answer = explain(Gradient(), model, from_tensors(torch.ones(2, 4, 2)))
    assert answer.attrs["head"] == "none"


def test_a_module_may_keep_further_state() -> None:
    class Further(nn.Sequential):
        def get_extra_state(self) -> dict[str, int]:
            return {"seen": 1}

    model = TorchModel(Further(nn.Linear(2, 3)), lambda module, batch: module(batch.x.mean(dim=1)))
    assert explain(Gradient(), model, from_tensors(torch.ones(2, 4, 2)))["attribution"].shape == (2, 4, 2)


def test_a_setting_that_is_any_object_to_call_is_named_in_the_provenance() -> None:
    class Calls:
        def __call__(self, batch: Batch) -> dict[str, Any]:
            return {"attribution": (CELLS, batch.x)}

    settings = json.loads(explain(Answers(Calls()), linear(), from_tensors(torch.ones(2, 4, 2))).attrs["settings"])
    assert settings["answer"]["function"].endswith("Calls")


def test_several_batches_are_one_data_set() -> None:
    parts = [from_series(series()[:3], ids="abc"), from_series(series()[3:], ids="defg")]
    whole = explain(Gradient(), net_model(), iter(parts))
    same(whole, explain(Gradient(), net_model(), from_series(series(), ids="abcdefg")))


def test_several_targets_stand_along_an_axis() -> None:
    batch = from_series(series())
    answer = explain(Gradient(), net_model(), batch, Target.each("class", range(3)))
    assert answer["attribution"].dims == ("sample", "target", "time", "feature")
    for index in range(3):
        alone = explain(Gradient(), net_model(), batch, Target.of_class(index))
        assert np.allclose(answer["attribution"][:, index], alone["attribution"], atol=1e-6, equal_nan=True)
    assert json.loads(str(answer["target"].values[2]))["at"] == {"class": 2}


def test_many_is_asked_once_for_all_targets() -> None:
    @dataclass(frozen=True)
    class Many(Gradient):
        def many(self, model: Any, batch: Batch, questions: Sequence[Question]) -> dict[str, Any]:
            return {"attribution": (("sample", "target", "time", "feature"), torch.ones(len(batch), 3, 6, 2))}

    answer = explain(Many(), net_model(), from_series(series()), Target.each("class", range(3)))
    assert np.nanmin(answer["attribution"].values) == 1


class Steps(nn.Module):
    """Answers at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(2, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.gru(x)[0]


def test_a_step_that_does_not_exist_is_answered_by_nan() -> None:
    batch = from_series(series())
    answer = explain(Gradient(), TorchModel(Steps()), batch, Target.of_class(1, time=4))
    asked = batch.lengths.numpy() > 4
    assert np.isnan(answer["attribution"].values[~asked]).all()
    assert np.isfinite(answer["attribution"].values[asked][:, :3]).all()
    assert np.isnan(answer["score"].values[~asked]).all()
    assert np.isfinite(answer["value"].values[:, :3]).all()


@pytest.mark.parametrize(
    "target",
    [
        Target.of_class(1, time=99),
        Target.output(time=0, **{"class": 1}).against(time=99),
        Target.each("time", [0, 99], **{"class": 1}),
    ],
)
def test_a_step_beyond_every_sample_is_refused_with_their_lengths(target: Any) -> None:
    batch = from_series(series())
    lengths = f"{int(batch.lengths.min())} to {batch.n_time} steps"
    with pytest.raises(TargetError, match=f"time 99 lies beyond the end of every sample: they have {lengths}"):
        explain(Gradient(), TorchModel(Steps()), batch, target)


def test_padding_is_no_step_that_could_be_asked_for() -> None:
    batch = from_tensors(torch.randn(2, 5, 2), lengths=[3, 3])
    with pytest.raises(TargetError, match="they have 3 steps, of which the last is time 2"):
        explain(Gradient(), TorchModel(Steps()), batch, Target.of_class(1, time=3), padding="remove")


def test_a_step_that_only_later_batches_have_is_warned_of() -> None:
    short, long = (from_tensors(torch.randn(1, n, 2), layout="sample time feature", ids=[n]) for n in (3, 5))
    with pytest.warns(AitionWarning, match="time 4 lies beyond the end of every sample so far: they have 3 steps"):
        answer = explain(Gradient(), TorchModel(Steps()), [short, long], Target.of_class(1, time=4))
    assert np.isnan(answer["score"].values).tolist() == [True, False]


def test_ragged_answers_of_chunks_are_padded() -> None:
    def depth(batch: Batch) -> dict[str, Any]:
        n_merge = int(batch.lengths.max())
        return {
            "height": (("sample", "merge"), torch.ones(len(batch), n_merge)),
            "left": (("sample", "merge"), torch.zeros(len(batch), n_merge, dtype=torch.int64)),
        }

    batch = from_series(series())
    answer = explain(Answers(depth), net_model(), batch, padding="remove")
    assert answer["height"].shape == (7, 6)
    assert np.array_equal(np.nansum(answer["height"], axis=1), batch.lengths)
    assert np.array_equal((answer["left"] == -1).sum(axis=1), 6 - batch.lengths.numpy())


def test_sparse_rows_keep_their_samples_and_steps() -> None:
    def last_cells(batch: Batch) -> dict[str, Any]:
        rows = torch.arange(len(batch))
        last = batch.start + batch.lengths - 1
        return {
            "row_sample": (("row",), rows),
            "row_time": (("row",), last),
            "weight": (("row",), batch.x[rows, last, 0]),
        }

    batch = from_series(series(), side="left")
    whole = explain(Answers(last_cells), net_model(), batch)
    split = explain(Answers(last_cells), net_model(), batch, padding="remove").sortby("row_sample")
    for answer in (whole, split):
        place = answer["row_sample"].values, answer["row_time"].values
        assert np.array_equal(answer["value"].values[place][:, 0], answer["weight"].values)


def test_complex_components_come_through() -> None:
    def spectrum(batch: Batch) -> dict[str, Any]:
        return {"component": (("sample", "component", "feature"), torch.fft.rfft(batch.x, dim=1))}

    answer = explain(Answers(spectrum), net_model(), from_series(series()))
    assert answer["component"].dtype == np.complex64


def test_provenance_tells_what_was_done() -> None:
    batch = from_series(series())
    answer = explain(Gradient(seed=5), net_model(), batch)
    assert answer.attrs["explainer"] == "gradient"
    assert json.loads(answer.attrs["settings"]) == {"seed": 5}
    assert answer.attrs["seed"] == 5
    assert answer.attrs["data_sha256"] == batch.digest()
    again = explain(Gradient(seed=5), net_model(), batch)
    xr.testing.assert_identical(answer.drop_attrs(), again.drop_attrs())


def test_a_softmax_inside_the_model_is_taken_off_and_said() -> None:
    class Ends(Net):
        def forward(self, x: Tensor, start: Tensor, exists: Tensor) -> Tensor:
            return super().forward(x, start, exists).softmax(-1)

    torch.manual_seed(1)
    model = TorchModel(Ends(), lambda module, batch: module(batch.x, batch.start, batch.exists))
    answer, plain = (explain(Gradient(), one, from_series(series())) for one in (model, net_model()))
    same(answer, plain)
    assert answer.attrs["head"] == "softmax taken off"
    assert plain.attrs["head"] == "none"


def test_probabilities_without_a_known_head_are_warned_of() -> None:
    model = TorchModel(nn.Linear(2, 3), lambda m, b: m(b.x.mean(1)).exp() / m(b.x.mean(1)).exp().sum(-1, keepdim=True))
    with pytest.warns(AitionWarning, match="look like probabilities"):
        explain(Gradient(), model, from_tensors(torch.randn(2, 4, 2)))


def test_float64_values_meet_a_float32_model() -> None:
    assert explain(Gradient(), net_model(), from_tensors(np.zeros((2, 4, 2))))["attribution"].dtype == np.float32


def test_a_model_without_weights_takes_the_values_dtype() -> None:
    model = TorchModel(nn.Identity(), lambda _module, batch: batch.x.sum(dim=(1, 2)))
    assert (
        explain(Gradient(), model, from_tensors(np.ones((2, 4, 2))), Target.scalar())["attribution"].dtype == np.float64
    )


class Broken(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.linear = nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "raise":
            raise ValueError("mat1 and mat2\ncan't be multiplied")
        answer = self.linear(x.mean(dim=1))
        return answer * torch.tensor(torch.nan if self.kind == "nan" else torch.inf)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("raise", "sample '0': the model or the explainer raised ValueError: mat1 and mat2"),
        ("nan", "must be finite, but are NaN or Inf for 4 of 4 samples, first '0'"),
        ("inf", "must be finite"),
    ],
)
def test_a_broken_model_is_named_with_its_samples(kind: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        explain(Gradient(), TorchModel(Broken(kind)), from_tensors(torch.randn(4, 5, 2)))


def test_a_gradient_that_breaks_down_is_reported_with_its_cell() -> None:
    model = TorchModel(nn.Identity(), lambda _module, batch: batch.x.abs().sqrt().sum(dim=(1, 2)))
    x = torch.ones(2, 3, 2)
    x[1, 2, 0] = 0
    with pytest.raises(ModelError, match="NaN or Inf for sample '1', time 2, feature 0"):
        explain(Gradient(), model, from_tensors(x), Target.scalar())


def test_a_black_box_can_be_explained() -> None:
    model = FunctionModel(lambda batch: batch.x.numpy().mean(axis=1))
    zeros = Answers(lambda batch: {"attribution": (CELLS, torch.zeros_like(batch.x))})
    assert explain(zeros, model, from_tensors(torch.randn(2, 3, 4)))["prediction"].shape == (2, 4)


PROTOCOL = {
    "nothing": ({}, "must answer {name: (axes, tensor)}"),
    "tensor": (lambda batch: batch.x, "answered Tensor"),
    "no axes": (lambda batch: {"a": batch.x}, "must answer a as (axes, tensor), but answered Tensor"),
    "list": (lambda batch: {"a": (["sample"], batch.x[:, 0, 0])}, "must answer a as (axes, tensor)"),
    "shape": (lambda batch: {"a": (CELLS, batch.x[:, :2])}, "must be [sample=4 time=5 feature=2], but is [4, 2, 2]"),
    "rank": (lambda batch: {"a": (("sample", "time"), batch.x)}, "must be [sample=4 time=5]"),
    "name": (lambda batch: {"A": (CELLS, batch.x)}, "must be lower case"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROTOCOL)
def test_an_explainer_that_breaks_its_protocol_is_told_how(name: str) -> None:
    answer, words = PROTOCOL[name]
    model = TorchModel(nn.Linear(2, 3), lambda module, batch: module(batch.x.mean(dim=1)))
    with pytest.raises(ProtocolError) as caught:
        explain(Answers(answer), model, from_tensors(torch.randn(4, 5, 2)))
    assert words in str(caught.value)


def linear() -> TorchModel:
    return TorchModel(nn.Linear(2, 3), lambda module, batch: module(batch.x.mean(dim=1)))


DATA = from_tensors(torch.ones(2, 4, 2))
BAD = {
    "class": (lambda: explain(Gradient, linear(), DATA), InputError, "but is the class Gradient"),  # type: ignore[call-overload]
    "string": (lambda: explain("gradient", linear(), DATA), InputError, "but is str"),  # type: ignore[call-overload]
    "module": (lambda: explain(Gradient(), nn.Linear(2, 3), DATA), InputError, "wrap it: TorchModel(module)"),  # type: ignore[call-overload]
    "tensor": (lambda: explain(Gradient(), linear(), DATA.x), InputError, "make one: from_tensors(x)"),
    "tensors": (lambda: explain(Gradient(), linear(), [DATA.x]), InputError, "holds Tensor"),  # type: ignore[list-item]
    "empty": (lambda: explain(Gradient(), linear(), DATA.take([])), InputError, "at least one sample"),
    "no batch": (lambda: explain(Gradient(), linear(), []), InputError, "at least one sample"),
    "target": (lambda: explain(Gradient(), linear(), DATA, 1), TargetError, "must be a Target"),  # type: ignore[call-overload]
    "no target": (lambda: explain(Gradient(), linear(), DATA, ()), TargetError, "must be a Target"),
    "mixed": (
        lambda: explain(Gradient(), linear(), DATA, (Target.predicted(), Target.whole("class"))),
        TargetError,
        "of one kind",
    ),
    "whole": (lambda: explain(Gradient(), linear(), DATA, Target.whole("class")), TargetError, "needs one number"),
    "padding": (lambda: explain(Gradient(), linear(), DATA, padding="drop"), InputError, "'keep' or 'remove'"),  # type: ignore[call-overload]
    "function": (lambda: explain(lambda *_: {}, linear(), DATA), InputError, "must be a frozen dataclass"),
    "memory": (lambda: explain(Gradient(), linear(), DATA, memory=-1), InputError, "memory must be bytes"),
    "progress": (lambda: explain(Gradient(), linear(), DATA, progress="yes"), InputError, "'auto', 'on' or 'off'"),  # type: ignore[call-overload]
    "ids": (lambda: explain(Gradient(), linear(), [DATA, DATA]), InputError, "'0' comes again"),
    "features": (
        lambda: explain(
            Gradient(), linear(), [DATA, from_tensors(torch.ones(2, 4, 2), ids=["a", "b"], feature_names=["f1", "f0"])]
        ),
        InputError,
        "feature must be the same throughout",
    ),
    "lazy": (lambda: explain(Gradient(), TorchModel(nn.LazyLinear(3)), DATA), ModelError, "call it once"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_are_refused_in_words(name: str) -> None:
    ask, kind, words = BAD[name]
    with pytest.raises(kind) as caught:
        ask()
    assert words in str(caught.value)


def test_tokens_are_explained_at_their_embedding() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(10, 4)
            self.out = nn.Linear(4, 3)

        def forward(self, ids: Tensor, exists: Tensor) -> Tensor:
            return self.out((self.embed(ids) * exists[..., None]).sum(dim=1))

    ids = Field(torch.tensor([[1, 2, 3], [4, 5, 0]]), "ids", ("sample", "time"))
    batch = from_tensors(torch.zeros(2, 3, 1), lengths=[3, 2], fields={"ids": ids})
    module = Tokens()
    model = TorchModel(module, lambda module, batch: module(batch["ids"], batch.exists), embedding="embed")
    answer = explain(Gradient(), model, batch, Target.of_class(0))
    embedded = module.embed(ids.value).detach().numpy()
    weights = module.out.weight[0].detach().numpy()
    there = batch.exists.numpy()
    assert np.allclose(answer["attribution"].values[there], (embedded * weights)[there], atol=1e-6)
    assert answer["feature"].values.tolist() == ["embed0", "embed1", "embed2", "embed3"]


def test_another_forward_function_is_another_run() -> None:
    def calls(forward: Any) -> str:
        model = TorchModel(nn.Linear(2, 3), forward)
        return explain(Gradient(), model, from_tensors(torch.ones(2, 4, 2))).attrs["call"]

    one = calls(lambda module, batch: module(batch.x.mean(dim=1)))
    assert one == calls(lambda module, batch: module(batch.x.mean(dim=1)))
    assert one != calls(lambda module, batch: module(batch.x.amax(dim=1)))


def test_a_contrast_of_an_output_with_itself_is_refused() -> None:
    with pytest.raises(TargetError, match="versus must be another output than at"):
        explain(Gradient(), linear(), DATA, Target.of_class(1).against(**{"class": 1}))


def test_padding_of_a_later_batch_is_looked_at() -> None:
    model = TorchModel(nn.Linear(2, 3), lambda module, batch: module(batch.x.mean(dim=1)))
    parts = [from_tensors(torch.ones(1, 4, 2), ids="a"), from_tensors(torch.ones(1, 4, 2), ids="b", lengths=[2])]
    with pytest.warns(AitionWarning, match="the model reads padding"):
        explain(Gradient(), model, parts)


def test_an_answer_of_unsigned_integers_is_refused() -> None:
    answer = Answers(lambda batch: {"rank": (("sample",), torch.zeros(len(batch), dtype=torch.uint8))})
    with pytest.raises(ProtocolError, match="but is torch"):
        explain(answer, linear(), DATA)


@pytest.mark.parametrize("memory", ["2GB", -1, 1.5])
def test_memory_must_be_bytes(memory: Any) -> None:
    with pytest.raises(InputError, match="memory must be bytes"):
        explain(Gradient(), linear(), DATA, memory=memory)


def test_a_path_is_no_sink() -> None:
    with pytest.raises(InputError, match="to must be a sink"):
        explain(Gradient(), linear(), DATA, to="runs/one")  # type: ignore[call-overload]
