"""decompose(): what of a model's outputs is due to groups of cells."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from aition.core.batch import Batch
from aition.core.errors import InputError, RefusalError
from aition.core.freeze import as_found, random_state_kept
from aition.core.model import TorchModel
from aition.core.signals import signals, with_signals
from aition.impute.baseline import Baseline, ConstantBaseline, absence
from aition.methods.cd.parts import Course, Parts, factory_made, made, parts_among, totals
from aition.methods.cd.rules import dispatched
from aition.methods.cd.sets import SETS

ROWS = 3
"""Lanes are copied so often while an activation is split: before the others, after them, and what comes out."""
THREE_ROWS = 6
"""The same where it is split between three players."""
TOGETHER = 32
"""So many groups of a sample go through the network side by side at least, where memory allows."""

ROUND = "torch.vmap and torch.func, TorchScript, torch.tensor, DLPack, nested tensors and extensions in C"
"""What reads the memory of a tensor past its operations."""
OF_ALL = frozenset(vars(nn.Module()))
"""Attributes that every module has."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """What of the outputs is due to each group.

    Args:
        total: What the model answers, ``[sample, …]``.
        relevant: What is due to a group, ``[group, sample, …]``.
        constants: What is due to no cell: biases where the rule set keeps them apart, tokens and positions that the
            model has learned, and the baseline; ``[group, sample, …]``.
    """

    total: Tensor
    relevant: Tensor
    constants: Tensor

    @property
    def irrelevant(self) -> Tensor:
        """What is due to all other cells, ``[group, sample, …]``: the total less the two other parts."""
        return self.total - self.relevant - self.constants


def decompose(
    model: TorchModel,
    batch: Batch,
    membership: Tensor,
    *,
    rules: str = "acd",
    baseline: Baseline = ConstantBaseline(),  # noqa: B008 - frozen
    strict: bool = False,
) -> Decomposition:
    """Split a model's outputs between each group of cells, all other cells, and constants.

    The model runs in evaluation mode, and every operation hands the parts on; samples and groups go through together,
    as many as fit ``model.rows``. The model is left as it was found. Gradients flow to the weights and to ``batch.x``,
    so that a part can be penalised in training.

    Args:
        model: The network.
        batch: Samples.
        membership: Which cells of ``x`` belong to a group, ``[group, time, feature]`` or ``[group, sample, time,
            feature]``, bool; padding never does.
        rules: "acd", "cdt", "gcd", "murdoch" or "shapley"; see :class:`~aition.methods.cd.sets.RuleSet`.
        baseline: What stands for absence: ``x`` less this is split, and this itself is a constant.
        strict: Raise where an operation has no rule; else an even split of it stands in, with a warning.

    Raises:
        InputError: The membership does not fit.
        RefusalError: An operation can't be decomposed, or has no rule and ``strict`` is set.

    References:
        Murdoch, Liu and Yu, "Beyond word importance", ICLR 2018; Singh, Murdoch and Yu, "Hierarchical interpretations
        for neural network predictions", ICLR 2019; Jumelet, Zuidema and Hupkes, "Analysing neural language models:
        contextual decomposition reveals default reasoning", CoNLL 2019; Hsu et al., "Efficient automated circuit
        discovery in transformers using contextual decomposition", 2024.

    >>> from aition import TorchModel, from_tensors
    >>> model = TorchModel(torch.nn.Linear(2, 1), lambda module, batch: module(batch.x).tanh().sum(dim=1))
    >>> batch = from_tensors(torch.randn(3, 4, 2))
    >>> early = (torch.arange(4) < 2)[None, :, None].expand(1, 4, 2)
    >>> parts, others = (decompose(model, batch, some, rules="shapley") for some in (early, ~early))
    >>> torch.allclose(parts.irrelevant, others.relevant, atol=1e-6)
    True
    """
    return decompose_signals(model, batch, {"x": membership}, rules=rules, baseline=baseline, strict=strict)


def decompose_signals(
    model: TorchModel,
    batch: Batch,
    membership: Mapping[str, Tensor],
    *,
    rules: str = "acd",
    baseline: Baseline = ConstantBaseline(),  # noqa: B008 - frozen
    strict: bool = False,
    nested: int = 1,
) -> Decomposition:
    """:func:`decompose` of several signals, by name; cells of signals that are not named are constants.

    Args:
        model: The network.
        batch: Samples.
        membership: By signal, ``[group, sample or nothing, …]`` bool.
        rules: As there.
        baseline: As there.
        strict: As there.
        nested: Groups come in runs of so many, and the first of a run holds the others. Each of these is split off as
            if the rest of the first were absent from every operation. 1: each group faces all other cells.

    Raises:
        InputError: There is no such rule set, memberships do not fit, or the first of a run does not hold the others.
        RefusalError: As there.
    """
    if rules not in SETS:
        raise InputError(f"rules must be one of {', '.join(SETS)}, but is {rules!r}")
    members = {name: checked(name, value, batch) for name, value in membership.items()}
    counts = {len(value) for value in members.values()}
    if len(counts) != 1:
        raise InputError(f"membership of every signal must have as many groups, but has {sorted(counts)}")
    n_group = counts.pop()
    holder = torch.arange(n_group) // nested * nested
    if any(bool((value & ~value[holder]).any()) for value in members.values() if nested > 1):
        raise InputError(f"the first of each {nested} groups must hold all cells of the others, but one does not")
    copies = THREE_ROWS if "three" in (SETS[rules].kinked, SETS[rules].smooth) else ROWS
    lanes = max(1, model.rows // (copies * nested))
    n_sample = len(batch) if len(batch) <= lanes else max(1, lanes // min(TOGETHER, n_group // nested))
    size = nested * (lanes // max(1, n_sample))
    absent = absence(batch, baseline)
    fallen: dict[str, int] = {}
    found: list[list[Decomposition]] = []
    with evaluating(model):
        for at in range(0, max(1, len(batch)), max(1, n_sample)):
            rows = slice(at, at + n_sample)
            piece = batch if n_sample >= len(batch) else batch.take(range(len(batch))[rows])
            start = {name: value[rows] for name, value in absent.items()}
            found.append([])
            for first in range(0, n_group, size):
                some = {name: value[first : first + size] for name, value in members.items()}
                some = {name: value[:, rows] if value.shape[1] > 1 else value for name, value in some.items()}
                here = torch.arange(min(size, n_group - first), device=batch.x.device)
                within = here // nested * nested if nested > 1 else here[:0]
                course = Course(SETS[rules], dispatched, len(here), strict, fallen, within)
                found[-1].append(decomposed(model, split_batch(piece, some, start, course), course))
    return Decomposition(
        torch.cat([passes[0].total for passes in found]),
        torch.cat([torch.cat([one.relevant for one in passes]) for passes in found], dim=1),
        torch.cat([torch.cat([one.constants for one in passes]) for passes in found], dim=1),
    )


def decomposed(model: TorchModel, batch: Batch, course: Course) -> Decomposition:
    """One pass of a batch whose signals are parts."""
    with Factories(course):
        outputs: Any = model(batch)
    if not isinstance(outputs, Parts):
        raise RefusalError(
            "the outputs do not depend on the batch by operations on tensors, so they can't be decomposed; a model of "
            f"ids needs embedding=, the name of its embedding, and numpy or .item() in the forward function cut the "
            f"way, as do {ROUND}"
        )
    if bool(outputs.total.isnan().any()) and not bool(model(whole(batch)).isnan().any()):
        raise RefusalError(
            f"a value went round the operations that are decomposed; {ROUND} do, so write these with functions of "
            "torch on whole batches"
        )
    shape = (course.n_group, *outputs.total.shape)
    constants = outputs.constant if len(outputs.constant) else outputs.total.new_zeros((1, *outputs.total.shape))
    return Decomposition(outputs.total, outputs.relevant, constants.expand(shape))


def whole(batch: Batch) -> Batch:
    """The batch with totals in place of parts."""
    return with_signals(batch, {name: totals(signal.value) for name, signal in signals(batch).items()})


def split_batch(batch: Batch, members: Mapping[str, Tensor], absent: Mapping[str, Tensor], course: Course) -> Batch:
    """The batch with parts in place of its signals."""
    values: dict[str, Tensor] = {}
    for name, signal in signals(batch).items():
        if name not in members:
            continue
        start = torch.where(signal.exists, absent[name], signal.value)
        way = torch.where(members[name], (signal.value - start).unsqueeze(0), signal.value.new_zeros(()))
        constant = start.unsqueeze(0) if bool((start != 0).any()) else start.unsqueeze(0)[:0]
        values[name] = made(signal.value, way, constant, course)
    return with_signals(batch, values)


def checked(name: str, membership: Tensor, batch: Batch) -> Tensor:
    """A membership with an axis for samples, without padding.

    Raises:
        InputError: It is of another shape or type.
    """
    parts = signals(batch)
    if name not in parts:
        raise InputError(f"the batch has no signal {name!r}; it has {', '.join(parts)}")
    signal = parts[name]
    shape = signal.value.shape
    came = f"{membership.dtype} {list(membership.shape)}"
    if membership.dtype != torch.bool or not membership.numel():
        raise InputError(f"membership must be bool with one group or more, but is {came}")
    if membership.ndim == len(shape):
        membership = membership.unsqueeze(1)
    if membership.shape[2:] != shape[1:] or membership.shape[1] not in (1, shape[0]):
        sizes = ", ".join(f"{axis}={size}" for axis, size in zip(signal.axes[1:], shape[1:], strict=True))
        raise InputError(f"membership must be [group, {sizes}] or [group, sample={shape[0]}, {sizes}], but is {came}")
    return membership.to(signal.value.device) & signal.exists


class Factories(TorchFunctionMode):
    """While active, tensors of zeros, ones and the like, and copies, that a model makes may take parts."""

    MAKERS = frozenset(
        (
            *(torch.zeros, torch.ones, torch.empty, torch.full, torch.eye, torch.clone, Tensor.clone),
            *(torch.zeros_like, torch.ones_like, torch.empty_like, torch.full_like),
            *(Tensor.new_zeros, Tensor.new_ones, Tensor.new_empty, Tensor.new_full),
        )
    )

    def __init__(self, course: Course) -> None:
        super().__init__()
        self.course = course

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        return factory_made(found, self.course) if func in self.MAKERS and not isinstance(found, Parts) else found


@contextmanager
def evaluating(model: TorchModel) -> Iterator[None]:
    """Evaluation mode, uncompiled; modes, attributes, random state and settings of torch are put back.

    Lists and dicts of a module into which it put parts are as they were. torch's short cut of whole encoder layers is
    off, for it goes round their operations.
    """
    compiler: Any = torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()
    held: list[Any] = [
        value
        for part in model.module.modules()
        for name, value in vars(part).items()
        if isinstance(value, list | dict) and name not in OF_ALL
    ]
    before = [copy(value) for value in held]
    shortcut = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with random_state_kept(), as_found(model.module), compiler:
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(shortcut)
        for value, old in zip(held, before, strict=True):
            if parts_among(value):
                value.clear()
                (value.update if isinstance(value, dict) else value.extend)(old)
