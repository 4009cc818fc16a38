"""Hospital: what is planted is what the labels, the white box and the contributions say."""

from math import comb

import numpy as np
import pytest
import torch

from aition.core.errors import InputError
from aition.data.simulate.hospital import Hospital, optimum
from aition.data.simulate.hospital.law import BASE, COURSES, EFFECTS, MOTIF, TOGETHER
from aition.data.simulate.hospital.measures import FEATURES, MEASURES, N_HOUR, PANELS, PLACE

SEED = 1004


@pytest.fixture(scope="module")
def hospital():
    return Hospital(n_sample=1100, shortest=24)


@pytest.fixture(scope="module")
def stays(hospital):
    return list(hospital.stays(seed=SEED))


@pytest.fixture(scope="module")
def drawn(hospital):
    return hospital(seed=SEED)


def log_odds_of(model, batch):
    with torch.no_grad():
        logits = model(batch)
    return logits[:, 1] - logits[:, 0]


def bin_of(name, value):
    return sum(value > edge for edge in MEASURES[PLACE[name]].edges)


def test_there_are_48_hours_and_34_features(drawn):
    assert list(drawn.batch.x.shape[1:]) == [48, 34]
    assert drawn.batch.feature_names == FEATURES
    assert drawn.batch.static_names == ("age", "male")


def test_contributions_and_the_base_add_up_to_the_log_odds(stays):
    for block in stays:
        assert np.abs(block.contribution.sum(axis=(1, 2)) + BASE - block.log_odds).max() < 1e-6


def test_the_log_odds_are_the_planted_sum(stays):
    block = stays[1]
    for row in range(20):
        bins = {
            (name, hour): bin_of(name, block.value[row, hour, PLACE[name]])
            for name in FEATURES
            for hour in range(N_HOUR)
            if not np.isnan(block.value[row, hour, PLACE[name]])
        }
        total = BASE
        for effect in EFFECTS:
            course = COURSES[effect.course]
            total += sum(
                effect.weights[place] * course[hour] for (name, hour), place in bins.items() if name == effect.feature
            )
        for pair in TOGETHER:
            one, other = (
                [hour for (name, hour), place in bins.items() if name == feature and place in counting]
                for feature, counting in zip(pair.features, pair.bins, strict=True)
            )
            total += pair.weight * sum(
                first >= pair.first and second >= pair.first and (first == second or not pair.same_hour)
                for first in one
                for second in other
            )
        for start in range(N_HOUR):
            spans = [bins.get((MOTIF.feature, start + step), -1) for step in range(3)]
            total += MOTIF.weight * all(
                least <= place <= most for place, (least, most) in zip(spans, MOTIF.bins, strict=True)
            )
        assert block.log_odds[row] == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("standardised", [True, False])
def test_the_white_box_says_the_log_odds(standardised):
    drawn = Hospital(n_sample=200, shortest=24, standardised=standardised)(seed=SEED)
    assert torch.allclose(log_odds_of(drawn.white_box, drawn.batch), drawn.batch["log_odds"], atol=1e-5)


@pytest.mark.parametrize(
    "names", [("spo2",), ("heart_rate", "temperature"), ("bilirubin", "inr"), ("albumin",)], ids=" and ".join
)
def test_contributions_are_the_shapley_values_of_the_white_box(drawn, names):
    """Of all true cells of features that count together, in a stay with few of them: every set of cells, by hand."""
    places = [PLACE[name] for name in names]
    sizes = drawn.truth[:, :, places].sum(dim=(1, 2))
    row = int(((sizes >= 3) & (sizes <= 8)).nonzero()[0])
    cells = [(hour, places[place]) for hour, place in drawn.truth[row][:, places].nonzero().tolist()]
    sets = [tuple(bool(number >> place & 1) for place in range(len(cells))) for number in range(2 ** len(cells))]
    x = drawn.batch.x[[row]].repeat(len(sets), 1, 1)
    for number, kept in enumerate(sets):
        for keep, (hour, place) in zip(kept, cells, strict=True):
            x[number, hour, place] *= keep
    answer = dict(zip(sets, log_odds_of(drawn.white_box, drawn.batch.take([row] * len(sets)).with_x(x)), strict=True))
    for place, (hour, feature) in enumerate(cells):
        value = 0.0
        for kept in sets:
            if not kept[place]:
                weight = 1 / (len(cells) * comb(len(cells) - 1, sum(kept)))
                value += weight * float(answer[*kept[:place], True, *kept[place + 1 :]] - answer[kept])
        assert float(drawn.batch["contribution"][row, hour, feature]) == pytest.approx(value, abs=1e-5)


def test_taking_an_untrue_cell_away_changes_nothing(drawn):
    batch = drawn.batch.take(range(100))
    kept = batch.with_x(batch.x.where(drawn.truth[:100], 0))
    assert torch.allclose(log_odds_of(drawn.white_box, kept), batch["log_odds"], atol=1e-5)


