"""Which three words of a film-review sentence are enough for a network's answer, and whether they say what is felt.

    bench_lex_text.py run SEED...      appends the rows that benchmarks/results/lex_text.jsonl lacks; ``--network lstm``
    bench_lex_text.py table            the rows as the table of docs/lex_real.md
    bench_lex_text.py sentences        the first 20 held-out sentences with their selected words, seed 0
    bench_lex_text.py --quick          one small run, kept nowhere

The networks are those of ``sentences.py``. ``lex`` selects three words of each sentence; all others are those of
another sentence at the same places (``MarginalRows`` of embedded words), so only words that there are stand in for
words. ``random`` takes three words at random; ``gradients`` those of the largest integrated gradients, the numbers of
a word added up; ``lexicon`` the words of the lexicon first, the strongest of them. ``rationale`` is the preset: it
trains a copy of the network on selected words alone, the others 0, with a ``Rate`` of as many words as ``lex`` keeps.

``met`` is the share of labels met by the mean of 16 draws, ``agreed`` that of the network's own answers, ``nats`` how
far the chances are from the network's own. ``hit`` is the share of the words selected that stand in the lexicon of
VADER (``afinn`` in that of AFINN), ``by_chance`` that of all words of the same sentences, sentence by sentence, and
``gain`` the mean difference with its 95 % interval over sentences. ``signed`` is the share of the selected words in the
lexicon whose sign is that of the network's answer.
Lexicons are of packages: pip install --no-deps vaderSentiment==3.3.2 (MIT) afinn==0.1 (data under ODbL).
"""

import argparse
import json
import re
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentences import KINDS, network
from torch import Tensor

from aition import Batch, Target, TorchModel, explain
from aition.checks import static_mask
from aition.data.reviews import load_reviews, words_of
from aition.impute.groups import EachStep
from aition.impute.imputer import Imputer, first_draws, imputed
from aition.impute.rows import MarginalRows
from aition.methods import IntegratedGradients
from aition.methods.lex import ExactK, FittedLex, Lex, Rate, Ready, RecurrentSelector, StraightThrough
from aition.metrics.interval import Bootstrap

ROWS = Path(__file__).parent / "results" / "lex_text.jsonl"
K, DRAWS = 3, 16
LEXICONS = {"vader": ("vaderSentiment", "vader_lexicon.txt"), "afinn": ("afinn", "data/AFINN-en-165.txt")}
EPOCHS = 6
"""Of LEX and of the preset."""
Chosen = NDArray[np.bool_]


def lexicon(name: str) -> dict[str, float]:
    """Words with how positive they are."""
    package, file = LEXICONS[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the lexicon is that of {package}: pip install --no-deps {package}")
    lines = Path(spec.origin).with_name(file.split("/")[0]).parent.joinpath(file).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in lines.splitlines() if "\t" in line)
    return {row[0].lower(): float(row[1]) for row in rows if row[0].isalpha()}


