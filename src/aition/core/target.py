"""Target: the question that is asked of a model's outputs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from aition.core.axes import described
from aition.core.batch import Batch
from aition.core.errors import TargetError
from aition.core.question import Question

Choice = int | str
WORDS = ("predicted", "true", "last", "whole", "runner-up")
WHOLE = -1


@dataclass(frozen=True)
class Target:
    """Which of a model's outputs is to be explained: one choice for each output axis.

    Args:
        at: Pairs of an axis and a choice: an index from 0 (along ``time`` counted from the first existing step), or
            "predicted" (the largest), "true" (the label), "last" (the last existing step, on axis ``time``), "whole"
            (all along this axis). Axes of size 1 need no choice.
        versus: Pairs that differ from ``at`` in the output that is subtracted, "runner-up" being the largest but that
            of ``at``; empty: nothing is subtracted.

    >>> Target.predicted(time="last").to_json()
    {'at': {'time': 'last', 'class': 'predicted'}, 'versus': {}}
    """

    at: tuple[tuple[str, Choice], ...] = ()
    versus: tuple[tuple[str, Choice], ...] = ()

    def __post_init__(self) -> None:
        for pairs in (self.at, self.versus):
            if len(dict(pairs)) != len(pairs):
                raise TargetError(f"each axis must be chosen once, but the choices are {list(pairs)}")
        for axis, choice in (*self.at, *self.versus):
            if (
                isinstance(choice, bool)
                or not isinstance(choice, int | str)
                or (isinstance(choice, str) and choice not in WORDS)
            ):
                raise TargetError(
                    f"the choice for {axis} must be an index or one of {', '.join(WORDS)}, but is {choice!r}"
                )
            if isinstance(choice, int) and choice < 0:
                raise TargetError(f"the index for {axis} must be 0 or more, but is {choice}; the last step is 'last'")
        if dict(self.at).get("class") == "runner-up":
            raise TargetError("'runner-up' is a choice for versus, not for at")
        if self.versus and self.is_whole:
            raise TargetError("versus compares single outputs; it does not go with 'whole'")

    @classmethod
    def predicted(cls, **at: Choice) -> "Target":
        """The class with the largest output."""
        return cls((*at.items(), ("class", "predicted")))

    @classmethod
    def true(cls, **at: Choice) -> "Target":
        """The class of the label."""
        return cls((*at.items(), ("class", "true")))

    @classmethod
    def of_class(cls, index: int, **at: Choice) -> "Target":
        """One class, by its index."""
        return cls((*at.items(), ("class", index)))

    @classmethod
    def scalar(cls) -> "Target":
        """The only output."""
        return cls()

    @classmethod
    def output(cls, **at: Choice) -> "Target":
        """One output by the names of its axes, such as ``Target.output(horizon=3, quantile=1)``."""
        return cls(tuple(at.items()))

    @classmethod
    def each(cls, axis: str, indices: Iterable[int], **at: Choice) -> "tuple[Target, ...]":
        """Several targets along one axis, such as ``Target.each("horizon", range(24))``."""
        return tuple(cls((*at.items(), (axis, index))) for index in indices)

    @classmethod
    def whole(cls, *axes: str, **at: Choice) -> "Target":
        """All outputs along the named axes (what masks keep and selectors compare).

        Raises:
            TargetError: No axis is named.
        """
        if not axes and "whole" not in at.values():
            raise TargetError("name the axes that are taken whole, such as Target.whole('class')")
        return cls((*at.items(), *((axis, "whole") for axis in axes)))

    def against(self, **versus: Choice) -> "Target":
        """This output minus another one: ``Target.of_class(0).against(**{"class": 1})``."""
        return replace(self, versus=tuple(versus.items()))

    @property
    def is_whole(self) -> bool:
        return any(choice == "whole" for _, choice in self.at)

    def to_json(self) -> dict[str, Any]:
        return {"at": dict(self.at), "versus": dict(self.versus)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Target":
        return cls(tuple(value.get("at", {}).items()), tuple(value.get("versus", {}).items()))

    def resolve(self, outputs: Tensor, batch: Batch, *, axes: tuple[str, ...] = ()) -> Question:
        """Settle every index on the unperturbed outputs.

        Args:
            outputs: What the model said, ``[sample, …]``.
            batch: What it was given.
            axes: Names of the outputs' axes after ``sample``; found from their shape where empty.

        Raises:
            TargetError: An axis is unknown, undecided or too short, or a label is missing.
        """
        names = output_axes(outputs, batch, axes)
        asked = dict(self.at)
        sizes = dict(zip(names, outputs.shape[1:], strict=True))
        if unknown := sorted((set(asked) | set(dict(self.versus))) - set(names)):
            raise TargetError(
                f"the outputs are {described(('sample', *names), sizes)}: they have no axis {unknown[0]}{remedy(sizes)}"
            )
        if open_axes := [axis for axis in names if axis not in asked and sizes[axis] != 1]:
            raise TargetError(
                f"the outputs are {described(('sample', *names), sizes)}: choose {open_axes[0]}{remedy(sizes)}"
            )
        index, exists = settled(asked, names, outputs, batch)
        against = index.new_zeros(len(batch), 0)
        if self.versus:
            taken = index[:, names.index("class")] if "class" in names else None
            against, there = settled({**asked, **dict(self.versus)}, names, outputs, batch, taken=taken)
            exists = exists & there
            if len(batch) and bool((same := (index == against).all(dim=1)).any()):
                first = str(batch.ids[int(same.nonzero()[0])])
                raise TargetError(f"versus must be another output than at, but is the same for sample {first!r}")
        weight = torch.ones(outputs.shape, dtype=torch.bool, device=outputs.device)
        if asked.get("time") == "whole":
            place = names.index("time") + 1
            shape = [batch.n_sample if i == 0 else sizes["time"] if i == place else 1 for i in range(outputs.ndim)]
            weight = batch.exists.to(outputs.device).reshape(shape).expand(outputs.shape)
        whole = tuple(axis for axis in names if asked.get(axis) == "whole")
        question = Question(index, against, exists, index.new_zeros(len(batch), 0), axes=names, whole=whole)
        chosen = question.flat(weight, index).to(outputs.dtype)
        return replace(question, weight=chosen / chosen.sum(dim=1, keepdim=True).clamp(min=1))


def output_axes(outputs: Tensor, batch: Batch, axes: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the outputs' axes after ``sample``: as declared, or by shape for one or two of them."""
    if axes:
        if outputs.ndim != len(axes) + 1:
            raise TargetError(
                f"the outputs must be {described(('sample', *axes))} as the model declares, "
                f"but are {list(outputs.shape)}"
            )
        names = axes
    elif outputs.ndim <= 2:
        names = ("class",)[: outputs.ndim - 1]
    elif outputs.ndim == 3 and outputs.shape[1] == batch.n_time:
        names = ("time", "class")
    else:
        raise TargetError(
            f"the outputs are {list(outputs.shape)}: name their axes, "
            "such as TorchModel(…, axes=('horizon', 'quantile'))"
        )
    if "time" in names and outputs.shape[names.index("time") + 1] != batch.n_time:
        raise TargetError(
            f"the outputs' axis time must have the batch's {batch.n_time} steps, "
            f"but has {outputs.shape[names.index('time') + 1]}"
        )
    return names


