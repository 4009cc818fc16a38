"""The cost of TimeX against its equations: one series, one pair and one cell at a time."""

import math

import torch
from torch import Tensor

from aition import Batch, from_series
from aition.core.draws import cell_coordinates, normal, uniform
from aition.core.model import FunctionModel
from aition.methods.surrogate import TimeX
from aition.methods.surrogate.time_x import Told
from aition.models.selector import ConvolutionalSelector

BODY = ConvolutionalSelector((5,), 3)
SETTINGS = TimeX(
    BODY, BODY, width=4, n_latent=3, share=0.2, size_weight=0.7, change_weight=0.4, consistency_weight=1.3, warmth=0.6,
    chance_weight=0.9, epochs=1, batch_size=4, held_out=0.25,
)  # fmt: skip
DRAW = 5


def said_of(batch: Batch) -> Tensor:
    """Three logits."""
    return torch.stack([batch.x[:, 0, 0], batch.x[:, 1, 1], -batch.x[:, 0, 0]], dim=1)


def test_the_cost_of_a_draw_is_its_equations() -> None:
    random = torch.Generator().manual_seed(0)
    values = [torch.randn(n, 2, generator=random, dtype=torch.float64) for n in (6, 3, 5, 6)]
    values[2][1, 0] = torch.nan
    batch = from_series(values)
    box = FunctionModel(said_of, axes=("class",), dtype=torch.float64)
    found = SETTINGS.fit(box, batch, progress="off")
    outputs = box(batch)
    cost = float(SETTINGS.cost(found, Told(batch, outputs), draw=DRAW))

    with torch.no_grad():
        logits = found.extractor(batch)
    keys, step, feature = cell_coordinates(batch)
    share = uniform(keys, 0, torch.tensor(DRAW), step, feature)
    noise = normal(keys, 0, torch.tensor(-1 - DRAW), step, feature)
    x, prices = batch.x.clone(), []
    for i in range(4):
        nats, n_cell, changes = 0.0, 0, []
        for t in range(batch.n_time):
            for d in range(2):
                if not batch.observed[i, t, d]:
                    continue
                p = 1 / (1 + math.exp(-float(logits[i, t, d])))
                nats += p * math.log(p / 0.2) + (1 - p) * math.log((1 - p) / 0.8)
                n_cell += 1
                if t + 1 < batch.n_time and batch.observed[i, t + 1, d]:
                    changes.append(abs(1 / (1 + math.exp(-float(logits[i, t + 1, d]))) - p))
                # Shown with chance p: the uniform draw is above 1 - p.
                if float(share[i, t, d]) <= 1 - p:
                    mean, scale = found.extractor.mean_x[d], found.extractor.scale_x[d]  # type: ignore[index]
                    x[i, t, d] = mean + scale * noise[i, t, d]
        prices.append(0.7 * nats / n_cell + 0.4 * sum(changes) / len(changes))
    with torch.no_grad():
        latent, said = found.reader(batch.with_x(x))
    place = (outputs.log_softmax(dim=1) - found.behaviour.centre) / found.behaviour.spread
    told = [
        sum(
            float(p) * (math.log(float(p)) - math.log(float(q)))
            for p, q in zip(outputs[i].softmax(dim=0), said[i].softmax(dim=0), strict=True)
        )
        for i in range(4)
    ]
    pairs = [
        (math.dist(place[i].tolist(), place[j].tolist()) / math.sqrt(3)
         - math.dist(latent[i].tolist(), latent[j].tolist()) / math.sqrt(3)) ** 2
        for i in range(4) for j in range(4)
    ]  # fmt: skip
    # Of the first quarter of the series, cells shown by the prior alone; the average of the classes is wanted.
    chosen = uniform(keys, 1, torch.tensor(DRAW), step, feature)[:1] > 0.8
    given = found.extractor.mean_x + found.extractor.scale_x * noise[:1]  # type: ignore[operator]
    few = batch.take([0])
    with torch.no_grad():
        blind = found.reader(few.with_x(torch.where(few.observed & ~chosen, given, few.x)))[1][0].softmax(dim=0)
    usual = outputs.softmax(dim=1).mean(dim=0)
    nothing = sum(float(p) * math.log(float(p) / float(q)) for p, q in zip(usual, blind, strict=True))
    expected = (sum(told) + sum(prices)) / 4 + 1.3 * sum(pairs) / 16 + 0.9 * nothing
    assert abs(cost - expected) <= 1e-9
    assert min(sum(told), sum(prices), sum(pairs)) > 0.01
