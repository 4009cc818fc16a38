"""What explainers share that have to learn before they explain."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from aition.core.batch import Batch
from aition.core.errors import RefusalError
from aition.core.model import Model
from aition.core.progress import Progress
from aition.core.question import Question
from aition.core.target import Target
from aition.core.variables import Variables


class Unlearned(ABC):
    """An explainer of which only what its ``fit`` answers explains anything."""

    def __call__(self, model: Model, batch: Batch, question: Question) -> Variables:
        """Refuse: there is nothing to explain with before ``fit``.

        Raises:
            RefusalError: Always.
        """
        raise RefusalError(
            f"{type(self).__name__} is still to be learned; call fit(model, background, target) and explain with its "
            "answer"
        )

    @abstractmethod
    def fit(
        self,
        model: Model,
        background: Batch,
        target: Target = Target.predicted(),  # noqa: B008 - frozen
        *,
        progress: Progress = "auto",
    ) -> Callable[[Model, Batch, Question], Variables]:
        """An explainer that has learned.

        Args:
            model: What is explained.
            background: Series to learn from.
            target: The question.
            progress: "auto" shows a bar on a terminal.
        """
