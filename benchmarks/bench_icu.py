"""From raw records of intensive care to stored explanations, and how near they come to the planted truth.

    bench_icu.py                        all of it, for 25,000 stays
    bench_icu.py --quick                for 400
    bench_icu.py ingest --raw DIR       only how raw files of any size are read: records a second, memory
    bench_icu.py tables --rows FILE     what earlier runs found, as tables

The simulated hospital is written as MIMIC-IV, ingested as a grid and as lists of events, networks are trained, and
stays are explained. Each stage is a command of its own, of which wall time, CPU time and the peak of memory are told;
see ``stages.py``. The default has 13 million records; 1.2 million hours of 34 features are 41 million rows of an
explanation, most of them of what was not measured.

Networks are judged on held-out stays beside the optimum: the area under the ROC curve of the law by which the labels of
the same stays were drawn. The law reads what was measured and when, and nothing that is hidden, so the optimum is that
of what the networks see. ``event-lstm`` is an LSTM on multi-hot hours: a learned vector a code, added up.

Explanations are averaged by feature, value and hour, and held against the closed form of what was planted, signed and
by size, for attention has no sign; see ``value_level.py``. Integrated gradients explain every stay; all explainers, the
slow ones among them, are compared on the first ``--few`` held-out stays. Attention is that of ``measured-attention``, a
network of its own, so integrated gradients of the same network on the same stays stand beside it.

``--rows FILE`` keeps what was found, as it is found: a line a stage, ingest, network and explanation.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from icu_tables import tables
from stages import run
from value_level import agreement, by_value, ceiling

from aition.data import open_folder
from aition.data.simulate.hospital import Hospital
from aition.data.simulate.hospital.values import ValueTruth
from aition.metrics.truth import auroc
from aition.store import open as open_store

AITION = str(Path(sys.executable).with_name("aition"))
RISK = ["--target", "class=1", "--versus", "class=0"]
MEANS = ("--set", "baseline=background-mean", "--background", "data:train")
GRU, POOLED, MULTI_HOT = "measured-gru", "measured-attention", "event-lstm"
TRAINED = {GRU: "data", POOLED: "data", MULTI_HOT: "events"}
"""Networks, and of which samples."""
EVERY = ("integrated-gradients", *MEANS)
"""What explains all stays."""
COMPARED = (
    (GRU, ("occlusion", *MEANS)),
    (GRU, ("extremal-mask", "--set", "signed=true")),
    (POOLED, ("attention",)),
    (POOLED, ("attention", "--set", "of=weights")),
    (POOLED, EVERY),
)
"""What explains a few: a network, an explainer and its settings."""
UNSIGNED = ("attention",)


@dataclass(frozen=True)
class Bench:
    """A folder in which stages run, and what was found so far.

    Args:
        folder: Where files go.
        about: What every row says.
        kept: A file to which rows are added.
        rows: One a stage, ingest, network and explanation.
    """

    folder: Path
    about: dict[str, Any]
    kept: Path = Path(os.devnull)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def keep(self, what: str, /, **found: Any) -> None:
        """Add a row."""
        row = {"benchmark": "icu", "row": what} | self.about | found
        self.rows.append(row)
        with self.kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def stage(self, name: str, *words: str) -> dict[str, Any]:
        """Run ``aition`` and keep what it took; what it says in JSON."""
        spent, said = run([AITION, *words, "--json"], self.folder)
        print(f"{name:44s} {spent}", flush=True)
        self.keep("stage", name=name, **asdict(spent))
        return dict(json.loads(said))

    def ingest(self, raw: Path, out: str, *, kind: str, form: str, memory_mb: int) -> None:
        """Make samples of raw files by the spec of their kind, and keep how many records were read in a second."""
        words = [str(raw), "--split", "80,10,10", "--out", out, "--memory-mb", str(memory_mb)]
        own = self.folder / raw / "spec.toml"
        spec = own.read_text() if own.exists() else run([AITION, "ingest", "spec", kind], self.folder)[1]
        asked = self.folder / f"{out}.toml"
        asked.write_text(spec.replace('form = "grid"', f'form = "{form}"'))
        words += ["--spec", asked.name] + (["--labels", str(raw / "labels")] if kind == "meds" else [])
        said = self.stage(f"ingest ({form})", "ingest", kind, *words)
        spent, records = self.rows[-1], said["records"]
        self.keep(
            "ingest",
            kind=kind,
            form=form,
            samples=said["n_sample"],
            records=records["read"],
            used=records["used"],
            bad=sum(records["bad"].values()),
            raw_mb=megabytes(self.folder / raw),
            data_mb=megabytes(self.folder / out),
            memory_mb=memory_mb,
            records_per_second=round(records["read"] / spent["seconds"]),
            **{name: spent[name] for name in ("seconds", "cpu_seconds", "peak_mb", "memory")},
        )

    def train(self, network: str, *, epochs: int) -> None:
        """Train a network, and keep how well it ranks held-out stays, beside the law."""
        data = TRAINED[network]
        words = [
            f"{data}:train",
            "--test",
            f"{data}:held_out",
            "--epochs",
            str(epochs),
            "--to",
            f"{network}.safetensors",
        ]
        figures = self.stage(f"train ({network})", "train", network, *words)["figures"]
        ids = ids_of(self.folder / data, "held_out")
        self.keep(
            "network",
            name=network,
            epochs=epochs,
            held_out=len(ids),
            auroc=round(figures["test"]["auroc"], 4),
            auroc_trained=round(figures["trained on"]["auroc"], 4),
            optimum=round(optimum_on(ids, self.folder / "raw"), 4),
        )

    def explain(self, network: str, words: Sequence[str], *, workers: int, few: int = 0) -> Path:
        """Explain what a network says of all stays, or of the first held-out ones; where it is stored."""
        name = named(words)
        stored = f"runs/{len(self.rows)}"
        data = ["data:held_out", "--first", str(few)] if few else ["data"]
        how = [*RISK, "--explainer", *words, "--workers", str(workers), "--to", stored]
        self.stage(f"explain ({name}, {network}, {few or 'every'})", "explain", f"{network}.safetensors", *data, *how)
        return self.folder / stored

    def judge(self, network: str, words: Sequence[str], stored: Path, truth: ValueTruth, ids: Sequence[str]) -> None:
        """Keep how near a stored explanation of all its stays, or of those named, comes to what was planted."""
        found = open_store(stored)
        alike = agreement(by_value(found, truth, ids=ids), truth, signed=words[0] not in UNSIGNED)
        about = {"network": network, "explainer": named(words), "explained": len(ids) or found.sizes["sample"]}
        self.keep("values", **about, **alike, ceiling=ceiling(truth))


def named(words: Sequence[str]) -> str:
    """An explainer with the settings that tell it from others."""
    return " ".join(word for word in words if word not in MEANS)


def ids_of(folder: Path, split: str) -> list[str]:
    """Ids of the samples of a split, in order."""
    return [name for batch in open_folder(folder).batches(split) for name in batch.ids.tolist()]


def optimum_on(ids: Collection[str], raw: Path) -> float:
    """The area under the ROC curve of the law on the labels of some stays, by their numbers."""
    table = pq.read_table(raw / "truth" / "stays.parquet", columns=["stay_id", "died", "log_odds"]).to_pydict()
    wanted = np.isin([str(number) for number in table["stay_id"]], list(ids))
    said = np.array(table["log_odds"])[wanted][None, :, None]
    died = (np.array(table["died"]) == 1)[wanted][None, :, None]
    return float(auroc(said, died, np.ones(said.shape[:2], dtype=np.bool_))[0])


def megabytes(folder: Path) -> float:
    """What the files of a folder hold, without what a simulator says beside them, in MB of a million bytes."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != "truth")
    return round(sum(path.stat().st_size for path in files) / 1e6, 1)


