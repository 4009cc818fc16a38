"""Makes the pictures and the count of negations of the page on interactions: ``python docs/_ext/interactions.py``."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aition import Batch, Target, TorchModel, explain
from aition.data import load
from aition.data.reviews import encoded, load_reviews, words_of
from aition.impute.groups import Blocks, EachStep
from aition.methods import ShapleyInteractions
from aition.models import create, evaluate, fit
from aition.view.plots import plot_interaction_means, plot_interactions

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
POSITIVE = Target.of_class(1).against(**{"class": 0})
SAID = ("This film is not very good.", "It is never dull and always funny.")
NEGATIONS = ("not", "never", "isn't", "doesn't", "don't", "nor", "neither", "hardly", "without", "lacks")
SEEN = 300
"""Held-out sentences with a negation that are looked at."""


def main() -> None:
    torch.set_num_threads(1)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from sentences import network

    test = load_reviews().test
    for kind in ("lstm", "cnn"):
        model = network(kind)
        print(f"{kind}: {evaluate(model, test)[1]:.3f} of held-out sentences judged rightly")
        print(f"{kind}: {negated(model, test)}")
    draw_sentences(network("cnn"), test)
    draw_gun()
    draw_motions()


def draw_sentences(model: TorchModel, test: Batch) -> None:
    """Two sentences with a negation."""
    batch = encoded(test, SAID)
    answer = explain(ShapleyInteractions(groups=EachStep()), model, batch, POSITIVE, progress="off")
    for row, name in enumerate(("good", "dull")):
        figure = plot_interactions(answer, str(answer.sample.values[row]), names=words_of(batch, row))
        figure.savefig(PICTURES / f"interactions_{name}.png", dpi=110)


def negated(model: TorchModel, test: Batch) -> str:
    """How often a negation acts against the word behind it that counts most, beside two other words as far apart."""
    names = test.fields["ids"].names
    numbers = torch.tensor([names.index(word) for word in NEGATIONS if word in names])
    rows = (torch.isin(test["ids"], numbers) & test.exists).any(dim=1) & (test.lengths <= 16)
    batch = test.take(rows.nonzero()[:SEEN, 0])
    answer = explain(ShapleyInteractions(groups=EachStep()), model, batch, POSITIVE, progress="off")
    against, others = [], []
    for row in range(len(batch)):
        words = words_of(batch, row)
        alone, pairs = answer.attribution_alone.values[row], answer.interaction.values[row]
        places = [place for place, word in enumerate(words) if word in NEGATIONS and place + 1 < len(words)]
        for first in range(len(words) - 1):
            behind = max(range(first + 1, min(first + 4, len(words))), key=lambda place: abs(alone[place]))
            if first in places:
                against.append(alone[behind] * pairs[first, behind] < 0)
            elif words[first] not in NEGATIONS:
                others.append(alone[behind] * pairs[first, behind] < 0)
    return f"{share(against)} of {len(against)} negations, {share(others)} of {len(others)} other words"


def share(of: list[Any]) -> str:
    return f"{np.mean(of):.2f} ± {1.96 * np.sqrt(np.mean(of) * (1 - np.mean(of)) / len(of)):.2f}"


def trained(name: str, **settings: Any) -> tuple[TorchModel, Batch, tuple[str, ...]]:
    """A convolutional network for a packaged data set, and the series that it has not seen."""
    data = load(name).standardised()
    torch.manual_seed(0)
    fresh = create("conv-classifier", n_feature=data.train.n_feature, n_class=len(data.class_names))
    model = fit(fresh, data.train, **settings).model
    print(f"{name}: {evaluate(model, data.test)[1]:.3f} of {len(data.test)} held-out series judged rightly")
    return model, data.test, data.class_names


def draw_gun() -> None:
    """One series of a hand with a gun, and all of them."""
    model, test, classes = trained("gun-point", epochs=200)
    hands = test.take((test.label == 0).nonzero()[:40, 0])
    answer = explain(ShapleyInteractions(), model, hands, Target.of_class(0), progress="off")
    figure = plot_interactions(answer, str(answer.sample.values[0]), class_names=classes)
    figure.savefig(PICTURES / "interactions_gun.png", dpi=110)
    plot_interaction_means(answer).savefig(PICTURES / "interactions_gun_mean.png", dpi=110)


def draw_motions() -> None:
    """One series of badminton: six channels of two segments."""
    model, test, classes = trained("basic-motions", epochs=60)
    shown = test.take((test.label == test.label.max()).nonzero()[:1, 0])
    answer = explain(ShapleyInteractions(groups=Blocks(3)), model, shown, Target.predicted(), progress="off")
    figure = plot_interactions(answer, str(answer.sample.values[0]), class_names=classes)
    figure.savefig(PICTURES / "interactions_motion.png", dpi=110)


if __name__ == "__main__":
    main()
