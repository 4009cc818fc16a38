"""Selections that hide the answer, that are static or unstable, are told from honest ones."""

import numpy as np
import pytest
import torch
import xarray as xr

from aition import from_tensors
from aition.checks import EvalX, encoding_gap, evidence, most_important, stability, static_mask, told_by_choice
from aition.checks.encoding import masks_of
from aition.core.errors import InputError
from aition.data.simulate import SwitchAR, SwitchingBlocks
from aition.methods.lex.evaluator import feature_units, outcome_of, shuffled

HOW = EvalX(hidden=(48,), epochs=15, batch_size=64, lr=4e-3)
LAW = SwitchingBlocks(n_sample=3000)


@pytest.fixture(scope="module")
def parts():
    drawn = LAW(seed=1000)
    return drawn.take(range(2000)), drawn.take(range(2000, 3000))


def as_selected(mask, batch):
    return xr.DataArray(mask.numpy(), dims=("sample", "time", "feature"), coords={"sample": batch.ids})


def telling(drawn):
    """A mask that says the class by which of two numbers is selected, neither of which is read by the law."""
    mask = torch.zeros_like(drawn.truth)
    one = drawn.white_box(drawn.batch).argmax(dim=1) == 1
    mask[:, 0, 0], mask[:, 0, 1] = one, ~one
    return mask


def evidence_of(parts, mask_of, how=HOW):
    train, test = parts
    return evidence(
        train.batch,
        as_selected(mask_of(train), train.batch),
        test.batch,
        as_selected(mask_of(test), test.batch),
        how=how,
    )


@pytest.fixture(scope="module")
def honest(parts):
    return evidence_of(parts, lambda drawn: drawn.truth)


@pytest.fixture(scope="module")
def hiding(parts):
    return evidence_of(parts, telling)


def exact(drawn, mask):
    """Log-likelihood of the labels by the law, given the selected values."""
    return LAW.given(drawn.batch, mask, n_draw=100).gather(1, drawn.batch.label[:, None])[:, 0].log().numpy()


def test_eval_x_comes_near_the_law_of_what_is_selected(parts, honest):
    assert exact(parts[1], parts[1].truth).mean() - honest.values.mean() < 0.06


def test_eval_x_is_not_fooled_by_a_mask_that_tells_the_class(parts, hiding):
    assert abs(hiding.values.mean() - np.log(0.5)) < 0.04
    assert exact(parts[1], telling(parts[1])).mean() == pytest.approx(np.log(0.5), abs=0.02)


def test_who_may_learn_from_the_choice_finds_what_the_mask_tells(parts, hiding):
    said = parts[1].white_box(parts[1].batch).argmax(dim=1) == parts[1].batch.label
    share = float(said.double().mean())
    told = share * np.log(share) + (1 - share) * np.log(1 - share)
    assert hiding.chosen.mean() == pytest.approx(told, abs=0.02)


def test_a_mask_that_tells_the_class_raises_the_alarm(hiding):
    verdict = told_by_choice(hiding.values, hiding.chosen)
    assert verdict.finding == "alarm"
    assert verdict.figure.low > 0.1


def test_the_true_selection_hides_nothing_though_its_place_goes_with_the_class(honest):
    assert abs(told_by_choice(honest.values, honest.chosen).figure.mean) < 0.02


def test_a_predictor_that_reads_the_mask_has_a_gap_and_one_that_reads_values_has_none(parts, honest, hiding):
    reads_mask = hiding.chosen
    assert encoding_gap(reads_mask, hiding.values).finding == "alarm"
    assert encoding_gap(honest.values - 0.001, honest.values).finding == "passed"


def test_what_choice_tells_of_the_class_and_values_tell_too_is_no_alarm():
    drawn = SwitchAR(n_sample=1200)(seed=1001)
    parts = drawn.take(range(800)), drawn.take(range(800, 1200))

    def by_value(some):
        mask = torch.zeros_like(some.truth)
        up = some.white_box(some.batch).argmax(dim=1) == 1
        mask[:, 0, 0] = up
        mask[:, 1, 0] = ~up
        return mask

    def marked(some):
        x = some.batch.x.clone()
        up = (some.white_box(some.batch).argmax(dim=1) == 1).float()
        x[:, 0, 0], x[:, 1, 0] = 3 * up, 3 * up
        return type(some)(some.batch.with_x(x), some.truth, some.sign, some.target, some.white_box)

    masks = [by_value(part) for part in parts]
    train, test = (marked(part) for part in parts)
    found = evidence(
        train.batch, as_selected(masks[0], train.batch), test.batch, as_selected(masks[1], test.batch), how=HOW
    )
    assert abs(told_by_choice(found.values, found.chosen).figure.mean) < 0.03
    assert found.values.mean() > -0.45


