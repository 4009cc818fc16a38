"""explain(): the one door, through which every explainer meets a model and data."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol, TypeVar, overload, runtime_checkable

from torch import Tensor

from aition.core.answer import Piece, assembled, check_answer, given, numpy_of, stacked
from aition.core.batch import Batch
from aition.core.errors import AitionError, InputError, ModelError, TargetError
from aition.core.explanation import Explanation, joined
from aition.core.freeze import frozen
from aition.core.memory import rows_within
from aition.core.model import Model, TorchModel, outputs_of
from aition.core.progress import Progress, progress_bar
from aition.core.provenance import kebab, provenance, stamped
from aition.core.scrutiny import check_outputs, warn_of_padding, without_idle_head
from aition.core.target import Question, Target

Answer = Mapping[str, tuple[tuple[str, ...], Tensor]]
Padding = Literal["keep", "remove"]
Handle = TypeVar("Handle", covariant=True)


@runtime_checkable
class Explainer(Protocol):
    """A method with its settings: a frozen dataclass that is called with tensors and answers with named tensors.

    Three further things are honoured where an explainer has them: ``rows_per_sample(batch) -> int``, the rows that one sample needs in a pass;
    ``many(model, batch, questions)``, the answers to several targets at once, with the axis ``target`` behind the first; and ``one_chunk: bool``, for
    methods whose answers hang on all samples of a batch together.
    """

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """Variables by name, each with its axes; the first axis is ``sample``."""


class Sink(Protocol[Handle]):
    """Where the driver writes to, shard by shard, so that memory stays flat."""

    @property
    def shard_size(self) -> int:
        """Samples in a shard, at most."""

    def begin(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open or resume a run: the attributes of its first begin, or an error if these are of another run."""

    def committed(self, shard: int, digest: str) -> bool:
        """Whether this shard is there already; raises if it was made from other data."""

    def commit(self, shard: int, digest: str, part: Explanation) -> None:
        """Write a shard, wholly or not at all."""

    def finish(self, n_shard: int, seconds: float) -> Handle:
        """Close the run; what is returned reads it."""


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

    The model is used in evaluation mode without weight gradients and left exactly as it was found. Samples go through in chunks that fit memory;
    chunk size, order and (where the model honours ``batch.exists``) longer padding change no answer beyond rounding.

    Args:
        explainer: A method with its settings.
        model: What is to be explained.
        data: A Batch, or several in succession (a generator keeps memory flat together with ``to``); ids differ throughout.
        target: The question, or several of one kind (all whole or all of one number).
        to: Where to write instead of answering; a run that was interrupted goes on.
        padding: "keep" gives the model its batch as it stands; "remove" gives it samples of equal length together without any padding, for models
            that do not mask.
        memory: Bytes that a forward and backward pass may fill; 0 takes a quarter of what is free.
        progress: "auto" shows a bar on a terminal.

    Returns:
        An Explanation with the explainer's variables, and with ``value``, ``exists``, ``observed``, ``times``, ``label``, ``prediction``, ``score`` and the
        settled indices ``target_…``; or what ``to`` answers.

    Raises:
        InputError: Data that can't be explained.
        TargetError: A question that does not fit the outputs.
        ModelError: A model that raises, or answers NaN or Inf.
        RefusalError: An explainer that can't explain this model.
    """
    targets = check_arguments(explainer, model, target, padding)
    began = time.perf_counter()
    name = kebab(type(explainer).__name__)
    with frozen(model), progress_bar(name, len(data) if isinstance(data, Batch) else 0, progress=progress) as tick:
        run = Run(explainer, model, targets, padding=padding, memory=memory, tick=tick)
        if to is not None:
            n_shard = 0
            for n_shard, shard in enumerate(shards(batches(data), to.shard_size), start=1):
                run.write(n_shard - 1, shard, to)
            return to.finish(n_shard, time.perf_counter() - began)
        parts, digests = [], []
        for batch in batches(data):
            digests.append(batch.digest())
            parts.append(run.explained(batch))
    whole = joined(parts)
    digest = digests[0] if len(digests) == 1 else joined_digest(digests)
    whole.attrs.update(stamped(whole.attrs, data_sha256=digest, seconds=time.perf_counter() - began))
    return whole


class Run:
    """One explainer on one model: what is settled on the first batch serves all that follow."""

    def __init__(
        self,
        explainer: Explainer,
        model: Model,
        targets: tuple[Target, ...],
        *,
        padding: Padding,
        memory: int,
        tick: Callable[[int], None],
    ) -> None:
        self.explainer, self.model, self.targets = explainer, model, targets
        self.padding, self.memory, self.tick = padding, memory, tick
        self.attrs = provenance(explainer, model, targets) | {"padding": padding}
        self.begun = False

    def begin(self, batch: Batch) -> None:
        """Look at the first batch: is there a head, does padding matter, and how many rows fit?"""
        self.begun = True
        one = on_device(batch.take([0]), self.model)
        with self.blame(batch.take([0])):
            self.model = without_idle_head(self.model, one)
            warn_of_padding(self.model, on_device(batch, self.model), self.padding)
            if "rows" not in self.attrs:
                self.attrs["rows"] = min(self.model.rows, rows_within(self.model, one, budget=self.memory))
        self.model = replace(self.model, rows=int(self.attrs["rows"]))  # type: ignore[type-var]

    def write(self, shard: int, batch: Batch, to: Sink[Any]) -> None:
        """Explain a shard and commit it, unless it is there already."""
        if shard == 0:
            self.attrs = dict(to.begin(self.attrs))
        digest = batch.digest()
        if not to.committed(shard, digest):
            to.commit(shard, digest, self.explained(batch))
        else:
            self.tick(len(batch))

    def explained(self, batch: Batch) -> Explanation:
        """The Explanation of one Batch."""
        if not self.begun:
            self.begin(batch)
        need = getattr(self.explainer, "rows_per_sample", lambda _batch: 1)(batch)
        size = len(batch) if getattr(self.explainer, "one_chunk", False) else max(1, self.model.rows // max(1, need))
        pieces = []
        for rows, first, last in chunks(batch, size, self.padding):
            chunk = on_device(batch.take(rows).crop(first, last), self.model)
            with self.blame(chunk):
                pieces.append(Piece(rows, first, self.answered(chunk)))
            self.tick(len(rows))
        attrs = stamped(self.attrs, data_sha256="", seconds=0.0)
        return assembled(pieces, batch, targets=self.targets, attrs=attrs)

    def answered(self, batch: Batch) -> dict[str, tuple[tuple[str, ...], Any]]:
        """The explainer's variables for one chunk, with what was given, checked, on the CPU."""
        if isinstance(self.model, TorchModel):
            batch = self.model.embedded(batch)
        outputs = outputs_of(self.model, batch)
        check_outputs(outputs, batch)
        questions = [target.resolve(outputs, batch, axes=self.model.axes) for target in self.targets]
        if len(questions) == 1:
            answer = self.explainer(self.model, batch, questions[0])
        elif hasattr(self.explainer, "many"):
            answer = self.explainer.many(self.model, batch, questions)
        else:
            answer = stacked([self.explainer(self.model, batch, question) for question in questions])
        check_answer(answer, batch, questions, explainer=type(self.explainer).__name__)
        return numpy_of({**given(batch, outputs, questions), **answer}, batch, questions)

    def blame(self, batch: Batch) -> "Blame":
        return Blame(f"{type(self.explainer).__name__} on {described_samples(batch)}")


