"""Baselines: values that stand for the absence of a signal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.core.signals import signals, with_signals

Baseline = Callable[[Batch], Batch]
"""From samples to the same samples with all that is explained absent: values, static values and signal fields."""


@dataclass(frozen=True)
class ConstantBaseline:
    """One value everywhere, in every signal.

    Args:
        value: In units of the signals; 0 is the mean of standardised ones.

    References:
        Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017, section 3.

    >>> from aition.core.assemble import from_tensors
    >>> ConstantBaseline(2.0)(from_tensors(torch.zeros(1, 2, 1))).x.tolist()
    [[[2.0], [2.0]]]
    """

    value: float = 0.0

    def __call__(self, batch: Batch) -> Batch:
        return with_signals(
            batch, {name: torch.full_like(signal.value, self.value) for name, signal in signals(batch).items()}
        )


@dataclass(frozen=True)
class FeatureBaseline:
    """One value for each feature, static column and channel of a further signal, the same for all samples and steps.

    Args:
        x: One a feature, in units of ``x``.
        static: One a static column, in its units.
        fields: By name of a further signal, one for each place of its last axis, or one alone.

    >>> from aition.core.assemble import from_tensors
    >>> FeatureBaseline.mean_of(from_tensors(torch.tensor([[1.0, 2.0, float("nan")]]), layout="sample time"))
    FeatureBaseline(x=(1.5,), static=(), fields={})
    """

    x: tuple[float, ...]
    static: tuple[float, ...] = ()
    fields: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @classmethod
    def mean_of(cls, background: Batch) -> "FeatureBaseline":
        """Means over a background: of ``x`` over what was observed, of the others over what exists."""
        means = {}
        for name, signal in signals(background).items():
            counted = (background.observed if name == "x" else signal.exists.expand(signal.value.shape)).cpu()
            value = signal.value.cpu().double()
            along = [i for i, axis in enumerate(signal.axes) if i + 1 < len(signal.axes) or axis in ("sample", "time")]
            count = counted.sum(dim=along).clamp(min=1)
            means[name] = tuple(((value * counted).sum(dim=along) / count).reshape(-1).tolist())
        return cls(means.pop("x"), means.pop("static", ()), means)

    def __call__(self, batch: Batch) -> Batch:
        given = {"x": self.x, "static": self.static, **self.fields}
        values = {}
        for name, signal in signals(batch).items():
            size = signal.value.shape[-1]
            if len(given.get(name, ())) not in (1, size):
                raise InputError(
                    f"the baseline of {name} must be {size} values, but is {list(given.get(name, ()))}; "
                    "take FeatureBaseline.mean_of(background)"
                )
            values[name] = signal.value.new_tensor(given[name]).expand(signal.value.shape)
        return with_signals(batch, values)


def absence(batch: Batch, baseline: Baseline) -> dict[str, Tensor]:
    """Every signal when it is absent: the baseline where a step exists, and in the padding what stands there anyway.

    A cell that was not observed holds a fill value and is treated as any other: its baseline is the baseline's.

    Raises:
        InputError: The baseline answers no Batch, or one of another shape or with NaN or Inf.
    """
    stand_in = baseline(batch)
    if not isinstance(stand_in, Batch):
        raise InputError(
            f"baseline must answer a Batch, but answered {type(stand_in).__name__}; such as ConstantBaseline(0.0), "
            "or lambda batch: batch.with_x(…)"
        )
    absent, values = signals(stand_in), {}
    for name, signal in signals(batch).items():
        if name not in absent or absent[name].value.shape != signal.value.shape:
            came = list(absent[name].value.shape) if name in absent else "missing"
            raise InputError(f"the baseline of {name} must be {list(signal.value.shape)}, but is {came}")
        value = torch.where(signal.exists, absent[name].value.to(signal.value), signal.value)
        if not bool(torch.isfinite(value).all()):
            raise InputError(f"the baseline of {name} must be finite, but holds NaN or Inf")
        values[name] = value
    return values


def check_baseline(baseline: Baseline) -> None:
    """Raise unless a setting can be called as a baseline."""
    if isinstance(baseline, type) or not callable(baseline):
        came = f"the class {baseline.__name__}" if isinstance(baseline, type) else repr(baseline)
        if hasattr(baseline, "draw") and not isinstance(baseline, type):
            came = f"the imputer {type(baseline).__name__}, which occlusion, games, hierarchies and removal curves take"
        raise InputError(
            f"baseline must be a function from Batch to Batch, such as ConstantBaseline(0.0), but is {came}"
        )
