"""Attention as an explainer: what it keeps to, where it finds attention, and what it refuses."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import FunctionModel, Target, TorchModel, explain, from_events, from_series, from_tensors
from aition.core.errors import AitionWarning, InputError, RefusalError, TargetError
from aition.methods import Attention
from aition.methods.attention import explainer as module_of_explainer
from aition.methods.attention.watch import watching
from aition.models import create
from aition.registry import explainer as by_words
from aition.testing import cases, check_explainer

SHARES = ("rollout", "weights")
LENGTHS = (6, 3, 1, 5)


def model(name="transformer-classifier", **settings):
    return create(name, **({"n_feature": 2, "n_class": 3, "n_hidden": 8} | settings))


def series(side="right", length=0, lengths=LENGTHS):
    draw = torch.Generator().manual_seed(3)
    whole = [torch.randn(6, 2, generator=draw)[:size] for size in lengths]
    return from_series(whole, side=side, length=length)


def asked(explainer, net, batch, target=Target.of_class(1)):  # noqa: B008 - frozen
    return explain(explainer, net, batch, target, progress="off")


def existing(answer, batch, variable="attention"):
    return answer[variable].values[batch.exists.numpy()]


class Plain(nn.Module):
    """Attention over the steps as people write it: a softmax in the forward function."""

    def __init__(self, n_class: int = 3) -> None:
        super().__init__()
        self.score, self.head = nn.Linear(2, 1), nn.Linear(2, n_class)

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.softmax(self.score(x), dim=1)
        return self.head((weight * x).sum(dim=1))


class TemporalAttention(nn.Module):
    """Keeps its softmax as a layer, and writes into what it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.score, self.norm = nn.Linear(2, 1), nn.Softmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.norm(self.score(x).squeeze(2))
        weight *= 2
        return (weight[:, :, None] * x).sum(dim=1)


@pytest.mark.parametrize("of", SHARES)
@pytest.mark.parametrize("name", ["transformer-classifier", "measured-attention"])
def test_shares_of_the_existing_steps_sum_to_one(of, name):
    batch = series("left")
    answer = asked(Attention(of), model(name), batch)
    np.testing.assert_allclose(np.nansum(answer["attention"].values, axis=1), 1, atol=1e-6)
    assert (existing(answer, batch) >= 0).all()


@pytest.mark.filterwarnings("ignore:every step speaks against")
@pytest.mark.parametrize("of", ["shift", "gradient", *SHARES])
@pytest.mark.parametrize("name", ["transformer-classifier", "measured-attention"])
def test_the_side_and_the_length_of_the_padding_do_not_matter(of, name):
    net, right = model(name), series("right")
    one = existing(asked(Attention(of), net, right), right)
    for other in (series("left"), series("right", 9), series("left", 9)):
        np.testing.assert_allclose(existing(asked(Attention(of), net, other), other), one, atol=1e-6)


def test_padding_that_a_network_leaves_where_it_is_stays_there():
    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attend, self.head = nn.MultiheadAttention(2, 1, batch_first=True), nn.Linear(2, 3)

        def forward(self, x: Tensor, exists: Tensor) -> Tensor:
            states, _ = self.attend(x, x, x, key_padding_mask=~exists)
            there = exists[:, :, None]
            return self.head((states * there).sum(dim=1) / there.sum(dim=1))

    net = TorchModel(Masked(), lambda module, batch: module(batch.x, batch.exists))
    right, left = series("right"), series("left")
    one, other = (existing(asked(Attention(), net, batch), batch) for batch in (right, left))
    np.testing.assert_allclose(other, one, atol=1e-6)


def test_the_gradient_of_a_pool_is_what_each_step_adds_to_the_score():
    net, batch = model("measured-attention"), series()
    answer = asked(Attention("gradient"), net, batch)
    module = net.module
    with torch.no_grad():
        states, _ = module.recurrent(torch.cat([batch.x, batch.observed.float()], dim=2))
        score = module.pool.score(torch.tanh(module.pool.project(states)))[:, :, 0]
        weight = score.masked_fill(~batch.exists, -torch.inf).softmax(dim=1)
        added = weight * (states @ module.head.weight[1])
        torch.testing.assert_close(added.sum(dim=1) + module.head.bias[1], net(batch)[:, 1])
    np.testing.assert_allclose(existing(answer, batch), added.clamp(min=0)[batch.exists], atol=1e-6)