def everything(bench: Bench, asked: argparse.Namespace) -> None:
    """From nothing to explanations held against the truth."""
    raw = Path("raw")
    simulated = ["--stays", str(asked.stays), "--seed", str(asked.seed), "--as", "mimic-iv", "--out", str(raw)]
    bench.stage("simulate", "simulate", "hospital", *simulated)
    for form, out in (("grid", "data"), ("events", "events")):
        bench.ingest(raw, out, kind="mimic-iv", form=form, memory_mb=asked.memory_mb)
    for network in TRAINED:
        bench.train(network, epochs=asked.epochs)
    truth = Hospital(standardised=False).value_truth()
    few = ids_of(bench.folder / "data", "held_out")[: asked.few]
    every = bench.explain(GRU, EVERY, workers=asked.workers)
    for ids in ([], few):
        bench.judge(GRU, EVERY, every, truth, ids)
    for network, words in COMPARED:
        stored = bench.explain(network, words, workers=asked.workers, few=len(few))
        bench.judge(network, words, stored, truth, [])


@contextmanager
def working(folder: Path | None) -> Iterator[Path]:
    """A folder for all files, which is kept; or one that is not, where none is named."""
    work = folder or Path(tempfile.mkdtemp(prefix="aition-icu-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        yield work
    finally:
        if not folder:
            shutil.rmtree(work, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("all", "ingest", "tables"), default="all")
    parser.add_argument("--quick", action="store_true", help="400 stays, 30 of them compared, one worker")
    parser.add_argument("--stays", type=int, default=25_000)
    parser.add_argument("--few", type=int, default=500, help="held-out stays on which explainers are compared")
    parser.add_argument("--seed", type=int, default=0, help="of the stays")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory-mb", type=int, default=2048, help="of an ingest")
    parser.add_argument("--raw", type=Path, help="raw files to ingest")
    parser.add_argument("--kind", choices=("mimic-iv", "mimic-iii", "meds"), default="mimic-iv", help="of --raw")
    parser.add_argument("--form", choices=("grid", "events"), default="grid", help="what --raw becomes")
    parser.add_argument("--rows", type=Path, default=Path(os.devnull), help="a file to which rows are added, in JSON")
    parser.add_argument("--work", type=Path, help="folder for all files; kept. A temporary one where none is named")
    asked = parser.parse_args()
    if asked.quick:
        asked.stays, asked.few, asked.workers = 400, 30, 1
    if (asked.what == "ingest") != bool(asked.raw):
        parser.error("--raw names the files of 'ingest', and of nothing else")
    if asked.what == "tables":
        print(tables([json.loads(line) for line in asked.rows.read_text().splitlines()]))
        return
    about = {} if asked.what == "ingest" else {"stays": asked.stays, "seed": asked.seed}
    with working(asked.work) as work:
        bench = Bench(work.absolute(), about, asked.rows.absolute())
        if asked.what == "ingest":
            bench.ingest(asked.raw.absolute(), "data", kind=asked.kind, form=asked.form, memory_mb=asked.memory_mb)
        else:
            everything(bench, asked)
    print(f"\n{tables(bench.rows)}\n")
    print(json.dumps({"benchmark": "icu", "rows": bench.rows}))


if __name__ == "__main__":
    main()
