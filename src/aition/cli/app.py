"""The commands of aition and what is common to them."""

from typing import Annotated

import typer

from aition._version import __version__
from aition.cli.bench import bench
from aition.cli.check import EXAMPLES as CHECK
from aition.cli.check import check
from aition.cli.cube import EXAMPLES as CUBE
from aition.cli.cube import cube
from aition.cli.data import data
from aition.cli.demo import EXAMPLES as DEMO
from aition.cli.demo import demo
from aition.cli.distill import EXAMPLES as DISTILL
from aition.cli.distill import distill
from aition.cli.dream import EXAMPLES as DREAM
from aition.cli.dream import dream
from aition.cli.explain import EXAMPLES as EXPLAIN
from aition.cli.explain import explain
from aition.cli.explainers import EXAMPLES as EXPLAINERS
from aition.cli.explainers import explainers
from aition.cli.faults import EXIT_CODES
from aition.cli.ingest import ingest
from aition.cli.recommend import EXAMPLES as RECOMMEND
from aition.cli.recommend import recommend
from aition.cli.serve import EXAMPLES as SERVE
from aition.cli.serve import serve
from aition.cli.show import EXAMPLES as SHOW
from aition.cli.show import show
from aition.cli.simulate import simulate
from aition.cli.train import EXAMPLES as TRAIN
from aition.cli.train import train

START = """\
\b
Examples:
  aition demo                                  train, explain, check, and show in the app
  aition explainers                            which methods there are
  aition explain MODEL DATA --to runs/first    explain a saved model on data
  aition check MODEL DATA                      can explanations of it be believed?
  aition recommend MODEL DATA                  which explainer to trust here, if any
  aition ingest meds RAW --out data/           make samples of raw records
  aition train gru-classifier DATA --to MODEL  train a small network on labelled samples
  aition dream MODEL DATA --to runs/dreams     what a saved model would love to see
  aition show runs/first                       what mattered, and when
  aition serve runs/first                      the same in the browser, of any cohort and value
  aition simulate hospital --out raw/          raw records of which it is known what matters
  aition bench list                            tasks with a known truth, to compare methods on

"""
app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 110},
)
app.command(epilog=EXPLAIN)(explain)
app.command(epilog=CHECK)(check)
app.command(epilog=RECOMMEND)(recommend)
app.command(epilog=TRAIN)(train)
app.command(epilog=DISTILL)(distill)
app.command(epilog=DREAM)(dream)
app.command(epilog=SHOW)(show)
app.command(epilog=CUBE)(cube)
app.command(epilog=SERVE)(serve)
app.command(epilog=EXPLAINERS)(explainers)
app.add_typer(data, name="data")
app.add_typer(ingest, name="ingest")
app.add_typer(bench, name="bench")
app.add_typer(simulate, name="simulate")
app.command(epilog=DEMO)(demo)


@app.callback(invoke_without_command=True, epilog=START + EXIT_CODES)
def aition(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Anywhere on the line: print the traceback of an error, not one line.")
    ] = False,
) -> None:
    """Explain what models of time series and other sequences do: what mattered, when, and can it be believed?"""
    if version:
        print(f"aition {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())
