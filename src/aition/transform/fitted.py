"""Components that are fitted to series of one length: principal and non-negative ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.extras import optional
from aition.transform.components import Components, check_gapless, check_series


@dataclass(frozen=True, eq=False)
class Principal:
    """Principal components of whole series, all features together; what they leave is the residual.

    Args:
        basis: Components, orthonormal, ``[component, time, feature]``.
        mean: The mean series, ``[time, feature]``.

    References:
        Singh et al., "Transformation importance with applications to cosmology", 2020, section 2.

    >>> from aition import from_tensors
    >>> fitted = Principal.fit(from_tensors(torch.rand(6, 4, 1)), n_component=4)
    >>> x = torch.rand(1, 4, 1)
    >>> torch.allclose(fitted.inverse(fitted.forward(x), n_time=4), x, atol=1e-5)
    True
    """

    basis: Tensor
    mean: Tensor

    def __post_init__(self) -> None:
        check_basis(self.basis)
        if self.mean.shape != self.basis.shape[1:]:
            raise InputError(f"mean must be {list(self.basis.shape[1:])}, but is {list(self.mean.shape)}")

    @classmethod
    def fit(cls, batch: Batch, n_component: int) -> "Principal":
        """The directions in which the series of a batch vary most, the largest loading of each positive.

        Raises:
            InputError: There are fewer series, or cells in them, than components; or series are padded.
            RefusalError: Values were not measured.
        """
        rows = whole_series(batch, n_component).double()
        mean = rows.mean(dim=0)
        _, _, directions = torch.linalg.svd(rows - mean, full_matrices=False)
        first = directions[:n_component]
        largest = first.gather(1, first.abs().argmax(dim=1, keepdim=True)).sign()
        shape = (batch.n_time, batch.n_feature)
        return cls((first * largest).unflatten(1, shape).to(batch.x), mean.unflatten(0, shape).to(batch.x))

    def forward(self, x: Tensor) -> Tensor:
        """From series to scores, ``[sample, component, 1]``."""
        check_fits(x, self.basis)
        return torch.einsum("ntf,ctf->nc", x - self.mean.to(x), self.basis.to(x)).unsqueeze(2)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From scores to series; without any, the mean."""
        ones = coefficients.new_ones(len(coefficients), 1, 1)
        return back(torch.cat([coefficients, ones], dim=1), torch.cat([self.basis, self.mean[None]]))

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component each."""
        check_length(n_time, n_feature, self.basis)
        n_component = len(self.basis)
        names = tuple(f"principal {place}" for place in range(1, n_component + 1))
        return Components(torch.arange(n_component), names, by_feature=False)


@dataclass(frozen=True, eq=False)
class NonNegative:
    """Non-negative components of non-negative series, all features together; what they leave is the residual.

    How much there is of each in a series is found by non-negative least squares; no gradient flows through that, and it
    is no linear function of the series.

    Args:
        basis: Components, none below 0, ``[component, time, feature]``.

    References:
        Lee and Seung, "Learning the parts of objects by non-negative matrix factorization", Nature 1999.
    """

    basis: Tensor

    def __post_init__(self) -> None:
        check_basis(self.basis)
        if bool((self.basis < 0).any()):
            raise InputError(f"basis must not be below 0, but its least is {float(self.basis.min()):g}")

    @classmethod
    def fit(cls, batch: Batch, n_component: int, *, seed: int = 0) -> "NonNegative":
        """Components of the series of a batch.

        Raises:
            InputError: There are values below 0, or fewer series or cells than components; or series are padded.
            RefusalError: Values were not measured.
        """
        rows = whole_series(batch, n_component)
        check_not_below(rows)
        model = package("sklearn.decomposition").NMF(n_component, random_state=seed, init="nndsvda", max_iter=2000)
        model.fit(rows.cpu().numpy())
        basis = torch.from_numpy(np.ascontiguousarray(model.components_))
        return cls(basis.unflatten(1, (batch.n_time, batch.n_feature)).to(batch.x))

    def forward(self, x: Tensor) -> Tensor:
        """From series to amounts, ``[sample, component, 1]``."""
        check_fits(x, self.basis)
        check_not_below(x)
        rows, basis = x.detach().flatten(1).double().cpu().numpy(), self.basis.flatten(1).double().cpu().numpy()
        solve = package("scipy.optimize").nnls
        amounts = np.stack([solve(basis.T, row)[0] for row in rows])
        return torch.from_numpy(amounts).to(x).unsqueeze(2)

    def inverse(self, coefficients: Tensor, *, n_time: int) -> Tensor:
        """From amounts to series."""
        return back(coefficients, self.basis)

    def components(self, n_time: int, n_feature: int) -> Components:
        """A component each."""
        check_length(n_time, n_feature, self.basis)
        n_component = len(self.basis)
        names = tuple(f"part {place}" for place in range(1, n_component + 1))
        return Components(torch.arange(n_component), names, by_feature=False, linear=False)


def back(coefficients: Tensor, basis: Tensor) -> Tensor:
    """Sums of the components, ``[sample, time, feature]``."""
    return torch.einsum("nc,ctf->ntf", coefficients[:, :, 0], basis.to(coefficients))


def whole_series(batch: Batch, n_component: int) -> Tensor:
    """Series in rows, ``[sample, time * feature]``; raises where they are padded, have gaps or are too few."""
    if not bool(batch.exists.all()):
        raise InputError("components are fitted to series of one length, but some are padded; crop them, or take bands")
    check_gapless(batch)
    rows = batch.x.flatten(1)
    if not 1 <= n_component <= min(rows.shape):
        raise InputError(f"n_component must be 1 to {min(rows.shape)}, of {len(rows)} series, but is {n_component}")
    return rows


def check_basis(basis: Tensor) -> None:
    """Raise unless a basis is ``[component, time, feature]``."""
    if basis.ndim != 3:
        raise InputError(f"basis must be [component time feature], but is {list(basis.shape)}")


def check_fits(x: Tensor, basis: Tensor) -> None:
    """Raise unless series have the shape that the components were fitted to."""
    check_series(x)
    check_length(x.shape[1], x.shape[2], basis)


def check_length(n_time: int, n_feature: int, basis: Tensor) -> None:
    """Raise unless series have the length and the features that the components were fitted to."""
    if (n_time, n_feature) != tuple(basis.shape[1:]):
        raise InputError(
            f"the components were fitted to series of {basis.shape[1]} steps and {basis.shape[2]} features, "
            f"but these have {n_time} and {n_feature}; crop them, fit anew, or take FourierBands"
        )


def check_not_below(values: Tensor) -> None:
    """Raise where a value is below 0."""
    if values.numel() and float(values.min()) < 0:
        raise InputError(
            f"non-negative components need values of 0 or more, but the least is {float(values.min()):g}; "
            "take Principal"
        )


def package(name: str) -> Any:
    """A package of the extra.

    Raises:
        MissingExtraError: It is not installed.
    """
    return optional(name, user="NonNegative", package=name, extra="transform")
