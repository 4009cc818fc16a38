"""TRIM: any explainer, asked about the components of a transform in place of the steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.events import is_events
from aition.core.model import Model
from aition.core.question import Question
from aition.core.variables import Variables
from aition.methods.trim.domain import Domain, domain_of, presented, rebuilding
from aition.methods.trim.spread import coordinates, over_steps, strength
from aition.transform import Components, FourierBands, Transform
from aition.transform.components import check_gapless


class Inside(Protocol):
    """Any explainer, ours or another package's."""

    def __call__(self, model: Model, batch: Batch, question: Question) -> Mapping[str, tuple[tuple[str, ...], Tensor]]:
        """Variables by name, each with its axes."""


@dataclass(frozen=True)
class Trim:
    """Attribute to the components of a transform, such as bands of frequencies, by any explainer.

    The explainer inside is asked about ``s`` in ``s -> f(inverse(s) + r)``, where ``r``, what the transform does not
    bring back of a series, is held fixed; as ``r`` makes ``f`` see the series itself, nothing of the model is lost. Its
    baselines are of coefficients: 0 means that a component is absent. Padding takes no part: series of unequal lengths
    are transformed by length, and their components must have the same names. Static values are explained as by the
    explainer inside; further inputs are held fixed.

    Args:
        explainer: Any explainer with its settings.
        transform: Of :mod:`aition.transform`.
        together: The explainer inside sees one cell a component, 1 as it stands and 0 if it is absent, so that what
            takes cells away takes away a whole band, and contextual decomposition has a band as its group; else it sees
            the coefficients, and what it says of them is added up.
        n_time: Length of all series, in steps, where they have one: then ``basis`` is answered too.

    Returns:
        ``attribution_component``, ``[sample, component, feature]`` (``[sample, component]`` where a component is of all
        features), in units of the target; NaN where a series has no such component. ``value_component``, likewise: the
        norm of its coefficients. With ``n_time`` and at most two coefficients a component that is the coefficient
        itself, or both as one complex number, and ``basis``, ``[component, time]``, is what one of each is in time:
        parts are real parts of value times basis. Of components with frequencies
        ``component_low`` and ``component_high``, ``[component]``, in cycles per step; of those with a place
        ``component_first`` and ``component_last``, in steps.
        ``attribution``, ``[sample, time, feature]``: where the components lie, each spread over the steps (and
        features, where it is of all) by the squares of its part, so that sums stay. What else the explainer inside
        answers for cells lies along ``coefficient``, or ``component`` where they are seen together.

    Raises:
        InputError: Series of unequal lengths have other components, or the transform does not fit them.
        RefusalError: The data are events, which have no transform; or values were not measured: a transform would take
            what fills the gaps for the series.

    References:
        Singh, Ha, Lanusse, Boehm, Liu and Yu, "Transformation importance with applications to cosmology", 2020,
        section 2.

    >>> from aition import Target, TorchModel, explain, from_tensors
    >>> from aition.methods import InputXGradient
    >>> model = TorchModel(torch.nn.Linear(1, 1, bias=False), lambda module, batch: module(batch.x.mean(dim=1)))
    >>> answer = explain(Trim(InputXGradient()), model, from_tensors(torch.rand(1, 32, 1)), Target.scalar())
    >>> abs(float(answer.attribution_component[0, 0, 0] - answer.score[0])) < 1e-5
    True
    """

    # A series is put together from all its coefficients, whose sums may cancel: 1.05e-6 of small outputs in single
    # precision, 1e-15 in double.
    rounding: ClassVar[float] = 2e-6

    explainer: Inside
    transform: Transform = field(default_factory=FourierBands)
    together: bool = False
    n_time: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.explainer, type) or not callable(self.explainer):
            raise InputError(f"explainer must be an explainer with its settings, but is {self.explainer!r}")
        if isinstance(self.transform, type) or not isinstance(self.transform, Transform):
            raise InputError(
                f"transform must be one of aition.transform, such as FourierBands(), but is {self.transform!r}"
            )
        if self.n_time < 0:
            raise InputError(f"n_time must be steps, or 0 for any number, but is {self.n_time}")

    @property
    def seed(self) -> int:
        """Of the explainer inside."""
        return int(getattr(self.explainer, "seed", 0))

    @property
    def one_chunk(self) -> bool:
        """Whether the explainer inside needs all samples together."""
        return bool(getattr(self.explainer, "one_chunk", False))

    @property
    def exempt(self) -> dict[str, str]:
        """Checks of steps that components can't pass; see :func:`aition.testing.check_explainer`."""
        spread = "a component lies in many steps, so what it counts for can't be told apart between them"
        return {**getattr(self.explainer, "exempt", {}), "planted-cells-are-found": spread}

    @property
    def notes(self) -> dict[str, str]:
        """What the components are, for those who show them."""
        return {"component_name": "frequency", "component_unit": "cycles per step"}

    def rows_per_sample(self, batch: Batch) -> int:
        """As many as the explainer inside needs for one series of coefficients."""
        check_data(batch)
        self.settled(batch)
        need = getattr(self.explainer, "rows_per_sample", None)
        if need is None:
            return 1
        longest = batch.take([int(batch.lengths.argmax())])
        domain = domain_of(self.transform, longest, int(longest.start[0]), int(longest.lengths[0]))
        return int(need(presented(longest, domain, together=self.together)))

    def labels(self, batch: Batch) -> Mapping[str, tuple[Any, ...]]:
        """Names of the components, or their frequencies where each is a single one."""
        check_data(batch)
        return {"component": self.settled(batch).labels}

    def settled(self, batch: Batch) -> Components:
        """The components of the longest series, which those of all others must begin.

        Raises:
            InputError: Series of unequal lengths have components of other names, or another length than ``n_time``.
        """
        lengths = sorted(set(batch.lengths.tolist()))
        if self.n_time and lengths != [self.n_time]:
            raise InputError(f"series must have n_time={self.n_time} steps, but have {lengths}; leave n_time out")
        found = [self.transform.components(length, batch.n_feature) for length in lengths]
        longest = found[-1]
        for length, one in zip(lengths, found, strict=True):
            if one.names != longest.names[: len(one)]:
                raise InputError(
                    f"series of {length} and of {lengths[-1]} steps have other components; take bands, which are the "
                    "same for any length, such as FourierBands()"
                )
        return longest

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        check_data(batch)
        found = self.settled(batch)
        spans = sorted(set(zip(batch.start.tolist(), batch.lengths.tolist(), strict=True)))
        pieces = []
        for start, length in spans:
            rows = ((batch.start == start) & (batch.lengths == length)).nonzero()[:, 0]
            one = batch.take(rows)
            domain = domain_of(self.transform, one, start, length)
            inner = presented(one, domain, together=self.together)
            behind = rebuilding(model, one, domain, together=self.together)
            answer = self.explainer(behind, inner, question.take(rows))
            pieces.append((rows, self.in_components(answer, one, domain)))
        whole = placed(pieces, len(batch))
        return whole | coordinates(self.transform, found, batch, n_time=self.n_time)

    def in_components(self, answer: Any, batch: Batch, domain: Domain) -> Variables:
        """What the explainer inside answered, along components and back along steps."""
        along = "component" if self.together else "coefficient"
        renamed: Variables = {}
        for name, (axes, tensor) in answer.items():
            if name == "attribution":
                continue
            if name == "hit_rate":
                tensor = torch.full_like(tensor, torch.nan)
            sized = domain.coefficients.shape[2] if "feature" in axes else 0
            if sized == 1 and not domain.components.by_feature:
                tensor, axes = tensor.squeeze(axes.index("feature")), tuple(a for a in axes if a != "feature")
            renamed[name] = (tuple(along if axis == "time" else axis for axis in axes), tensor)
        value = answer["attribution"][1]
        summed = value if self.together else domain.summed(value)
        axes = ("sample", "component", "feature")
        by_feature = domain.components.by_feature
        amount = strength(domain, fixed=bool(self.n_time))
        shaped = {"attribution_component": domain.absent(summed), "value_component": domain.absent(amount)}
        if not by_feature:
            axes, shaped = axes[:2], {name: tensor[:, :, 0] for name, tensor in shaped.items()}
        steps = over_steps(self.transform, summed, batch, domain)
        return {
            "attribution": (("sample", "time", "feature"), steps),
            **{name: (axes, tensor) for name, tensor in shaped.items()},
            **renamed,
        }


