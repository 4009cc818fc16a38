"""What an explainer and a sink must be."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from torch import Tensor

from aition.core.batch import Batch
from aition.core.explanation import Explanation
from aition.core.model import Model
from aition.core.question import Question

Answer = Mapping[str, tuple[tuple[str, ...], Tensor]]
Padding = Literal["keep", "remove"]
Handle = TypeVar("Handle", covariant=True)


@runtime_checkable
class Explainer(Protocol):
    """A method with its settings: a frozen dataclass that is called with tensors and answers with named tensors.

    Five further things are honoured where an explainer has them: ``rows_per_sample(batch) -> int``, the rows that one
    sample needs in a pass; ``many(model, batch, questions)``, the answers to several targets at once, with the axis
    ``target`` behind the first; ``one_chunk: bool``, for methods whose answers hang on all samples of a batch together;
    ``labels(batch)``, names along axes of its own; and ``notes``, attributes of its own.
    """

    def __call__(self, model: Model, batch: Batch, question: Question) -> Answer:
        """Variables by name, each with its axes; the first axis is ``sample``."""


class Sink(Protocol[Handle]):
    """Where the driver writes to, shard by shard in order, so that memory stays flat."""

    @property
    def shard_size(self) -> int:
        """Samples in a shard, at most."""

    def begin(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open or resume a run: the attributes of its first begin, or an error if these are of another run."""

    def committed(self, shard: int, digest: str) -> bool:
        """Whether this shard is there already; raises if it was made from other data."""

    def commit(self, shard: int, digest: str, part: Explanation) -> None:
        """Write a shard, wholly or not at all."""

    def finish(self, n_shard: int, stamp: Mapping[str, Any]) -> Handle:
        """End the run with the attributes that are known only now; what is returned reads it."""

    def close(self) -> None:
        """Let go of the run; called once, finished or not."""
