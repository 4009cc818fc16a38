"""aition bench: methods on tasks with a known truth."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from aition.cli.ended import finish, say
from aition.cli.printing import columns, print_json
from aition.cli.words import settings_of
from aition.core.errors import InputError

if TYPE_CHECKING:
    from aition.bench.running import Ended

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
OUT = Path("bench.jsonl")
bench = typer.Typer(
    no_args_is_help=False,
    help="Run methods on tasks with a known truth, and report how they did.",
    epilog="""\
\b
Examples:
  aition bench list
  aition bench run rare-time --method extremal-mask --seeds 5 --out rare.jsonl
  aition bench report rare.jsonl --html rare.html
  aition bench run all --profile quick --workers 2 --out board.jsonl
""",
)


@bench.command(
    "list",
    epilog="""\
\b
Examples:
  aition bench list
  aition bench list --json
""",
)
def list_(*, as_json: JSON = False) -> None:
    """List the tasks, with what they draw and explain, and the methods that can be run on them."""
    from aition.cli.standings import method_facts, task_facts

    tasks, methods = task_facts(), method_facts()
    if as_json:
        print_json({"tasks": tasks, "methods": methods})
        return
    rows = [["task", "model", "series × steps × features", "folds", "judged by", "what is drawn"]]
    for one in tasks:
        size = f"{one['n_series']} × {one['n_time']} × {one['n_feature']}"
        judged = one["lead"] if one["pool"] else f"{one['lead']}, by series"
        rows.append([one["name"], one["model"], size, str(one["folds"]), judged, one["about"]])
    print("\n".join(columns(rows, n_head=1)))
    print("\nMethods (their settings: aition explainers NAME):")
    print("\n".join(columns([[one["name"], one["words"]] for one in methods], indent="  ")))


@bench.command(
    epilog="""\
\b
Examples:
  aition bench run state --method extremal-mask --seeds 5
  aition bench run state switch-feature --method integrated-gradients --method occlusion \\
      --seeds 5 --workers 2 --out hidden.jsonl
  aition bench run state --method extremal-mask --preset paper --set steps=200 --seed 7 --folds 5 --out paper.jsonl
  aition bench run s3 --method lex --method lex:l2x --method lex:invase --out selected.jsonl
  aition bench run mytasks:SPIKES --method captum --set method=Lime --out spikes.jsonl
  aition bench run all --profile quick --workers 2 --budget 10 --out board.jsonl
"""
)
def run(
    context: typer.Context,
    tasks: Annotated[
        list[str], typer.Argument(metavar="TASK...", help="See aition bench list; or module:name; or all.")
    ],
    *,
    method: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="An explainer, or NAME:PRESET; see aition explainers; random and magnitude, too. May be repeated.",
        ),
    ] = [],  # noqa: B006 (only read)
    profile: Annotated[
        str, typer.Option(metavar="NAME", help="Methods, seeds, folds and limits at once: quick or full.")
    ] = "",
    budget: Annotated[
        float, typer.Option(metavar="MINUTES", min=0, help="Begin no row that is likely to end later; 0 for no budget.")
    ] = 0.0,
    limit: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="CPU seconds after which a row is stopped; 0 for no limit.")
    ] = 0.0,
    out: Annotated[
        Path, typer.Option(metavar="FILE.jsonl", help="Rows are appended; what it holds is not run again.")
    ] = OUT,
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="Published settings of all METHODs that name none, such as paper.")
    ] = "",
    settings: Annotated[
        list[str],
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of all METHODs here; may be repeated."),
    ] = [],  # noqa: B006 (only read)
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="How many seeds, from --first-seed on.")] = 5,
    first_seed: Annotated[int, typer.Option(metavar="N", min=0, help="The first of them.")] = 0,
    seed: Annotated[
        list[int], typer.Option(metavar="N", min=0, help="This seed, instead of --seeds; may be repeated.")
    ] = [],  # noqa: B006 (only read)
    folds: Annotated[int, typer.Option(metavar="K", min=1, help="How many folds of each seed are explained.")] = 1,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Rows at a time, each on one thread.")] = 1,
    cache: Annotated[
        str, typer.Option(metavar="DIR", help="Where trained networks are kept; the user's cache folder if not given.")
    ] = "",
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Make refused rows again, such as after an update.")
    ] = False,
    progress: Annotated[Literal["auto", "on", "off"], typer.Option(help="auto: a bar on a terminal only.")] = "auto",
    as_json: JSON = False,
) -> None:
    """Run every METHOD on every TASK and seed, each in a process of its own, and append a line of JSON for each.

    Rows go to bench.jsonl in the working folder unless --out names another file.

    The same command goes on where it was interrupted. Rows with the same task, method, settings, seed and fold are run
    once, whatever versions they were made with. A method that refuses a task gets a row that says why, as does one that
    is stopped at its limit. all stands for every task; with --profile, for those of the profile.
    """
    check_out(out)
    from aition.cli.planned import of_methods, of_profile

    if profile:
        refuse_beside_profile(context)
        plan, costs = of_profile(profile, tasks, out)
    else:
        if not method:
            raise InputError("--method must name at least one, or --profile all of them, but neither is given")
        chosen = seed or list(range(first_seed, first_seed + seeds))
        how = [name_and_preset(one, preset) for one in method]
        plan, costs = of_methods(tasks, how, settings_of(settings), seeds=chosen, folds=folds, limit=limit, out=out)
    from aition.bench.budget import Budget
    from aition.bench.cache import default_networks
    from aition.bench.running import run as run_jobs
    from aition.core.progress import progress_bar

    watch = Budget(plan, costs, workers=workers, minutes=budget)
    weights = {str(one.job): max(1, round(one.seconds)) for one in plan}
    label = "bench (CPU s)" if profile else "bench"
    with resumable(out), progress_bar(label, sum(weights.values()), progress=progress) as tick:

        def tell(ended: "Ended") -> None:
            watch.ended(ended.job, ended.row)
            tick(weights[str(ended.job)])
            say(ended, quiet=as_json, left=watch.minutes_left if profile else math.nan)

        endings = run_jobs(
            [one.job for one in plan],
            out,
            cache=Path(cache) if cache else default_networks(),
            workers=workers,
            retry_refused=retry_refused,
            may_begin=watch.may_begin,
            tell=tell,
        )
    finish(endings, out, as_json=as_json)


@bench.command(
    epilog="""\
