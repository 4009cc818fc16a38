"""Judges: real series look real, noise and a mean do not."""

import pytest
import torch

from aition.dream.judges import JUDGES, Spectra, Timing, looks_real, percentiles, standing
from aition.dream.judges.features import Kernels


def waves(n: int, *, seed: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    step = torch.arange(48) / 48
    turn = torch.rand(n, 1, 1, generator=random)
    speed = 2 + 0.3 * torch.randn(n, 1, 1, generator=random)
    wave = torch.sin(2 * torch.pi * (speed * step[None, :, None] + turn))
    return wave + 0.2 * torch.randn(n, 48, 1, generator=random)


SEEN, HELD = waves(120, seed=0), waves(120, seed=1)


@pytest.mark.parametrize("judge", JUDGES, ids=lambda one: one.name)
def test_other_real_series_are_no_stranger_than_those_held_out(judge):
    found = percentiles(judge, SEEN, HELD, waves(200, seed=2))
    # The mean of 200 percentiles among 120 others has a standard error of 3.3.
    assert abs(float(found.mean()) - 50) < 12
    assert 0.85 < float(((found >= 5) & (found <= 95)).float().mean()) < 0.95 + 0.05


@pytest.mark.parametrize("judge", JUDGES, ids=lambda one: one.name)
def test_noise_is_stranger_than_any_real_series(judge):
    noise = torch.randn(20, 48, 1, generator=torch.Generator().manual_seed(3))
    assert bool((percentiles(judge, SEEN, HELD, noise) > 99).all())


def test_a_series_without_any_noise_does_not_look_real():
    step = torch.arange(48) / 48
    clean = torch.sin(2 * torch.pi * 2 * step)[None, :, None]
    found = {judge.name: percentiles(judge, SEEN, HELD, clean) for judge in JUDGES}
    assert not bool(looks_real(found)[0])


def test_only_one_judge_minds_when_waves_come():
    bump = torch.exp(-0.5 * ((torch.arange(48) - 12.0) / 2) ** 2)[None, :, None]
    random = torch.Generator().manual_seed(4)
    seen, held, early = (bump + 0.1 * torch.randn(n, 48, 1, generator=random) for n in (120, 120, 20))
    late = early.roll(20, dims=1)
    for judge in JUDGES:
        strange = (percentiles(judge, seen, held, late) > 99).float().mean()
        assert float(strange) == 1.0 if isinstance(judge, Timing) else float(strange) < 0.3, judge.name


def test_a_kernel_answers_as_a_literal_loop_does():
    series = waves(2, seed=5)
    kernels = Kernels.fit(SEEN, n_kernel=12, seed=1)
    found = kernels(series)
    for number in range(12):
        step = int(kernels.dilation[number])
        said = torch.zeros(2, 48)
        for time in range(48):
            for place in range(9):
                at = time + (place - 4) * step
                if 0 <= at < 48:
                    said[:, time] += kernels.weight[number, place] * series[:, at, int(kernels.feature[number])]
        assert torch.allclose(found[:, 12 + number], said.amax(dim=1), atol=1e-4)
        share = (said > kernels.bias[number]).float().mean(dim=1)
        assert torch.allclose(found[:, number], share, atol=1 / 48 + 1e-6)


def test_asked_together_judges_say_what_each_says_alone():
    real, dreams = torch.cat([SEEN[:60], HELD[:60]]), waves(5, seed=6)
    seen, held = torch.arange(60), torch.arange(60, 120)
    found = standing(JUDGES, real, seen=seen, held=held, dreams=dreams)
    for judge in JUDGES:
        assert torch.equal(found.dreams[judge.name], percentiles(judge, real[seen], real[held], dreams))
        assert torch.equal(found.real[judge.name][seen], percentiles(judge, real[held], real[seen], real[seen]))
    assert [part.shape for part in (found.dream_projection, found.real_projection, found.share)] == [
        (5, 2),
        (120, 2),
        (2,),
    ]


def test_every_real_series_has_a_percentile_and_they_are_spread_evenly():
    found = standing(JUDGES, SEEN, seen=torch.arange(60), held=torch.arange(60, 120), dreams=SEEN[:1]).real
    for each in found.values():
        for half in each.split(60):
            assert torch.allclose(half.sort().values, 100 * (torch.arange(60) + 0.5) / 60, atol=1.7)  # ties count half


def test_without_a_judge_of_features_there_is_no_projection():
    found = standing((Spectra(),), SEEN, seen=torch.arange(60), held=torch.arange(60, 120), dreams=SEEN[:2])
    assert found.dream_projection.numel() == found.share.numel() == 0
