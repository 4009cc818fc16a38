"""Estimators in the form of aeon and scikit-learn: a classifier that predicts from few cells, and shows which."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from aition.core.assemble import from_tensors
from aition.core.batch import Batch, sample_keys
from aition.core.errors import AitionWarning, InputError, MissingExtraError
from aition.core.explain import explain
from aition.core.explanation import Explanation
from aition.core.model import TorchModel, forward_x
from aition.core.sequences import from_series
from aition.core.target import Target
from aition.impute.groups import Blocks, Groups
from aition.impute.imputer import Imputer
from aition.impute.rows import HotDeck
from aition.methods.lex.candidates import Candidates
from aition.methods.lex.choice import Choice, best_of
from aition.methods.lex.lex import Lex
from aition.methods.lex.selected_only import SelectedOnly
from aition.methods.lex.selection import ExactK
from aition.models.builders import builder_named, built
from aition.models.deviations import in_deviations
from aition.models.selector import ConvolutionalSelector

try:
    from aeon.classification.base import BaseClassifier
    from sklearn.utils import check_random_state
except ImportError as error:
    raise MissingExtraError(
        "aition.sklearn needs aeon, which is not installed: pip install 'aition[sklearn]'"
    ) from error

Network = str | Callable[..., TorchModel | nn.Module]
STEP = 5e-3
"""Step of Adam for the selector."""
PREDICTOR_STEP = 3e-3
"""The same for the predictor."""
CONVOLUTIONS = (Choice(ConvolutionalSelector()),)
"""What says which groups are seen where nothing else is asked for."""


def neighbours(background: Batch) -> HotDeck:
    """What draws one of the five training series that are nearest by what is seen.

    Few, for what is drawn is to be like the series, and its uncertainty is not asked for.
    """
    return HotDeck.fit(background, nearest=5)


class LexClassifier(BaseClassifier):  # type: ignore[misc]
    """Predict the class of a series from few of its cells, the same number for all, and show which.

    A selector and a predictor are trained together by the likelihood of the labels: the one says which groups of cells
    may be seen, the other predicts from these, the rest being drawn anew by an imputer. Given what is selected, a
    prediction hangs on the values of these cells and on nothing else.

    Values are read in deviations from the training series. NaN is a missing value: never selected, never drawn for.
    Steps beyond the longest training series are not read. There is no ``n_jobs``: threads are those of torch
    (``torch.set_num_threads``), and the device is where ``network`` puts its weights.

    Args:
        k: Groups that a prediction may see; 0: as many as ``rate`` says.
        rate: The share of the groups of a series, in (0, 1]; read where ``k`` is 0.
        groups: Which cells are seen together.
        imputer: From the training series to what draws the cells that are not seen, such as ``neighbours`` or
            ``MarginalRows.fit``.
        network: What predicts: a builder's name, or a function of ``n_feature`` and ``n_class`` that answers a module
            on ``[sample, time, feature]`` or a ``TorchModel``.
        selectors: What says which groups are seen; with some dozen series of one feature,
            ``(Choice(DenseSelector(), 10),)`` was better. Of several, each is learned, and the one is taken whose bound
            on held-out training series is the highest; of few series, that is often not the best.
        predictor: "joint" trains it with the selector; "surrogate" first trains it on random subsets of the same size
            and then holds it fixed, so that it can't learn to read the class off the choice of the cells.
        predictor_epochs: Passes in which the predictor learns before the selector is there: from whole series, or, of a
            surrogate, from random subsets.
        epochs: Passes in which the selector is trained.
        batch_size: Series a step.
        draws: Imputations that a prediction is the mean of.
        judged: Whether a judge learns what the values of the seen cells say, by which :meth:`explain` shows whether a
            prediction says more.
        rivals: Further selectors with other seeds, each learned as this one, by which it shows whether the selection is
            stable; 0: none, in half the time.
        random_state: A whole number makes all the same again; None takes another each time.

    Attributes:
        classes_: The labels, in the order of the columns of ``predict_proba``.
        k_: Groups that a prediction sees.
        lex_: The fitted selector, a :class:`aition.methods.lex.FittedLex`.
        model_: What predicts, as a model that any explainer and check takes.
        seen_: Digests of the training series, by which they are known again.
        n_time_: Steps of the longest training series.

    References:
        Sénétaire, Garreau, Frellsen and Mattei, "Explainability as statistical inference", ICML 2023.
    """

    _tags: ClassVar[dict[str, Any]] = {
        "X_inner_type": ["np-list", "numpy3D"],
        "capability:multivariate": True,
        "capability:unequal_length": True,
        "capability:missing_values": True,
        "algorithm_type": "deeplearning",
        "python_dependencies": "torch",
    }

    def __init__(
        self,
        *,
        k: int = 0,
        rate: float = 0.1,
        groups: Groups = Blocks(10),  # noqa: B008 - frozen
        imputer: Callable[[Batch], Imputer] = neighbours,
        network: Network = "segment-classifier",
        selectors: tuple[Choice, ...] = CONVOLUTIONS,
        predictor: Literal["joint", "surrogate"] = "joint",
        predictor_epochs: int = 100,
        epochs: int = 60,
        batch_size: int = 16,
        draws: int = 16,
        judged: bool = True,
        rivals: int = 1,
        random_state: Any = 0,
    ) -> None:
        self.k = k
        self.rate = rate
        self.groups = groups
        self.imputer = imputer
        self.network = network
        self.selectors = selectors
        self.predictor = predictor
        self.predictor_epochs = predictor_epochs
        self.epochs = epochs
        self.batch_size = batch_size
        self.draws = draws
        self.judged = judged
        self.rivals = rivals
        self.random_state = random_state
        super().__init__()

    def _fit(self, X: Any, y: Any) -> "LexClassifier":
        self.check_settings()
        batch = batch_of(X, label=np.unique(y, return_inverse=True)[1])
        seed = seed_of(self.random_state)
        start = in_deviations(fresh_network(self.network, batch, seed=seed), batch)
        there = Candidates.of(batch, self.groups).there.sum(dim=1)
        self.k_ = self.k or max(1, round(self.rate * float(there.double().median())))
        lex = Lex(
            ExactK(self.k_),
            groups=self.groups,
            imputer=self.imputer,
            predictor=self.predictor,
            guide="labels",
            epochs=self.epochs,
            predictor_epochs=self.predictor_epochs,
            batch_size=self.batch_size,
            rate=STEP,
            predictor_rate=PREDICTOR_STEP,
            draws=self.draws,
            judged=self.judged,
            rivals=self.rivals,
            seed=seed,
        )
        self.lex_ = best_of(self.selectors, lex, start, batch, Target.whole("class"))
        self.model_ = SelectedOnly(self.lex_, start, self.draws)
        self.seen_, self.n_time_ = digests(X), int(batch.lengths.max())
        return self

    def check_settings(self) -> None:
        """Raise where a setting is out of range that is looked at by nothing else."""
        if self.k < 0 or (self.k == 0 and not 0 < self.rate <= 1):
            raise InputError(f"k must be 1 or more, or 0 with a rate in (0, 1], but k is {self.k} and rate {self.rate}")
        if self.predictor not in ("joint", "surrogate"):
            raise InputError(f"predictor must be 'joint' or 'surrogate', but is {self.predictor!r}")

    def _predict_proba(self, X: Any) -> NDArray[np.float64]:
        chances = [self.model_(part).double().exp() for part in self.read(X).split(self.model_.rows)]
        said = torch.cat(chances).cpu().numpy()
        return np.asarray(said / said.sum(axis=1, keepdims=True))

    def _predict(self, X: Any) -> NDArray[Any]:
        return np.asarray(self.classes_[self._predict_proba(X).argmax(axis=1)])

    def explain(self, X: Any, y: Sequence[Any] | NDArray[Any] = ()) -> Explanation:
        """What each prediction was allowed to see.

        Args:
            X: Series, as :meth:`predict` takes them.
            y: Their labels, ``[case]``, where they are known: by these it is judged whether predictions say more than
                the values of the seen cells do, as :func:`aition.checks.honesty` reads it; empty: that is not measured.

        Returns:
            ``selected`` ``[sample, time, feature]``, the cells that the prediction was made from; ``attribution``, the
            selector's probability of each; ``prediction``, the logarithms of what ``predict_proba`` says; and the rest
            that :class:`aition.methods.lex.FittedLex` answers.

        Raises:
            InputError: ``y`` is of other series, or holds a label that the training series have not.
        """
        self._check_is_fitted()
        series = self._preprocess_collection(X, store_metadata=False)
        self._check_shape(series)
        batch = replace(self.read(series), class_names=tuple(str(one) for one in self.classes_))
        if len(y):
            batch = replace(batch, label=self.places(np.asarray(y), len(batch)).to(batch.label.device))
        return explain(self.lex_, self.model_, batch, Target.predicted(), progress="off")

    def places(self, y: NDArray[Any], n_case: int) -> torch.Tensor:
        """Labels as places in ``classes_``, int64, ``[case]``."""
        if y.shape != (n_case,):
            raise InputError(f"y must be one label for each of {n_case} series, but is {list(y.shape)}")
        if unknown := sorted({str(one) for one in y[~np.isin(y, self.classes_)]}):
            raise InputError(f"y must be of the labels of the training series, but holds {unknown[0]!r}")
        return torch.as_tensor(np.searchsorted(self.classes_, y))

    def read(self, X: Any) -> Batch:
        """Series as a batch where the predictor is, no longer than those of the training.

        All that are new share one key, so that chance is the same for all; one of the training is never put in its own
        place.
        """
        batch = batch_of(X)
        if batch.n_time > self.n_time_:
            warnings.warn(
                f"series have up to {batch.n_time} steps, but those of the training at most {self.n_time_}: what comes "
                "later is not read",
                AitionWarning,
                stacklevel=2,
            )
            batch = batch.crop(0, self.n_time_)
        places = {digest: place for place, digest in enumerate(self.seen_)}
        names = [str(places.get(digest, "new")) for digest in digests(X)]
        batch = replace(batch, keys=sample_keys(names))
        return batch.to(device=self.model_.device, dtype=self.model_.dtype)

    @classmethod
    def _get_test_params(cls, parameter_set: str = "default") -> dict[str, Any]:
        return {"predictor_epochs": 1, "epochs": 1, "batch_size": 8, "rate": 0.3, "draws": 2, "rivals": 0}


def fresh_network(network: Network, batch: Batch, *, seed: int) -> TorchModel:
    """A model with weights that hang on the seed."""
    builder = builder_named(network) if isinstance(network, str) else network

    def build(**sizes: int) -> TorchModel:
        made = builder(**sizes)
        return TorchModel(made, forward_x) if isinstance(made, nn.Module) else made

    name = network if isinstance(network, str) else getattr(network, "__qualname__", type(network).__name__)
    return built(build, {"n_feature": batch.n_feature, "n_class": 1 + int(batch.label.max())}, seed=seed, name=name)


def batch_of(X: Any, *, label: Sequence[int] | NDArray[Any] | None = None) -> Batch:
    """Series as aeon gives them, ``[case, channel, time]`` or a list of ``[channel, time]``, as a batch."""
    if isinstance(X, np.ndarray):
        return from_tensors(np.asarray(X, dtype=np.float64), layout="sample feature time", label=label)
    return from_series([np.asarray(one, dtype=np.float64) for one in X], layout="feature time", label=label)


def digests(X: Any) -> list[str]:
    """sha256 of the shape and the values of each series."""
    whole = [np.ascontiguousarray(one, dtype=np.float64) for one in X]
    return [hashlib.sha256(f"{one.shape}".encode() + one.tobytes()).hexdigest() for one in whole]


def seed_of(random_state: Any) -> int:
    """The seed that a random state of scikit-learn stands for."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