def test_the_same_seed_finds_the_same_and_the_global_generator_stays(parts):
    small = tuple(part.take(range(60)) for part in parts)
    state = torch.random.get_rng_state()
    one, other = (evidence_of(small, telling, EvalX(hidden=(4,), epochs=2)) for _ in range(2))
    assert np.array_equal(one.values, other.values)
    assert np.array_equal(one.chosen, other.chosen)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_labels_that_are_no_classes_are_refused_in_plain_words():
    batch = from_tensors(torch.zeros(2, 1, 1), label=[float("nan")] * 2)
    other = from_tensors(torch.zeros(2, 1, 1), label=[float("nan")] * 2, ids=["a", "b"])
    with pytest.raises(InputError, match="outcomes must be classes of whole series"):
        evidence(batch, xr.DataArray(), other, xr.DataArray())


def test_a_feature_that_never_changes_is_not_blown_up_by_rounding():
    batch = from_tensors(torch.full((37, 3, 1), 0.1, dtype=torch.float64), layout="sample time feature")
    assert feature_units(batch)[1].tolist() == [1.0]


def test_order_and_padding_of_the_judged_samples_change_nothing(parts):
    train, test = (part.take(range(60)) for part in parts)
    fitted = EvalX(hidden=(4,), epochs=2).fit(train.batch, train.truth, outcome_of(train.batch))
    plain = fitted.log_likelihood(test.batch, test.truth, outcome_of(test.batch))
    turned = torch.arange(59, -1, -1)
    other = test.take(turned)
    again = fitted.log_likelihood(other.batch, other.truth, outcome_of(other.batch))
    assert torch.allclose(again, plain[turned], atol=1e-6)
    x = torch.cat([torch.full((60, 2, 11), 7.0), test.batch.x], dim=1)
    padded = from_tensors(x, layout="sample time feature", lengths=[1] * 60, side="left", label=test.batch.label)
    mask = torch.cat([torch.ones(60, 2, 11, dtype=torch.bool), test.truth], dim=1)
    assert torch.allclose(fitted.log_likelihood(padded, mask, outcome_of(test.batch)), plain, atol=1e-6)


def test_values_that_are_not_selected_are_not_read(parts):
    train, test = (part.take(range(60)) for part in parts)
    fitted = EvalX(hidden=(4,), epochs=2).fit(train.batch, train.truth, outcome_of(train.batch))
    other = test.batch.with_x(torch.where(test.truth, test.batch.x, 99.0))
    wanted = outcome_of(test.batch)
    assert torch.equal(
        fitted.log_likelihood(other, test.truth, wanted), fitted.log_likelihood(test.batch, test.truth, wanted)
    )


def test_shuffled_masks_are_the_same_masks():
    masks = torch.rand(50, 6, generator=torch.Generator().manual_seed(0)) < 0.5
    other = shuffled(masks, torch.Generator().manual_seed(1))
    assert not torch.equal(other, masks)
    assert sorted(map(tuple, other.tolist())) == sorted(map(tuple, masks.tolist()))


def masks(rows):
    return xr.DataArray(np.asarray(rows, dtype=bool)[:, None], dims=("sample", "time", "feature"))


def test_one_mask_for_all_raises_the_alarm_and_masks_of_their_own_pass():
    same = static_mask(masks([[1, 1, 0, 0]] * 30))
    assert (same.finding, same.figure.mean) == ("alarm", 1)
    own = static_mask(masks([[1, 1, 0, 0], [0, 0, 1, 1]] * 15))
    assert own.finding == "passed"
    assert own.figure.mean == pytest.approx(14 / 29)


