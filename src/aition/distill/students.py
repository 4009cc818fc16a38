"""Small models: what a distillation ends in, fitted to a table of wavelet maxima and written as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

from aition.core.errors import InputError, ModelError
from aition.distill.tensors import check_tensor
from aition.distill.trees import TreeSum, growers, grown

PENALTIES = torch.logspace(-4, 4, 33, dtype=torch.float64)
"""Those that ridge regression tries, in units of a sample."""


@runtime_checkable
class Small(Protocol):
    """A fitted small model: a few tensors."""

    kind: ClassVar[str]

    def __call__(self, read: Tensor) -> Tensor:
        """Values ``[sample]``, or logits of classes ``[sample, class]``, of ``[sample, read]``."""

    def describe(self, names: Sequence[str]) -> str:
        """In words and numbers."""

    def tensors(self) -> dict[str, Tensor]:
        """What it is made of, by name."""


@runtime_checkable
class Student(Protocol):
    """What fits a small model: a frozen dataclass of settings."""

    def check(self, answer: Tensor) -> None:
        """Raise unless it can be fitted to answers ``[sample]``; asked before the wavelet is fitted."""

    def __call__(self, read: Tensor, answer: Tensor) -> Small:
        """Fit to ``[sample, read]`` and answers ``[sample]``, values (floating) or classes (whole)."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A weighted sum of deviations.

    Args:
        mean: Of what is read, ``[read]``.
        scale: What a deviation of 1 is, ``[read]``.
        weight: ``[read, output]``.
        bias: ``[output]``.

    Raises:
        ModelError: They do not fit one another, or are not finite.
    """

    kind: ClassVar[str] = "linear"
    mean: Tensor
    scale: Tensor
    weight: Tensor
    bias: Tensor

    def __post_init__(self) -> None:
        check_tensor("weight", self.weight, (-1, -1), whole=False)
        n_read, n_output = self.weight.shape
        for name, size in (("mean", n_read), ("scale", n_read), ("bias", n_output)):
            check_tensor(name, getattr(self, name), (size,), whole=False)
        if not (n_output and bool((self.scale > 0).all())):
            raise ModelError("a linear model must have an answer, and its scale be above 0")

    def __call__(self, read: Tensor) -> Tensor:
        """Values ``[sample]``, or logits ``[sample, class]`` where there are several outputs."""
        sums = ((read.double() - self.mean) / self.scale) @ self.weight + self.bias
        return sums[:, 0] if sums.shape[1] == 1 else sums

    def describe(self, names: Sequence[str]) -> str:
        """Each output as a sum, the largest weights first."""
        lines = []
        for output in range(self.weight.shape[1]):
            what = "answer" if self.weight.shape[1] == 1 else f"logit of class {output}"
            lines.append(f"{what} = {float(self.bias[output]):.4g}")
            for place in self.weight[:, output].abs().argsort(descending=True, stable=True).tolist():
                shift = f"({names[place]} - {float(self.mean[place]):.4g}) / {float(self.scale[place]):.4g}"
                lines.append(f"  {float(self.weight[place, output]):+.4g} × {shift}")
        return "\n".join(lines)

    def tensors(self) -> dict[str, Tensor]:
        return {"mean": self.mean, "scale": self.scale, "weight": self.weight, "bias": self.bias}


@dataclass(frozen=True)
class Ridge:
    """Ridge regression of a value on what is read, in deviations.

    Args:
        penalty: Of the squared weights, in units of a sample; 0: the one with the least error left out, in closed form.

    References:
        Golub, Heath and Wahba, "Generalized cross-validation as a method for choosing a good ridge parameter",
        Technometrics 21, 1979; here each sample is left out by itself (Allen's PRESS).
    """

    penalty: float = 0.0

    def __post_init__(self) -> None:
        if not self.penalty >= 0:
            raise InputError(f"penalty must be 0 or more, but is {self.penalty}")

    def check(self, answer: Tensor) -> None:
        """Raise unless the answers are values.

        Raises:
            InputError: They are classes.
        """
        if not answer.is_floating_point():
            raise InputError("ridge regression needs values to fit, but the answers are classes; take Logistic()")

    def __call__(self, read: Tensor, answer: Tensor) -> Linear:
        """Fit.

        Raises:
            InputError: The answers are classes.
        """
        self.check(answer)
        mean, scale, table = standardised(read)
        target = answer.double()
        middle = target.mean()
        left, sizes, right = torch.linalg.svd(table, full_matrices=False)
        shares = left.T @ (target - middle)
        penalties = torch.tensor([self.penalty], dtype=torch.float64) if self.penalty else PENALTIES * len(table)
        kept = sizes**2 / (sizes**2 + penalties[:, None])
        errors = target - middle - (kept * shares) @ left.T
        pull = kept @ (left**2).T + 1 / len(table)
        best = (errors / (1 - pull).clamp(min=1e-9)).square().mean(dim=1).argmin()
        weight = right.T @ (shares * sizes / (sizes**2 + penalties[best]))
        return Linear(mean, scale, weight[:, None], middle[None])


@dataclass(frozen=True)
class Logistic:
    """Logistic regression of classes on what is read, in deviations.

    Args:
        penalty: Of half the squared weights, in units of a sample's cross-entropy; above 0.
    """

    classes: ClassVar[bool] = True
    penalty: float = 1.0

    def __post_init__(self) -> None:
        if not self.penalty > 0:
            raise InputError(f"penalty must be above 0, but is {self.penalty}")

    def check(self, answer: Tensor) -> None:
        """Raise unless the answers are two classes or more."""
        check_classes(answer)

    def __call__(self, read: Tensor, answer: Tensor) -> Linear:
        """Fit.

        Raises:
            InputError: The answers are values, or of one class only.
        """
        n_class = check_classes(answer)
        mean, scale, table = standardised(read)
        weight = torch.zeros(table.shape[1], n_class, dtype=torch.float64, requires_grad=True)
        bias = torch.zeros(n_class, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([weight, bias], max_iter=500, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            optimizer.zero_grad()
            cost = torch.nn.functional.cross_entropy(table @ weight + bias, answer, reduction="sum")
            cost = (cost + self.penalty / 2 * weight.square().sum()) / len(table)
            cost.backward()
            return cost

        with torch.enable_grad():
            optimizer.step(closure)
        return Linear(mean, scale, weight.detach(), bias.detach())


@dataclass(frozen=True)
class Rules:
    """A sum of small trees, grown greedily by imodels (FIGS): rules that can be read.

    Args:
        n_rule: Splits in all trees together, at most.
        classes: Whether classes are fitted where a teacher is asked; labels say it themselves.

    References:
        Tan, Singh, Nasseri, Agarwal and Yu, "Fast interpretable greedy-tree sums", 2022.
    """

    n_rule: int = 8
    classes: bool = False

    def __post_init__(self) -> None:
        if self.n_rule < 1:
            raise InputError(f"n_rule must be 1 or more, but is {self.n_rule}")

    def check(self, answer: Tensor) -> None:
        """Raise unless the answers are values, or two classes or more, and imodels is there."""
        growers()
        if not answer.is_floating_point():
            check_classes(answer)

    def __call__(self, read: Tensor, answer: Tensor) -> TreeSum:
        """Fit.

        Raises:
            InputError: The answers are of one class only.
            MissingExtraError: imodels is not installed.
        """
        self.check(answer)
        return grown(read, answer, n_rule=self.n_rule)


def standardised(read: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Means, deviations (1 for constants) and the table in them, float64."""
    table = read.double()
    mean = table.mean(dim=0)
    scale = (table - mean).square().mean(dim=0).sqrt()
    scale = torch.where(scale > 1e-12 * (1 + mean.abs()), scale, 1.0)
    return mean, scale, (table - mean) / scale


def check_classes(answer: Tensor) -> int:
    """How many classes there are.

    Raises:
        InputError: The answers are values, unknown, or of one class only.
    """
    if answer.is_floating_point():
        raise InputError("logistic regression needs classes to fit, but the answers are values; take Ridge()")
    if int(answer.min()) < 0:
        raise InputError("every sample must have a class to fit to, but some have none (-1); leave them out: take()")
    if int(answer.max()) == int(answer.min()):
        raise InputError(f"two classes or more are needed, but all samples are of class {int(answer.max())}")
    return int(answer.max()) + 1
