"""aition demo: everything once, on real data, within a minute or two."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\
\b
Examples:
  aition demo
  aition demo --out /tmp/demo --no-serve
  aition demo --port 8000 --seed 1
"""


def demo(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder, or that of an earlier demo.")] = Path(
        "aition-demo"
    ),
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the report to this machine until Ctrl-C.")
    ] = False,
    port: Annotated[int, typer.Option(metavar="N", help="Port to serve at; 0 takes any that is free.")] = 0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of training, and of what explainers draw.")] = 0,
) -> None:
    """Train two small networks on real data, explain them, check the explanations, and write a report.

    A GRU is trained on JapaneseVowels and a CNN on BasicMotions. Both are explained on the test samples by integrated
    gradients and by learned masks; every explanation is stored, and checked by removing what it calls important. The
    report is one HTML file with pictures. Nothing is downloaded.
    """
    from aition.cli.one_file import loopback, serve

    with ExitStack() as held:
        server = held.enter_context(loopback(port)) if serving else None
        report = shown(out, seed=seed)
        if server is not None:
            print(f"\nServed at {server.url} to this machine only; Ctrl-C ends it", flush=True)
            serve(server, report)


def shown(out: Path, *, seed: int) -> Path:
    """Do it all; the path of the report."""
    began = time.perf_counter()

    from aition.cli.showcase import CASES, EXPLAINERS, Steps, command, prepare, studied
    from aition.store.runner import one_thread

    prepare(out)
    step = Steps(len(CASES) * (2 + 2 * len(EXPLAINERS)) + 1)
    with one_thread():
        studies = [studied(case, out / case.dataset, seed=seed, step=step) for case in CASES]
    with step("Write the report") as said:
        from aition.view.report import overview, write

        report = write(overview("What two networks look at", studies, lead=LEAD), out / "report.html")
        said.append(f"{report.stat().st_size / 1e6:.1f} MB")
    first = out / CASES[0].dataset
    print(f"\nReport: {report.absolute()} ({time.perf_counter() - began:.0f} s in all)\n\nTry next:")
    print(f"  {command('occlusion', first, to=first / 'occlusion', seed=0)}")
    print(f"  aition show {first / 'occlusion'} --sample test-17")
    print("  aition explainers extremal-mask")
    return report


LEAD = (
    "A recurrent network that tells nine speakers apart and a convolutional one that tells four activities apart: what "
    "they look at, when, and whether the explanations can be believed."
)
