"""aition serve: runs in the browser."""

import logging
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aition.cli.printing import counted
from aition.core.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from socket import socket

    from aition.view.web.served import Served

EXAMPLES = """\
\b
Examples:
  aition serve runs/ig
  aition serve runs/ig runs/occlusion --model gru.safetensors --title "Deaths in intensive care"
  aition serve runs/ig --port 8000 --no-open
"""
REMOTE = """\
aition: warning: the server answers other machines, and what it says can be read on the way: put an encrypting proxy \
before it, or leave --host out and reach it by ssh -L {port}:127.0.0.1:{port}"""


def serve(
    stores: Annotated[
        list[Path], typer.Argument(metavar="STORE…", help="Directories that aition explain or dream wrote.")
    ],
    *,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 takes any that is free.")] = 0,
    host: Annotated[
        str,
        typer.Option(metavar="HOST", help="Address to listen at; one that other machines reach needs --allow-remote."),
    ] = "127.0.0.1",
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Answer other machines; whoever asks needs the printed address.")
    ] = False,
    opening: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="The model's file, to ask what it would say of changed values.")
    ] = "",
    builder: Annotated[
        str, typer.Option(metavar="MODULE:FUNCTION", help="What makes the model, where its file does not say.")
    ] = "",
    truth: Annotated[
        str, typer.Option(metavar="FILE|DIR", help="What is known to matter, such as the folder truth of a simulator.")
    ] = "",
    words: Annotated[
        str,
        typer.Option(metavar="FILE", help="What things are called, in TOML; that of a simulator lies in its truth."),
    ] = "",
    title: Annotated[str, typer.Option(metavar="TEXT", help="Of the page.")] = "Aition",
) -> None:
    """Show runs in the browser: what mattered, when, at which value, in whom.

    The rows of a run are counted when it is served for the first time. The address that is printed holds a key; without
    it nothing is answered. Ctrl-C ends the server.
    """
    for option, file in (("--model", model), ("--truth", truth), ("--words", words)):
        if file and not Path(file).exists():
            raise InputError(f"{option} must be there, but {file} does not exist")
    check_extra()

    from aition.view.web.running import listening
    from aition.view.web.security import is_loopback

    if not is_loopback(host) and not allow_remote:
        raise InputError(
            f"--host {host} would let other machines ask; give --allow-remote too if they are meant to, or reach this "
            "machine by ssh -L"
        )
    with listening(host, port) as taken:
        serve_at(
            taken,
            stores,
            host=host,
            opening=opening,
            model=model,
            builder=builder,
            truth=truth,
            words=words,
            title=title,
        )


def serve_at(
    taken: "socket",
    stores: Sequence[Path],
    *,
    host: str,
    opening: bool,
    model: str,
    builder: str,
    truth: str,
    words: str,
    title: str,
) -> None:
    """Serve runs at a port that is held, until the user interrupts; for the arguments see :func:`serve`."""
    began = time.perf_counter()

    from aition.store.summary.truth import read_truth, truth_file
    from aition.view.web.app import app
    from aition.view.web.running import address, browser, lean, server, tidy
    from aition.view.web.runs import Runs
    from aition.view.web.security import Hosts, is_loopback
    from aition.view.web.served import Served
    from aition.view.web.session import Session
    from aition.view.web.static import PAGE, page_files
    from aition.view.web.wording import wording_of
    from aition.view.web.worker import Model

    lean()
    session, page = Session(), page_files()
    with ExitStack() as held:
        planted = (read_truth(truth_file(truth)),) if truth else ()
        runs = Runs.at(stores, cuts=planted[0].cuts if planted else {})
        models = (Model(Path(model), builder=builder),) if model else ()
        what = Served(runs, models, planted, title, wording_of(words, truth))
        held.callback(what.close)
        open_page = held.enter_context(browser(lambda: address(host, taken, session)))
        runs.prepare()
        logging.basicConfig(format="aition: %(message)s", level=logging.WARNING)

        def ready() -> None:
            print(f"Ready in {time.perf_counter() - began:.1f} s: {served_words(what)}")
            if PAGE not in page:
                print("The page is not built; build it: cd frontend && npm ci && npm run build", file=sys.stderr)
            if not is_loopback(host):
                print(REMOTE.format(port=taken.getsockname()[1]), file=sys.stderr)
            print(f"\n  {address(host, taken, session)}\n\nCtrl-C ends it", flush=True)
            if opening and PAGE in page:
                open_page()

        with suppress(KeyboardInterrupt):
            server(app(what, session, hosts=Hosts.of(host), page=page, ready=ready, rest=tidy)).run(sockets=[taken])


def served_words(what: "Served") -> str:
    """What is served, in words."""
    cubes = list(what.runs.cubes.values())
    runs = ", ".join(what.runs.runs)
    return f"{counted(len(what.runs.runs), 'run')} ({runs}), {counted(sum(cube.n_row for cube in cubes), 'row')}"


def check_extra() -> None:
    """Raise where the packages are not there that serve.

    Raises:
        MissingExtraError: Naming the command that installs them.
    """
    if missing := [name for name in ("starlette", "uvicorn") if find_spec(name) is None]:
        raise MissingExtraError(f"aition serve needs {missing[0]}, which is not installed: pip install 'aition[web]'")