@pytest.mark.filterwarnings("ignore:every step speaks against")
@pytest.mark.parametrize("of", ["shift", "gradient"])
def test_slopes_tell_classes_apart_that_read_other_steps(of):
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attend = nn.MultiheadAttention(2, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            return self.attend(x, x, x)[0].mean(dim=1)

    module = Two()
    with torch.no_grad():
        module.attend.in_proj_weight.copy_(torch.cat([torch.zeros(4, 2), torch.eye(2)]))
        module.attend.in_proj_bias.zero_()
        module.attend.out_proj.weight.copy_(torch.eye(2))
        module.attend.out_proj.bias.zero_()
    x = torch.zeros(1, 6, 2)
    x[0, 1, 0] = x[0, 4, 1] = 1.0
    batch = from_tensors(x, layout="sample time feature")
    found = [asked(Attention(of), TorchModel(module), batch, Target.of_class(i))["attention"] for i in (0, 1)]
    assert [int(one.values[0].argmax()) for one in found] == [1, 4]
    alike = [asked(Attention("weights"), TorchModel(module), batch, Target.of_class(i))["attention"] for i in (0, 1)]
    assert alike[0].equals(alike[1])


def test_a_shift_finds_steps_where_all_speak_against_the_target_and_the_gradient_warns():
    net, batch = model("measured-attention"), series()
    with torch.no_grad():
        net.module.recurrent.bias_hh_l0.fill_(3.0)
        net.module.head.weight[1] = -1.0
    assert (existing(asked(Attention("shift"), net, batch.take([0, 1, 3])), batch.take([0, 1, 3])) > 0).any()
    with pytest.warns(AitionWarning, match="of='shift' says which speak least against it"):
        nothing = asked(Attention("gradient"), net, batch)
    assert not existing(nothing, batch).any()


@pytest.mark.parametrize("of", SHARES)
def test_shares_pass_every_check(of):
    report = check_explainer(Attention(of), on=[cases()["transformer"]])
    assert not report.of("failed"), str(report)
    assert len(report.of("passed")) > 70


def test_shares_are_the_same_for_every_class_and_say_so():
    assert "every-class-can-be-asked" in Attention("weights").exempt
    assert Attention().exempt == {}


def test_the_readout_picks_the_first_or_the_last_step_of_each_series():
    net, batch = model(n_layer=1), series("left")
    first, last = (asked(Attention("weights", readout=where), net, batch)["attention"] for where in ("first", "last"))
    alone = batch.take([0])
    with torch.no_grad(), watching(net.module.eval(), ()) as watch:
        net(alone)
    weights = watch.found[0].value.mean(dim=1)[0]
    np.testing.assert_allclose(first.values[0], weights[0], atol=1e-6)
    np.testing.assert_allclose(last.values[0], weights[-1], atol=1e-6)


def test_outputs_of_every_step_are_read_off_at_the_asked_one():
    class Steps(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encode, self.head = nn.TransformerEncoderLayer(2, 1, 4, batch_first=True), nn.Linear(2, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.encode(x))

    net, batch = TorchModel(Steps()), series(lengths=(6, 6))
    auto = asked(Attention("weights"), net, batch, Target.of_class(0, time="last"))
    last = asked(Attention("weights", readout="last"), net, batch, Target.of_class(0, time="last"))
    np.testing.assert_array_equal(auto["attention"].values, last["attention"].values)


def test_each_measured_cell_gets_the_weight_of_its_step():
    x = torch.randn(2, 4, 2)
    x[0, 1, 0] = torch.nan
    batch, net = from_tensors(x, layout="sample time feature"), model("measured-attention")
    answer = asked(Attention(), net, batch)
    spread = answer["attention"].values[:, :, None] * batch.observed.numpy()
    np.testing.assert_array_equal(answer["attribution"].values, spread)


def test_a_weight_can_be_divided_among_the_measured_cells_or_given_to_all():
    x = torch.randn(2, 4, 2)
    x[0, 1, 0] = torch.nan
    batch, net = from_tensors(x, layout="sample time feature"), model("measured-attention")
    divided = asked(Attention("weights", spread="divided"), net, batch)
    np.testing.assert_allclose(divided["attribution"].values.sum(axis=2), divided["attention"].values, atol=1e-7)
    whole = asked(Attention("weights", spread="all"), net, batch)
    assert whole["attribution"].values[0, 1, 0] == whole["attention"].values[0, 1]


def events(**changes):
    given = {"vocabulary": ["a", "b", "c"], "n_step": 4, "ids": [0, 1]} | changes
    return from_events([0, 0, 0, 1, 1], [0.1, 0.7, 2.5, 1.2, 3.3], ["a", "b", "a", "c", "b"], **given)


def test_every_event_of_a_step_gets_the_weight_of_the_step():
    net = create("event-attention", n_code=3, n_class=3, n_hidden=6)
    answer = asked(Attention("weights"), net, events())
    rows = answer["attribution"].values
    assert rows[0] == rows[1] != rows[2]
    with torch.no_grad():
        states, there = net.module.bag(events())
        after, _ = net.module.recurrent(states)
        score = net.module.pool.score(torch.tanh(net.module.pool.project(after)))[:, :, 0]
    weight = score.masked_fill(~there, -torch.inf).softmax(dim=1)
    np.testing.assert_allclose(rows, weight[answer["row_sample"].values, answer["row_time"].values], atol=1e-6)


def test_events_can_share_the_weight_of_their_step():
    net = create("event-transformer", n_code=3, n_class=3, n_hidden=8)
    one = asked(Attention("weights"), net, events())["attribution"].values
    shared = asked(Attention("weights", spread="divided"), net, events())["attribution"].values
    np.testing.assert_allclose(shared, one / np.array([2, 2, 1, 1, 1]), atol=1e-7)


def test_tokens_may_be_the_events_themselves():
    class Listening(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(3, 4)
            self.attend = nn.MultiheadAttention(4, 1, batch_first=True)

        def forward(self, code: Tensor, weight: Tensor, exists: Tensor) -> Tensor:
            states = self.embed(code) * weight
            return (self.attend(states, states, states, key_padding_mask=~exists)[0] * exists[:, :, None]).sum(dim=1)

    net = TorchModel(Listening(), lambda module, batch: module(batch["code"], batch.x, batch.exists))
    answer = asked(Attention("weights", tokens="events"), net, events())
    total = np.bincount(answer["row_sample"].values, answer["attention"].values)
    np.testing.assert_allclose(total, 1, atol=1e-6)
    with pytest.raises(RefusalError, match=r"3 tokens, but samples have 4 steps.*say tokens='events'"):
        asked(Attention("weights"), net, events())


def test_a_softmax_in_a_module_of_attention_is_found():
    net = TorchModel(nn.Sequential(TemporalAttention(), nn.Linear(2, 3)))
    batch = series(lengths=(6, 6))
    answer = asked(Attention("weights"), net, batch)
    score = net.module[0].score(batch.x)[:, :, 0].softmax(dim=1).detach()
    np.testing.assert_allclose(answer["attention"].values, score, atol=1e-6)


def test_a_softmax_that_a_network_writes_into_has_a_gradient():
    net = TorchModel(nn.Sequential(TemporalAttention(), nn.Linear(2, 3)))
    assert np.isfinite(asked(Attention(), net, series(lengths=(6, 6)))["attention"].values).all()


def test_a_softmax_in_the_forward_function_is_found_where_it_is_named():
    net, batch = TorchModel(Plain()), series(lengths=(6, 6))
    with pytest.raises(RefusalError, match="finds no attention in Plain"):
        asked(Attention(), net, batch)
    answer = asked(Attention("weights", layer=("",)), net, batch)
    np.testing.assert_allclose(answer["attention"].values.sum(axis=1), 1, atol=1e-6)


def test_the_softmax_at_the_end_of_a_network_is_no_attention():
    class Ended(Plain):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x).softmax(dim=1)

    bare, ended = Plain(n_class=6), Ended(n_class=6)
    ended.load_state_dict(bare.state_dict())
    batch = series(lengths=(6, 6))
    one, other = (
        asked(Attention("weights", layer=("",)), TorchModel(net), batch)["attention"].values for net in (bare, ended)
    )
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_layers_are_looked_at_by_name():
    net, batch = model(), series(lengths=(6, 6))
    both, first, second = (
        asked(Attention("weights", layer=layer), net, batch)["attention"].values
        for layer in ((), ("encoder.layers.0",), ("encoder.layers.1.self_attn",))
    )
    np.testing.assert_allclose(both, (first + second) / 2, atol=1e-6)


def test_models_of_ids_alone_have_attention_too():
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.encode = nn.Embedding(9, 4), nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
            self.head = nn.Linear(4, 3)

        def forward(self, ids: Tensor) -> Tensor:
            return self.head(self.encode(self.embed(ids)).mean(dim=1))

    net = TorchModel(Tokens(), lambda module, batch: module(batch.x[:, :, 0].long()))
    batch = from_tensors(torch.tensor([[1.0, 5.0, 2.0, 8.0]]), layout="sample time")
    found = [asked(Attention(), net, batch, Target.of_class(i))["attention"].values for i in range(3)]
    assert np.isfinite(found).all()
    assert not np.allclose(found[0], found[1])


def test_long_series_go_through_in_pieces(monkeypatch):
    net, batch = model(), series()
    whole = asked(Attention(), net, batch)["attention"].values
    monkeypatch.setattr(module_of_explainer, "MOST", 1)
    np.testing.assert_allclose(asked(Attention(), net, batch)["attention"].values, whole, atol=1e-6)


def test_a_black_box_is_refused():
    net = FunctionModel(lambda batch: batch.x.sum(dim=1))
    with pytest.raises(RefusalError, match="FunctionModel is a black box"):
        asked(Attention(), net, series(lengths=(6, 6)))


def test_a_network_without_attention_is_refused():
    with pytest.raises(RefusalError, match="finds no attention in GRUClassifier"):
        asked(Attention(), model("gru-classifier"), series())


def test_attention_over_patches_is_refused():
    class Patches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encode, self.head = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.encode(x.unflatten(1, (-1, 2)).flatten(2)).mean(dim=1))

    with pytest.raises(RefusalError, match="is over 3 tokens, but samples have 6 steps"):
        asked(Attention(), TorchModel(Patches()), series(lengths=(6, 6)))


def test_a_softmax_along_another_axis_is_refused():
    class Gate(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.unsqueeze(3).softmax(dim=1).sum(dim=(1, 3))

    with pytest.raises(RefusalError, match=r"answers \[2, 6, 2, 1\] along axis 1"):
        asked(Attention(layer=("0",)), TorchModel(nn.Sequential(Gate(), nn.Linear(2, 3))), series(lengths=(6, 6)))


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"the model has no 'encoder.layers.7'; it has project, encoder"):
        asked(Attention(layer=("encoder.layers.7",)), model(), series())


def test_a_network_that_cuts_the_gradient_is_refused_with_the_remedy():
    net = TorchModel(model(n_layer=1).module, lambda module, batch: module(batch.x, batch.exists).detach())
    with pytest.raises(RefusalError, match=r"take Attention\(of='rollout'\)"):
        asked(Attention(), net, series())


def test_a_whole_output_has_shares_but_no_gradient():
    net, batch = model(), series()
    assert np.isfinite(existing(asked(Attention("rollout"), net, batch, Target.whole("class")), batch)).all()
    with pytest.raises(TargetError, match="one number a sample"):
        asked(Attention(), net, batch, Target.whole("class"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"of": "flow"}, "of must be one of 'shift', 'gradient', 'rollout', 'weights', but is 'flow'"),
        ({"spread": "even"}, "spread must be one of"),
        ({"readout": "cls"}, "readout must be one of"),
        ({"tokens": "words"}, "tokens must be one of"),
        ({"layer": "encoder"}, "layer must be a tuple of names of modules, but is 'encoder'"),
    ],
)
def test_settings_that_are_none_are_named(settings, words):
    with pytest.raises(InputError, match=words):
        Attention(**settings)