class Blame:
    """Turns what a model or an explainer raises into a ModelError that names the samples."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, AitionError | Warning):
            memory = "; give explain() a smaller memory=" if "out of memory" in str(error).lower() else ""
            first = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
            raise ModelError(f"{self.where}: the model or the explainer raised {type(error).__name__}: {first}{memory}") from error


def check_arguments(
    explainer: Explainer, model: Model, target: Target | Sequence[Target], padding: Padding
) -> tuple[Target, ...]:
    """The targets as a tuple; raises where an argument is of another kind."""
    if isinstance(explainer, type) or not callable(explainer):
        came = f"the class {explainer.__name__}" if isinstance(explainer, type) else type(explainer).__name__
        raise InputError(f"explainer must be an explainer with its settings, such as IntegratedGradients(), but is {came}")
    if not isinstance(model, Model):
        raise InputError(f"model must be a TorchModel or a FunctionModel, but is {type(model).__name__}; wrap it: TorchModel(module)")
    targets = (target,) if isinstance(target, Target) else tuple(target)
    if not targets or not all(isinstance(one, Target) for one in targets):
        raise TargetError(f"target must be a Target or several, such as Target.predicted(), but is {target!r}")
    if len({one.is_whole for one in targets}) > 1:
        raise TargetError("several targets must be of one kind, all whole or all of one number, but are mixed")
    if padding not in ("keep", "remove"):
        raise InputError(f"padding must be 'keep' or 'remove', but is {padding!r}")
    return targets


def batches(data: Batch | Iterable[Batch]) -> Iterator[Batch]:
    """The batches in succession; raises at what is none, and where there is no sample."""
    if not isinstance(data, Batch) and (isinstance(data, Tensor) or not isinstance(data, Iterable)):
        raise InputError(f"data must be a Batch or several, but is {type(data).__name__}; make one: from_tensors(x)")
    count = 0
    for batch in (data,) if isinstance(data, Batch) else data:
        if not isinstance(batch, Batch):
            raise InputError(f"data must be a Batch or several, but holds {type(batch).__name__}; make one: from_tensors(x)")
        count += len(batch)
        if len(batch):
            yield batch
    if not count:
        raise InputError("data must hold at least one sample, but is empty")


def shards(data: Iterable[Batch], size: int) -> Iterator[Batch]:
    """Runs of at most ``size`` samples, each within one Batch, so that they are the same whenever the data are."""
    for batch in data:
        yield from batch.split(size)


def chunks(batch: Batch, size: int, padding: Padding) -> Iterator[tuple[Sequence[int], int, int]]:
    """Which samples go together, and which steps of them: all steps, or the existing ones of samples that agree in them."""
    if padding == "keep":
        for first in range(0, len(batch), size):
            yield range(first, min(first + size, len(batch))), 0, batch.n_time
        return
    spans: dict[tuple[int, int], list[int]] = {}
    for row, (start, length) in enumerate(zip(batch.start.tolist(), batch.lengths.tolist(), strict=True)):
        spans.setdefault((start, start + length), []).append(row)
    for (start, stop), rows in sorted(spans.items()):
        for first in range(0, len(rows), size):
            yield rows[first : first + size], start, stop


def on_device(batch: Batch, model: Model) -> Batch:
    """The batch where the model is, in its dtype; a model without weights takes the values' own."""
    plain = isinstance(model, TorchModel) and not any(part.is_floating_point() for part in model.module.state_dict().values())
    return batch.to(device=model.device, dtype=batch.x.dtype if plain else model.dtype)


def described_samples(batch: Batch) -> str:
    """The samples of a chunk in words."""
    if len(batch) == 1:
        return f"sample {str(batch.ids[0])!r}"
    return f"{len(batch)} samples {str(batch.ids[0])!r} to {str(batch.ids[-1])!r}"


def joined_digest(digests: Sequence[str]) -> str:
    """sha256 over the digests of several batches."""
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()
