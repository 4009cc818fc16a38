"""Contextual decomposition of an LSTM beside PyPI's ``acd`` 0.0.2: agreement, and windows a CPU second.

Both decompose windows of a tenth of a series, as many as it has steps, by Murdoch, Liu and Yu's rules. ``acd`` gives
the product of the constant gate and candidate of a window's LAST step to the irrelevant part (it asks ``start <= step <
stop`` there, and ``start <= step <= stop`` for the input); for the comparison ours does the same, see ``published.py``.
The contestants take turns in one process with one thread, and the median over rounds of the ratio is shown.
``acd`` is not among the requirements; it lies in a folder of its own, and without it nothing is compared.

    pip install --no-deps --target /tmp/aition-acd acd==0.0.2
    python benchmarks/bench_cd_recurrent.py
"""

import argparse
import importlib.util
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import torch
from published import published_lstm
from torch import Tensor, nn

from aition import TorchModel, from_tensors
from aition.methods.cd.decompose import decompose
from aition.methods.cd.rules.recurrent import recurrence
from aition.methods.cd.rules.recurrent_algebra import Share, algebra_of
from aition.methods.cd.sets import MURDOCH

OUT = Path(__file__).parent / "results" / "cd_recurrent.jsonl"
FOLDER = Path(tempfile.gettempdir()) / "aition-acd"
N_FEATURE = 8
CASES = {"T=50 H=64": (50, 64), "T=200 H=64": (200, 64), "T=100 H=256": (100, 256)}


def peer(path: Path) -> ModuleType:
    """The one module of the peer that is needed; its package imports more than is installed."""
    spec = importlib.util.spec_from_file_location("peer", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def windows_of(n_step: int, n_window: int) -> list[tuple[int, int]]:
    """First and last steps of windows of a tenth of the series, spread over it."""
    length = n_step // 10
    firsts = (round(place * (n_step - length) / (n_window - 1)) for place in range(n_window))
    return [(first, first + length - 1) for first in firsts]


def membership(windows: list[tuple[int, int]], n_step: int) -> Tensor:
    groups = torch.zeros(len(windows), n_step, N_FEATURE, dtype=torch.bool)
    for row, (first, last) in enumerate(windows):
        groups[row, first : last + 1] = True
    return groups


def theirs(module: ModuleType, layer: nn.LSTM, x: Tensor, windows: list[tuple[int, int]]) -> Tensor:
    """Relevant hidden states at the end, ``[window, sample, unit]``; the peer wants ``[sample, step, feature]``."""
    turned = x.transpose(0, 1)
    found = [module.propagate_lstm(turned, layer, first, last, my_device="cpu")[0] for first, last in windows]
    return torch.stack(found)[:, :, 0]


def by_the_peers_rule(layer: nn.LSTM, x: Tensor, windows: list[tuple[int, int]]) -> Share:
    """Hidden states at the end by ours, constants owned by windows less their last step."""
    groups = membership(windows, len(x))[:, :, None]
    owner = torch.zeros(len(windows), len(x), 1, 1)
    for row, (first, last) in enumerate(windows):
        owner[row, first:last] = 1
    zero = x.new_zeros(1, x.shape[1], layer.hidden_size)
    start = Share(zero, zero.expand(len(windows), *zero.shape), zero[None])
    _, (hidden, _) = recurrence(
        partial(published_lstm, owner=lambda _: owner),
        algebra_of(MURDOCH),
        Share(x, x * groups, torch.zeros_like(x)[None]),
        (start, start),
        [list(layer._flat_weights)],
        lengths=torch.full((x.shape[1],), len(x)),
        both_ways=False,
    )
    return hidden


def raced(module: ModuleType, n_step: int, n_unit: int, *, n_window: int, n_round: int) -> dict[str, object]:
    """How far apart the two are at most, and how many times as fast ours is, with layers and series of seed 0."""
    torch.manual_seed(0)
    layer = nn.LSTM(N_FEATURE, n_unit).eval()
    x = torch.randn(n_step, 1, N_FEATURE)
    windows = windows_of(n_step, n_window)
    groups = membership(windows, n_step)
    model = TorchModel(layer, lambda m, b: m(b.x.transpose(0, 1))[1][0][0])
    batch = from_tensors(x.transpose(0, 1), layout="sample time feature")
    contestants: dict[str, Callable[[], object]] = {
        "acd": lambda: theirs(module, layer, x, windows),
        "by acd's windows": lambda: by_the_peers_rule(layer, x, windows),
        "decompose()": lambda: decompose(model, batch, groups, rules="murdoch", strict=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for work in contestants.values():
        work()
    for _ in range(n_round):
        for name, work in contestants.items():
            began = time.process_time()
            work()
            seconds[name].append(time.process_time() - began)
    by_ours = by_the_peers_rule(layer, x, windows).relevant[:, 0]
    found: dict[str, object] = {"difference": float((theirs(module, layer, x, windows) - by_ours).abs().max())}
    for name in list(contestants)[1:]:
        ratios = [peers / ours for peers, ours in zip(seconds["acd"], seconds[name], strict=True)]
        found[f"times as fast: {name}"] = round(statistics.median(ratios), 1)
    return found | {"cpu seconds": {name: round(statistics.median(taken), 4) for name, taken in seconds.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--acd", type=Path, default=FOLDER, help="folder that acd was installed to")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--windows", type=int, default=0, help="windows of a series; 0: as many as it has steps")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    path = asked.acd / "acd" / "scores" / "cd_propagate.py"
    if not path.exists():
        print(f"nothing is compared: pip install --no-deps --target {asked.acd} acd==0.0.2 comes first")
        return
    module = peer(path)
    rows = []
    for name, (n_step, n_unit) in list(CASES.items())[: 1 if asked.quick else None]:
        n_window = asked.windows or n_step
        found = raced(module, n_step, n_unit, n_window=n_window, n_round=1 if asked.quick else asked.rounds)
        rows.append({"case": name, "windows": n_window, "torch": torch.__version__} | found)
        print(json.dumps(rows[-1]), flush=True)
    if not asked.quick:
        asked.out.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