def test_it_is_made_from_words():
    made = by_words("attention", {"of": "weights", "layer": "encoder.layers.0,encoder.layers.1"})
    assert made == Attention("weights", layer=("encoder.layers.0", "encoder.layers.1"))
    assert by_words("attention", {"layer": ""}) == Attention(layer=("",))


@pytest.mark.parametrize("of", ["weights", "rollout"])
def test_what_falls_on_steps_without_an_event_is_answered(of):
    net = create("event-attention", n_code=3, n_class=3, n_hidden=6)
    answer = asked(Attention(of, spread="divided"), net, events())
    kept = np.bincount(answer["row_sample"].values, answer["attribution"].values)
    elsewhere = answer["elsewhere"].values
    assert (elsewhere > 0).all()
    np.testing.assert_allclose(kept, 1 - elsewhere, atol=1e-6)


def test_a_shift_to_steps_without_an_event_is_a_share_of_all_that_speaks_for_the_target():
    net = create("event-attention", n_code=3, n_class=3, n_hidden=6)
    for place in range(3):
        answer = asked(Attention("shift", spread="divided"), net, events(), Target.of_class(place))
        kept = np.bincount(answer["row_sample"].values, answer["attribution"].values)
        elsewhere = answer["elsewhere"].values
        assert ((elsewhere >= 0) & (elsewhere <= 1)).all()
        assert ((elsewhere == 1) == (kept == 0)).all()


def test_nothing_falls_elsewhere_where_each_step_has_an_event_or_tokens_are_steps():
    net = create("event-attention", n_code=3, n_class=3, n_hidden=6)
    full = from_events([0, 0], [0.5, 1.5], ["a", "b"], vocabulary=["a", "b", "c"], n_step=2)
    assert asked(Attention("weights"), net, full)["elsewhere"].values.tolist() == [0.0]
    grid = from_tensors(torch.rand(1, 4, 2), layout="sample time feature")
    other = create("transformer-classifier", n_feature=2, n_class=3)
    assert "elsewhere" not in asked(Attention("weights"), other, grid)
