"""A model of coefficients in place of series: what the explainer inside is given."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch, Field
from aition.core.model import FunctionModel, Model, TorchModel
from aition.transform import Components, Transform

ROW = "trim_row"
"""The field that says to which series a row of coefficients belongs."""


@dataclass(frozen=True, eq=False)
class Domain:
    """Series of one place and length in the domain of a transform.

    Args:
        transform: Which.
        start: First step of every series.
        length: Their steps.
        coefficients: ``[sample, coefficient, column]``.
        residual: What does not come back, ``[sample, length, feature]``.
        components: Of this length.
    """

    transform: Transform
    start: int
    length: int
    coefficients: Tensor
    residual: Tensor
    components: Components

    @property
    def of(self) -> Tensor:
        """The component of each coefficient, where the coefficients are."""
        return self.components.of.to(self.coefficients.device)

    def summed(self, value: Tensor) -> Tensor:
        """Sums over the explained coefficients of each component, ``[sample, component, column]``."""
        of = self.of[self.of >= 0]
        return value.new_zeros(len(value), len(self.components), value.shape[2]).index_add(1, of, value)

    def absent(self, value: Tensor) -> Tensor:
        """NaN where a component has no coefficient in series of this length."""
        count = torch.bincount(self.of[self.of >= 0], minlength=len(self.components))
        return value.masked_fill((count == 0)[None, :, None], torch.nan)

    def series(self, given: Tensor, rows: Tensor, *, together: bool) -> Tensor:
        """Series from what the explainer inside made of coefficients or shares, ``[row, length, feature]``."""
        whole = self.coefficients[rows]
        free = self.of >= 0
        if together:
            share = given[:, self.of.clamp(min=0)]
            given = torch.where(free[:, None], whole * share, whole)
        elif not bool(free.all()):
            place = torch.cumsum(free, dim=0) - 1
            given = torch.where(free[:, None], given[:, place.clamp(min=0)], whole)
        series = self.transform.inverse(given, n_time=self.length)
        # Some rules of decomposition share out what is added as a bias; in a sum along an axis it stays a constant.
        return torch.stack([series, self.residual[rows]]).sum(dim=0)


def domain_of(transform: Transform, batch: Batch, start: int, length: int) -> Domain:
    """Series that all begin at ``start`` and have ``length`` steps, in the domain of a transform."""
    with torch.no_grad():
        x = batch.x[:, start : start + length].detach()
        coefficients = transform.forward(x)
        residual = x - transform.inverse(coefficients, n_time=length)
    return Domain(transform, start, length, coefficients, residual, transform.components(length, batch.n_feature))


def presented(batch: Batch, domain: Domain, *, together: bool) -> Batch:
    """The samples as the explainer inside sees them: coefficients, or shares of components, in place of steps."""
    x = domain.coefficients[:, domain.of >= 0]
    if together:
        x = x.new_ones(len(x), len(domain.components), x.shape[2])
    everywhere = torch.ones(x.shape, dtype=torch.bool, device=x.device)
    by_feature = domain.components.by_feature
    row = torch.arange(len(x), device=x.device)
    return replace(
        batch,
        x=x,
        exists=everywhere[:, :, 0],
        observed=everywhere,
        times=torch.arange(x.shape[1], dtype=batch.times.dtype, device=x.device).expand(len(x), -1),
        label=batch.label if batch.label.ndim == 1 else batch.label[:, 0],
        fields={ROW: Field(row, "context", ("sample",))},
        feature_names=batch.feature_names if by_feature else tuple(f"c{place}" for place in range(x.shape[2])),
        time_unit="step",
        units=(),
        steps=(),
    )


def rebuilding(model: Model, batch: Batch, domain: Domain, *, together: bool) -> Model:
    """The model behind the inverse transform: it says of coefficients what the model says of their series."""

    def given(inner: Batch) -> Batch:
        rows = inner[ROW]
        x = batch.x[rows]
        series = domain.series(inner.x, rows, together=together)
        stop = domain.start + domain.length
        whole = torch.cat([x[:, : domain.start], series, x[:, stop:]], dim=1)
        return batch.take(rows).with_x(whole).with_static(inner.static)

    if isinstance(model, TorchModel):
        outer = model

        def forward(_module: nn.Module, inner: Batch) -> Any:
            return outer.said(given(inner))

        return TorchModel(model.module, forward, axes=model.axes, head=model.head, rows=model.rows)
    black = model
    return FunctionModel(
        lambda inner: black(given(inner)), axes=model.axes, rows=model.rows, device=model.device, dtype=model.dtype
    )
