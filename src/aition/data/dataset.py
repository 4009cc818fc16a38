"""Dataset: a train and a test Batch with their class names and where they come from."""

from dataclasses import dataclass, replace

from aition.core.batch import Batch
from aition.core.errors import InputError
from aition.data.scale import standardise


@dataclass(frozen=True)
class Card:
    """What a data set holds, known without loading it.

    Args:
        name: In kebab-case, as :func:`aition.data.load` takes it.
        n_train: Samples to train on.
        n_test: Samples held out by the data's authors.
        shortest: Steps of the shortest series.
        longest: Steps of the longest series.
        n_feature: Features of each step.
        n_class: Classes; 0 where the labels are values.
        source: The package whose files hold it, and the work to cite.
        licence: On which terms.
        description: What was measured, and what is to be told apart.
    """

    name: str
    n_train: int
    n_test: int
    shortest: int
    longest: int
    n_feature: int
    n_class: int
    source: str
    licence: str
    description: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled series in the split of their authors.

    Args:
        name: As :func:`aition.data.load` takes it.
        train: Samples to train on, labels 0 to K - 1.
        test: Samples held out, labels 0 to K - 1.
        class_names: One a class, in the order of the labels; empty where the labels are values.
        source: The package whose files hold it, and the work to cite.
        licence: On which terms.
        description: What was measured, and what is to be told apart.
    """

    name: str
    train: Batch
    test: Batch
    class_names: tuple[str, ...]
    source: str
    licence: str
    description: str

    def __post_init__(self) -> None:
        for part, batch in (("train", self.train), ("test", self.test)):
            if self.class_names and not bool(((batch.label >= 0) & (batch.label < len(self.class_names))).all()):
                raise InputError(f"labels of {part} must be 0 to {len(self.class_names) - 1}, one for each class name")

    def __repr__(self) -> str:
        return f"Dataset[{self.name}: train={self.train}, test={self.test}, {len(self.class_names)} classes]"

    @property
    def card(self) -> Card:
        """Its sizes and origin."""
        lengths = [int(edge) for batch in (self.train, self.test) for edge in batch.lengths.aminmax()]
        return Card(
            name=self.name,
            n_train=len(self.train),
            n_test=len(self.test),
            shortest=min(lengths),
            longest=max(lengths),
            n_feature=self.train.n_feature,
            n_class=len(self.class_names),
            source=self.source,
            licence=self.licence,
            description=self.description,
        )

    def standardised(self) -> "Dataset":
        """The same samples with mean 0 and deviation 1 over the training part, feature by feature."""
        return replace(
            self, train=standardise(self.train, like=self.train), test=standardise(self.test, like=self.train)
        )