def test_steps_of_masks_are_counted_from_the_first_that_exists():
    one = np.zeros((12, 4, 2), dtype=bool)
    one[::2, 0], one[1::2, 2] = True, True
    cells = xr.DataArray(one, dims=("sample", "time", "feature"))
    assert static_mask(cells).finding == "passed"
    assert static_mask(cells, start=[0, 2] * 6).figure.mean == 1
    with pytest.raises(InputError, match="start must be one step a sample, but is of 3 samples"):
        static_mask(cells, start=[0, 1, 2])


def test_masks_of_two_seeds_are_compared_sample_by_sample():
    one, other = masks([[1, 1, 0, 0], [0, 0, 1, 1]] * 10), masks([[1, 1, 0, 0], [0, 1, 1, 1]] * 10)
    verdict = stability([one, other])
    assert verdict.figure.mean == pytest.approx((1 + 2 / 3) / 2)
    assert verdict.finding == "passed"
    assert "those of different samples by 0.12" in verdict.words


def test_seeds_that_select_other_cells_raise_the_alarm():
    one = masks([[1, 1, 0, 0], [0, 0, 1, 1]] * 10)
    assert stability([one, masks(1 - one.values[:, 0])]).finding == "alarm"


def test_samples_of_two_seeds_are_matched_by_their_ids():
    one = masks([[1, 0], [0, 1]]).assign_coords(sample=["a", "b"])
    assert stability([one, one.isel(sample=[1, 0])]).figure.mean == 1


def test_the_words_say_finding_figure_and_bound():
    words = encoding_gap(np.log(np.full(40, 0.8)), np.log(np.full(40, 0.5))).words
    assert words.startswith("Alarm: the method's own predictor says more than the values")
    assert "0.47 [0.47, 0.47] nats better" in words
    assert words.endswith("at most 0.02 passes. 95 % interval over 40 samples.")


def test_an_interval_that_holds_the_bound_decides_nothing():
    gap = np.random.default_rng(0).normal(0.02, 0.5, size=50)
    assert encoding_gap(gap, np.zeros(50)).finding == "not decided"
    assert encoding_gap(gap[:1], np.zeros(1)).finding == "too few samples"


def test_any_attribution_is_a_selection_of_its_top_cells():
    batch = from_tensors(torch.randn(4, 3, 2), layout="sample time feature", lengths=[3, 3, 3, 1])
    attribution = xr.DataArray(batch.x.numpy(), dims=("sample", "time", "feature"), coords={"sample": batch.ids})
    chosen = most_important(attribution, batch, 3)
    assert chosen.sum(dim=("time", "feature")).values.tolist() == [3, 3, 3, 2]
    for row in range(3):
        assert (
            np.abs(attribution.values[row][chosen.values[row]]).min()
            >= np.abs(attribution.values[row][~chosen.values[row]]).max()
        )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EvalX(lr=0.0), "lr above 0"),
        (lambda: EvalX(held_out=1.0), "held_out must be in"),
        (lambda: static_mask(masks([[1]])), "masks of two samples or more are compared"),
        (lambda: static_mask(masks([[1], [1]]).astype(float)), "selected must be bool"),
        (lambda: stability([masks([[1]])]), "selections of two seeds or more"),
        (lambda: stability([masks([[1]]), masks([[1, 0]])]), "selections must be of the same cells"),
        (lambda: outcome_of(from_tensors(torch.zeros(1, 1, 1), label=[0.5])), "outcomes must be classes"),
        (lambda: encoding_gap(np.zeros(3), np.zeros(4)), "log-likelihoods must be"),
    ],
)
def test_what_can_not_be_judged_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_masks_of_other_samples_and_shared_samples_are_refused(parts):
    train, test = (part.take(range(30)) for part in parts)
    told, shown = (as_selected(part.truth, part.batch) for part in (train, test))
    with pytest.raises(InputError, match="must hold every sample of the batch, but 30 lack"):
        masks_of(told, test.batch)
    with pytest.raises(InputError, match="must be different samples, but share 30"):
        evidence(train.batch, told, train.batch, told)
    with pytest.raises(InputError, match="needs 20 series or more"):
        EvalX().fit(train.take(range(5)).batch, train.truth[:5], outcome_of(train.batch)[:5])
    assert shown.shape == (30, 1, 11)
