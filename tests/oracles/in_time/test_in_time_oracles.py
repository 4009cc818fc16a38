"""FIT and WinIT against slow versions written from their papers: sample by sample, cell by cell, draw by draw."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aition import Batch, Target, TorchModel, explain, from_series
from aition.impute import GaussianImputer, imputed
from aition.methods import Fit, WinIt

N_DRAW = 2
WEIGHT = torch.tensor([[1.0, -0.5], [0.3, 1.0], [-1.0, 0.4]], dtype=torch.float64)
LENGTHS = (4, 1, 3)


def after(x: Tensor) -> Tensor:
    """Log-probabilities of three classes after the last of these steps, in which older steps fade."""
    fading = 0.5 ** torch.arange(len(x) - 1, -1, -1, dtype=torch.float64)
    return ((fading[:, None] * x.double().tanh()).sum(dim=0) @ WEIGHT.T).log_softmax(dim=0)


def running(module: nn.Module, batch: Batch) -> Tensor:
    """The same at every step, ``[sample, time, class]``."""
    outputs = torch.zeros(len(batch), batch.n_time, 3, dtype=torch.float64)
    for sample, start in enumerate(batch.start.tolist()):
        for step in range(int(batch.lengths[sample])):
            outputs[sample, start + step] = after(batch.x[sample, start : start + step + 1])
    return outputs


def once(module: nn.Module, batch: Batch) -> Tensor:
    """What is said after the last existing step, ``[sample, class]``."""
    return torch.stack([after(x[there]) for x, there in zip(batch.x, batch.exists, strict=True)])


def made() -> tuple[GaussianImputer, Batch]:
    generator = torch.Generator().manual_seed(3)
    walks = torch.randn(40, 5, 2, generator=generator, dtype=torch.float64).cumsum(dim=1)
    background = from_series(list(walks))
    return GaussianImputer.fit(background), from_series([walks[row, :size] for row, size in enumerate(LENGTHS)])


def drawn(imputer: GaussianImputer, batch: Batch, sample: int, kept: Tensor, draw: int) -> Tensor:
    """One series with what is not kept drawn anew, ``[step, feature]``."""
    one = batch.take([sample])
    mask = torch.zeros_like(one.observed)
    mask[0, : len(kept)] = kept
    series = imputed(imputer, one, mask, torch.tensor([[draw]]))[0, 0]
    return series[: int(one.lengths[0])]


def divergence(one: Tensor, other: Tensor) -> Tensor:
    return sum(one[c].exp() * (one[c] - other[c]) for c in range(3))


def difference(one: Tensor, other: Tensor) -> Tensor:
    return sum((one[c].exp() - other[c].exp()).abs() for c in range(3)) / 2


def fit_of(imputer: GaussianImputer, batch: Batch, *, said: bool, told: bool) -> np.ndarray:
    """Tonekaboni et al. 2020, section 3."""
    found = np.full((len(LENGTHS), max(LENGTHS), 2), np.nan)
    for sample, length in enumerate(LENGTHS):
        x = batch.x[sample, :length]
        for t in range(length):
            now = after(x[: t + 1])
            past = torch.zeros(length, 2, dtype=torch.bool)
            past[:t] = True
            if said and t:
                shift = divergence(now, after(x[:t]))
            else:
                draws = [drawn(imputer, batch, sample, past, draw)[: t + 1] for draw in range(N_DRAW)]
                shift = sum(divergence(now, after(series)) for series in draws) / N_DRAW
            for d in range(2):
                left = 0.0
                for draw in range(N_DRAW):
                    kept = past.clone()
                    kept[t, d] = told
                    series = drawn(imputer, batch, sample, kept, draw)[: t + 1].clone()
                    series[t, d] = x[t, d]
                    left += divergence(now, after(series)) / N_DRAW
                found[sample, t, d] = shift - left
    return found


def win_it_of(imputer: GaussianImputer, batch: Batch, *, window: int, total: str) -> np.ndarray:
    """Leung et al. 2023, section 3."""
    found = np.full((len(LENGTHS), max(LENGTHS), 2), np.nan)
    for sample, length in enumerate(LENGTHS):
        x = batch.x[sample, :length]

        def lost(t: int, last: int, d: int, x: Tensor = x, sample: int = sample, length: int = length) -> Tensor:
            kept = torch.zeros(length, 2, dtype=torch.bool)
            kept[:t] = True
            whole, apart = after(x[: last + 1]), 0.0
            for draw in range(N_DRAW):
                series = x.clone()
                series[t : last + 1, d] = drawn(imputer, batch, sample, kept, draw)[t : last + 1, d]
                apart += difference(whole, after(series[: last + 1])) / N_DRAW
            return apart

        for t in range(length):
            for d in range(2):
                ends = range(t, min(t + window, length))
                counts = [float(lost(t, end, d) - (lost(t + 1, end, d) if end > t else 0.0)) for end in ends]
                pick = {"mean": np.mean, "max": max, "absmax": lambda all_: max(all_, key=abs)}[total]
                found[sample, t, d] = pick(counts)
    return found


@pytest.mark.parametrize(
    ("forward", "target"), [(running, Target.whole("time", "class")), (once, Target.whole("class"))]
)
@pytest.mark.parametrize(("said", "told"), [(False, False), (True, True)])
def test_fit_is_what_a_cell_brings_to_the_shift_of_its_step(forward, target, said, told):
    imputer, batch = made()
    how = Fit(imputer, before="said" if said else "drawn", told=told, signed=said, n_draw=N_DRAW)
    model = TorchModel(nn.Identity(), forward, head="none")
    answer = explain(how, model, batch, target, progress="off")
    expected = fit_of(imputer, batch, said=said, told=told)
    assert (expected < 0).any()
    expected = expected if said else np.maximum(expected, 0)
    np.testing.assert_allclose(answer["attribution"].values, expected, atol=1e-9, rtol=0)


@pytest.mark.parametrize(
    ("forward", "target"), [(running, Target.whole("time", "class")), (once, Target.whole("class"))]
)
@pytest.mark.parametrize(("window", "total"), [(1, "mean"), (3, "absmax"), (9, "max")])
def test_win_it_is_what_a_cell_counts_beyond_later_ones(forward, target, window, total):
    imputer, batch = made()
    how = WinIt(imputer, window=window, total=total, n_draw=N_DRAW)
    model = TorchModel(nn.Identity(), forward, head="none")
    answer = explain(how, model, batch, target, progress="off")
    expected = win_it_of(imputer, batch, window=window, total=total)
    np.testing.assert_allclose(answer["attribution"].values, expected, atol=1e-9, rtol=0)
