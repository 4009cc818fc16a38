"""SwitchingBlocks, SwitchAR, Relay and Panels: the true selections are true by the exact law of what is known."""

import pickle

import numpy as np
import pytest
import torch

from aition.core.errors import InputError
from aition.data.simulate import KnownInPart, Panels, Relay, SwitchAR, SwitchingBlocks
from aition.data.simulate.given import drawn_given, expected_sigmoid, gain

LAWS = {
    "s1": lambda **rest: SwitchingBlocks(below="a", above="b", **rest),
    "s2": lambda **rest: SwitchingBlocks(below="a", above="c", **rest),
    "s3": SwitchingBlocks,
    "s3-shifted": lambda **rest: SwitchingBlocks(shift=3.0, scale=2.0, **rest),
    "s3-related": lambda **rest: SwitchingBlocks(correlation=0.6, **rest),
    "switch-ar": SwitchAR,
    "relay": Relay,
}
ROUTED = ("switch-ar", "relay")


def drawn_of(name, *, n_sample, seed=1000):
    return LAWS[name](n_sample=n_sample)(seed=seed)


def odds(drawn, x):
    logits = drawn.white_box(drawn.batch.with_x(x))
    return logits[:, 1] - logits[:, 0]


def nll(chance, label):
    return -chance.gather(1, label[:, None])[:, 0].log()


def random_masks(drawn, share, seed=0):
    return torch.rand(drawn.batch.x.shape, generator=torch.Generator().manual_seed(seed)) < share