def test_the_gradient_of_the_white_box_is_that_of_a_line_between_bins():
    hospital = Hospital(n_sample=1)
    batch = hospital(seed=SEED).batch
    place, measure = PLACE["lactate"], MEASURES[PLACE["lactate"]]
    middles = [(measure.edges[2] + measure.edges[3]) / 2, measure.edges[3] + (measure.edges[3] - measure.edges[2]) / 2]
    x = batch.x.clone()
    x[0, 10, place] = (sum(middles) / 2 - measure.normal) / measure.scale
    batch = batch.with_x(x.requires_grad_())
    object.__setattr__(batch, "observed", torch.ones_like(batch.observed))
    logits = hospital.white_box()(batch)
    (gradient,) = torch.autograd.grad(logits[0, 1] - logits[0, 0], x)
    weights = EFFECTS[[effect.feature for effect in EFFECTS].index("lactate")].weights
    slope = (weights[4] - weights[3]) / (middles[1] - middles[0]) * measure.scale * COURSES["late"][10]
    assert float(gradient[0, 10, place]) == pytest.approx(slope, rel=1e-4)


def test_twelve_of_a_hundred_die_and_the_law_foretells_them():
    drawn = Hospital(n_sample=3000)(seed=1005)
    assert 0.1 < float(drawn.batch.label.double().mean()) < 0.14
    assert 0.85 < optimum(drawn) < 0.95


def test_labels_are_drawn_by_the_law(drawn):
    chance = drawn.batch["log_odds"].double().sigmoid()
    for low, high in ((0, 0.05), (0.05, 0.3), (0.3, 1)):
        some = (chance >= low) & (chance < high)
        error = float(chance[some].mean() * (1 - chance[some].mean()) / some.sum()) ** 0.5
        assert abs(float(drawn.batch.label[some].double().mean() - chance[some].mean())) < 4 * error


def test_a_block_is_the_same_drawn_alone_and_asking_for_more_adds_at_the_end(hospital, drawn):
    fewer = Hospital(n_sample=7, shortest=24)(seed=SEED)
    assert torch.equal(fewer.batch.x, drawn.batch.x[:7])
    blocks = list(hospital.blocks(seed=SEED))
    assert [len(block) for block in blocks] == [1000, 100]
    assert torch.equal(blocks[1].batch.x, drawn.batch.x[1000:])
    assert blocks[1].batch.ids.tolist() == drawn.batch.ids[1000:].tolist()


def test_blocks_differ(drawn):
    assert not torch.equal(drawn.batch.x[:100], drawn.batch.x[1000:])


def test_values_in_their_units_are_those_in_deviations():
    standard, plain = (Hospital(n_sample=20, standardised=yes)(seed=SEED).batch for yes in (True, False))
    normal, scale = (torch.tensor([getattr(one, name) for one in MEASURES]) for name in ("normal", "scale"))
    back = (standard.x * scale + normal).where(standard.observed, 0)
    assert torch.allclose(back, plain.x, atol=1e-3)
    assert torch.equal(standard.observed, plain.observed)
    assert not bool(standard.x[~standard.observed].any())


def test_inert_features_know_nothing_of_severity(drawn):
    severity = drawn.batch["severity"]
    for name in ("sodium", "diabp", "wbc", "glucose", "spo2"):
        seen = drawn.batch.observed[:, :, PLACE[name]]
        pair = torch.stack([drawn.batch.x[:, :, PLACE[name]][seen], severity[seen]])
        assert abs(float(torch.corrcoef(pair)[0, 1])) < 0.08


def test_urea_follows_creatinine_and_tells_of_death_but_adds_nothing(drawn):
    urea, creatinine = PLACE["bun"], PLACE["creatinine"]
    seen = drawn.batch.observed[:, :, urea] & drawn.batch.observed[:, :, creatinine]
    pair = torch.stack([drawn.batch.x[:, :, place][seen] for place in (urea, creatinine)])
    assert float(torch.corrcoef(pair)[0, 1]) > 0.6
    assert not bool(drawn.truth[:, :, urea].any())
    risk = drawn.batch["log_odds"][:, None].expand(seen.shape)
    assert float(torch.corrcoef(torch.stack([drawn.batch.x[:, :, urea][seen], risk[seen]]))[0, 1]) > 0.15


def test_glucose_raises_in_the_first_day_and_lowers_in_the_second(drawn):
    signs = drawn.sign[:, :, PLACE["glucose"]]
    assert signs[:, :24].unique().tolist() == [0, 1]
    assert signs[:, 24:].unique().tolist() == [-1, 0]


def test_the_sicker_are_measured_more_often(drawn):
    sick = drawn.batch["severity"] > 0.5
    well = (drawn.batch["severity"] < -0.5) & drawn.batch.exists
    panels = [PLACE[one.name] for one in MEASURES if PANELS[one.panel].sick]
    often = drawn.batch.observed[:, :, panels].double().mean(dim=2)
    assert float(often[sick].mean()) > 1.5 * float(often[well].mean())


def test_stays_are_of_unequal_length_where_that_is_asked(drawn):
    assert int(drawn.batch.lengths.min()) == 24
    assert int(drawn.batch.lengths.max()) == N_HOUR
    assert bool((Hospital(n_sample=5)(seed=SEED).batch.lengths == N_HOUR).all())


@pytest.mark.parametrize("settings", [{"n_sample": 0}, {"shortest": 2}, {"shortest": 49}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match="must be"):
        Hospital(**settings)


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed must be 0 or more"):
        Hospital(n_sample=1)(seed=-1)


def test_the_optimum_is_that_of_the_law(drawn):
    odds, died = drawn.batch["log_odds"].double(), drawn.batch.label == 1
    above = ((odds[died][:, None] > odds[~died]).double() + (odds[died][:, None] == odds[~died]).double() / 2).mean()
    assert optimum(drawn) == pytest.approx(float(above), abs=1e-6)
