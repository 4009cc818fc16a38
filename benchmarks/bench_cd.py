"""Contextual decomposition of layered networks: beside PyPI's ``acd`` 0.0.2, against a loop over groups, and its laws.

``peer``: an image network of MNIST's size is decomposed by rule set "acd" and by the package, for one square of pixels
after another, and the largest difference is shown. The contestants take turns in one process with one thread, and the
median over rounds of the ratio is shown. ``loop``: groups together against groups one by one, for networks of the
tests' zoo. ``laws``: how far the twenty networks of that zoo are from each law, by rule set. ``acd`` is not among the
requirements; it lies in a folder of its own, and without it nothing is compared. Recurrent layers are in
``bench_cd_recurrent.py``.

    pip install --no-deps --target /tmp/aition-acd acd==0.0.2
    python benchmarks/bench_cd.py
"""

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from aition import TorchModel, from_tensors
from aition.methods.cd import SETS, decompose

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

OUT = Path(__file__).parent / "results" / "cd.jsonl"
FOLDER = Path(tempfile.gettempdir()) / "aition-acd"
SIDE, SQUARES = 28, (7, 4)
MIRRORED = {"alone": "last", "last": "alone"}
"""Orders that change places when groups and all others do."""
LOOPED = ("residual", "inception", "encoder", "gru", "lstm")


def peer(folder: Path) -> ModuleType:
    """The one module of the peer that is needed; its package imports more than is installed."""
    spec = importlib.util.spec_from_file_location("peer", folder / "acd" / "scores" / "cd_propagate.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} has no module of acd")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def image_network() -> nn.Sequential:
    """Two convolutions of 5 x 5 with max pools, and two linear layers, for images of 28 x 28."""
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10),
    ).eval()  # fmt: skip


def squares(side: int) -> Tensor:
    """One group for each square of pixels, and each with its right neighbour: ``[group, row, column]``."""
    groups = []
    for width in (side, 2 * side):
        for top in range(0, SIDE, side):
            for left in range(0, SIDE - width + 1, side):
                groups.append(torch.zeros(SIDE, SIDE, dtype=torch.bool))
                groups[-1][top : top + side, left : left + width] = True
    return torch.stack(groups)


def theirs(module: ModuleType, network: nn.Sequential, image: Tensor, groups: Tensor) -> Tensor:
    """Relevant outputs of each group, one by one, by the package's rules for each layer."""
    found = []
    for group in groups:
        parts = image * group, image * ~group
        for layer in network:
            if isinstance(layer, nn.Conv2d | nn.Linear):
                parts = module.propagate_conv_linear(*parts, layer)
            elif isinstance(layer, nn.ReLU):
                parts = module.propagate_relu(*parts, layer)
            elif isinstance(layer, nn.MaxPool2d):
                parts = module.propagate_pooling(*parts, layer)
            else:
                parts = tuple(layer(part) for part in parts)
        found.append(parts[0][0])
    return torch.stack(found)


