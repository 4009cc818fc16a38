"""One explainer on one model: chunk by chunk from a Batch to an Explanation."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from aition.core.answer import Arrays, Piece, assembled, check_answer, given, numpy_of, stacked
from aition.core.batch import Batch
from aition.core.errors import AitionError, ModelError
from aition.core.events import is_events
from aition.core.explanation import Explanation
from aition.core.memory import rows_within
from aition.core.model import Model, TorchModel, outputs_of, weights
from aition.core.protocol import Explainer, Padding, Sink
from aition.core.provenance import provenance, stamped
from aition.core.scrutiny import check_outputs, warn_of_chance, warn_of_padding, with_head_settled
from aition.core.sparse import rows_of, vocabulary
from aition.core.target import Target


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
        self.attrs |= dict(getattr(explainer, "notes", {}))
        self.class_names = model.inputs.class_names if isinstance(model, TorchModel) else ()
        self.begun = self.padding_seen = False

    def begin(self, batch: Batch) -> None:
        """Look at the first batch: is there a head, and how many rows fit?"""
        self.begun = True
        with self.blame(batch.take([0])):
            one = ready(batch.take([0]), self.model)
            warn_of_chance(self.model, one)
            self.model = with_head_settled(self.model, one)
            head = getattr(self.model, "head", "none")
            self.attrs["head"] = head if head == "none" else f"{head} taken off"
            longest = ready(batch.take([int(batch.lengths.argmax())]), self.model)
            self.attrs["rows"] = min(self.model.rows, rows_within(self.model, longest, budget=self.memory))
        self.model = with_rows(self.model, self.attrs["rows"])

    def open(self, batch: Batch, to: Sink[Any]) -> None:
        """Look at the first batch, and take up the run that the sink may hold, with as many rows as that has."""
        self.begin(batch)
        self.attrs = dict(to.begin(self.attrs))
        self.model = with_rows(self.model, self.attrs["rows"])

    def write(self, shard: int, batch: Batch, to: Sink[Any]) -> None:
        """Explain a shard and commit it, unless it is there already."""
        if not self.begun:
            self.open(batch, to)
        digest = batch.digest()
        if not to.committed(shard, digest):
            to.commit(shard, digest, self.explained(batch))
        else:
            self.tick(len(batch))

    def look_at_padding(self, batch: Batch) -> None:
        """Warn, once, where a sample has padding and the model reads it."""
        short = batch.take((batch.lengths < batch.n_time).nonzero()[:1, 0])
        if len(short) and self.padding == "keep" and not self.padding_seen:
            self.padding_seen = True
            with self.blame(short):
                warn_of_padding(self.model, ready(short, self.model))

    def explained(self, batch: Batch) -> Explanation:
        """The Explanation of one Batch."""
        if not self.begun:
            self.begin(batch)
        self.look_at_padding(batch)
        need = getattr(self.explainer, "rows_per_sample", lambda _batch: 1)(batch)
        size = len(batch) if getattr(self.explainer, "one_chunk", False) else max(1, self.model.rows // max(1, need))
        pieces = []
        for rows, first, last in chunks(batch, size, self.padding):
            chunk = batch.take(rows).crop(first, last)
            with self.blame(chunk):
                there = ready(chunk, self.model)
                pieces.append(piece_of(rows, first, there, self.answered(there)))
            self.tick(len(rows))
        attrs = stamped(self.attrs, data_sha256="", seconds=0.0)
        named = replace(batch, class_names=batch.class_names or self.class_names)
        labels: dict[str, Any] = dict(getattr(self.explainer, "labels", lambda _batch: {})(batch))
        return assembled(pieces, named, targets=self.targets, labels=labels, attrs=attrs)

    def answered(self, batch: Batch) -> Arrays:
        """The explainer's variables for one chunk, with what was given, checked, on the CPU."""
        outputs = outputs_of(self.model, batch)
        questions = [target.resolve(outputs, batch, axes=self.model.axes) for target in self.targets]
        check_outputs(outputs, batch, axes=questions[0].axes, whole=questions[0].whole)
        if len(questions) == 1:
            answer = self.explainer(self.model, batch, questions[0])
        elif hasattr(self.explainer, "many"):
            answer = self.explainer.many(self.model, batch, questions)
        else:
            answer = stacked([self.explainer(self.model, batch, question) for question in questions])
        check_answer(answer, batch, questions, explainer=type(self.explainer).__name__)
        return numpy_of({**given(batch, outputs, questions), **answer}, batch, questions)

    def blame(self, batch: Batch) -> "Blame":
        return Blame(f"{type(self.explainer).__name__} on {described_samples(batch)}", described_parts(batch))


def piece_of(rows: Sequence[int], first: int, batch: Batch, answer: Arrays) -> Piece:
    """The answer of one chunk, with its place; that of events as rows, whose steps are numbered by themselves."""
    if is_events(batch):
        return Piece(rows, 0, vocabulary(batch), rows_of(answer, batch))
    return Piece(rows, first, batch.feature_names, answer)


class Blame:
    """Turns what a model or an explainer raises into a ModelError that names the samples and what they hold."""

    def __init__(self, where: str, given: str) -> None:
        self.where, self.given = where, given

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, AitionError | Warning):
            memory = "; give a smaller memory=" if "out of memory" in str(error).lower() else ""
            first = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
            raise ModelError(
                f"{self.where}: the model or the explainer raised {type(error).__name__}: {first}{memory}; "
                f"forward was given {self.given}"
            ) from error


def with_rows(model: Model, rows: int) -> Model:
    """The same model, called with at most so many samples."""
    return replace(model, rows=rows)  # type: ignore[type-var]


def chunks(batch: Batch, size: int, padding: Padding) -> Iterator[tuple[Sequence[int], int, int]]:
    """Rows that go together, with the first and the last of their steps: all, or the existing ones that they share."""
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


def ready(batch: Batch, model: Model) -> Batch:
    """The batch where the model is, in its dtype (that of the values if it has no weights), with its embedding."""
    plain = isinstance(model, TorchModel) and not any(part.is_floating_point() for part in weights(model.module))
    there = batch.to(device=model.device, dtype=batch.x.dtype if plain else model.dtype)
    return model.embedded(there) if isinstance(model, TorchModel) else there


def described_samples(batch: Batch) -> str:
    """The samples of a chunk in words."""
    if len(batch) == 1:
        return f"sample {str(batch.ids[0])!r}"
    return f"{len(batch)} samples {str(batch.ids[0])!r} to {str(batch.ids[-1])!r}"


def described_parts(batch: Batch) -> str:
    """What a forward function could read, with shapes, and how to give what is missing."""
    parts = [f"x {list(batch.x.shape)}", f"static {list(batch.static.shape)}" if batch.static.shape[1] else "no static"]
    parts += [f"{name} {list(part.value.shape)}" for name, part in batch.fields.items()] or ["no fields"]
    return f"{', '.join(parts)}; what is missing goes in by from_tensors(…, static=…, fields=…)"