def settings(imputer: Imputer, *, seed: int, epochs: int) -> Lex:
    """How three words are learned; the selector was chosen on a network of seed 1000, by training sentences."""
    return Lex(
        ExactK(K),
        groups=EachStep(),
        selector=RecurrentSelector(),
        imputer=Ready(imputer),
        estimators=(StraightThrough(draws=2),),
        epochs=epochs,
        rate=3e-3,
        judged=False,
        rivals=0,
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class Case:
    """Sentences, a network, and what draws words.

    Args:
        train: Sentences to learn from, embedded.
        test: Held-out sentences as ids.
        shown: The same embedded.
        model: The network.
        rows: What draws.
        seed: Of all.
    """

    train: Batch
    test: Batch
    shown: Batch
    model: TorchModel
    rows: Imputer
    seed: int

    @classmethod
    def of(cls, kind: str, seed: int) -> "Case":
        reviews, model = load_reviews(), network(kind, seed=seed)
        train = model.embedded(reviews.train)
        return cls(train, reviews.test, model.embedded(reviews.test), model, MarginalRows.fit(train), seed)

    def fitted(self, *, epochs: int = EPOCHS) -> FittedLex:
        """Three words."""
        how = settings(self.rows, seed=self.seed, epochs=epochs)
        return how.fit(self.model, load_reviews().train, Target.whole("class"), progress="off")

    def rationale(self, *, epochs: int = EPOCHS) -> FittedLex:
        """The preset, with the mean share of a sentence that three words are."""
        rate = Rate(float((K / self.train.lengths.clamp(min=K)).mean()))
        body = RecurrentSelector()
        how = Lex.rationale(selector=body, budget=rate, epochs=epochs, judged=False, rivals=0, seed=self.seed)
        return how.fit(self.model, load_reviews().train, Target.whole("class"), progress="off")

    def words(self, chosen: Tensor) -> Tensor:
        """Words that were selected, ``[sample, time]``, from cells."""
        return chosen.any(dim=2) & self.test.exists

    def top(self, score: Tensor) -> Tensor:
        """The existing words of the largest scores, ``[sample, time]``."""
        flat = score.masked_fill(~self.test.exists, -torch.inf)
        chosen = torch.zeros_like(flat, dtype=torch.bool).scatter(1, flat.topk(K, dim=1).indices, True)
        return chosen & self.test.exists

    def said(self) -> Tensor:
        """Chances of the classes from whole sentences, ``[sample, class]``."""
        with torch.no_grad():
            return self.model(self.shown).softmax(dim=1)

    def said_from(self, kept: Tensor) -> Tensor:
        """The same from some words alone, the mean over draws of all others."""
        means = []
        for rows in torch.arange(len(self.shown)).split(128):
            some = self.shown.take(rows)
            cells = kept[rows][:, :, None].expand(some.x.shape)
            drawn = imputed(self.rows, some, cells, first_draws(some, DRAWS)).flatten(0, 1)
            several = some.take(torch.arange(len(some)).repeat_interleave(DRAWS)).with_x(drawn)
            with torch.no_grad():
                means.append(self.model(several).softmax(dim=1).view(len(some), DRAWS, -1).mean(dim=1))
        return torch.cat(means)


def in_lexicon(batch: Batch, words: dict[str, float]) -> NDArray[np.float64]:
    """How positive each word is, ``[sample, time]``; 0 where it is not in the lexicon."""
    names = batch.fields["ids"].names
    value = np.array([words.get(name, 0.0) for name in names])
    return np.where(batch.exists.numpy(), value[batch["ids"].numpy()], 0.0)


def hits(batch: Batch, kept: Chosen, value: NDArray[np.float64]) -> dict[str, Any]:
    """How often words that were selected are in the lexicon, beside all words of the same sentences."""
    some = kept.any(axis=1)
    there, known = batch.exists.numpy()[some], value[some] != 0
    own = (known & kept[some]).sum(axis=1) / kept[some].sum(axis=1)
    chance = (known & there).sum(axis=1) / there.sum(axis=1)
    gain = Bootstrap().difference(own, chance)
    figures = {"hit": own.mean(), "by_chance": chance.mean(), "gain": gain.mean, "low": gain.low, "high": gain.high}
    return {name: float(figure) for name, figure in figures.items()}


def measured(kind: str, seed: int, *, epochs: int = EPOCHS) -> list[dict[str, Any]]:
    """All rows of one network."""
    case = Case.of(kind, seed)
    tested, value = case.test, in_lexicon(case.test, lexicon("vader"))
    other = in_lexicon(case.test, lexicon("afinn"))
    began = time.process_time()
    fitted = case.fitted(epochs=epochs)
    cpu = time.process_time() - began
    made = {"lex": fitted, "rationale": case.rationale(epochs=epochs)}
    learned = {name: explain(one, case.model, tested, Target.whole("class")) for name, one in made.items()}
    slopes = explain(IntegratedGradients(), case.model, tested, Target.predicted())["attribution"].values
    chance = torch.rand(tested.exists.shape, generator=torch.Generator().manual_seed(1))
    kept = {name: case.words(torch.from_numpy(one["selected"].values)) for name, one in learned.items()}
    kept |= {
        "random": case.top(chance),
        "gradients": case.top(torch.from_numpy(np.nan_to_num(slopes)).sum(dim=2)),
        "lexicon": case.top(torch.from_numpy(np.abs(value)) + 1e-6 * chance),
        "none": torch.zeros_like(tested.exists),
    }
    whole, label = case.said(), tested.label
    rows = []
    for name, words in kept.items():
        own = name == "rationale"
        said = torch.from_numpy(learned[name]["expected_of_selected"].values) if own else case.said_from(words)
        row: dict[str, Any] = {"network": kind, "seed": seed, "words": name}
        row |= {"met": float((said.argmax(dim=1) == label).float().mean())}
        row |= {"agreed": float((said.argmax(dim=1) == whole.argmax(dim=1)).float().mean())}
        lost = whole.clamp(min=1e-7).log() - said.clamp(min=1e-7).log()
        row |= {"nats": float((whole * lost).sum(dim=1).mean())}
        row |= {"number": float(words.sum() / len(words))}
        if name != "none":
            row |= hits(tested, words.numpy(), value)
            row |= {"afinn": hits(tested, words.numpy(), other)}
            sign = np.sign(value[words.numpy()])
            answer = np.broadcast_to(2 * whole.argmax(dim=1).numpy()[:, None] - 1, value.shape)[words.numpy()]
            row |= {"signed": float((sign == answer)[sign != 0].mean())}
        rows.append(row)
    rows[0] |= {"met_whole": float((whole.argmax(dim=1) == label).float().mean()), "cpu": round(cpu, 1)}
    rows[0] |= {"static": static_mask(learned["lex"]["selected"]).figure.mean}
    return rows


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.exists() else []


def run(kinds: list[str], seeds: list[int]) -> None:
    for seed in seeds:
        for kind in kinds:
            if not any(row["network"] == kind and row["seed"] == seed for row in rows()):
                found = measured(kind, seed)
                with ROWS.open("a") as file:
                    file.writelines(json.dumps(row) + "\n" for row in found)
                told = [(row["words"], round(row["met"], 3), round(row.get("hit", 0), 3)) for row in found]
                print(kind, seed, told, flush=True)


HEADS = {
    "number": "of a sentence",
    "met": "labels met",
    "agreed": "answers met",
    "nats": "nats",
    "hit": "in VADER",
    "gain": "gain",
    "afinn": "in AFINN",
    "signed": "sign",
}


def table() -> None:
    """Means over seeds, and from the least to the most."""
    for kind in KINDS:
        some = [row for row in rows() if row["network"] == kind]
        if not some:
            continue
        first = [row for row in some if "met_whole" in row]
        print(f"\n{kind}, seeds {[row['seed'] for row in first]}: whole sentences meet", end=" ")
        print(f"{figure([row['met_whole'] for row in first], 3)}, LEX took {[row['cpu'] for row in first]} s", end=", ")
        print(f"by chance {figure([row['by_chance'] for row in first], 3)}", end=" ")
        print(f"({figure([row['afinn']['by_chance'] for row in first], 3)})")
        print(f"| words | {' | '.join(HEADS.values())} |")
        print("|---" * (1 + len(HEADS)) + "|")
        for name in dict.fromkeys(row["words"] for row in some):
            mine = [row | {"afinn": row.get("afinn", {}).get("hit")} for row in some if row["words"] == name]
            cells = [figure([row[key] for row in mine], 3) if mine[0].get(key) is not None else "" for key in HEADS]
            print(f"| {name} | {' | '.join(cells)} |")


def figure(values: list[float], digits: int) -> str:
    """A mean, and the range where values differ."""
    mean, low, high = (f"{one:.{digits}f}" for one in (float(np.mean(values)), min(values), max(values)))
    spread = f" ({low} to {high})" if low != high else ""
    return re.sub(r"\b0\.", ".", mean + spread)


def printed() -> None:
    """The first 20 held-out sentences, selected words in capitals, with their labels and the chance of class 1."""
    case = Case.of("lstm", 0)
    first, whole = case.test.take(range(20)), case.said()
    kept = explain(case.fitted(), case.model, first, Target.whole("class"))["selected"].values.any(axis=2)
    for row in range(len(first)):
        words = [word.upper() if kept[row, place] else word for place, word in enumerate(words_of(first, row))]
        print(f"{'+' if first.label[row] == 1 else '-'} {whole[row, 1]:.2f}  {' '.join(words)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="run", choices=("run", "table", "sentences"))
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--network", action="append", choices=KINDS, help="networks; all where none is named")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "run" and (missing := [one for one, _ in LEXICONS.values() if find_spec(one) is None]):
        print(f"nothing is run without the lexicons of {', '.join(missing)}: see --help for how to install them")
        return
    if asked.quick:
        print(measured("lstm", 0, epochs=1)[0])
    elif asked.what == "run":
        run(asked.network or list(KINDS), asked.seeds or [0])
    elif asked.what == "table":
        table()
    else:
        printed()


if __name__ == "__main__":
    main()
