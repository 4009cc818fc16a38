"""Which wavelet is taken: by the loss of its fit, or by what its small model does on samples that were left out."""

from dataclasses import replace

import pytest
import torch

from aition import Batch, Target, from_tensors
from aition.core.errors import InputError
from aition.distill import AdaptiveWavelet, Bands, FixedWavelet, Logistic, Ridge, distill
from aition.distill.bands import settled
from aition.distill.chosen import Candidate, filter_named, folds, held_out_scores
from stand_ins.planted_wavelet import QUICK, noise, teacher

SCALAR = Target.scalar()
NAMES = ("haar", "db2", "sym4")


def told_by_db2() -> Batch:
    """Noise whose labels are sums of the maxima of db2's coefficients."""
    x = torch.randn(200, 32, 1, generator=torch.Generator().manual_seed(6))
    grid = settled(Bands(levels=2), from_tensors(x), 4)
    return from_tensors(x, label=grid.read(grid.values(from_tensors(x)), filter_named("db2")).sum(dim=1))


@pytest.mark.parametrize("order", [NAMES, NAMES[::-1]])
def test_of_several_the_one_is_taken_whose_small_model_does_best(order):
    several = tuple(FixedWavelet(name) for name in order)
    found = distill(teacher(), told_by_db2(), SCALAR, wavelet=several, bands=Bands(levels=2), choice="held-out")
    assert found.attrs["wavelet"] == "db2"
    assert torch.equal(found.lowpass, filter_named("db2"))


def test_finalists_of_a_fit_are_candidates():
    quick = replace(QUICK, length=4, polish=3)
    settings = {"bands": Bands(levels=2), "choice": "held-out", "progress": "off"}
    found = distill(teacher(), told_by_db2(), SCALAR, wavelet=(quick, FixedWavelet("haar")), **settings)
    by_loss = distill(teacher(), told_by_db2(), SCALAR, wavelet=quick, bands=Bands(levels=2))
    assert found.attrs["wavelet"] == "adaptive-wavelet"
    assert torch.equal(found.losses, by_loss.losses)


def test_held_out_scores_are_those_of_a_literal_loop():
    batch = noise()
    grid = settled(Bands(levels=2), batch, 4)
    read = grid.read(grid.values(batch), filter_named("db2"))
    error = 0.0
    for row in range(64):
        others = [other for other in range(64) if other % 5 != row % 5]
        said = Ridge()(read[others], batch.label[others])(read[[row]])
        error += (float(said) - float(batch.label[row])) ** 2
    wanted = 1 - error / (64 * float(batch.label.double().var(correction=0)))
    one = Candidate("db2", filter_named("db2"), torch.zeros(0))
    found = held_out_scores(grid, grid.values(batch), batch.label, found=[one], student=Ridge())
    assert abs(float(found[0]) - wanted) < 1e-5


def test_held_out_classes_are_counted_over_all_samples():
    batch = noise()
    grid = settled(Bands(levels=2), batch, 4)
    read, label = grid.read(grid.values(batch), filter_named("db2")), (batch.label > batch.label.median()).long()
    by_class = sorted(range(64), key=lambda row: int(label[row]))
    place = {row: number for number, row in enumerate(by_class)}
    right = 0
    for row in range(64):
        others = [other for other in range(64) if place[other] % 5 != place[row] % 5]
        right += int(Logistic()(read[others], label[others])(read[[row]]).argmax()) == int(label[row])
    one = Candidate("db2", filter_named("db2"), torch.zeros(0))
    found = held_out_scores(grid, grid.values(batch), label, found=[one], student=Logistic())
    assert abs(float(found[0]) - right / 64) < 1e-6


def test_a_fold_whose_labels_are_equal_does_not_hide_which_wavelet_does_best():
    batch = told_by_db2()
    grid = settled(Bands(levels=2), batch, 4)
    label = batch.label.clone()
    label[::5] = label.mean()
    found = [Candidate(name, filter_named(name), torch.zeros(0)) for name in ("haar", "db2")]
    scores = held_out_scores(grid, grid.values(batch), label, found=found, student=Ridge())
    assert bool((scores.abs() < 1).all())
    assert int(scores.argmax()) == 1


def test_answers_that_are_all_equal_choose_no_wavelet():
    batch = noise()
    grid = settled(Bands(levels=2), batch, 4)
    one = Candidate("db2", filter_named("db2"), torch.zeros(0))
    with pytest.raises(InputError, match="all 64 are"):
        held_out_scores(grid, grid.values(batch), torch.ones(64), found=[one], student=Ridge())


def test_several_wavelets_can_not_be_chosen_by_their_losses():
    with pytest.raises(InputError, match="of one wavelet"):
        distill(teacher(), noise(), SCALAR, wavelet=(QUICK, FixedWavelet("db2")))


def test_too_few_samples_for_five_folds_are_refused():
    with pytest.raises(InputError, match="10 samples or more"):
        distill(teacher(), noise(8), SCALAR, wavelet=FixedWavelet("db2"), choice="held-out")


def test_a_class_of_one_sample_is_refused_before_the_fit():
    batch = from_tensors(noise().x, label=[0] * 40 + [1] * 23 + [2])
    several = (AdaptiveWavelet(starts=10**9), FixedWavelet("db2"))
    with pytest.raises(InputError, match="class 2 has one"):
        distill(teacher(), batch, SCALAR, wavelet=several, student=Logistic(), choice="held-out")


def test_two_samples_of_a_class_are_never_left_out_together():
    for first in range(20):
        for second in range(first + 1, 20):
            label = torch.zeros(20, dtype=torch.int64)
            label[[first, second]] = 3
            assert int(folds(label)[first]) != int(folds(label)[second])
