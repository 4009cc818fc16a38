"""Baselines by name, and what is doubtful about a model and the data that it is to be explained on."""

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aition.cli.inputs import in_memory
from aition.core.errors import AitionWarning, InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.model import FunctionModel, TorchModel
    from aition.data import Folder

MEAN = "background-mean"
"""The word for a baseline of a background's means."""
FAR = 3.0
"""Deviations from its mean beyond which a feature is all but never found."""
MOST = 512
"""Samples whose moments are looked at."""
FITTED = 4096
"""Samples that an imputer is fitted on, at most."""


def warn_of_no_names(path: Path, model: "TorchModel | FunctionModel", samples: "Batch | Folder") -> None:
    """Warn where the features of the data have names, but nobody knows which the model was trained on."""
    from aition.core.batch import Batch
    from aition.core.inputs import Inputs

    named = not isinstance(samples, Batch) or Inputs.of(samples)
    if named and not getattr(model, "inputs", False):
        warnings.warn(
            f"{path} does not say what it was trained on, so nobody can tell whether the data have the features, codes "
            "and units that it reads, in their order; models of fit() and of aition train say it",
            AitionWarning,
            stacklevel=2,
        )


def training_of(data: str) -> str:
    """The training samples that stand beside DATA, as the command line names them: of a split, those of its folder."""
    place, colon, _ = data.rpartition(":")
    return f"{place}:train" if colon else data


def warn_of_nothing(how: Any, model: "TorchModel | FunctionModel", samples: "Batch | Folder", background: str) -> None:
    """Warn where nobody chose the baseline, and 0, the default, is no value that the features ever have.

    Args:
        how: The explainer.
        model: A network on measurements knows how far 0 is from the means of its features.
        samples: Where they say units, their own means tell.
        background: What to take the means of.
    """
    from aition.core.events import is_events
    from aition.impute.baseline import ConstantBaseline

    if getattr(how, "baseline", None) != ConstantBaseline():
        return
    try:
        replace(how, baseline=ConstantBaseline(1.0))
    except InputError:
        return
    some = in_memory(samples, most=MOST)
    far = {} if is_events(some) else distances(model, some)
    if far:
        name = max(far, key=lambda one: far[one])
        warnings.warn(
            f"the baseline is 0 for every feature, which no {name!r} is: it lies {far[name]:.0f} deviations from the "
            f"mean; say --set baseline=background-mean --background {background} (or "
            "baseline=constant-baseline if 0 it is)",
            AitionWarning,
            stacklevel=2,
        )


def distances(model: "TorchModel | FunctionModel", samples: "Batch") -> dict[str, float]:
    """How many deviations 0 lies from the mean, by feature, where it is far from what is measured.

    They are told by the moments that a network on measurements has, or by the samples where these say units.
    """
    from aition.models import MeasuredGRU, moments

    module = getattr(model, "module", None)
    if isinstance(module, MeasuredGRU):
        mean, scale = module.mean.tolist(), module.scale.tolist()
    elif any(samples.units):
        mean, scale = moments(samples)
    else:
        return {}
    far = {
        name: abs(middle) / by for name, middle, by in zip(samples.feature_names, mean, scale, strict=False) if by > 0
    }
    return {name: size for name, size in far.items() if size > FAR}


def with_imputers(how: Any, model: "TorchModel | FunctionModel", background: "Batch") -> Any:
    """An explainer, the imputers among its settings fitted on a background, on one thread, so that each fit is alike.

    Raises:
        InputError: The background has other features than those that the model was trained on, or no fit is possible.
    """
    from aition.core.inputs import Inputs
    from aition.impute.unfitted import fitted
    from aition.store.runner import one_thread

    getattr(model, "inputs", Inputs()).check(background)
    with one_thread():
        return fitted(how, background)


def averages_in(chosen: dict[str, str], model: "TorchModel | FunctionModel", background: "Batch") -> dict[str, str]:
    """Settings in which ``background-mean`` is the baseline of a background's means.

    Raises:
        InputError: The background has other features than those that the model was trained on.
    """
    from aition.core.inputs import Inputs
    from aition.core.provenance import described_setting
    from aition.impute.baseline import FeatureBaseline

    getattr(model, "inputs", Inputs()).check(background)
    words = json.dumps(described_setting(FeatureBaseline.mean_of(background)))
    return {name: words if word == MEAN else word.replace(f'"{MEAN}"', words) for name, word in chosen.items()}
