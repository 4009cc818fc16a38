"""Makes the pictures of the page on contextual decomposition: ``python docs/_ext/decomposition.py``."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from aition import Batch, Target, TorchModel, explain
from aition.data import Dataset, load
from aition.impute.baseline import Baseline, ConstantBaseline
from aition.impute.groups import Segments
from aition.methods import ContextualDecomposition, FeatureAblation
from aition.methods.cd import SETS
from aition.models import create, evaluate, fit
from aition.view.plots import plot_sample

PICTURES = Path(__file__).parents[1] / "pictures"
LENGTH = 10
TARGET = Target.predicted().against(**{"class": "runner-up"})


def main() -> None:
    torch.set_num_threads(1)
    model, data = trained("gun-point", epochs=200)
    mean = data.train.x.mean(dim=0)

    def mean_series(batch: Batch) -> Batch:
        return batch.with_x(mean.expand_as(batch.x))

    compared("gun-point, from 0", model, data.test, ConstantBaseline())
    compared("gun-point, from the mean series", model, data.test, mean_series)
    drawn(model, data, 0, ConstantBaseline(), "cd_gun-point_from-zero")
    for label, name in enumerate(data.class_names):
        drawn(model, data, label, mean_series, f"cd_gun-point_{name}")
    model, data = trained("basic-motions", epochs=30)
    compared("basic-motions", model, data.test, ConstantBaseline())
    for label in (1, 3):
        drawn(model, data, label, ConstantBaseline(), f"cd_basic-motions_{data.class_names[label]}")


def trained(name: str, **settings: Any) -> tuple[TorchModel, Dataset]:
    """A convolutional network for a packaged data set, and the data."""
    data = load(name).standardised()
    torch.manual_seed(0)
    fresh = create("conv-classifier", n_feature=data.train.n_feature, n_class=len(data.class_names))
    model = fit(fresh, data.train, **settings).model
    print(f"{name}: {evaluate(model, data.test)[1]:.3f} of {len(data.test)} held-out series judged rightly")
    return model, data


def drawn(model: TorchModel, data: Dataset, label: int, baseline: Baseline, name: str) -> None:
    """The first held-out series of a class that is judged rightly."""
    with torch.no_grad():
        right = (model(data.test).argmax(dim=1) == data.test.label) & (data.test.label == label)
    series = data.test.take(right.nonzero()[:1, 0])
    explainer = ContextualDecomposition(Segments(LENGTH), baseline=baseline, strict=True)
    answer = explain(explainer, model, series, TARGET, progress="off")
    relevance = float(answer.attribution.values.sum()) / LENGTH
    print(f"{name}: constants {float(answer.constants.values[0]):.2f}, segments together {relevance:.2f}")
    figure = plot_sample(answer, str(answer.sample.values[0]), class_names=data.class_names)
    figure.savefig(PICTURES / f"{name}.png", dpi=90)


def compared(name: str, model: TorchModel, test: Batch, baseline: Baseline) -> None:
    """How near each rule set comes to what happens when segments are taken away, over 20 series."""
    some = test.take(torch.arange(0, len(test), len(test) // 20)[:20])
    taken = explain(FeatureAblation(Segments(LENGTH), baseline), model, some, TARGET, progress="off").attribution.values
    for rules in SETS:
        explainer = ContextualDecomposition(Segments(LENGTH), rules, baseline, strict=True)
        found = explain(explainer, model, some, TARGET, progress="off").attribution.values
        near = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in zip(found, taken, strict=True)]
        print(f"{name}, {rules}: correlation with feature ablation {np.mean(near):.2f}")


if __name__ == "__main__":
    main()