\b
Examples:
  aition bench report rare.jsonl
  aition bench report rare.jsonl hidden.jsonl --html bench.html
"""
)
def report(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.jsonl...", help="What aition bench run wrote.")],
    *,
    html: Annotated[str, typer.Option(metavar="FILE", help="Write a report with pictures (.html).")] = "",
    as_json: JSON = False,
) -> None:
    """Say how every method did on every task: means over the seeds, 95 % intervals, cost, and published figures.

    Of several tasks, ranks over them, too, and what theory expected.

    Intervals are Student's: they hold for a handful of seeds, where a bootstrap would claim too much.
    """
    from aition.bench.grown import evened
    from aition.bench.report import boards
    from aition.bench.rows import read_rows
    from aition.cli.leading import leaderboard, rank_facts, rank_lines, verdict_facts
    from aition.cli.show import check_file
    from aition.cli.standings import as_facts, contest, figure_table, lines_of

    check_file(html, "--html", (".html",))
    rows = evened([row for file in files for row in read_rows(file)])
    found = boards(rows)
    if html:
        from aition.view.report import standings_report, write

        first = leaderboard(found, rows)
        write(standings_report([contest(board) for board in found], figures=figure_table(), first=first), html)
    if as_json:
        facts = {"tasks": [as_facts(board) for board in found], "ranks": rank_facts(found)}
        print_json(facts | {"expected": verdict_facts(found), "files": [html] * bool(html)})
        return
    print("\n\n".join("\n".join(lines) for lines in [*map(lines_of, found), rank_lines(found)] if lines))
    if html:
        print(f"\nWrote {html}")


def name_and_preset(word: str, preset: str) -> tuple[str, str]:
    """The explainer and the preset that a METHOD names, the preset being another one where it names none.

    >>> name_and_preset("lex:l2x", ""), name_and_preset("lex", "realx")
    (('lex', 'l2x'), ('lex', 'realx'))
    """
    name, _, own = word.partition(":")
    return name, own or preset


def check_out(out: Path) -> None:
    """Raise unless a file can stand there."""
    if not out.absolute().parent.is_dir():
        raise InputError(f"--out must be in a folder that exists, but {out.parent} does not")
    if out.is_dir():
        raise InputError(f"--out must be a file, but {out} is a folder")


@contextmanager
def resumable(out: Path) -> Iterator[None]:
    """Say how to go on when the user interrupts."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"what {out} holds is kept; the same command goes on", file=sys.stderr)
        raise


def refuse_beside_profile(context: typer.Context) -> None:
    """Raise where an option is given that the profile settles."""
    for name in ("method", "preset", "settings", "seeds", "first_seed", "seed", "folds", "limit"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            word = {"settings": "set"}.get(name, name).replace("_", "-")
            raise InputError(
                f"--profile settles methods, seeds, folds and limits, but --{word} is given, too; leave one out"
            )
