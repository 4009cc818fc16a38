"""A selection of cells held against the truth, and against the law: what do the cells that were kept say?"""

import numpy as np
import torch
from numpy.typing import NDArray

from aition.bench.held import candidates, mean_of
from aition.core.explanation import Explanation
from aition.core.freeze import frozen
from aition.core.model import outputs_of
from aition.core.run import ready
from aition.data.simulate.given import KnownInPart
from aition.data.simulate.simulated import Simulated, Simulator
from aition.metrics import removal_order

CELLS = ("sample", "time", "feature")


def selection_of(
    explanation: Explanation, attribution: NDArray[np.float64], shown: Simulated
) -> tuple[NDArray[np.bool_], bool]:
    """Which cells a method selects, ``[sample, time, feature]``, and whether it says so itself.

    A method that answers ``selected`` is taken at its word. Of another, the cells with the largest absolute
    attributions are taken, as many as are true in the series; ties fall by chance, and a series without an attribution
    has none.
    """
    allowed = candidates(shown)
    if "selected" in explanation and explanation["selected"].dims == CELLS:
        return np.asarray(explanation["selected"].values).astype(np.bool_) & allowed, True
    scores = np.where(allowed, np.abs(np.nan_to_num(attribution)), -1.0)
    exists, keys = shown.batch.exists.cpu().numpy(), shown.batch.keys.cpu().numpy()
    order = removal_order(scores, exists, keys=keys)
    known = np.isfinite(attribution).any(axis=(1, 2))
    n_true = known * (shown.truth.cpu().numpy() & allowed).sum(axis=(1, 2))
    return (order >= 0) & (order < n_true[:, None, None]) & allowed, False


def figures_of_selection(selected: NDArray[np.bool_], shown: Simulated, simulator: Simulator) -> dict[str, float]:
    """TPR and FPR, each series by itself and then the mean; and the nats that are lost, where the law can say.

    Of series of several steps ``tpr_near`` counts a true cell as found, too, if the cell of its feature one step before
    or after is selected.

    Args:
        selected: ``[sample, time, feature]``.
        shown: The series.
        simulator: Their law.
    """
    allowed = candidates(shown)
    truth = shown.truth.cpu().numpy() & allowed
    near = selected.copy()
    near[:, 1:] |= selected[:, :-1]
    near[:, :-1] |= selected[:, 1:]
    shares = {"tpr": (selected, truth), "fpr": (selected, allowed & ~truth), "tpr_near": (near, truth)}
    if selected.shape[1] == 1:
        del shares["tpr_near"]
    found = {}
    for name, (taken, among) in shares.items():
        count = among.sum(axis=(1, 2))
        found[name] = mean_of((taken & among).sum(axis=(1, 2))[count > 0] / count[count > 0])
    if isinstance(simulator, KnownInPart):
        found["nats_lost"] = nats_lost(selected, shown, simulator)
    return {name: value for name, value in found.items() if np.isfinite(value)}


def nats_lost(selected: NDArray[np.bool_], shown: Simulated, law: KnownInPart) -> float:
    """Mean divergence of the class given the selected cells from the class given the whole series, in nats.

    It is what the mean negative log-likelihood of the labels rises by, from knowing all to knowing the selected cells
    only, without the chance in which the labels are drawn. The true cells lose nothing.
    """
    model = shown.white_box
    with frozen(model):
        whole = outputs_of(model, ready(shown.batch, model)).double().log_softmax(dim=1)
    part = law.given(shown.batch, torch.from_numpy(selected)).clamp(min=1e-300).log()
    return float((whole.exp() * (whole - part)).sum(dim=1).mean())
