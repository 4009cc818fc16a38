"""An explanation held against the model: what its outputs do while cells are set to 0."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aition.checks.removing import among
from aition.core.batch import Batch
from aition.core.freeze import frozen
from aition.core.head import look_like_probabilities
from aition.core.model import TorchModel, outputs_of
from aition.core.question import Question
from aition.core.run import ready
from aition.core.target import Target
from aition.data.simulate.simulated import Simulated
from aition.metrics import comprehensiveness, cpd, cpp, first_fraction, predicted, removal_order, sufficiency
from aition.models.train import accuracy_of

STEPS, SHARE = 50, 0.1
"""Cells removed one by one: a tenth of a series', 50 at most."""
FOLLOWED = 50
"""Series for which cells are removed one by one; more would take longer than explaining."""
TOP = 0.2
"""Share of the cells removed, or kept, for comprehensiveness and sufficiency: that of the published table."""
ROWS = 512


def figures_of_model(attribution: NDArray[np.float64], model: TorchModel, shown: Simulated) -> dict[str, float]:
    """Every figure that asks the model; one that does not apply is left out.

    Cells go by absolute attribution, to 0; ties by chance. Outputs are probabilities where the model tells classes
    apart, else as they are; of a model that answers at every step, the mean over the steps asked for.

    Args:
        attribution: ``[sample, time, feature]``.
        model: What was explained.
        shown: The series that were explained.
    """
    with frozen(model):
        raw = replace(model, head="none")
        batch = ready(shown.batch, raw)
        figures = figures_of_paths(attribution, raw, batch, shown.target)
        return figures | figures_of_halves(attribution, raw, batch)


def accuracy(model: TorchModel, batch: Batch) -> float:
    """Share of the labels that the model's largest output meets; NaN where labels are no classes."""
    with frozen(model):
        there = ready(batch, model)
        outputs = outputs_of(model, there)
    label = there.label
    fits = outputs.ndim == label.ndim + 1 and outputs.shape[: label.ndim] == label.shape
    return accuracy_of(outputs, there) if fits and not label.is_floating_point() else float("nan")


def figures_of_paths(
    attribution: NDArray[np.float64], model: TorchModel, batch: Batch, target: Target
) -> dict[str, float]:
    """CPD and CPP."""
    few = torch.arange(min(FOLLOWED, len(batch)))
    part = batch.take(few)
    n_step = steps_of(part)
    found = {}
    for name, measure, least in (("cpd", cpd, False), ("cpp", cpp, True)):
        order = order_of(attribution[: len(few)], part, least_first=least)
        path, n_asked = outputs_along(model, part, target, order, n_step)
        each = measure(path) / n_asked
        if np.isfinite(each).any():
            found[name] = float(np.nanmean(each))
    return found


def steps_of(batch: Batch) -> int:
    """Cells that are removed one by one."""
    n_cell = int((batch.cells & batch.observed).flatten(1).sum(dim=1).min())
    return max(1, min(STEPS, int(SHARE * n_cell)))


def order_of(attribution: NDArray[np.float64], batch: Batch, *, least_first: bool) -> NDArray[np.int64]:
    """In which order observed cells are removed, ``[sample, time, feature]``; -1 for what is none."""
    exists, keys = batch.exists.cpu().numpy(), batch.keys.cpu().numpy()
    scores = np.where(exists[:, :, None], np.abs(attribution), 0)
    order = removal_order(scores, exists, keys=keys, least_first=least_first)
    return among(order, (batch.cells & batch.observed).cpu().numpy())


def outputs_along(
    model: TorchModel, batch: Batch, target: Target, order: NDArray[np.int64], n_step: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outputs while cells are removed one by one, and how many steps were asked for.

    Args:
        model: As it is, with its head.
        batch: Series, ready for the model.
        target: Which steps are asked for; their classes are all followed.
        order: What :func:`order_of` gave.
        n_step: Cells to remove.

    Returns:
        ``[sample, step, output]``, step 0 for the untouched series, NaN for what is padding; and ``[sample]``.
    """
    place = torch.from_numpy(order).to(batch.x.device)
    size = max(1, ROWS // (n_step + 1))
    paths, counts = [], []
    for first in range(0, len(batch), size):
        part = batch.take(range(first, min(first + size, len(batch))))
        gone = place[first : first + size, None] < torch.arange(n_step + 1, device=place.device)[:, None, None]
        gone &= place[first : first + size, None] >= 0
        many = part.repeat(n_step + 1)
        outputs = outputs_of(model, many.with_x(many.x.masked_fill(gone.flatten(0, 1), 0)))
        said = outputs.reshape(len(part), n_step + 1, *outputs.shape[1:])
        question = followed(target, said[:, 0], part, model)
        chosen = question.repeat(n_step + 1).select(probabilities(outputs, question.axes))
        asked = question.weight > 0
        path = chosen.reshape(len(part), n_step + 1, -1).double()
        paths.append(path.masked_fill(~asked[:, None], torch.nan).cpu().numpy())
        counts.append((asked.sum(dim=1) / max(1, class_count(question, outputs))).cpu().numpy())
    return np.concatenate(paths), np.concatenate(counts)


def followed(target: Target, outputs: Tensor, batch: Batch, model: TorchModel) -> Question:
    """The question of all classes at the steps that a target asks for."""
    at = tuple((axis, "whole" if axis == "class" else choice) for axis, choice in target.at)
    return Target(at).resolve(outputs, batch, axes=model.axes)


def class_count(question: Question, outputs: Tensor) -> int:
    """Classes among the outputs that are followed."""
    return outputs.shape[question.axes.index("class") + 1] if "class" in question.whole else 1


def probabilities(outputs: Tensor, axes: tuple[str, ...]) -> Tensor:
    """Outputs as probabilities where they tell two classes or more apart."""
    place = axes.index("class") + 1 if "class" in axes else 0
    if not place or outputs.shape[place] < 2 or look_like_probabilities(outputs.movedim(place, -1)):
        return outputs
    return outputs.softmax(dim=place)


def figures_of_halves(attribution: NDArray[np.float64], model: TorchModel, batch: Batch) -> dict[str, float]:
    """Comprehensiveness and sufficiency, for a model that tells classes of whole series apart."""
    original = outputs_of(model, batch)
    if original.ndim != 2 or original.shape[1] < 2 or model.axes not in ((), ("class",)):
        return {}
    order = order_of(attribution, batch, least_first=False)
    top = torch.from_numpy(first_fraction(order, TOP)).to(batch.x.device)
    rest = torch.from_numpy(order >= 0).to(batch.x.device) & ~top
    logits = [logs(original).cpu().numpy()]
    for gone in (top, rest):
        logits.append(logs(outputs_of(model, batch.with_x(batch.x.masked_fill(gone, 0)))).cpu().numpy())
    index = predicted(logits[0])
    removed, kept = logits[1][:, None], logits[2][:, None]
    return {
        "comprehensiveness": float(comprehensiveness(logits[0], removed, index=index).mean()),
        "sufficiency": float(sufficiency(logits[0], kept, index=index).mean()),
    }


def logs(outputs: Tensor) -> Tensor:
    """Logits, or the logarithms of what are probabilities already."""
    tiny = torch.finfo(outputs.dtype).tiny
    return outputs.clamp(min=tiny).log() if look_like_probabilities(outputs) else outputs
