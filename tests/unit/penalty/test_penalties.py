"""What holds of every penalty: gradients of the weights, and a model left as it was found."""

import warnings
from dataclasses import replace

import pytest
import torch
from torch import nn

from aition import TorchModel, from_tensors
from aition.core.batch import Field
from aition.core.errors import AitionWarning, InputError, ModelError
from aition.models import create, fit
from aition.penalty import (
    AllBut,
    Band,
    Cells,
    ExpectedGradientsPenalty,
    Features,
    MarkedCells,
    MustMatter,
    MustNotMatter,
    OcclusionPenalty,
    RelevancePenalty,
    RemovalPenalty,
    RightReasonsPenalty,
    SharePenalty,
    Weighted,
)
from aition.penalty.gradients import drawn, labelled_score

PENALTIES = {
    "occlusion": OcclusionPenalty(),
    "right-reasons": RightReasonsPenalty(),
    "expected-gradients": ExpectedGradientsPenalty(draws=2, seed=3),
    "removal": RemovalPenalty(),
    "relevance": RelevancePenalty(rules="gcd"),
    "uncentred": RelevancePenalty(centred=False, rules="cdt"),
    "share": SharePenalty(rules="murdoch"),
}
STRENGTHS = {"right-reasons": 100.0, "expected-gradients": 10.0}
SQUARES = ("occlusion", "right-reasons", "expected-gradients", "removal")
CENTRED = (*SQUARES, "relevance")
EXACT = (*CENTRED, "uncentred")
N_TIME = 9
BEGIN = Cells(torch.arange(N_TIME)[:, None] < 3)


class Words(nn.Module):
    """Embedded tokens, an LSTM, and a linear layer."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 4)
        self.recurrent = nn.LSTM(4, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, ids):
        return self.head(self.recurrent(self.embedding(ids))[0][:, -1])


class Curved(nn.Module):
    """Convolution, batch normalisation, GELU, dropout: no kink, and a state that training changes."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(2, 4, 3, padding=1), nn.BatchNorm1d(4)
        self.drop, self.head = nn.Dropout(0.3), nn.Linear(4, 3)

    def forward(self, x):
        states = nn.functional.gelu(self.norm(self.conv(x.transpose(1, 2))))
        return self.head(self.drop(states).mean(dim=2))


class Attention(nn.Module):
    """Scaled dot product attention of the steps."""

    def __init__(self):
        super().__init__()
        self.query, self.value, self.head = nn.Linear(2, 4), nn.Linear(2, 4), nn.Linear(4, 3)

    def forward(self, x):
        asked = self.query(x)
        return self.head(nn.functional.scaled_dot_product_attention(asked, asked, self.value(x)).mean(dim=1))