def in_turns(contestants: dict[str, Callable[[], object]], n_round: int) -> dict[str, list[float]]:
    """CPU seconds of each in each round, after one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for work in contestants.values():
        work()
    for _ in range(n_round):
        for name, work in contestants.items():
            began = time.process_time()
            work()
            seconds[name].append(time.process_time() - began)
    return seconds


def ratio(slow: list[float], fast: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(slow, fast, strict=True)), 1)


def raced(module: ModuleType, side: int, *, n_round: int) -> dict[str, object]:
    """Beside the package on a network and an image of seed 0."""
    torch.manual_seed(0)
    network, image, groups = image_network(), torch.randn(1, 1, SIDE, SIDE), squares(side)
    model = TorchModel(network, lambda m, b: m(b.x.unsqueeze(1)))
    batch = from_tensors(image[0], layout="sample time feature")
    contestants: dict[str, Callable[[], object]] = {
        "acd": lambda: theirs(module, network, image, groups),
        "ours": lambda: decompose(model, batch, groups, rules="acd", strict=True),
    }
    ours = decompose(model, batch, groups, rules="acd", strict=True).relevant[:, 0]
    seconds = in_turns(contestants, n_round)
    return {
        "groups": len(groups),
        "difference": float((ours - theirs(module, network, image, groups)).abs().max()),
        "largest relevance": round(float(ours.abs().max()), 4),
        "times as fast": ratio(seconds["acd"], seconds["ours"]),
        "cpu seconds": {name: round(statistics.median(taken), 4) for name, taken in seconds.items()},
    }


def asked(name: str, dtype: torch.dtype = torch.float32) -> tuple[TorchModel, object, Tensor]:
    """A network of the zoo, four samples, and 32 groups of random cells."""
    from stand_ins.zoo import N_FEATURE, N_TIME, network

    draw = torch.Generator().manual_seed(1)
    series = torch.randn(4, N_TIME, N_FEATURE, generator=draw).to(dtype)
    model = TorchModel(network(name, dtype=dtype), embedding="embedding" if name == "embedded" else "")
    groups = torch.rand(32, N_TIME, N_FEATURE, generator=draw) > 0.5
    return model, model.embedded(from_tensors(series)), groups


def looped(name: str, *, n_round: int) -> dict[str, object]:
    """Groups together against groups one by one."""
    model, batch, groups = asked(name)
    seconds = in_turns(
        {
            "together": lambda: decompose(model, batch, groups),
            "one by one": lambda: [decompose(model, batch, one[None]) for one in groups],
            "forward": lambda: model(batch),
        },
        n_round,
    )
    return {
        "groups": len(groups),
        "times as fast": ratio(seconds["one by one"], seconds["together"]),
        "forward passes a group": round(ratio(seconds["together"], seconds["forward"]) / len(groups), 2),
    }


def laws(rules: str) -> dict[str, float]:
    """The largest distance from each law over the networks of the zoo, in single precision."""
    from stand_ins.zoo import ZOO

    given = SETS[rules]
    orders = {part: MIRRORED.get(getattr(given, part), getattr(given, part)) for part in ("kinked", "smooth")}
    orders |= {part: MIRRORED.get(getattr(given, part), getattr(given, part)) for part in ("softmax", "product")}
    names = ("total", "all and constants", "none", "own + others + constants", "the same, others by the same orders")
    found = dict.fromkeys(names, 0.0)
    SETS["mirrored"] = replace(given, **orders)
    for name in ZOO:
        model, batch, groups = asked(name)
        edges = torch.stack([torch.ones_like(groups[0]), torch.zeros_like(groups[0])])
        own = decompose(model, batch, torch.cat([edges, groups[:3]]), rules=rules, strict=True)
        others = decompose(model, batch, ~groups[:3], rules="mirrored", strict=True)
        alike = decompose(model, batch, ~groups[:3], rules=rules, strict=True)
        f = model(batch)
        whole = own.relevant[2:] + others.relevant + own.constants[2:]
        same = own.relevant[2:] + alike.relevant + own.constants[2:]
        distances = (own.total - f, own.relevant[0] + own.constants[0] - f, own.relevant[1], whole - f, same - f)
        for law, distance in zip(found, distances, strict=True):
            found[law] = max(found[law], float(distance.abs().max()))
    del SETS["mirrored"]
    return {law: float(f"{value:.1e}") for law, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["peer", "loop", "laws"], help="peer, loop, laws")
    parser.add_argument("--acd", type=Path, default=FOLDER, help="folder that acd was installed to")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    rounds = 1 if chosen.quick else chosen.rounds
    rows: list[dict[str, object]] = []
    if "peer" in chosen.parts and not (chosen.acd / "acd").exists():
        print(f"not compared with acd: pip install --no-deps --target {chosen.acd} acd==0.0.2 comes first")
    elif "peer" in chosen.parts:
        for side in SQUARES[: 1 if chosen.quick else None]:
            rows.append({"case": f"acd, squares of {side}"} | raced(peer(chosen.acd), side, n_round=rounds))
            print(json.dumps(rows[-1]), flush=True)
    for name in LOOPED[: 1 if chosen.quick else None] if "loop" in chosen.parts else ():
        rows.append({"case": f"together, {name}"} | looped(name, n_round=rounds))
        print(json.dumps(rows[-1]), flush=True)
    for rules in list(SETS)[: 1 if chosen.quick else None] if "laws" in chosen.parts else ():
        rows.append({"case": f"laws, {rules}"} | laws(rules))
        print(json.dumps(rows[-1]), flush=True)
    if not chosen.quick:
        chosen.out.write_text("".join(json.dumps({"torch": torch.__version__} | row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
