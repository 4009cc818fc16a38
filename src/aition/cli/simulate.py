"""aition simulate: stays with a planted truth as files, at any number."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from aition.cli.printing import columns, counted, explaining, print_json, print_lines
from aition.cli.stopping import stoppable, tell_of_parts

if TYPE_CHECKING:
    from aition.data.simulate.hospital import Hospital

EXAMPLES = """\
\b
Examples:
  aition simulate hospital --as mimic-iv --out raw/
  aition simulate hospital --stays 1000 --seed 7 --as meds --out raw/
  aition simulate hospital --stays 1000000 --as mimic-iii --out raw/
  aition simulate hospital --stays 2000 --as batch --out stays/
"""
simulate = typer.Typer(
    no_args_is_help=False, help="Write simulated data with a planted truth, as real data come.", epilog=EXAMPLES
)


@simulate.callback()
def simulated() -> None:
    """Keep ``hospital`` a command of its own."""


@simulate.command(epilog=EXAMPLES)
def hospital(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder, or an empty one.")],
    form: Annotated[
        Literal["meds", "mimic-iv", "mimic-iii", "batch"],
        typer.Option("--as", help="Raw files with their mess; or batch: samples that 'aition explain' reads."),
    ] = "mimic-iv",
    stays: Annotated[int, typer.Option(metavar="N", min=1, help="How many stays.")] = 25_000,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of all that is drawn.")] = 0,
    progress: Annotated[Literal["auto", "on", "off"], typer.Option(help="auto: a bar on a terminal only.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write stays in intensive care, 48 hours and 34 features each, whose risk of death is planted value by value.

    The same stays come in every form. Raw files have the mess of real ones (two items for one thing, other units, words
    for numbers, no dates, rows of nobody), every row of which is counted; DIR/truth says what is planted. Memory does
    not grow with the number of stays.
    """
    from aition.core.progress import progress_bar
    from aition.data.simulate.hospital import Hospital, write, write_batches

    drawn = Hospital(n_sample=stays, standardised=False)
    tell_of_parts(out)
    with stoppable(), progress_bar("Writing stays", stays, progress=progress) as tick:
        if form == "batch":
            written = asdict(write_batches(drawn, out, seed=seed, each=tick))
        else:
            written = asdict(write(drawn, out, seed=seed, form=form, each=tick))
    if as_json:
        print_json({"folder": str(out)} | written)
        return
    print_lines(said(out, written, drawn))


def said(out: Path, written: dict[str, Any], drawn: "Hospital") -> list[str]:
    """What was written, as lines."""
    from aition.data.simulate.hospital.records import ADDED

    form, mess = written["form"], written["mess"]
    read = f"aition ingest {form} {out} --split 80,10,10 --out data/"
    if form == "meds":
        read = f"aition ingest meds {out} --spec {out}/spec.toml --labels {out}/labels --out data/"
    lines = [f"{counted(drawn.n_sample, 'stay')} as {form}", *table(written["rows"])]
    if form == "batch":
        read = explaining("MODEL", f"{out}:held_out", background=f"{out}:train")
    else:
        added = {kind: mess[kind] for kind in ADDED if kind in mess}
        kinds = {
            "measurements": mess["clean"],
            "added, each with a fault": sum(added.values()),
            "lines that break off": sum(written["cut"].values()),
        }
        kinds["other events"] = written["n_record"] - sum(kinds.values())
        lines += [f"Records, as aition ingest counts them: {written['n_record']}", *table(kinds)]
        lines += ["Those that are added:", *table(added)]
        unusual = {kind: count for kind, count in mess.items() if kind not in ("clean", *added)}
        lines += ["Measurements written in unusual ways:", *table(unusual)]
    return [f"{out}: {lines[0]}", *lines[1:], f"The truth is in {out}/truth", f"Next: {read}"]


def table(counts: Mapping[str, int]) -> list[str]:
    """Counts above 0 as lines."""
    return columns([[name, str(count)] for name, count in counts.items() if count], indent="  ")
