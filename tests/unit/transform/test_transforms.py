"""Transforms bring series back, keep energy where their basis is orthonormal, and say where components lie."""

import json

import numpy as np
import pytest
import torch

from aition import from_series, from_tensors
from aition.core.errors import InputError
from aition.core.provenance import settings_of
from aition.transform import (
    Components,
    FieldBands,
    Fourier,
    FourierBands,
    Grouped,
    LearnedWavelets,
    NonNegative,
    Principal,
    SeasonalTrend,
    ShortTime,
    Stl,
    Transform,
    Wavelets,
    parts,
    recovered,
)
from aition.transform.lattice import lattice_filter

LEARNED = lattice_filter(torch.tensor([0.3, -0.7]))
ANY_LENGTH = {
    "fourier": Fourier(),
    "bands": FourierBands(),
    "short time": ShortTime(),
    "short frames": ShortTime(4, (0.25,)),
    "db2": Wavelets("db2"),
    "each": Wavelets("sym4", 2, each=True),
    "biorthogonal": Wavelets("bior2.2", 2),
    "learned": LearnedWavelets(LEARNED),
    "trend": SeasonalTrend(4),
    "field": FieldBands(),
    "grouped": Grouped(FourierBands((0.25,)), {"low": (0,)}),
}
KEEPS_ENERGY = ("fourier", "bands", "short time", "short frames", "db2", "each", "learned", "field")


