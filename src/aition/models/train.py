"""The training loop."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import InputError, ModelError
from aition.core.freeze import frozen, random_state_kept
from aition.core.model import TorchModel, outputs_of
from aition.core.progress import Progress, progress_bar
from aition.metrics import auprc, auroc
from aition.models.trained_on import inputs_of

Loss = Callable[[Tensor, Batch], Tensor]
Charge = Callable[[TorchModel, Batch], Tensor]
"""From the model in training and samples to a scalar that is added to the loss, such as ``aition.penalty.Weighted``."""


@dataclass(frozen=True)
class Epoch:
    """How training stood after an epoch.

    Args:
        loss: Mean loss over the samples, as they were met in training; without the penalty.
        accuracy: Share of labels met; NaN where labels are values.
        validation_loss: Loss over the validation samples; NaN where there are none.
        validation_accuracy: Likewise.
        penalty: Mean penalty over the samples, as they were met in training.
    """

    loss: float
    accuracy: float
    validation_loss: float = math.nan
    validation_accuracy: float = math.nan
    penalty: float = 0.0


@dataclass(frozen=True)
class Trained:
    """A trained model and how it came about.

    Args:
        model: A copy of the model that was given, with trained weights, in evaluation mode; its ``inputs`` are the
            names of what it was trained on.
        history: One entry an epoch.
    """

    model: TorchModel
    history: tuple[Epoch, ...]


def label_loss(outputs: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy for classes, squared error for values, the mean over samples (and existing, labelled steps).

    It is 0 where nothing is labelled.

    Args:
        outputs: Logits ``[sample, class]``, ``[sample, time, class]``, or one value ``[sample]``, ``[sample, 1]``
            (log-odds of class 1 for classes).
        batch: What was given, with its labels.
    """
    label, n_axis, counts = batch.label, batch.label.ndim, labelled(batch)
    flat = outputs.reshape(*label.shape, -1) if outputs.ndim <= n_axis + 1 else outputs
    if flat.shape[:n_axis] != label.shape or flat.ndim != n_axis + 1:
        raise InputError(
            f"outputs must be {list(label.shape)} and a class axis, as the labels, but are {list(outputs.shape)}"
        )
    if not bool(counts.any()):
        return flat.sum() * 0
    flat, label = flat[counts], label[counts]
    if label.is_floating_point():
        return nn.functional.mse_loss(flat.squeeze(-1), label.to(flat.dtype))
    if flat.shape[-1] == 1:
        return nn.functional.binary_cross_entropy_with_logits(flat.squeeze(-1), label.to(flat.dtype))
    return nn.functional.cross_entropy(flat, label)


def no_penalty(_model: TorchModel, batch: Batch) -> Tensor:
    """Nothing is paid beside the loss."""
    return batch.x.new_zeros(())


def labelled(batch: Batch) -> Tensor:
    """Which samples, or which existing steps, have a label, in the shape of the labels."""
    counts = batch.exists if batch.label.ndim == 2 else torch.ones_like(batch.label, dtype=torch.bool)
    return counts if batch.label.is_floating_point() else counts & (batch.label >= 0)


def accuracy_of(outputs: Tensor, batch: Batch) -> float:
    """Share of labels that the largest output meets, over labelled samples or existing steps.

    It is NaN where there are none, and where labels are values.

    >>> from aition.core.assemble import from_tensors
    >>> batch = from_tensors(torch.zeros(3, 1, 1), label=[0, 1, -1])
    >>> accuracy_of(torch.tensor([[2.0, 1.0], [2.0, 1.0], [0.0, 1.0]]), batch)
    0.5
    """
    if batch.label.is_floating_point():
        return math.nan
    counts = labelled(batch)
    return float(met(outputs, batch)[counts].double().mean()) if bool(counts.any()) else math.nan


def met(outputs: Tensor, batch: Batch) -> Tensor:
    """Whether the largest output is that of the label, in the shape of the labels, which are classes."""
    flat = outputs.reshape(*batch.label.shape, -1)
    return ((flat[..., 0] > 0).long() if flat.shape[-1] == 1 else flat.argmax(dim=-1)) == batch.label


def evaluate(model: TorchModel, batch: Batch, *, loss: Loss = label_loss) -> tuple[float, float]:
    """Loss and accuracy of a model in evaluation mode; the model is left as it was."""
    there = batch.to(device=model.device, dtype=model.dtype)
    with frozen(model):
        outputs = outputs_of(replace(model, embedding=""), there)
        return float(loss(outputs, there)), accuracy_of(outputs, there)