class EveryStep(nn.Module):
    """Logits of every step, from its neighbours too."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv1d(2, 4, 5, padding=2), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(torch.tanh(self.conv(x.transpose(1, 2)).transpose(1, 2)))


def settled(build, **settings):
    torch.manual_seed(5)
    return build(**settings)


MODELS = {
    "gru": lambda: create("gru-classifier", n_feature=2, n_class=3, n_hidden=5),
    "lstm": lambda: create("lstm-classifier", n_feature=2, n_class=3, n_hidden=5),
    "rnn": lambda: TorchModel(settled(Last)),
    "curved": lambda: TorchModel(settled(Curved)),
    "attention": lambda: TorchModel(settled(Attention)),
    "transformer": lambda: create("transformer-classifier", n_feature=2, n_class=3, n_hidden=8, n_head=2, n_layer=1),
    "words": lambda: TorchModel(settled(Words), lambda module, batch: module(batch["ids"]), embedding="embedding"),
}


class Last(nn.Module):
    """The last state of a plain recurrence, as one output."""

    def __init__(self):
        super().__init__()
        self.recurrent, self.head = nn.RNN(2, 5, batch_first=True), nn.Linear(5, 1)

    def forward(self, x):
        return self.head(self.recurrent(x)[0][:, -1])


def samples(n_sample=6, *, seed=0, dtype=torch.float32):
    chance = torch.Generator().manual_seed(seed)
    ids = Field(torch.randint(0, 11, (n_sample, N_TIME), generator=chance), "ids", ("sample", "time"))
    batch = from_tensors(
        torch.randn(n_sample, N_TIME, 2, generator=chance),
        label=torch.arange(n_sample) % 2,
        fields={"ids": ids},
        feature_names=("signal", "leak"),
    )
    return batch.to(device="cpu", dtype=dtype)


def paid(name, model, batch, claim):
    return PENALTIES[name](model, batch, claim)


def doubled(model):
    return replace(model, module=model.module.double())


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_the_weights_are_finite_differences(name, kind, training):
    model, batch = doubled(MODELS[kind]()), samples(dtype=torch.float64)
    model.module.train(training)
    weights = [weight for weight in model.module.parameters() if weight.requires_grad]
    found = torch.autograd.grad(paid(name, model, batch, MustNotMatter(BEGIN)), weights, allow_unused=True)
    chance = torch.Generator().manual_seed(1)
    step = [torch.randn(weight.shape, generator=chance, dtype=torch.float64) for weight in weights]
    ends = []
    for way in (1e-5, -2e-5):
        with torch.no_grad():
            for weight, direction in zip(weights, step, strict=True):
                weight += way * direction
        ends.append(float(paid(name, model, batch, MustNotMatter(BEGIN)).detach()))
    expected = (ends[0] - ends[1]) / 2e-5
    slope = sum(float((one * way).sum()) for one, way in zip(found, step, strict=True) if one is not None)
    assert slope == pytest.approx(expected, rel=1e-4, abs=1e-9)
    assert abs(expected) > 1e-7


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("kind", MODELS)
def test_a_call_leaves_no_trace(name, kind):
    model, batch = MODELS[kind](), samples()
    model.module.train()
    next(model.module.children()).eval()
    modes = [part.training for part in model.module.modules()]
    buffers = [(buffer, buffer.clone(), buffer._version) for buffer in model.module.buffers()]
    weights = [(weight, weight.detach().clone(), weight.grad) for weight in model.module.parameters()]
    hooks = [len(part._forward_hooks) for part in model.module.modules()]
    attributes = [sorted(part.__dict__) for part in model.module.modules()]
    chance = torch.get_rng_state()
    paid(name, model, batch, MustNotMatter(BEGIN)).backward()
    assert modes == [part.training for part in model.module.modules()]
    assert all(
        now is was and torch.equal(now, value) and now._version == version
        for now, (was, value, version) in zip(model.module.buffers(), buffers, strict=True)
    )
    assert all(torch.equal(weight.detach(), value) for weight, value, _ in weights)
    assert hooks == [len(part._forward_hooks) for part in model.module.modules()]
    assert attributes == [sorted(part.__dict__) for part in model.module.modules()]
    assert torch.equal(chance, torch.get_rng_state())


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("kind", MODELS)
def test_single_precision_agrees_with_double(name, kind):
    model, batch = MODELS[kind](), samples()
    model.module.eval()
    single = float(paid(name, model, batch, MustNotMatter(BEGIN)).detach())
    double = float(paid(name, doubled(model), samples(dtype=torch.float64), MustNotMatter(BEGIN)).detach())
    assert single == pytest.approx(double, rel=1e-3)


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_can_be_added_to_a_loss_whose_pass_came_before(name):
    model, batch = MODELS["curved"](), samples()
    model.module.train()
    loss = nn.functional.cross_entropy(model(batch), batch.label)
    (loss + paid(name, model, batch, MustNotMatter(BEGIN))).backward()
    assert all(bool(torch.isfinite(weight.grad).all()) for weight in model.module.parameters())


@pytest.mark.parametrize("name", PENALTIES)
def test_under_autocast_a_penalty_is_single_and_nearly_the_same(name):
    model, batch = MODELS["attention"](), samples()
    plain = paid(name, model, batch, MustNotMatter(BEGIN))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = paid(name, model, batch, MustNotMatter(BEGIN))
    mixed.backward()
    assert mixed.dtype == torch.float32
    assert float(mixed.detach()) == pytest.approx(float(plain.detach()), rel=0.2)


@pytest.mark.parametrize("name", EXACT)
def test_a_part_that_no_output_reads_costs_nothing(name):
    model = TorchModel(nn.Linear(1, 3), lambda module, batch: module(batch.x[:, :, :1].mean(dim=1)))
    assert float(paid(name, model, samples(), MustNotMatter(Features("leak"))).detach()) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", PENALTIES)
def test_a_part_that_outputs_read_costs_something(name):
    model = TorchModel(nn.Linear(1, 3), lambda module, batch: module(batch.x[:, :, 1:].mean(dim=1)))
    assert float(paid(name, model, samples(), MustNotMatter(Features("leak"))).detach()) > 1e-6


@pytest.mark.parametrize("name", CENTRED)
def test_a_constant_added_to_all_logits_costs_nothing(name):
    model = MODELS["gru"]()

    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model.module

        def forward(self, x, exists):
            return self.inner(x, exists) + 7 * x[:, :, 1].sum(dim=1, keepdim=True)

    batch = samples()
    plain = paid(name, model, batch, MustNotMatter(Features("leak")))
    other = paid(name, TorchModel(Shifted(), model.forward), batch, MustNotMatter(Features("leak")))
    assert float(plain.detach()) == pytest.approx(float(other.detach()), rel=1e-3)


@pytest.mark.parametrize("unknown", [[2], range(6)])
def test_a_constant_added_to_all_logits_costs_nothing_where_labels_are_unknown(unknown):
    batch = samples()
    label = batch.label.index_fill(0, torch.tensor(list(unknown)), -1)
    model = TorchModel(settled(nn.Linear, in_features=2, out_features=3), lambda module, batch: module(batch.x).mean(1))
    shifted = replace(model, forward=lambda module, batch: module(batch.x).mean(1) + 7 * batch.x.sum((1, 2))[:, None])
    costs = [
        float(paid("expected-gradients", one, replace(batch, label=label), MustNotMatter(BEGIN)).detach())
        for one in (model, shifted)
    ]
    assert costs[0] == pytest.approx(costs[1], rel=1e-3)
    assert costs[0] > 1e-6


def test_an_unknown_label_changes_expected_gradients_of_no_other_sample():
    model, batch = MODELS["gru"](), samples()
    unknown = replace(batch, label=batch.label.index_fill(0, torch.tensor([2]), -1))
    claim, penalty = MustNotMatter(BEGIN), PENALTIES["expected-gradients"]
    known, found = (penalty.once(model, one, claim, 0).detach() for one in (batch, unknown))
    assert torch.equal(known[[0, 1, 3, 4, 5]], found[[0, 1, 3, 4, 5]])


def test_an_unknown_step_changes_the_score_of_no_other_step():
    outputs = torch.randn(2, N_TIME, 3, generator=torch.Generator().manual_seed(1))
    model, batch = TorchModel(nn.Identity()), samples(2)
    label = torch.zeros(2, N_TIME, dtype=torch.int64)
    label[1, 4] = -1
    found = labelled_score(model, outputs, replace(batch, label=label))[:, :, 0]
    expected = outputs[:, :, 0] - outputs.mean(dim=2)
    expected[1, 4] = outputs[1, 4].max() - outputs[1, 4].mean()
    assert torch.allclose(found, expected)


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("every_step", [False, True])
def test_padding_changes_no_penalty(name, every_step):
    model = TorchModel(settled(EveryStep)) if every_step else MODELS["gru"]()
    batch = samples()
    label = torch.arange(len(batch) * N_TIME).reshape(len(batch), N_TIME) % 3 if every_step else batch.label
    known = {"ids": batch.ids, "feature_names": batch.feature_names}
    behind = nn.functional.pad(label, (0, 4), value=-1) if every_step else label
    wide = nn.functional.pad(batch.x, (0, 0, 0, 4))
    short = from_tensors(batch.x, label=label, **known)
    padded = from_tensors(wide, lengths=[N_TIME] * len(batch), label=behind, **known)
    for part in (BEGIN, Features("leak"), Band(0.1, 0.3)):
        one = paid(name, model, short, MustNotMatter(part))
        two = paid(name, model, padded, MustNotMatter(part))
        assert float(one.detach()) == pytest.approx(float(two.detach()), rel=1e-4)


@pytest.mark.parametrize("name", EXACT)
def test_what_must_matter_is_charged_until_it_does(name):
    blind = TorchModel(nn.Linear(1, 3), lambda module, batch: module(batch.x[:, :, :1].mean(dim=1)))
    sees = TorchModel(nn.Linear(1, 3), lambda module, batch: 500 * module(batch.x[:, :, 1:].mean(dim=1)))
    claim, price = MustMatter(Features("leak"), margin=1e-3), 1e-6 if name in SQUARES else 1e-3
    assert float(paid(name, blind, samples(), claim).detach()) == pytest.approx(price, rel=1e-3)
    assert float(paid(name, sees, samples(), claim).detach()) < 1e-6


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_without_gradients_is_the_same_number(name):
    model, batch = MODELS["gru"](), samples()
    with torch.no_grad():
        bare = paid(name, model, batch, MustNotMatter(BEGIN))
    assert not bare.requires_grad
    assert float(bare) == pytest.approx(float(paid(name, model, batch, MustNotMatter(BEGIN)).detach()), rel=1e-4)


@pytest.mark.parametrize("name", CENTRED)
def test_training_with_a_penalty_makes_the_leak_matter_less(name):
    chance = torch.Generator().manual_seed(1000)
    label = torch.randint(0, 2, (200,), generator=chance)
    x = torch.randn(200, 6, 2, generator=chance)
    x[:, :, 0] += 0.5 * (2 * label[:, None] - 1)
    x[:, :, 1] += 3 * (2 * label[:, None] - 1)
    batch = from_tensors(x, label=label, feature_names=("signal", "leak"))
    start = create("mlp-classifier", n_feature=2, n_class=2, n_time=6, hidden=(8,))
    claim = MustNotMatter(Features("leak"))
    charge = Weighted(PENALTIES[name], [claim], strength=STRENGTHS.get(name, 1.0))
    plain = fit(start, batch, epochs=20, lr=0.05, batch_size=100).model
    priced = fit(start, batch, epochs=20, lr=0.05, batch_size=100, penalty=charge).model
    turned = batch.with_x(torch.stack([x[:, :, 0], -x[:, :, 1]], dim=2))
    met = [float((model(turned).argmax(dim=1) == label).double().mean()) for model in (plain, priced)]
    assert met[0] < 0.3
    assert met[1] > 0.7


def test_a_penalty_of_strength_zero_trains_the_same_weights():
    model, batch = MODELS["curved"](), samples(40)
    free = Weighted(OcclusionPenalty(), [MustNotMatter(BEGIN)], strength=0.0)
    one, two = fit(model, batch, epochs=2, seed=3), fit(model, batch, epochs=2, seed=3, penalty=free)
    assert all(
        torch.equal(a, b)
        for a, b in zip(one.model.module.state_dict().values(), two.model.module.state_dict().values(), strict=True)
    )


def test_history_tells_the_penalty_apart_from_the_loss():
    model, batch = MODELS["gru"](), samples(8)
    done = fit(model, batch, epochs=1, batch_size=8, penalty=lambda _model, batch: batch.x.new_tensor(5.0))
    assert done.history[0].penalty == 5.0
    assert done.history[0].loss == fit(model, batch, epochs=1, batch_size=8).history[0].loss


def test_a_penalty_trains_the_embedding_of_tokens():
    model, batch = MODELS["words"](), samples()
    OcclusionPenalty()(model, batch, MustNotMatter(BEGIN)).backward()
    assert float(model.module.embedding.weight.grad.abs().sum()) > 0


def test_tokens_that_a_field_marks_are_taken_away():
    model, batch = MODELS["words"](), samples()
    marked = batch["ids"] == 4
    with_mark = replace(batch, fields={**batch.fields, "decoy": Field(marked, "context", ("sample", "time"))})
    found = OcclusionPenalty()(model, with_mark, MustNotMatter(MarkedCells("decoy")))
    words = model.module.embedding(batch["ids"])
    rest = model.module.head(model.module.recurrent(words * ~marked[:, :, None])[0][:, -1])
    fall = replace(model, embedding="")(batch) - rest
    expected = (fall - fall.mean(dim=1, keepdim=True)).square().sum(dim=1).mean()
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-3)


def test_an_embedding_that_is_not_called_is_named():
    model = TorchModel(
        settled(Words), lambda module, batch: module.head(torch.zeros(len(batch), 5)), embedding="embedding"
    )
    with pytest.raises(ModelError, match="'embedding' must be called once in a pass, but was 0 times"):
        OcclusionPenalty()(model, samples(), MustNotMatter(BEGIN))


def test_the_right_reasons_of_a_linear_network_are_those_of_the_equation():
    torch.manual_seed(2)
    model, batch = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(2 * N_TIME, 3))), samples(4)
    weight = model.module[1].weight.detach()
    chance = model(batch).softmax(dim=1).detach()
    # d/dx sum_k log p_k = sum_k (w_k - sum_j p_j w_j), by hand
    slope = (weight.sum(dim=0) - 3 * chance @ weight).reshape(4, N_TIME, 2)
    expected = sum(float(slope[row, step, 1] ** 2) for row in range(4) for step in range(N_TIME)) / 4
    found = RightReasonsPenalty()(model, batch, MustNotMatter(Features("leak")))
    assert float(found.detach()) == pytest.approx(expected, rel=1e-4)


def test_expected_gradients_add_up_to_the_difference_of_a_linear_network():
    torch.manual_seed(2)
    model = TorchModel(nn.Sequential(nn.Flatten(), nn.Linear(2 * N_TIME, 1)))
    batch = samples(5)
    seen = []

    class Sums:
        part = AllBut(Cells(torch.zeros(N_TIME, 1, dtype=torch.bool)))

        def cost(self, relevance, *, power):
            seen.append(relevance.detach().sum(dim=1))
            return relevance.sum()

    ExpectedGradientsPenalty(seed=1)(model, batch, Sums())
    score = model(batch)[:, 0].detach()
    differences = score[:, None] - score[None]
    assert bool((differences - seen[0][:, None]).abs().min(dim=1).values.max() < 1e-5)
    assert float(seen[0].abs().max()) > 1e-3


@pytest.mark.parametrize("n_sample", [2, 5])
def test_expected_gradients_draw_every_sample_but_the_sample_itself(n_sample):
    batch = samples(n_sample)
    pairs = {
        (one, other) for seed in range(100) for one, other in enumerate(drawn(batch, seed=seed, draw=0)[0].tolist())
    }
    assert pairs == {(one, other) for one in range(n_sample) for other in range(n_sample) if one != other}


def test_a_last_batch_of_one_sample_costs_no_expected_gradients_and_a_warning():
    charge = Weighted(PENALTIES["expected-gradients"], [MustNotMatter(BEGIN)])
    with pytest.warns(AitionWarning, match="another sample of the batch, but it has 1: it costs nothing"):
        done = fit(MODELS["gru"](), samples(5), epochs=1, batch_size=4, penalty=charge)
    assert done.history[0].penalty > 0
    with pytest.warns(AitionWarning):
        nothing = charge(MODELS["gru"](), samples(1))
    assert nothing.requires_grad
    assert float(nothing.detach()) == 0


def test_expected_gradients_draw_anew_for_another_batch_and_the_same_for_the_same():
    model, batch = MODELS["gru"](), samples(8)
    one = [float(paid("expected-gradients", model, batch.take(rows), MustNotMatter(BEGIN)).detach()) for rows in (
        range(8), range(8), [7, *range(7)]
    )]  # fmt: skip
    assert one[0] == one[1]
    assert one[0] != one[2]


def test_claims_that_can_be_gone_through_once_are_kept():
    model, batch = MODELS["gru"](), samples()
    charge = Weighted(OcclusionPenalty(), (MustNotMatter(part) for part in (BEGIN, Features("leak"))))
    assert float(charge(model, batch).detach()) == float(charge(model, batch).detach())


def test_a_claim_by_itself_is_refused():
    with pytest.raises(InputError, match="claims must be several"):
        Weighted(OcclusionPenalty(), MustNotMatter(BEGIN))


def test_a_strength_below_zero_is_refused():
    with pytest.raises(InputError, match="strength must be 0 or more"):
        Weighted(OcclusionPenalty(), [MustNotMatter(BEGIN)], strength=-1.0)


def test_a_loop_over_a_data_loader_warns_of_nothing():
    from torch.utils.data import DataLoader, TensorDataset

    from aition.penalty import loader_batch

    data = samples(12)
    model = MODELS["curved"]()
    model.module.train()
    optimizer = torch.optim.SGD(model.module.parameters(), lr=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for item in DataLoader(TensorDataset(data.x, data.label), batch_size=4, shuffle=True):
            batch = loader_batch(item)
            loss = nn.functional.cross_entropy(model.module(batch.x), batch.label)
            optimizer.zero_grad()
            (loss + OcclusionPenalty()(model, batch, MustNotMatter(BEGIN))).backward()
            optimizer.step()
    assert model.module.training


def test_in_a_share_the_constants_are_of_all_else():
    model = TorchModel(nn.Linear(N_TIME, 2), lambda module, batch: module(batch.x[:, :, 0]))
    batch = from_tensors(torch.randn(4, N_TIME, 1, generator=torch.Generator().manual_seed(5)))
    part = batch.x[:, :3, 0] @ model.module.weight[:, :3].T
    share = SharePenalty(rules="shapley")(model, batch, MustNotMatter(BEGIN))
    torch.testing.assert_close(share, (2 * part - model(batch)).sigmoid().mean())
