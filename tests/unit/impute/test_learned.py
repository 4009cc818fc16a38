"""Learned imputers: they begin as a Gaussian law, and learn what it can't say."""

import copy
import sys
from dataclasses import replace

import pytest
import torch

from aition.core.assemble import from_tensors
from aition.core.batch import Batch
from aition.core.errors import InputError, MissingExtraError
from aition.impute.autoencoder import AutoencoderImputer, Coder
from aition.impute.flow import FlowImputer, Splines
from aition.impute.gaussian import GaussianImputer
from aition.impute.imputer import Imputer, first_draws, imputed
from aition.impute.learned import Course
from stand_ins.imputers import fitted, series

SMALL = Splines(2, 3, 8, (1,))
BOTH = pytest.mark.parametrize("make", [FlowImputer, AutoencoderImputer])
EACH = pytest.mark.parametrize(
    ("make", "shape"),
    [(FlowImputer, Splines(2, 4, 16, (1,))), (AutoencoderImputer, Coder(2, 16, (1,)))],
    ids=["flow", "autoencoder"],
)


def signed(n_sample: int) -> Batch:
    """Two steps about 2 or about -2, mostly both the same."""
    numbers = torch.Generator().manual_seed(0)
    sign = torch.where(torch.rand(n_sample, 1, generator=numbers) < 0.5, 2.0, -2.0)
    turn = torch.where(torch.rand(n_sample, 1, generator=numbers) < 0.1, -1.0, 1.0)
    x = torch.cat([sign, sign * turn], dim=1) + 0.5 * torch.randn(n_sample, 2, generator=numbers)
    return from_tensors(x[:, :, None])


def draws_given(imputer: Imputer, value: float) -> torch.Tensor:
    """Draws of the second step given the first."""
    batch = from_tensors(torch.tensor([[[value], [0.0]]]))
    return imputed(imputer, batch, torch.tensor([[[True], [False]]]), first_draws(batch, 2000))[0, :, 1, 0]


@EACH
def test_it_begins_as_a_gaussian_law(make, shape):
    start = make.fit(series(40, seed=1, gaps=0.0), shape=shape, course=Course(epochs=1, rate=1e-12))
    scale = start.learned.deviation.flatten()
    law = GaussianImputer(start.learned.centre, start.learned.correlation * scale * scale[:, None])
    batch = series(2, seed=2)
    kept = torch.tensor([True, False, False]).expand(batch.x.shape)
    drawn, other = (imputed(one, batch, kept, first_draws(batch, 1000))[:, :, :, 1] for one in (start, law))
    error = other.std(dim=1) / 1000**0.5
    there = batch.observed[:, :, 1]
    assert bool(((drawn.mean(dim=1) - other.mean(dim=1)).abs() < 5.5 * error)[there].all())
    assert torch.allclose(drawn.std(dim=1)[there], other.std(dim=1)[there], rtol=0.15)


@pytest.mark.parametrize("name", ["flow", "autoencoder"])
def test_networks_that_strayed_are_no_gaussian_law_any_more(name):
    imputer, batch = fitted(name), series(3, seed=2)
    law = replace(imputer, learned=replace(imputer.learned, weights=torch.zeros_like(imputer.learned.weights)))
    drawn, other = (imputed(one, batch, ~batch.cells, first_draws(batch, 2)) for one in (imputer, law))
    assert float((drawn - other)[..., 0].abs().max()) > 0.1


def test_what_has_two_humps_is_drawn_with_two():
    imputer = FlowImputer.fit(signed(300), shape=Splines(2, 6, 16, (1,)), course=Course(epochs=12, rate=1e-2))
    drawn = draws_given(imputer, 2.0)
    assert float((drawn < 0).double().mean()) == pytest.approx(0.1, abs=0.06)
    assert float((drawn.abs() < 0.7).double().mean()) < 0.1


def test_a_bent_line_is_learned_though_its_cells_hardly_correlate():
    first, error = torch.randn(2, 400, 1, 1, generator=torch.Generator().manual_seed(0))
    batch = from_tensors(torch.cat([first, first.square() - 1 + 0.4 * error], dim=1))
    imputer = AutoencoderImputer.fit(batch, shape=Coder(2, 16, (1,)), course=Course(epochs=15, rate=3e-2))
    assert abs(float(imputer.learned.correlation[0, 1])) < 0.3
    low, middle, high = (float(draws_given(imputer, given).mean()) for given in (-1.5, 0.0, 1.5))
    assert min(low, high) - middle > 0.7


def test_the_density_of_a_flow_is_that_of_its_draws():
    network = copy.deepcopy(fitted("flow").learned.network(fitted("flow").shape)).double()
    numbers = torch.Generator().manual_seed(0)
    white, seen = (torch.randn(1, 18, generator=numbers, dtype=torch.float64) for _ in range(2))
    lost = torch.rand(1, 18, generator=numbers) < 0.6
    places = lost[0].nonzero()[:, 0]

    def made(cells: torch.Tensor) -> torch.Tensor:
        whole = torch.zeros_like(white).index_copy(1, places, cells[None])
        return network.innovation(whole, lost, seen, white[:, :0])[0]

    value, slope = made(white[0, places]), torch.autograd.functional.jacobian(made, white[0, places])[places]
    expected = white[0, places].square().sum() / 2 + torch.linalg.slogdet(slope).logabsdet
    assert float(slope.diagonal().sub(1).abs().max()) > 0.05
    assert float(network.loss(value[None], lost, seen, white[:, :0])[0]) == pytest.approx(float(expected), abs=1e-6)


@BOTH
def test_the_order_of_the_background_changes_nothing(make):
    background = series(20)
    one, other = (
        make.fit(data, course=Course(epochs=2)).learned for data in (background, background.take(range(19, -1, -1)))
    )
    assert torch.allclose(one.weights, other.weights, atol=1e-4)


@BOTH
def test_the_global_generator_is_left_as_it_was(make):
    before = torch.get_rng_state()
    make.fit(series(20), course=Course(epochs=1))
    assert torch.equal(torch.get_rng_state(), before)


@BOTH
def test_too_few_series_are_refused(make):
    with pytest.raises(InputError, match="10 series or more"):
        make.fit(series(9))


def test_weights_of_another_shape_are_refused():
    imputer = replace(fitted("flow"), shape=replace(SMALL, channels=9))
    batch = series(2)
    with pytest.raises(InputError, match="weights must be"):
        imputed(imputer, batch, batch.cells, first_draws(batch, 1))


@pytest.mark.parametrize(("make", "setting"), [(Splines, "bins"), (Coder, "latent"), (Course, "epochs")])
def test_settings_out_of_range_are_refused(make, setting):
    with pytest.raises(InputError, match="or more"):
        make(**{setting: 0})


def test_where_zuko_is_missing_its_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zuko.transforms", None)
    with pytest.raises(MissingExtraError, match=r"aition\[impute\]"):
        FlowImputer.fit(series(20))
