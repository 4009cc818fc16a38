"""main(): runs a line of words, and turns what goes wrong into one line and an exit code."""

import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import typer

from aition.cli.app import app
from aition.cli.faults import DONE, INPUT, PIPE, exit_code, interrupted_by, one_line
from aition.core.errors import AitionWarning
from aition.core.printable import printable


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        words: What stands behind ``aition``; ``sys.argv`` where nothing is given.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if words is None else words)
    debug, rest = without_debug(given)
    with warnings_in_one_line(debug=debug):
        try:
            run(rest)
            sys.stdout.flush()
        except typer.Exit as end:
            return end.exit_code
        except typer.TyperException as error:
            return told(usage(error), INPUT)
        except BrokenPipeError:
            silence(sys.stdout)
            return PIPE
        except (KeyboardInterrupt, typer.Abort) as error:
            return told("interrupted", interrupted_by(error))
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told in one line)
            if not debug:
                return told(one_line(error), exit_code(error))
            traceback.print_exc()
            return exit_code(error)
    return DONE


def run(words: Sequence[str]) -> None:
    """Run a line of words; unlike typer's own main(), which ends the process, this raises."""
    command = typer.main.get_command(app)
    if page := help_page(command, words):
        print(page)
        return
    with command.make_context("aition", list(words)) as context:
        command.invoke(context)


def help_page(command: Any, words: Sequence[str]) -> str:
    """The help of the command that stands before ``--help``; empty where no help is asked for, or a command is unknown.

    typer would do the same, but imports pydantic first, which takes longer than all the rest.
    """
    context = command.context_class(command, info_name="aition", **command.context_settings)
    for word in words:
        if word == "--help":
            return str(context.get_help())
        inner = getattr(context.command, "commands", {})
        if word == "--" or (inner and not word.startswith("-") and word not in inner):
            return ""
        if word in inner:
            context = command.context_class(inner[word], info_name=word, parent=context)
    return ""


def without_debug(words: Sequence[str]) -> tuple[bool, list[str]]:
    """Whether ``--debug`` stands anywhere before ``--``, and the other words.

    >>> without_debug(["show", "--debug", "runs/a", "--", "--debug"])
    (True, ['show', 'runs/a', '--', '--debug'])
    """
    end = words.index("--") if "--" in words else len(words)
    rest = [word for word in words[:end] if word != "--debug"]
    return len(rest) < end, [*rest, *words[end:]]


def told(message: str, code: int) -> int:
    """Say it on standard error; the code."""
    try:
        print(f"aition: {printable(message)}", file=sys.stderr, flush=True)
    except BrokenPipeError:
        silence(sys.stderr)
    return code


def usage(error: typer.TyperException) -> str:
    """What is wrong with the words, and where their use is explained."""
    message = " ".join(error.format_message().split()).rstrip(".").replace("Value error, ", "")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "aition"
    return f"{message[:1].lower()}{message[1:]}; see {command} --help"


def silence(stream: TextIO) -> None:
    """Let nothing more be written to a pipe that nobody reads, so that Python's own end stays quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def warnings_in_one_line(*, debug: bool) -> Iterator[None]:
    """Say what Aition warns of in one line, once; what other packages warn of only with ``--debug``."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> Any:
        words = " ".join(str(message).split())
        if issubclass(category, AitionWarning) and words not in said:
            said.add(words)
            print(f"aition: warning: {printable(words)}", file=sys.stderr)
        elif debug and not issubclass(category, AitionWarning):
            print(warnings.formatwarning(message, category, filename, lineno, line), end="", file=sys.stderr)

    said: set[str] = set()
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=AitionWarning)
        warnings.showwarning = show
        yield