@pytest.mark.parametrize("name", LAWS)
def test_the_white_box_reads_no_cell_but_the_true_ones(name):
    drawn = drawn_of(name, n_sample=50)
    other = torch.where(drawn.truth, drawn.batch.x, 100 * torch.randn(drawn.batch.x.shape))
    assert torch.allclose(odds(drawn, other), odds(drawn, drawn.batch.x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", LAWS)
def test_all_cells_known_the_chance_is_that_of_the_white_box(name):
    law = LAWS[name](n_sample=50)
    drawn = law(seed=1001)
    assert isinstance(law, KnownInPart)
    whole = law.given(drawn.batch, torch.ones_like(drawn.truth))
    assert torch.allclose(whole, drawn.white_box(drawn.batch).double().softmax(dim=1), atol=1e-4)


@pytest.mark.parametrize("name", LAWS)
def test_the_true_cells_say_all_that_the_series_says(name):
    law = LAWS[name](n_sample=50)
    drawn = law(seed=1001)
    assert torch.allclose(
        law.given(drawn.batch, drawn.truth), law.given(drawn.batch, torch.ones_like(drawn.truth)), atol=1e-6
    )


@pytest.mark.parametrize(("name", "share"), [*((name, 0.4) for name in LAWS), ("s3", 0.0), ("relay", 0.0)])
def test_labels_come_with_the_chance_that_is_given_some_cells(name, share):
    law = LAWS[name](n_sample=1000)
    drawn = law(seed=1002)
    settings = {} if name in ROUTED else {"n_draw": 100}
    chance = law.given(drawn.batch, random_masks(drawn, share), **settings)[:, 1]
    variance = chance * (1 - chance)
    missed = drawn.batch.label - chance
    assert abs(float(missed.sum() / variance.sum().sqrt())) < 3.5
    if share:
        score = chance.clamp(1e-4, 1 - 1e-4).logit()
        assert abs(float((missed * score).sum() / (variance * score**2).sum().sqrt())) < 3.5


@pytest.mark.parametrize("name", ROUTED)
def test_without_any_one_of_the_true_cells_something_is_lost(name):
    law = LAWS[name](n_sample=400)
    drawn = law(seed=1003)
    whole = law.given(drawn.batch, drawn.truth)
    cells = drawn.truth.flatten(1).nonzero()[:, 1].reshape(len(drawn), -1)
    for place in range(cells.shape[1]):
        less = (
            drawn.truth.flatten(1)
            .scatter(1, cells[:, place : place + 1], value=False)
            .unflatten(1, drawn.truth.shape[1:])
        )
        part = law.given(drawn.batch, less)
        lost = (whole * (whole.clamp(min=1e-300) / part.clamp(min=1e-300)).log()).sum(dim=1)
        assert float(lost.min()) > -1e-6
        assert float(lost.mean()) > 0.005


@pytest.mark.parametrize("name", ROUTED)
def test_no_map_that_all_series_share_says_as_much_as_the_true_cells(name):
    law = LAWS[name](n_sample=300)
    drawn = law(seed=1003)
    maps = drawn.truth.unique(dim=0)
    best = float(nll(law.given(drawn.batch, drawn.truth), drawn.batch.label).mean())
    for one in maps:
        shared = one.expand(drawn.truth.shape)
        assert float(nll(law.given(drawn.batch, shared), drawn.batch.label).mean()) > best + 0.15


@pytest.mark.parametrize("name", LAWS)
def test_the_sign_is_that_of_what_a_cell_adds_to_the_log_odds(name):
    drawn = drawn_of(name, n_sample=6)
    law = LAWS[name](n_sample=6)
    absent = getattr(law, "shift", getattr(law, "mean", 0.0))
    for row in range(len(drawn)):
        for step, feature in drawn.truth[row].nonzero().tolist():
            if sign := int(drawn.sign[row, step, feature]):
                x = drawn.batch.x.clone()
                x[row, step, feature] = absent
                assert int((odds(drawn, drawn.batch.x) - odds(drawn, x))[row].sign()) == sign
            else:
                assert (feature == 10) if "s" == name[0] and name not in ROUTED else feature < 3


@pytest.mark.parametrize("name", [*LAWS, "panels"])
def test_a_seed_draws_the_same_series_another_others_and_more_begin_with_the_same(name):
    law = Panels if name == "panels" else LAWS[name]
    few, many, other = law(n_sample=3)(seed=1001), law(n_sample=7)(seed=1001), law(n_sample=3)(seed=1002)
    assert few.batch.digest() == many.batch.take(range(3)).digest()
    assert torch.equal(few.truth, many.truth[:3])
    assert not bool((few.batch.x == other.batch.x).all())
    assert not set(few.batch.ids) & set(other.batch.ids)


def test_s3_moved_and_stretched_is_the_same_law_in_other_units():
    plain, moved = (
        SwitchingBlocks(n_sample=200)(seed=1004),
        SwitchingBlocks(n_sample=200, shift=3.0, scale=2.0)(seed=1004),
    )
    assert torch.allclose(moved.batch.x, 2 * plain.batch.x + 3, atol=1e-5)
    assert torch.equal(moved.batch.label, plain.batch.label)
    assert torch.equal(moved.truth, plain.truth)


def test_with_another_mean_the_law_itself_reads_other_numbers():
    drawn = SwitchingBlocks(n_sample=2000, mean=3.0)(seed=1004)
    assert float((drawn.batch.x[:, 0, 10] < 0).double().mean()) < 0.01


def test_related_numbers_have_a_toeplitz_correlation():
    x = SwitchingBlocks(n_sample=20_000, correlation=0.6)(seed=1004).batch.x[:, 0].double()
    assert torch.allclose(torch.corrcoef(x.mT)[0, :4], torch.tensor([1, 0.6, 0.36, 0.216]).double(), atol=0.025)


def test_the_logits_of_s3_are_those_that_are_published():
    drawn = SwitchingBlocks(n_sample=500)(seed=1005)
    for row, x in enumerate(drawn.batch.x[:, 0].double().numpy()):
        low = (x[2:6] ** 2).sum() - 4
        high = -10 * np.sin(0.2 * x[6]) + abs(x[7]) + x[8] + np.exp(-x[9]) - 2.4
        assert float(odds(drawn, drawn.batch.x)[row]) == pytest.approx(-(low if x[10] < 0 else high), abs=1e-4)


def test_what_is_expected_of_gaussian_cells_is_by_the_textbook():
    rng = np.random.default_rng(0)
    half = rng.normal(size=(5, 5))
    covariance, kept = half @ half.T + np.eye(5), np.array([True, False, True, False, True])
    expected = np.zeros((5, 5))
    expected[:, kept] = covariance[:, kept] @ np.linalg.inv(covariance[np.ix_(kept, kept)])
    found = gain(torch.from_numpy(covariance), torch.from_numpy(kept)[None])[0]
    assert np.allclose(found.numpy(), expected)


def test_draws_given_some_cells_have_the_conditional_mean_and_covariance():
    covariance = torch.tensor([[2.0, 0.9, 0.3], [0.9, 1.0, 0.2], [0.3, 0.2, 1.5]], dtype=torch.float64)
    mean, x = torch.tensor([1.0, -1.0, 0.5]).double(), torch.tensor([[2.5, 0.0, 0.0]]).double()
    noise = torch.randn(1, 40_000, 3, generator=torch.Generator().manual_seed(0)).double()
    drawn = drawn_given(mean, covariance, x, torch.tensor([[True, False, False]]), noise)[0]
    ratio = covariance[1:, 0] / covariance[0, 0]
    left = covariance[1:, 1:] - torch.outer(ratio, covariance[0, 1:])
    assert bool((drawn[:, 0] == 2.5).all())
    assert torch.allclose(drawn[:, 1:].mean(dim=0), mean[1:] + ratio * 1.5, atol=0.03)
    assert torch.allclose(drawn[:, 1:].mT.cov(), left, atol=0.05)


def test_the_expected_chance_is_that_of_a_fine_grid():
    at = np.linspace(-12, 12, 200_001)
    density = np.exp(-(at**2) / 2) / np.exp(-(at**2) / 2).sum()
    for mean, deviation in ((0.3, 0.5), (-2.0, 5.0), (1.0, 7.0)):
        wanted = (density / (1 + np.exp(-(mean + deviation * at)))).sum()
        found = expected_sigmoid(torch.tensor([mean]).double(), torch.tensor([deviation**2]).double())
        assert float(found) == pytest.approx(wanted, abs=2e-5)


def test_a_panel_says_nothing_of_the_label_and_every_image_is_one_digit_at_most():
    drawn = Panels(n_sample=2000)(seed=1006)
    other, label = drawn.batch["other"], drawn.batch.label
    assert abs(float((other == label).double().mean()) - 0.1) < 0.025
    digits = torch.where((drawn.batch["side"] == 0)[:, None, None], drawn.batch.x[:, :, :28], drawn.batch.x[:, :, 28:])
    assert len(digits.flatten(1).unique(dim=0)) == 2000


def test_the_white_box_of_panels_reads_the_digit_alone_and_knows_most():
    drawn = Panels(n_sample=500)(seed=1006)
    said = drawn.white_box(drawn.batch)
    assert torch.equal(drawn.white_box(drawn.batch.with_x(drawn.batch.x * drawn.truth)), said)
    assert float((said.argmax(dim=1) == drawn.batch.label).double().mean()) > 0.75
    assert tuple(drawn.batch.x.shape[1:]) == Panels().shape


@pytest.mark.parametrize("name", LAWS)
def test_the_law_can_be_sent_to_another_process(name):
    drawn = drawn_of(name, n_sample=3)
    other = pickle.loads(pickle.dumps(drawn.white_box))
    assert torch.equal(other(drawn.batch), drawn.white_box(drawn.batch))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SwitchingBlocks(below="c"), "below and above must be two of a, b, c, but are 'c' and 'c'"),
        (lambda: SwitchingBlocks(correlation=1.0), "correlation must be at least 0 and below 1"),
        (lambda: SwitchingBlocks(scale=0.0), "scale must be above 0"),
        (lambda: SwitchAR(first=(6, 16)), "n_time must be 21 or more, but is 20"),
        (lambda: SwitchAR(n_feature=2), "n_feature must be 3 or more, but is 2"),
        (lambda: Relay(switches=(11, 3)), "must lie one behind the other"),
        (lambda: Panels(n_sample=5001), "n_sample must be 5000 at most"),
        (
            lambda: SwitchAR(n_sample=2).given(SwitchAR(n_sample=2)(seed=0).batch, torch.ones(2, 20, 4)),
            "kept must be bool",
        ),
    ],
)
def test_a_setting_out_of_range_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
