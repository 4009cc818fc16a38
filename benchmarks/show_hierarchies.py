"""Draws the hierarchies of docs/hierarchy.md: sentences of film reviews, a hand that points, and a watch's motions.

    python benchmarks/show_hierarchies.py                  into docs/pictures
    python benchmarks/show_hierarchies.py --to FOLDER
    python benchmarks/show_hierarchies.py --words          what each word counts for, by two rule sets and by removal

Groups are scored alone. Networks have seed 0; the pictures show the sentences below and the first held-out series of a
class, and were not chosen among others.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sentences import KINDS
from sentences import network as reader

from aition import Batch, Target, TorchModel, explain
from aition.data import load
from aition.data.reviews import encoded, load_reviews, words_of
from aition.methods import AgglomerativeHierarchy
from aition.methods.cd.scorer import Relevance
from aition.methods.hierarchy.scorer import Removal, Scorer
from aition.models import create, evaluate, fit
from aition.view.plots.hierarchy import plot_hierarchy

TEXTS = {
    "not_very_good": ("cnn", "Not very good"),
    "not_only": ("lstm", "Not only funny but moving"),
    "but_dull": ("lstm", "The acting is good but the plot is dull"),
}
JUDGED = ("a very good film", "not very good", "it is not bad at all", "never boring", "not only funny but moving")
POSITIVE = Target.of_class(1).against(**{"class": 0})
SCORERS: dict[str, Scorer] = {
    "alone": Removal("group"),
    "removed": Removal("rest"),
    "CD acd": Relevance("acd", strict=True),
    "CD shapley": Relevance("shapley", strict=True),
}


def draw_sentences(folder: Path) -> None:
    reviews = load_reviews().test
    for name, (kind, text) in TEXTS.items():
        batch = replace(encoded(reviews, [text]), ids=np.array([f"“{text}”"]))
        answer = explain(AgglomerativeHierarchy(together=True), reader(kind), batch, POSITIVE, progress="off")
        figure = plot_hierarchy(answer, batch.ids[0], names=words_of(batch, 0), class_names=reviews.class_names)
        figure.savefig(folder / f"hierarchy_{name}.png", dpi=110)


def network_of(name: str) -> tuple[TorchModel, Batch, Batch]:
    """A network for packaged series; training and held-out series, in standard deviations of the former."""
    data = load(name)
    mean, spread = data.train.x.mean(dim=(0, 1)), data.train.x.std(dim=(0, 1))
    train, test = (one.with_x((one.x - mean) / spread) for one in (data.train, data.test))
    fresh = create("resnet-classifier", n_feature=train.n_feature, n_class=len(data.class_names), seed=0)
    model = fit(fresh, train, epochs=40, batch_size=16, lr=2e-3, seed=0, progress="off").model
    print(f"{name}: {evaluate(model, test)[1]:.3f} of {len(test)} held-out series")
    return model, train, test


def draw_series(folder: Path, name: str, *, steps: int, label: int) -> None:
    """The first held-out series of a class; what is taken away is replaced by the nearest series of another class."""
    model, train, test = network_of(name)
    batch = test.take((test.label == label).nonzero()[:1, 0])
    others = train.x[train.label != label]
    other = others[(others - batch.x).flatten(1).norm(dim=1).argmin()]
    scorer = Removal(baseline=lambda batch: batch.with_x(other.expand_as(batch.x)))
    target = Target.predicted().against(**{"class": "runner-up"})
    answer = explain(AgglomerativeHierarchy(scorer, steps=steps), model, batch, target, progress="off")
    figure = plot_hierarchy(answer, batch.ids[0], class_names=load(name).class_names)
    figure.savefig(folder / f"hierarchy_{name}.png", dpi=110)


def print_words() -> None:
    reviews = load_reviews().test
    batch = encoded(reviews, JUDGED)
    print("| network | scored by | " + " | ".join(JUDGED) + " |\n|---|---|" + "---|" * len(JUDGED))
    for kind in KINDS:
        for name, scorer in SCORERS.items():
            explainer = AgglomerativeHierarchy(scorer, together=True)
            answer = explain(explainer, reader(kind), batch, POSITIVE, progress="off")
            cells = []
            for row in range(len(batch)):
                own = answer.isel(sample=row)
                words = zip(words_of(batch, row), own["attribution_group"].values, strict=False)
                said = ", ".join(f"{word} {score:+.1f}" for word, score in words)
                made = own["attribution_merge"].dropna("merge").values
                cells.append(f"{said}; all {made[-1]:+.1f}")
            print(f"| {kind} | {name} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, default=Path(__file__).parents[1] / "docs" / "pictures")
    parser.add_argument("--words", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.words:
        print_words()
        return
    draw_sentences(asked.to)
    draw_series(asked.to, "gun-point", steps=5, label=0)
    draw_series(asked.to, "basic-motions", steps=10, label=1)


if __name__ == "__main__":
    main()
