"""Fidelity: ExtremalMask in its published setting beside the masks of time-interpret, on the same series and models.

Rare features and rare times: 10 series 50 × 50 without a generator; the largest difference of two masks must be at most
1e-5. States: 200 series 200 × 3 of a hidden Markov model, a GRU with 200 units, a generator with the same first
weights, 5 epochs; every figure of truth must be the same to 3 decimals (information and entropy in bits a true cell).
``--quick`` takes a few seconds and says little.
"""

import argparse
import json
from unittest.mock import patch

import torch
from aition_peers import TintExtremalMask
from aition_peers.extremal import generator
from aition_peers.training import silent_trainer
from torch import Tensor, nn
from work import FIGURES, in_words, judged, rare, squares, states

from aition import TorchModel, explain
from aition.data.simulate import Simulated
from aition.methods.masks import ExtremalMask, Fixed, Generated, Learned
from aition.methods.masks.generator import RecurrentGenerator

WIDEST = 1e-5
"""How far masks on rare features and times may differ."""
DECIMALS = 3
"""To how many decimals figures of truth on states must agree."""


def ours(explainer: ExtremalMask, model: TorchModel, drawn: Simulated) -> Tensor:
    """The masks of the published setting."""
    answer = explain(explainer, model, drawn.batch, drawn.target, progress="off")
    return torch.from_numpy(answer["attribution"].values)


def largest(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def on_rare(axis: str, *, epochs: int, seed: int) -> float:
    """The largest difference of two masks."""
    drawn, model = rare(axis, seed=seed)
    peer = TintExtremalMask.rare()
    theirs = peer.learned(squares, drawn.batch.x, drawn.truth, trainer=silent_trainer(epochs))
    mask = ours(ExtremalMask.paper(replacement=Fixed(), steps=epochs), model, drawn)
    gap = largest(mask, theirs)
    print(f"rare {axis}, {epochs} epochs: largest difference {gap:.1e}  {in_words(judged(mask, drawn))}")
    return gap


def same_weights(theirs: nn.Module, n_feature: int) -> RecurrentGenerator:
    """Our generator with the weights of tint's."""
    made = RecurrentGenerator(n_feature, causal=False, seed=0)
    layer, linear = theirs[0].rnn, theirs[1].mlp[0]
    for there, suffix in ((made.forwards, ""), (made.backwards[0], "_reverse")):
        there.load_state_dict(
            {name: getattr(layer, name + suffix).detach().clone() for name, _ in there.named_parameters()}
        )
    made.linear.load_state_dict(linear.state_dict())
    return made


def on_states(*, n_sample: int, epochs: int, n_train: int, training: int, seed: int) -> dict[str, float]:
    """The largest difference of two masks and of each figure of truth."""
    drawn, model = states(n_sample, n_train=n_train, epochs=training, seed=seed)
    peer = TintExtremalMask(seed=seed)
    first = same_weights(generator(3, seed=seed), 3)
    theirs = peer.learned(model.module, drawn.batch.x, trainer=silent_trainer(epochs))
    with patch.object(Learned, "fresh", lambda self, _batch, *, seed: Generated(first, self.baseline)):
        mask = ours(ExtremalMask.paper(steps=epochs), model, drawn)
    one, other = judged(mask, drawn), judged(theirs, drawn)
    gaps = {name: abs(one[name] - other[name]) for name in FIGURES}
    print(f"states, {n_sample} series, {epochs} epochs: largest difference {largest(mask, theirs):.1e}")
    print("  ours " + "  ".join(f"{name} {one[name]:.5f}" for name in FIGURES))
    print("  tint " + "  ".join(f"{name} {other[name]:.5f}" for name in FIGURES))
    return {"mask": largest(mask, theirs), **gaps}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it runs")
    parser.add_argument("--epochs", type=int, default=2000, help="on rare features and times")
    parser.add_argument("--seed", type=int, default=1000, help="of series, classifier and generator")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    epochs = min(asked.epochs, 50) if asked.quick else asked.epochs
    gaps = {f"rare_{axis}": on_rare(axis, epochs=epochs, seed=asked.seed) for axis in ("feature", "time")}
    size = (
        {"n_sample": 8, "n_train": 16, "training": 1}
        if asked.quick
        else {"n_sample": 200, "n_train": 400, "training": 5}
    )
    state = on_states(epochs=2 if asked.quick else 5, seed=asked.seed, **size)
    met = {
        "rare": max(gaps.values()) <= WIDEST,
        "states": all(gap < 0.5 * 10**-DECIMALS for gap in state.values()),
    }
    figures = {name: float(f"{gap:.1e}") for name, gap in (gaps | {f"states_{k}": v for k, v in state.items()}).items()}
    print(json.dumps({"benchmark": "peers_fidelity", "torch": torch.__version__, "differences": figures, "met": met}))


if __name__ == "__main__":
    main()
