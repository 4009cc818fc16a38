"""Ward: stays that look like an intensive-care set, with a planted risk."""

import numpy as np
import torch

from aition.data.simulate.ward import EFFECTS, FEATURES, N_HOUR, PANELS, STATIC, THRESHOLD, TOGETHER, VITALS, Ward

SEED = 1004


def place(name):
    return FEATURES.index(name)


def test_there_are_48_hours_and_31_features():
    batch = Ward(n_sample=3)(seed=SEED).batch
    assert list(batch.x.shape) == [3, 48, 31]
    assert batch.feature_names == FEATURES


def test_about_one_of_eight_dies():
    assert 0.1 < float(Ward(n_sample=4000)(seed=SEED).batch.label.double().mean()) < 0.15


def test_the_log_odds_are_the_planted_sum():
    drawn = Ward(n_sample=20, shortest=30)(seed=SEED)
    x, seen = drawn.batch.x.double().numpy(), drawn.batch.observed.numpy()
    logits = drawn.white_box(drawn.batch)

    def term(row, effect):
        column = place(effect.feature)
        hours = [hour for hour in range(effect.first, effect.last) if seen[row, hour, column]]
        excess = [max(effect.direction * x[row, hour, column] - THRESHOLD, 0) for hour in hours]
        return effect.weight * sum(excess) / max(len(hours), 1)

    alone = [sum(term(row, effect) for effect in EFFECTS) for row in range(20)]
    together = [term(row, TOGETHER[0]) * term(row, TOGETHER[1]) for row in range(20)]
    nothing = drawn.white_box(drawn.batch.with_x(torch.zeros_like(drawn.batch.x)))[0]
    wanted = np.array(alone) + np.array(together) + float(nothing[1] - nothing[0])
    assert np.allclose((logits[:, 1] - logits[:, 0]).numpy(), wanted, atol=1e-4)


def test_true_cells_are_measurements_in_their_span_that_exceed():
    drawn = Ward(n_sample=200)(seed=SEED)
    for effect in EFFECTS:
        column, hours = place(effect.feature), slice(effect.first, effect.last)
        exceeds = effect.direction * drawn.batch.x[:, hours, column] > THRESHOLD
        assert torch.equal(drawn.truth[:, hours, column], exceeds & drawn.batch.observed[:, hours, column])
    read = {place(effect.feature) for effect in (*EFFECTS, *TOGETHER)}
    assert not bool(drawn.truth[:, :, [i for i in range(31) if i not in read]].any())


def test_neither_of_two_counts_without_the_other():
    drawn = Ward(n_sample=500)(seed=SEED)
    one, other = (drawn.truth[:, :, place(effect.feature)].any(dim=1) for effect in TOGETHER)
    assert torch.equal(one, other)
    assert bool(one.any())
    assert not bool(one.all())


def test_one_feature_protects():
    drawn = Ward(n_sample=200)(seed=SEED)
    assert drawn.sign[:, :, place("albumin")].unique().tolist() == [-1, 0]
    assert drawn.sign[:, :, place("lactate")].unique().tolist() == [0, 1]


def test_panels_are_measured_as_a_whole():
    seen = Ward(n_sample=50)(seed=SEED).batch.observed
    for _, panel in PANELS:
        columns = seen[:, :, [place(name) for name in panel]]
        assert torch.equal(columns.all(dim=2), columns.any(dim=2))


def test_laboratory_values_are_measured_more_often_in_the_sicker():
    drawn = Ward(n_sample=1000)(seed=SEED)
    sick = drawn.batch["severity"] > 0
    labs = drawn.batch.observed[:, :, len(VITALS) : -len(STATIC)].float().mean(dim=2)
    assert float(labs[sick].mean()) > 1.3 * float(labs[~sick].mean())


def test_what_was_not_measured_holds_zero():
    batch = Ward(n_sample=20)(seed=SEED).batch
    assert not bool(batch.x[~batch.observed].any())


def test_values_are_standardised_and_remember():
    batch = Ward(n_sample=2000)(seed=SEED).batch
    heart = batch.x[:, :, place("heart_rate")]
    both = batch.observed[:, 1:, 0] & batch.observed[:, :-1, 0]
    assert abs(float(heart[batch.observed[:, :, 0]].mean())) < 0.05
    assert abs(float(heart[batch.observed[:, :, 0]].std()) - 1) < 0.05
    pair = torch.stack([heart[:, 1:][both], heart[:, :-1][both]])
    assert 0.85 < float(torch.corrcoef(pair)[0, 1]) < 0.97


def test_static_features_do_not_change():
    batch = Ward(n_sample=20)(seed=SEED).batch
    still = batch.x[:, :, -len(STATIC) :]
    assert torch.equal(still, still[:, :1].expand(still.shape))


def test_stays_are_of_unequal_length_where_that_is_asked():
    lengths = Ward(n_sample=300, shortest=20)(seed=SEED).batch.lengths
    assert int(lengths.min()) == 20
    assert int(lengths.max()) == N_HOUR
    assert bool((Ward(n_sample=5)(seed=SEED).batch.lengths == N_HOUR).all())
