"""Labelled samples for aition train: what they say of a network's settings, and whether the network can read them."""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aition.cli.inputs import in_memory, samples_of
from aition.cli.printing import counted
from aition.core.errors import AitionWarning, InputError

if TYPE_CHECKING:
    from aition.core.batch import Batch
    from aition.core.model import TorchModel

FAR = 10.0
"""A mean or a deviation beyond this is in units: a network on deviations learns badly from it."""


@dataclass(frozen=True)
class Labelled:
    """Samples that have a label.

    Args:
        words: As the command line names them.
        batch: The samples.
        n_unlabelled: How many more there were, whose label is not known.
        class_names: Of all classes, where a folder says them.
    """

    words: str
    batch: "Batch"
    n_unlabelled: int
    class_names: tuple[str, ...]

    @property
    def n_class(self) -> int:
        """Classes that the folder says, or that labels are of."""
        return max(len(self.class_names), int(self.batch.label.max()) + 1)


def labelled_in(words: str, *, standardise: bool) -> Labelled:
    """The samples of DATA that have a label.

    Raises:
        InputError: There is no such data; no label is known; labels are values.
    """
    from aition.core.batch import Batch

    source = samples_of(words, standardise=standardise)
    names = () if isinstance(source, Batch) else source.class_names
    samples = in_memory(source)
    if samples.label.is_floating_point():
        raise InputError(f"labels must be classes, but those of {words} are values; train such a model in Python")
    known = samples.label >= 0
    rows = (known if known.ndim == 1 else (known & samples.exists).any(dim=1)).nonzero()[:, 0]
    if not len(rows):
        raise InputError(f"samples must have labels, but the {counted(len(samples), 'sample')} of {words} have none")
    left = len(samples) - len(rows)
    return Labelled(words, samples.take(rows) if left else samples, left, names)


def built_from(network: str, data: Labelled) -> dict[str, Any]:
    """Settings of a network that the data say.

    Raises:
        InputError: The network reads data of another form, or there is one class only.
    """
    from aition.core.events import is_events
    from aition.models import moments
    from aition.models.builders import EVENT_NETWORKS, FORMS, MEASURED_NETWORKS

    samples, events = data.batch, is_events(data.batch)
    own = next((form for form, names in FORMS.items() if network in names), "")
    if own and events != (network in EVENT_NETWORKS):
        fitting = [
            f"{', '.join(names)} (for {form})" for form, names in FORMS.items() if (names is EVENT_NETWORKS) == events
        ]
        holds = "lists of events" if events else "features at every step"
        raise InputError(f"{network} is for {own}, but {data.words} holds {holds}; take {' or '.join(fitting)}")
    met = samples.label[samples.label >= 0].unique().tolist()
    if len(met) < 2:
        raise InputError(
            f"samples must be of at least two classes, but all {counted(len(samples), 'labelled sample')} of "
            f"{data.words} are of class {met[0]}"
        )
    if events:
        built: dict[str, Any] = {"n_code": len(samples.fields["code"].names), "n_class": data.n_class}
    else:
        built = {"n_feature": samples.n_feature, "n_class": data.n_class}
    if network in (*EVENT_NETWORKS, *MEASURED_NETWORKS) and not (events and not samples.static.shape[1]):
        mean, scale = moments(samples)
        first = samples.n_feature if events else 0
        built |= {"n_static": samples.static.shape[1], "mean": mean[first:], "scale": scale[first:]}
    return built


def check_place(to: Path) -> None:
    """Raise unless a model can be written there.

    Raises:
        InputError: Another ending; a folder is there; its folder is not there, or can't be written to.
    """
    if to.suffix != ".safetensors":
        raise InputError(f"--to must end in .safetensors, but is {str(to)!r}")
    if to.is_dir():
        raise InputError(f"--to must be a file, but {to} is a folder")
    if not to.parent.is_dir():
        raise InputError(f"--to must be in a folder that is there, but {to.parent} is not; make it first")
    if not os.access(to.parent, os.W_OK):
        raise InputError(f"--to must be in a folder that can be written to, but {to.parent} can't")


def check_spared(to: Path, read: Sequence[str]) -> None:
    """Raise where the file would be written over what is read.

    Args:
        to: The file.
        read: Files, folders and names of data sets, as the command line has them; "" for none.

    Raises:
        InputError: It is a model, a file of samples, or one that lies in a folder of samples.
    """
    from aition.data.folder import is_folder

    if not to.exists():
        return
    for words in filter(None, read):
        whole = Path(words)
        folder = whole if is_folder(whole) else Path(words.rpartition(":")[0] or words)
        if whole.exists() and to.samefile(whole):
            raise InputError(f"--to must be another file than {words}, which is read; take another name")
        if is_folder(folder) and to.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"--to must be another file than those of {folder}, which are read; take another place")


def check_test(model: "TorchModel", data: Labelled, test: Labelled) -> None:
    """Raise unless the test is of what the network is trained on.

    Raises:
        InputError: Other features, codes, static columns, scales or classes.
    """
    from aition.models.trained_on import inputs_of

    if data.class_names and test.class_names and data.class_names != test.class_names:
        raise InputError(
            f"classes of {test.words} must be those of {data.words}, {list(data.class_names)}, but are "
            f"{list(test.class_names)}"
        )
    try:
        inputs_of(model, data.batch).check(test.batch)
    except InputError as error:
        raise InputError(f"{test.words} must hold what {data.words} holds, but: {error}") from error


def check_learnable(model: "TorchModel", data: Labelled) -> None:
    """Raise unless a network answers a sample of the data with a number for each class.

    Raises:
        InputError: It can't read it, or answers too few classes for the labels.
    """
    import torch

    from aition.core.freeze import frozen
    from aition.models import label_loss

    one = data.batch.take([0])
    most = int(data.batch.label.max())
    try:
        with frozen(model), torch.no_grad():
            outputs = model(one)
            if outputs.ndim == one.label.ndim + 1 and max(2, outputs.shape[-1]) <= most:
                raise InputError(f"one of its labels is {most}; say --set n_class={most + 1}")
            label_loss(outputs, one)
    except (TypeError, ValueError, RuntimeError, IndexError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"the network can't be used on {data.words}, {one!r} for one sample: {why}") from error


def warn_of_units(network: str, data: Labelled) -> None:
    """Warn where a network on deviations is given values in units, or such as were not measured."""
    from aition.models import moments
    from aition.models.builders import NETWORKS

    if network not in NETWORKS:
        return
    samples = data.batch
    missing = 1 - float(samples.observed.sum()) / max(1, int(samples.cells.sum()))
    mean, scale = (part[: samples.n_feature] for part in moments(samples))
    far = [place for place in range(samples.n_feature) if max(abs(mean[place]), scale[place]) > FAR]
    faults = [f"{missing:.0%} of them were not measured and are read as 0"] if missing > 0 else []
    if far:
        name = samples.feature_names[far[0]]
        faults.append(f"{name!r} has mean {mean[far[0]]:.3g} and deviation {scale[far[0]]:.3g}")
    if faults:
        warnings.warn(
            f"{network} reads values as they stand, and {' and '.join(faults)}; measured-gru takes values in their "
            "units, and reads which of them were measured",
            AitionWarning,
            stacklevel=2,
        )