def check_data(batch: Batch) -> None:
    """Raise unless samples are series with a value at every step."""
    if is_events(batch):
        raise RefusalError("Trim needs series with a value at every step, but the batch is a list of events")
    check_gapless(batch)


def placed(pieces: list[tuple[Tensor, Variables]], n_sample: int) -> Variables:
    """Answers for some samples each put in place, axes that are shorter for some filled with NaN (-1, False).

    What is not of samples is the same for all, up to the length of its axes: the longest is kept.
    """
    whole: Variables = {}
    for name, (axes, first) in pieces[0][1].items():
        tensors = [piece[name][1] for _, piece in pieces]
        if axes[:1] != ("sample",):
            whole[name] = (axes, max(tensors, key=torch.numel))
            continue
        shape = [n_sample, *(max(tensor.shape[place] for tensor in tensors) for place in range(1, first.ndim))]
        broken = first.is_floating_point() or first.is_complex()
        fill: Any = torch.nan if broken else False if first.dtype == torch.bool else -1
        out = torch.full(shape, fill, dtype=first.dtype, device=first.device)
        for (rows, _), tensor in zip(pieces, tensors, strict=True):
            inside: tuple[Any, ...] = (rows.to(out.device), *(slice(0, size) for size in tensor.shape[1:]))
            out[inside] = tensor
        whole[name] = (axes, out)
    return whole