def fit(
    model: TorchModel,
    batch: Batch,
    *,
    epochs: int,
    seed: int = 0,
    lr: float = 3e-3,
    batch_size: int = 32,
    weight_decay: float = 0.0,
    loss: Loss = label_loss,
    penalty: Charge = no_penalty,
    validation: Batch | None = None,
    progress: Progress = "auto",
) -> Trained:
    """Train a copy of a model with Adam; the same seed gives the same weights, bit by bit on one device.

    The model that is given, and the global random generators, stay as they were.

    Args:
        model: Where training starts.
        batch: Labelled samples.
        epochs: Passes over the samples.
        seed: Of the samples' order and of dropout.
        lr: Step of Adam.
        batch_size: Samples a step.
        weight_decay: Decoupled decay of the weights a step, in units of ``lr``.
        loss: From (outputs, batch) to a scalar.
        penalty: From (model, batch) to a scalar that is added to the loss; ``aition.penalty`` has some.
        validation: Samples to look at after each epoch.
        progress: "auto" shows a bar on a terminal.

    Raises:
        InputError: No labels, no trainable weights, or a setting out of range.
        ModelError: The loss became NaN or Inf.
    """
    check_settings(model, batch, epochs=epochs, batch_size=batch_size, lr=lr)
    trained = replace(model, module=copy.deepcopy(model.module), embedding="")
    trained = replace(trained, inputs=model.inputs or inputs_of(trained, batch))
    module, asked = trained.module, replace(trained, embedding=model.embedding)
    optimizer = torch.optim.AdamW(
        [weight for weight in module.parameters() if weight.requires_grad], lr=lr, weight_decay=weight_decay
    )
    order = torch.Generator().manual_seed(seed)
    history = []
    with random_state_kept(), progress_bar("training", epochs, progress=progress) as tick:
        torch.manual_seed(seed)
        for epoch in range(epochs):
            module.train()
            total, paid, right, judged = 0.0, 0.0, 0.0, 0
            for rows in torch.randperm(len(batch), generator=order).split(batch_size):
                piece = batch.take(rows).to(device=model.device, dtype=model.dtype)
                with torch.enable_grad():
                    outputs = trained(piece)
                    cost, charge = loss(outputs, piece), penalty(asked, piece)
                    optimizer.zero_grad()
                    (cost + charge).backward()
                optimizer.step()
                total, paid = total + float(cost.detach()) * len(rows), paid + float(charge.detach()) * len(rows)
                if not math.isnan(share := accuracy_of(outputs.detach(), piece)):
                    right, judged = right + share * len(rows), judged + len(rows)
            if not math.isfinite(total + paid):
                raise ModelError(
                    f"the loss became {total + paid} in epoch {epoch}; take a smaller lr than {lr}, or standardise "
                    "the data"
                )
            seen = evaluate(trained, validation, loss=loss) if validation is not None else (math.nan, math.nan)
            met_share = right / judged if judged else math.nan
            history.append(Epoch(total / len(batch), met_share, *seen, penalty=paid / len(batch)))
            tick(1)
    module.eval()
    return Trained(asked, tuple(history))


def check_settings(model: TorchModel, batch: Batch, *, epochs: int, batch_size: int, lr: float) -> None:
    """Raise where there is nothing to train, or nothing to train on."""
    if epochs < 1 or batch_size < 1 or not 0 < lr < math.inf:
        raise InputError(
            f"epochs and batch_size must be 1 or more and lr above 0, but are {epochs}, {batch_size} and {lr}"
        )
    if not any(weight.requires_grad for weight in model.module.parameters()):
        raise InputError("the module has no weights with requires_grad, so there is nothing to train")
    label = batch.label
    if not len(batch) or (not label.is_floating_point() and label.ndim == 1 and bool((label < 0).any())):
        raise InputError(
            f"every sample must have a label to train on, but {int((label < 0).sum())} of {len(batch)} have none; "
            "leave them out by batch.take(…)"
        )
    if not bool(labelled(batch).any()):
        raise InputError("some existing step must have a label to train on, but none has one")


def areas(model: TorchModel, batch: Batch) -> tuple[float, float]:
    """Areas under the ROC and the precision-recall curve of the second of two classes.

    They are NaN where there are other classes, or samples of one only. The second is average precision, which is the
    share of that class where the model knows nothing.

    Args:
        model: Answers ``[sample, class]``.
        batch: Samples with labels 0 and 1; -1 is left out.
    """
    there = batch.to(device=model.device, dtype=model.dtype)
    with frozen(model):
        outputs = outputs_of(replace(model, embedding=""), there).double().cpu()
    label = batch.label.cpu()
    if label.is_floating_point() or label.ndim > 1 or outputs.ndim != 2 or outputs.shape[1] != 2:
        return math.nan, math.nan
    score, told = (outputs[:, 1] - outputs[:, 0])[label >= 0], label[label >= 0] == 1
    if bool(told.all()) or not bool(told.any()):
        return math.nan, math.nan
    scores, truth = score.numpy()[None, :, None], told.numpy()[None, :, None]
    exists = np.ones(scores.shape[:2], dtype=np.bool_)
    return float(auroc(scores, truth, exists)[0]), float(auprc(scores, truth, exists)[0])