def drawn(n_time: int, *, n_feature: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.randn(3, n_time, n_feature, generator=torch.Generator().manual_seed(seed))


FITTED = {
    "principal": Principal.fit(from_tensors(drawn(6, seed=1), layout="sample time feature"), 2),
    "non-negative": NonNegative.fit(from_tensors(drawn(6, seed=1).abs(), layout="sample time feature"), 2),
}
ALL = ANY_LENGTH | FITTED | {"stl": Stl(3)}


def fitting(name: str) -> torch.Tensor:
    return drawn(6).abs() if name == "non-negative" else drawn(6)


@pytest.mark.parametrize("n_time", [1, 2, 3, 7, 16, 33])
@pytest.mark.parametrize("name", ANY_LENGTH)
def test_series_of_any_length_come_back(name: str, n_time: int):
    x = drawn(n_time)
    back, residual = recovered(ANY_LENGTH[name], x)
    torch.testing.assert_close(back, x, rtol=0, atol=1e-5)
    assert float(residual.abs().max()) <= 1e-5


@pytest.mark.parametrize("name", ALL)
def test_parts_and_rest_add_up_to_the_series_by_another_sum(name: str):
    x = fitting(name)
    split = parts(ALL[name], x)
    coefficients = ALL[name].forward(x)
    kept = split.components.of >= 0
    whole = ALL[name].inverse(coefficients * kept[:, None], n_time=6)
    nothing = ALL[name].inverse(torch.zeros_like(coefficients), n_time=6)
    torch.testing.assert_close(split.value.sum(dim=0), whole - nothing, rtol=0, atol=1e-5)
    torch.testing.assert_close(split.value.sum(dim=0) + split.rest, x, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", KEEPS_ENERGY)
def test_squares_of_coefficients_add_up_to_those_of_the_values(name: str):
    x = drawn(16)
    squares = ANY_LENGTH[name].forward(x).square().sum(dim=(1, 2))
    torch.testing.assert_close(squares, x.square().sum(dim=(1, 2)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in ALL if name != "non-negative"])
def test_a_transform_that_says_so_is_affine(name: str):
    transform = ALL[name]
    assert transform.components(6, 2).linear
    one, other = drawn(6, seed=2), drawn(6, seed=3)
    nothing = transform.forward(torch.zeros_like(one))
    both = transform.forward(2 * one - 3 * other) - nothing
    apart = 2 * (transform.forward(one) - nothing) - 3 * (transform.forward(other) - nothing)
    torch.testing.assert_close(both, apart, rtol=0, atol=2e-5)


def test_non_negative_parts_are_no_linear_function():
    assert not FITTED["non-negative"].components(6, 2).linear


@pytest.mark.parametrize("name", ALL)
def test_gradients_flow_back_through_the_inverse(name: str):
    coefficients = ALL[name].forward(fitting(name)).requires_grad_()
    ALL[name].inverse(coefficients, n_time=6).square().sum().backward()
    assert coefficients.grad is not None
    assert float(coefficients.grad.abs().sum()) > 0


def test_gradients_flow_to_a_learned_filter():
    lowpass = LEARNED.clone().requires_grad_()
    LearnedWavelets(lowpass).forward(drawn(8)).abs().sum().backward()
    assert lowpass.grad is not None
    assert float(lowpass.grad.abs().min()) > 0


@pytest.mark.parametrize("name", ALL)
def test_every_coefficient_has_a_place_among_the_components(name: str):
    found = ALL[name].components(6, 2)
    assert found.of.shape == (ALL[name].forward(fitting(name)).shape[1],)
    assert int(found.of.max()) < len(found)
    assert isinstance(ALL[name], Transform)
    json.dumps(settings_of(ALL[name]))


@pytest.mark.parametrize("n_time", [9, 10])
def test_a_wave_lies_in_its_frequency_alone(n_time: int):
    step = torch.arange(n_time)
    x = torch.cos(2 * torch.pi * 3 * step / n_time + 0.4)[None, :, None]
    found = Fourier().components(n_time, 1)
    energy = torch.zeros(len(found)).index_add(0, found.of, Fourier().forward(x)[0, :, 0].square())
    assert found.low[3] == pytest.approx(3 / n_time)
    assert float(energy[3] / energy.sum()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("n_time", [7, 8])
def test_the_real_basis_is_that_of_cosines_and_sines(n_time: int):
    x = drawn(n_time)
    step = torch.arange(n_time, dtype=torch.float64)
    rows = [torch.full((n_time,), n_time**-0.5, dtype=torch.float64)]
    for k in range(1, (n_time + 1) // 2):
        angle = 2 * torch.pi * k * step / n_time
        rows += [(2 / n_time) ** 0.5 * angle.cos(), -((2 / n_time) ** 0.5) * angle.sin()]
    if n_time % 2 == 0:
        rows.append((-1.0) ** step / n_time**0.5)
    literal = torch.einsum("ct,ntf->ncf", torch.stack(rows), x.double())
    torch.testing.assert_close(Fourier().forward(x).double(), literal, rtol=0, atol=1e-5)


def test_frames_are_those_of_a_literal_loop():
    frames = ShortTime(4, (0.25,))
    x = drawn(5, n_feature=1)
    wide = np.concatenate([np.zeros(2), x[0, :, 0].double().numpy(), np.zeros(5)])
    sine = np.sin(np.pi * (np.arange(4) + 0.5) / 4)
    for frame in range(frames.n_frame(5)):
        spectrum = np.fft.rfft(wide[2 * frame : 2 * frame + 4] * sine, norm="ortho")
        literal = [spectrum[0].real, 2**0.5 * spectrum[1].real, 2**0.5 * spectrum[1].imag, spectrum[2].real]
        np.testing.assert_allclose(frames.forward(x)[0, 4 * frame : 4 * frame + 4, 0], literal, atol=1e-6)


def test_a_click_lies_in_the_frames_around_it():
    x = torch.zeros(1, 32, 1)
    x[0, 20] = 1
    frames = ShortTime(8, (0.25,))
    found = frames.components(32, 1)
    energy = torch.zeros(len(found)).index_add(0, found.of, frames.forward(x)[0, :, 0].square())
    for place in range(len(found)):
        assert (float(energy[place]) > 1e-12) == (found.first[place] <= 20 < found.last[place])


@pytest.mark.peers
@pytest.mark.parametrize(("name", "n_time"), [("haar", 16), ("db3", 64), ("sym4", 64), ("bior2.2", 57), ("db2", 37)])
def test_wavelets_are_those_of_pywavelets(name: str, n_time: int):
    import pywt

    x = drawn(n_time, n_feature=1)
    theirs = pywt.wavedec(x[0, :, 0].double().numpy(), name, mode="periodization", level=2)
    np.testing.assert_allclose(Wavelets(name, 2).forward(x)[0, :, 0], np.concatenate(theirs), atol=1e-5)


@pytest.mark.peers
def test_learned_wavelets_with_the_filter_of_a_known_one_are_it():
    import pywt

    x = drawn(24)
    learned = LearnedWavelets(torch.tensor(pywt.Wavelet("db3").rec_lo), 2)
    torch.testing.assert_close(learned.forward(x), Wavelets("db3", 2).forward(x), rtol=0, atol=1e-5)


@pytest.mark.peers
def test_principal_components_are_those_of_scikit_learn():
    from sklearn.decomposition import PCA

    x = torch.randn(40, 5, 2, generator=torch.Generator().manual_seed(4)) * torch.linspace(1, 2, 10).reshape(5, 2)
    fitted = Principal.fit(from_tensors(x, layout="sample time feature"), 3)
    peer = PCA(3, svd_solver="full").fit(x.flatten(1).double().numpy())
    theirs = np.abs(peer.transform(x.flatten(1).double().numpy()))
    np.testing.assert_allclose(fitted.forward(x)[:, :, 0].abs(), theirs, atol=1e-4)


def test_amounts_of_non_negative_parts_are_found_again():
    basis = torch.rand(2, 4, 1, generator=torch.Generator().manual_seed(0))
    amounts = torch.tensor([[1.0, 0.5], [0.0, 2.0]])
    x = torch.einsum("nc,ctf->ntf", amounts, basis)
    torch.testing.assert_close(NonNegative(basis).forward(x)[:, :, 0], amounts, rtol=0, atol=1e-3)


@pytest.mark.peers
def test_stl_is_that_of_statsmodels():
    from statsmodels.tsa.seasonal import STL

    x = drawn(24, n_feature=1)
    theirs = STL(x[1, :, 0].double().numpy(), period=6).fit()
    np.testing.assert_allclose(Stl(6).forward(x)[1, :24, 0], theirs.trend, atol=1e-5)
    np.testing.assert_allclose(Stl(6).forward(x)[1, 24:48, 0], theirs.seasonal, atol=1e-5)


def test_a_line_is_trend_and_a_saw_is_season_far_from_the_ends():
    step = torch.arange(30.0)
    saw = (step % 3) - 1
    trend, season, rest = SeasonalTrend(3).forward((step + saw)[None, :, None])[0, :, 0].reshape(3, 30)
    torch.testing.assert_close(trend[1:-1], step[1:-1], rtol=0, atol=1e-5)
    torch.testing.assert_close(season, saw, rtol=0, atol=0.1)
    assert float(rest[3:-3].abs().max()) < 0.1


def test_a_plane_wave_of_a_field_lies_in_the_ring_of_its_length():
    row, column = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    x = torch.cos(2 * torch.pi * (3 * row - 4 * column) / 16 + 0.3)[None]
    rings = FieldBands((0.3, 0.32))
    energy = torch.zeros(3).index_add(0, rings.components(16, 16).of, rings.forward(x)[0, :, 0].square())
    torch.testing.assert_close(energy / energy.sum(), torch.tensor([0.0, 1.0, 0.0]), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "transform",
    [ShortTime(8), Fourier(), Wavelets("haar", 3, each=True), FourierBands((0.12341, 0.12342, 0.12343))],
)
def test_no_two_components_have_the_same_name(transform):
    names = transform.components(20_001, 1).names
    assert len(set(names)) == len(names)


def test_components_of_the_same_name_are_refused():
    with pytest.raises(InputError, match="two are 'low'"):
        Components(torch.arange(2), ("low", "low"))


def test_bands_have_the_same_names_at_any_length():
    assert FourierBands().components(5, 1).names == FourierBands().components(64, 1).names


def test_components_of_no_group_are_part_of_the_rest():
    x = drawn(8)
    low = parts(Grouped(FourierBands((0.25,)), {"low": (0,)}), x)
    torch.testing.assert_close(low.rest, parts(FourierBands((0.25,)), x).value[1], rtol=0, atol=1e-6)


def test_the_mean_of_principal_components_is_part_of_the_rest():
    fitted = FITTED["principal"]
    mean = fitted.mean.expand(2, -1, -1)
    split = parts(fitted, mean)
    torch.testing.assert_close(split.rest, mean, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FourierBands((0.3, 0.1)), "edges must rise between 0 and 0.5"),
        (lambda: FourierBands((0.5,)), "edges must rise"),
        (lambda: ShortTime(5), "window must be an even number"),
        (lambda: Wavelets("nonsense"), "family must be a discrete wavelet"),
        (lambda: Wavelets("db2", 0), "levels must be 1 or more"),
        (lambda: LearnedWavelets(torch.ones(3)), "an even number of them"),
        (lambda: SeasonalTrend(1), "period must be 2 steps or more"),
        (lambda: SeasonalTrend(4, window=4), "window must be an odd number"),
        (lambda: Stl(8).forward(drawn(9)), "at least two periods of 8 steps, but a series has 9"),
        (lambda: Grouped(Fourier(), {"a": (0,), "b": (0,)}), "each once"),
        (lambda: Grouped(Fourier(), {"a": (9,)}).components(6, 1), "hold components 0 to 3"),
        (lambda: Fourier().forward(torch.ones(3, 4)), r"\[sample time feature\]"),
        (lambda: NonNegative(-torch.ones(1, 2, 1)), "must not be below 0"),
        (lambda: FITTED["non-negative"].forward(drawn(6)), "values of 0 or more"),
        (lambda: FITTED["principal"].forward(drawn(7)), "fitted to series of 6 steps and 2 features"),
        (lambda: Principal.fit(from_series([torch.ones(2, 1), torch.ones(3, 1)]), 1), "some are padded"),
        (lambda: Principal.fit(from_tensors(drawn(6), layout="sample time feature"), 4), "n_component must be 1 to 3"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    import sys

    from aition.core.errors import MissingExtraError
    from aition.transform import wavelets

    monkeypatch.setitem(sys.modules, "pywt", None)
    wavelets.bank_of.cache_clear()
    with pytest.raises(MissingExtraError, match=r"aition\[transform\]"):
        Wavelets("db2")
    monkeypatch.undo()
    wavelets.bank_of.cache_clear()