def settled(
    asked: Mapping[str, Choice], names: tuple[str, ...], outputs: Tensor, batch: Batch, *, taken: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Indices ``[sample, output_axis]`` and whether the asked step exists, ``[sample]``."""
    device, n_sample = outputs.device, outputs.shape[0]
    index = torch.zeros(n_sample, len(names), dtype=torch.int64, device=device)
    exists = torch.ones(n_sample, dtype=torch.bool, device=device)
    start, length = batch.start.to(device), batch.lengths.to(device)
    for place, axis in enumerate(names):
        choice, size = asked.get(axis, 0), outputs.shape[place + 1]
        if choice == "whole":
            index[:, place] = WHOLE
        elif axis == "time" and isinstance(choice, int):
            exists &= choice < length
            index[:, place] = (start + choice).clamp(max=size - 1)
        elif axis == "time" and choice == "last":
            index[:, place] = start + length - 1
        elif isinstance(choice, int):
            if choice >= size:
                raise TargetError(
                    f"{axis} {choice} is out of range: the outputs have {size} of axis {axis}, 0 to {size - 1}"
                )
            index[:, place] = choice
        elif axis != "class":
            words = "an index, 'whole' or 'last'" if axis == "time" else "an index or 'whole'"
            raise TargetError(f"the choice for {axis} must be {words}, but is {choice!r}")
    if isinstance(asked.get("class", 0), str) and asked["class"] != "whole":
        index[:, names.index("class")] = chosen_class(asked["class"], names, index, outputs, batch, taken, exists)
    return index, exists


def chosen_class(
    word: Choice,
    names: tuple[str, ...],
    index: Tensor,
    outputs: Tensor,
    batch: Batch,
    taken: Tensor | None,
    exists: Tensor,
) -> Tensor:
    """The class of each sample by word: predicted, true or runner-up, ``[sample]``; any where the step is missing."""
    place = names.index("class")
    others = [i for i in range(len(names)) if i != place]
    if any(bool((index[:, i] == WHOLE).any()) for i in others):
        raise TargetError(
            f"class={word!r} needs one step a sample; choose it, such as time='last', or take the class whole too"
        )
    rows = torch.arange(len(index), device=outputs.device)
    scores = outputs.movedim(place + 1, -1)[(rows, *(index[:, i] for i in others))]
    if scores.shape[-1] == 1:
        raise TargetError(f"there is one output, so no class to choose by {word!r}; ask for Target.scalar()")
    if word == "predicted":
        return scores.argmax(dim=-1)
    if word == "runner-up":
        if taken is None:
            raise TargetError("'runner-up' is a choice for versus, beside a class in at")
        return scores.scatter(-1, taken[:, None], -torch.inf).argmax(dim=-1)
    if word != "true":
        raise TargetError(f"the choice for class must be an index, 'predicted', 'true' or 'whole', but is {word!r}")
    label = batch.label.to(outputs.device)
    if label.is_floating_point():
        raise TargetError("target 'true' needs class labels, but the labels are values (floating point)")
    if label.ndim == 2:
        if "time" not in names:
            raise TargetError("target 'true' with labels [sample time] needs outputs with an axis time")
        label = torch.where(exists, label[rows, index[:, names.index("time")]], 0)
    if len(label) and not (0 <= int(label.min()) and int(label.max()) < scores.shape[-1]):
        bad = int(((label < 0) | (label >= scores.shape[-1])).nonzero()[0])
        raise TargetError(
            f"target 'true' needs labels 0 to {scores.shape[-1] - 1}, "
            f"but sample {str(batch.ids[bad])!r} has {int(label[bad])} (-1: unknown)"
        )
    return label


def remedy(sizes: Mapping[str, int]) -> str:
    """What could be asked of such outputs."""
    if not sizes:
        return "; ask for Target.scalar()"
    if set(sizes) == {"class"}:
        return "; ask for Target.predicted(), Target.true() or Target.of_class(0)"
    parts = ", ".join(f"{axis}='last'" if axis == "time" else f"{axis}=0" for axis in sizes)
    return (
        f"; ask for Target.output({parts}) or Target.whole(…)"
        if "class" not in sizes
        else f"; say {parts}, or Target.predicted(time='last')"
    )
