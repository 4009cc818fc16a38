"""Fitting a wavelet: exact at every step, found from random starts, blind to order."""

from dataclasses import replace

import pytest
import pywt
import torch
from torch import Tensor

from aition import Target, TorchModel, from_tensors
from aition.core.errors import InputError, RefusalError
from aition.distill import AdaptiveWavelet, Bands, FixedWavelet, distill
from aition.distill.bands import Grid, settled
from aition.distill.distilled import asked
from aition.distill.wavelet import descent, losses
from aition.transform.lattice import filter_distance, lattice_angles, lattice_filter
from stand_ins.planted_wavelet import QUICK, noise, teacher

DB2 = torch.tensor(pywt.Wavelet("db2").rec_lo, dtype=torch.float64)
SCALAR = Target.scalar()


def prepared() -> tuple[Grid, Tensor, Tensor]:
    batch = noise()
    grid = settled(Bands(levels=3), batch, 4)
    return grid, grid.values(batch), grid.placed(asked(teacher(), batch, SCALAR)[0], batch)


def test_reconstruction_is_exact_at_every_step():
    grid, values, slopes = prepared()
    angles = 6 * torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
    worst = []
    for found, _ in descent(AdaptiveWavelet(), grid, angles, values, slopes, steps=25):
        lowpass = lattice_filter(found)
        worst.append(float((grid.restored(grid.coefficients(values, lowpass), lowpass) - values).abs().max()))
    assert len(worst) == 25
    assert max(worst) < 1e-5


@pytest.mark.parametrize("kind", ["times-input", "gradient"])
def test_a_planted_wavelet_is_found_from_random_starts(kind):
    found = distill(teacher(), noise(), SCALAR, wavelet=replace(QUICK, kind=kind), bands=Bands(levels=3))
    assert filter_distance(found.lowpass, DB2) < 0.01


def test_without_attributions_the_teacher_does_not_matter():
    blind = replace(QUICK, sparsity=1.0, attribution=0.0, steps=3, polish=3)
    one = distill(teacher(), noise(), SCALAR, wavelet=blind, bands=Bands(levels=3))
    other = distill(TorchModel(torch.nn.Linear(1, 1), total), noise(), SCALAR, wavelet=blind, bands=Bands(levels=3))
    assert torch.equal(one.lowpass, other.lowpass)


def test_the_planted_wavelet_has_the_least_loss_of_known_ones():
    grid, values, slopes = prepared()
    filters = [torch.tensor(pywt.Wavelet(name).rec_lo, dtype=torch.float64) for name in ("db2", "haar", "coif1")]
    filters = [torch.nn.functional.pad(one, ((6 - len(one)) // 2,) * 2) for one in filters]
    angles = torch.stack([lattice_angles(one) for one in filters]).float()
    assert int(losses(AdaptiveWavelet(length=6), grid, angles, values, slopes).argmin()) == 0


@pytest.mark.parametrize("kind", ["times-input", "gradient"])
def test_the_loss_is_that_of_a_literal_teacher_of_coefficients(kind):
    grid, values, _ = prepared()
    angles = torch.tensor([[0.7]])
    lowpass = lattice_filter(angles)
    own = [part.detach().requires_grad_() for part in grid.coefficients(values, lowpass)]
    said = teacher().module(grid.restored(own, lowpass)[0].transpose(1, 2))
    slopes = torch.autograd.grad(said.sum(), own)
    times = kind == "times-input"
    data = sum(float(part.detach().abs().sum()) for part in own)
    read = sum(
        float((slope * part.detach() if times else slope).abs().sum()) for slope, part in zip(slopes, own, strict=True)
    )
    plain = asked(teacher(), noise(), SCALAR)[0]
    unit = (plain * noise().x if times else plain).flatten(1).norm(dim=1).sum()
    wanted = 0.3 * data / float(values.flatten(1).norm(dim=1).sum()) + 0.7 * read / float(unit)
    settings = AdaptiveWavelet(length=4, kind=kind, sparsity=0.3, attribution=0.7)
    found = losses(settings, grid, angles, values, grid.placed(plain, noise()))
    assert abs(float(found[0]) - wanted) < 1e-4


def test_the_order_of_samples_changes_nothing():
    quick = replace(QUICK, polish=3)
    order = torch.randperm(64, generator=torch.Generator().manual_seed(5))
    one, other = (
        distill(teacher(), batch, SCALAR, wavelet=quick, bands=Bands(levels=3))
        for batch in (noise(), noise().take(order))
    )
    assert torch.allclose(one.lowpass, other.lowpass, atol=1e-5)


def test_the_same_seed_gives_the_same_wavelet():
    one, other = (distill(teacher(), noise(), SCALAR, wavelet=replace(QUICK, polish=3)) for _ in range(2))
    assert torch.equal(one.lowpass, other.lowpass)


def test_a_fixed_wavelet_is_taken_as_it_is():
    found = distill(teacher(), noise(), SCALAR, wavelet=FixedWavelet("db2"))
    assert torch.allclose(found.lowpass.double(), DB2)


def test_descents_go_on_by_quarters():
    assert AdaptiveWavelet().rungs == (128, 32, 8)
    assert AdaptiveWavelet(starts=5, finalists=8).rungs == (5,)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"length": 5}, "length must be even"),
        ({"sparsity": 0.0, "attribution": 0.0}, "not both 0"),
        ({"kind": "shap"}, "kind must be"),
        ({"starts": 0}, "1 or more"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        AdaptiveWavelet(**settings)


@pytest.mark.parametrize(("name", "words"), [("bior2.2", "orthogonal"), ("db99", "no discrete wavelet")])
def test_wavelets_that_are_not_orthogonal_are_refused(name, words):
    with pytest.raises(InputError, match=words):
        distill(teacher(), noise(), SCALAR, wavelet=FixedWavelet(name))


def test_a_teacher_without_gradient_is_refused():
    with pytest.raises(RefusalError, match="gradient is 0"):
        distill(TorchModel(torch.nn.Linear(1, 1), nothing), from_tensors(noise().x, label=noise().label), SCALAR)


def total(module, batch):
    return module(batch.x).sum(dim=1)


def nothing(module, batch):
    return 0 * module(batch.x).sum(dim=1)


def first_step(module, batch):
    return module(batch.x[:, 0])


def test_a_teacher_that_reads_only_zeros_is_refused_and_told_of_gradients():
    x = noise().x.clone()
    x[:, 0] = 0
    batch = from_tensors(x, label=noise().label)
    model = TorchModel(torch.nn.Linear(1, 1), first_step)
    with pytest.raises(RefusalError, match=r"input times gradient is 0 .*kind='gradient'"):
        distill(model, batch, SCALAR, wavelet=QUICK, bands=Bands(levels=3))
    found = distill(model, batch, SCALAR, wavelet=replace(QUICK, kind="gradient", polish=3), bands=Bands(levels=3))
    assert bool(torch.isfinite(found.lowpass).all())
