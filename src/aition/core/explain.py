"""explain(): the one door, through which every explainer meets a model and data."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import is_dataclass
from typing import Any, overload

from torch import Tensor
from torch.nn.parameter import is_lazy

from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError, TargetError
from aition.core.explanation import Explanation, joined
from aition.core.freeze import frozen
from aition.core.model import Model, TorchModel, weights
from aition.core.progress import Progress, progress_bar
from aition.core.protocol import Explainer, Handle, Padding, Sink
from aition.core.provenance import kebab, stamped
from aition.core.run import Run
from aition.core.scrutiny import check_steps
from aition.core.target import Target


@overload
def explain(
    explainer: Explainer,
    model: Model,
    data: Batch | Iterable[Batch],
    target: Target | Sequence[Target] = ...,
    *,
    padding: Padding = ...,
    memory: int = ...,
    progress: Progress = ...,
) -> Explanation: ...
@overload
def explain(
    explainer: Explainer,
    model: Model,
    data: Batch | Iterable[Batch],
    target: Target | Sequence[Target] = ...,
    *,
    to: Sink[Handle],
    padding: Padding = ...,
    memory: int = ...,
    progress: Progress = ...,
) -> Handle: ...
def explain(
    explainer: Explainer,
    model: Model,
    data: Batch | Iterable[Batch],
    target: Target | Sequence[Target] = Target.predicted(),  # noqa: B008 - frozen
    *,
    to: Sink[Any] | None = None,
    padding: Padding = "keep",
    memory: int = 0,
    progress: Progress = "auto",
) -> Any:
    """Explain what a model says of every sample.

    The model is used in evaluation mode without weight gradients and left exactly as it was found. Samples go through
    in chunks that fit memory; chunk size, order and (where the model honours ``batch.exists``) longer padding change no
    answer beyond rounding.

    Args:
        explainer: A method with its settings.
        model: What is to be explained.
        data: A Batch, or several in succession (a generator keeps memory flat together with ``to``); ids differ
            throughout.
        target: The question, or several of one kind (all whole or all of one number).
        to: Where to write instead of answering; a run that was interrupted goes on.
        padding: "keep" gives the model its batch as it stands; "remove" gives it samples of equal length together
            without any padding, for models that do not mask.
        memory: Bytes that a forward and backward pass may fill; 0 takes a quarter of what is free.
        progress: "auto" shows a bar on a terminal.

    Returns:
        An Explanation with the explainer's variables, and with ``value``, ``exists``, ``observed``, ``times``,
        ``label``, ``prediction``, ``score`` and the settled indices ``target_…``; or what ``to`` answers.

    Raises:
        InputError: Data that can't be explained.
        TargetError: A question that does not fit the outputs.
        ModelError: A model that raises, or answers NaN or Inf.
        RefusalError: An explainer that can't explain this model.
    """
    targets = check_arguments(explainer, model, target, padding, memory)
    if to is not None and not hasattr(to, "commit"):
        raise InputError(f"to must be a sink, such as aition.store.create(path), but is {type(to).__name__}")
    began = time.perf_counter()
    name = kebab(type(explainer).__name__)
    with frozen(model), progress_bar(name, len(data) if isinstance(data, Batch) else 0, progress=progress) as tick:
        run = Run(explainer, model, targets, padding=padding, memory=memory, tick=tick)
        if to is not None:
            pieces = Shards(data, to.shard_size, explainer, targets)
            try:
                for shard, piece in enumerate(pieces):
                    run.write(shard, piece, to)
                seconds = time.perf_counter() - began
                return to.finish(pieces.count, stamped({}, data_sha256=joined_digest(pieces.digests), seconds=seconds))
            finally:
                to.close()
        parts, digests = [], []
        for batch in batches(data, targets):
            digests.append(batch.digest())
            parts.append(run.explained(batch))
    whole = joined(parts)
    seconds = time.perf_counter() - began
    whole.attrs.update(stamped(whole.attrs, data_sha256=joined_digest(digests), seconds=seconds))
    return whole


def check_arguments(
    explainer: Explainer, model: Model, target: Target | Sequence[Target], padding: Padding, memory: int
) -> tuple[Target, ...]:
    """The targets as a tuple; raises where an argument is of another kind."""
    if isinstance(explainer, type) or not callable(explainer):
        came = f"the class {explainer.__name__}" if isinstance(explainer, type) else type(explainer).__name__
        raise InputError(
            f"explainer must be an explainer with its settings, such as IntegratedGradients(), but is {came}"
        )
    if not is_dataclass(explainer):
        raise InputError(
            "explainer must be a frozen dataclass, so that its fields are its settings, "
            f"but is {getattr(explainer, '__name__', type(explainer).__name__)}"
        )
    if not isinstance(model, Model):
        raise InputError(
            f"model must be a TorchModel or a FunctionModel, but is {type(model).__name__}; wrap it: TorchModel(module)"
        )
    if isinstance(model, TorchModel) and any(map(is_lazy, weights(model.module))):
        raise ModelError(
            "the model has lazy layers without weights: call it once, such as module(batch.x), before it is explained"
        )
    if isinstance(model, TorchModel) and any(weight.is_meta for weight in weights(model.module)):
        raise ModelError(
            "the model's weights are on the device meta, which holds no values: load them first, such as by "
            "module.to_empty(device='cpu') and module.load_state_dict(…)"
        )
    targets = (target,) if isinstance(target, Target) else tuple(target) if isinstance(target, Sequence) else ()
    if not targets or not all(isinstance(one, Target) for one in targets):
        raise TargetError(f"target must be a Target or several, such as Target.predicted(), but is {target!r}")
    if len({one.is_whole for one in targets}) > 1:
        raise TargetError("several targets must be of one kind, all whole or all of one number, but are mixed")
    if padding not in ("keep", "remove"):
        raise InputError(f"padding must be 'keep' or 'remove', but is {padding!r}")
    if isinstance(memory, bool) or not isinstance(memory, int) or memory < 0:
        raise InputError(f"memory must be bytes, or 0 for a quarter of what is free, but is {memory!r}")
    return targets


def batches(data: Batch | Iterable[Batch], targets: Sequence[Target]) -> Iterator[Batch]:
    """The batches in succession; raises at what is none, where there is no sample, and where none has what is asked."""
    if not isinstance(data, Batch) and (isinstance(data, Tensor) or not isinstance(data, Iterable)):
        raise InputError(f"data must be a Batch or several, but is {type(data).__name__}; make one: from_tensors(x)")
    count = 0
    for batch in (data,) if isinstance(data, Batch) else data:
        if not isinstance(batch, Batch):
            raise InputError(
                f"data must be a Batch or several, but holds {type(batch).__name__}; make one: from_tensors(x)"
            )
        if len(batch):
            if not count:
                check_steps(targets, batch, more=batch is not data)
            count += len(batch)
            yield batch
    if not count:
        raise InputError("data must hold at least one sample, but is empty")


class Shards:
    """Runs of at most ``size`` samples, each within one Batch, so that they are the same whenever the data are.

    An explainer with ``one_chunk`` gets its batches whole. What went through is counted: ``count`` shards of batches
    with these ``digests``.
    """

    def __init__(
        self, data: Batch | Iterable[Batch], size: int, explainer: Explainer, targets: Sequence[Target]
    ) -> None:
        self.data, self.size, self.targets = data, size, targets
        self.whole = getattr(explainer, "one_chunk", False)
        self.count = 0
        self.digests: list[str] = []

    def __iter__(self) -> Iterator[Batch]:
        for batch in batches(self.data, self.targets):
            self.digests.append(batch.digest())
            for piece in batch.split(len(batch) if self.whole else self.size):
                self.count += 1
                yield piece


def joined_digest(digests: Sequence[str]) -> str:
    """The digest of one batch, or sha256 over the digests of several."""
    return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()
