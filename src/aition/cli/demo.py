"""aition demo: an intensive-care unit, simulated, and a smart watch; explained, checked, and shown in the app."""

import shlex
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from aition.cli.stopping import stoppable

HOST = "127.0.0.1"
TITLE = "Intensive care, and a smart watch"
EXAMPLES = """\
\b
Examples:
  aition demo --serve
  aition demo --out /tmp/demo --stays 2000
  aition demo --serve --port 8000 --seed 1
"""


@dataclass(frozen=True)
class Shown:
    """What a demo made for the app.

    Args:
        stores: Of the runs; the first is shown first.
        model: The network of the first runs.
        truth: What is planted in their data.
    """

    stores: tuple[Path, ...]
    model: Path
    truth: Path

    @property
    def command(self) -> str:
        """What to type to see it."""
        words = ["aition", "serve", *map(str, self.stores), "--model", str(self.model), "--truth", str(self.truth)]
        return shlex.join([*words, "--title", TITLE])


def demo(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder, or that of an earlier demo.")] = Path(
        "aition-demo"
    ),
    stays: Annotated[int, typer.Option(metavar="N", min=100, help="Stays in intensive care.")] = 25_000,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Show it in the app, to this machine, until Ctrl-C.")
    ] = False,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port to serve at; 0 takes any that is free.")
    ] = 0,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of the stays, of training, and of what explainers draw.")
    ] = 0,
) -> None:
    """Train two networks, explain them, check the explanations, and show them in the app.

    A CNN learns four activities from BasicMotions, which is small and real. A GRU learns who dies in a simulated
    intensive-care unit of 1.2 million hours, in which it is known which values count. Both are explained by
    integrated gradients and by learned masks. Nothing is downloaded. What an earlier demo of the same stays and seed
    left in DIR is taken as it is.
    """
    from aition.cli.serve import check_extra, serve_at

    with ExitStack() as held:
        taken = []
        if serving:
            check_extra()
            from aition.view.web.running import listening

            taken.append(held.enter_context(listening(HOST, port)))
        with stoppable():
            shown = made(out, stays=stays, seed=seed)
        for one in taken:
            print(flush=True)
            serve_at(
                one,
                shown.stores,
                host=HOST,
                opening=sys.stdout.isatty(),
                model=str(shown.model),
                builder="",
                truth=str(shown.truth),
                words="",
                title=TITLE,
            )


def made(out: Path, *, stays: int, seed: int) -> Shown:
    """Do it all, and say what to try next."""
    began = time.perf_counter()

    import torch

    from aition._version import __version__
    from aition.cli import showcase, watched
    from aition.cli.believed import believed
    from aition.cli.steps import Steps, megabytes, prepare
    from aition.cli.ward import Ward
    from aition.store.runner import one_thread

    prepare(out, {"aition": __version__, "torch": torch.__version__, "stays": stays, "seed": seed})
    case, small, ward = showcase.CASE, out / showcase.CASE.dataset, Ward(out / "icu", stays, seed)
    step = Steps(showcase.N_STEP + watched.N_STEP + 1 + len(ward.stores))
    with one_thread():
        study = showcase.studied(case, small, seed=seed, step=step)
        report = showcase.reported(study, out, step)
        watched.made(ward, step)
        shown = Shown((*ward.stores, *case.stores(small)), ward.model, ward.truth)
        believed(shown.stores, ward.stores, shown.truth, step)
    took, size = time.perf_counter() - began, megabytes(out)
    print(f"\nAll in {took:.0f} s; {out} takes {size:.0f} MB. Report of {case.name}: {report.absolute()}")
    print(f"\nTry next:\n  {shown.command}")
    print(f"  {showcase.command('occlusion', small, to=small / 'occlusion', seed=0)}")
    print(f"  aition show {shlex.quote(str(ward.stores[0]))}")
    return shown
