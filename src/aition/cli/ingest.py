"""aition ingest: raw records of any size into a folder of samples."""

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from aition.cli.ingested import empty_features, said
from aition.cli.kinds import MODULES, Spelled, default_spec
from aition.cli.like import taken
from aition.cli.printing import print_json, print_lines
from aition.cli.stopping import stoppable, tell_of_parts
from aition.cli.words import settings_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.data.readers import Source, Spec

RAW = Annotated[Path, typer.Argument(metavar="RAW", help="Where the records are; they are only read.")]
OUT = Annotated[Path, typer.Option("--out", metavar="DATA", help="A folder that does not exist yet.")]
SPEC = Annotated[
    str,
    typer.Option("--spec", metavar="SPEC.toml", help='What to make of them; that of "aition ingest spec KIND" else.'),
]
LABELS = Annotated[str, typer.Option("--labels", metavar="FILE", help="A file, or a folder of files, with labels.")]
SETTINGS = Annotated[
    list[str],
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the source, as under [source]; may be repeated."),
]
LIKE = Annotated[
    str,
    typer.Option(
        "--like",
        metavar="DATA",
        help="Take spec, vocabulary, scales and classes from there, for a model trained on it.",
    ),
]
SPLIT = Annotated[
    str,
    typer.Option(metavar="A,B,C", help="Shares of subjects to train, tune and hold out, where the records do not say."),
]
MEMORY = Annotated[int, typer.Option("--memory-mb", metavar="N", help="What the scan may fill, in MB.")]
SIZE = Annotated[int, typer.Option(metavar="N", help="Samples in a file, at most.")]
PROGRESS = Annotated[Literal["auto", "on", "off"], typer.Option(help="auto: bars on a terminal only.")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
EXAMPLES = """\
\b
Examples:
  aition ingest spec meds > spec.toml
  aition ingest meds raw/ --spec spec.toml --out data/
  aition ingest meds raw/ --spec spec.toml --labels raw/labels/mortality --out data/
  aition ingest table vitals.csv.gz --labels outcome.csv --split 80,10,10 --out data/
  aition ingest mimic-iv mimic-iv-3.1/ --split 80,10,10 --out data/
  aition ingest meds theirs/ --like data/ --out their-data/
  aition explain icu.safetensors data/:held_out --set baseline=background-mean --background data/:train --to runs/icu
"""
HELP = """Make samples of raw records, such as those of hospitals, out of core.

The spec, in TOML, says which part of each sample is seen, in which steps, and which codes become which features:

\b
  form = "grid"              # a value a step and feature; or "events": a list of what happened
  [window]
  hours = 48                 # of each sample
  every = 1                  # hours of a step
  align = "start"            # or "stop": the last hours, such as those before a prediction
  [[features]]
  name = "temperature"
  codes = ["TEMP", "T//*"]   # a * at the end stands for any ending
  aggregate = "mean"         # last, first, mean, median, least, most, sum, count, any
  unit = "°C"
  units = { "°F" = { factor = 0.5555555556, offset = -17.7777777778 } }
  low = 25                   # values below are bad records
  [source]
  anchor = "ICU_ADMISSION*"  # settings of the source, see its own help

Every record that is read is counted: used, not asked for, outside of every window, or bad; bad ones are listed with the
reason in DATA/rejected.parquet. A source with --labels has its samples from there.
"""
ingest = typer.Typer(no_args_is_help=False, help=HELP, epilog=EXAMPLES)
ABOUT = {
    "meds": """Records in the Medical Event Data Standard: a folder with data/**/*.parquet.

A sample is a row of the labels, seen in the hours before its prediction time (align the window to "stop"); or, without
--labels, an occurrence of the code "anchor", or a subject: its label then says whether "outcome" (MEDS_DEATH) comes
within "horizon" hours of the window. Settings: label_column, static; without --labels anchor, until, outcome, after,
gap, horizon.

\b
Examples:
  aition ingest meds raw/ --labels raw/labels/mortality --out data/
  aition ingest meds raw/ --set horizon=720 --out data/
""",
    "table": """Records of any kind in .csv, .csv.gz or .parquet: one file, or a folder of files with the same columns.

A row is a record, with the columns sample, time, code and value; or a time, with a column a code (code=""). --labels
names a table with a row a sample: sample, and any of label, split, start, stop. Settings: sample, time, code, value,
unit, label, split, start, stop, static, time_unit.

\b
Examples:
  aition ingest table vitals.csv.gz --labels outcome.csv --split 80,10,10 --out data/
  aition ingest table wide.parquet --spec spec.toml --set code= --set sample=bed --out data/
""",
    "mimic-iv": """MIMIC-IV as published: a folder with hosp/ and icu/.

Settings: outcome, long_hours, known_after, kinds, static, infusion_hours. A spec of more features, with infusions that
run and with the unit and kind of admission: aition ingest spec mimic-iv-full.

\b
Examples:
  aition ingest mimic-iv mimic-iv-3.1/ --split 80,10,10 --out data/
  aition ingest mimic-iv mimic-iv-3.1/ --set outcome=long-stay --split 80,10,10 --out data/
""",
    "mimic-iii": """MIMIC-III as published: a folder with ICUSTAYS.csv.gz, CHARTEVENTS.csv.gz and others.

Settings: outcome, long_hours, known_after, kinds, static, infusion_hours. A spec of more features, with infusions that
run and with the unit and kind of admission: aition ingest spec mimic-iii-full.

\b
Examples:
  aition ingest mimic-iii mimic-iii-1.4/ --split 80,10,10 --out data/
""",
}


@ingest.command(
    "spec",
    epilog="""\
\b
Examples:
  aition ingest spec meds > spec.toml
  aition ingest spec mimic-iv-full > spec.toml
""",
)
def spec_(
    kind: Annotated[
        Spelled, typer.Argument(metavar="KIND", help="Of records; meds-labels: with --labels; …-full: more features.")
    ],
) -> None:
    """Print a spec to begin one's own with: meds, meds-labels, table, mimic-iv, mimic-iii, mimic-iv-full, …-iii-full.

    The one of a kind's own name, and meds-labels where there are --labels, is taken where none is given.
    """
    print(default_spec(kind), end="")


def add_command(kind: str) -> None:
    """Let a kind of records be a command."""

    def command(
        raw: RAW,
        *,
        out: OUT,
        spec: SPEC = "",
        labels: LABELS = "",
        settings: SETTINGS = [],  # noqa: B006 (only read)
        split: SPLIT = "",
        like: LIKE = "",
        memory_mb: MEMORY = 2048,
        shard_size: SIZE = 2048,
        progress: PROGRESS = "auto",
        as_json: JSON = False,
    ) -> None:
        from aition.data.readers import ingest as ingested
        from aition.data.readers import read_spec, spec_of

        if not raw.exists():
            raise InputError(f"{raw} must be where the records are, but does not exist")
        if spec:
            what, settled = read_spec(spec)
        elif like:
            what, settled = taken(like, kind, labels=bool(labels))
        else:
            what, settled = spec_of(default_spec(f"{kind}-labels" if labels and kind == "meds" else kind))
        made = source_of(kind, raw, labels, settled | settings_of(settings), what)
        tell_of_parts(out)
        with stoppable():
            folder = ingested(
                made,
                what,
                out,
                memory_mb=memory_mb,
                shard_size=shard_size,
                shares=shares_of(split),
                like=like,
                progress=progress,
            )
        if as_json:
            told = {name: folder.manifest[name] for name in TOLD}
            empty = empty_features(folder, what)
            print_json({"folder": str(out), **told, "features_without_record": empty, "shards": len(folder.shards)})
            return
        print_lines(said(folder, out, what))

    ingest.command(kind, help=ABOUT[kind].partition("\n\n\\b")[0], epilog="\b" + ABOUT[kind].partition("\n\n\\b")[2])(
        command
    )


for each in MODULES:
    add_command(each)
TOLD = (
    "form", "n_sample", "n_unlabelled", "n_step", "features", "label", "class_names", "static_names", "static_filled",
    "samples_left_out", "records",
)  # fmt: skip


def source_of(kind: str, raw: Path, labels: str, settings: Mapping[str, Any], spec: "Spec") -> "Source":
    """The records of a kind, with its settings.

    What is to be foretold is counted from the end of the window, so a source that asks how long that is gets it.

    Raises:
        InputError: The source has no such setting, or --labels where it takes none.
    """
    from aition.registry.values import values_of

    module, name = MODULES[kind]
    make = getattr(import_module(f"aition.data.readers.{module}"), name)
    known = {part.name for part in fields(make)}
    foretells = "" if labels else next((asked for asked in ("after", "known_after") if asked in known), "")
    given: dict[str, Any] = {foretells: spec.window.hours} if foretells else {}
    for setting, argument in (("root", "RAW"), ("labels", "--labels")):
        if setting in settings:
            raise InputError(f"{setting} is no setting under [source] or after --set: give it as {argument}")
    given |= values_of(make, settings)
    if labels and "labels" not in known:
        raise InputError(f"{kind} has no --labels: its outcome is a setting; see aition ingest {kind} --help")
    made: Source = make(root=raw, **given, **({"labels": Path(labels)} if labels else {}))
    return made


def shares_of(words: str) -> tuple[float, ...]:
    """Shares of the splits.

    >>> shares_of("80,10,10")
    (80.0, 10.0, 10.0)
    """
    try:
        return tuple(float(word) for word in words.split(",")) if words else ()
    except ValueError:
        raise InputError(f"--split must be three numbers, such as 80,10,10, but is {words!r}") from None
