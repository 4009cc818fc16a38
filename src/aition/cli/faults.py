"""Errors as one line and an exit code."""

from signal import Signals

from aition.core.errors import (
    AitionError,
    ModelError,
    ProtocolError,
    RefusalError,
    StoreError,
    TrustError,
)

DONE, FAULT, INPUT, MODEL, REFUSED, STORE, NOT_PASSED, NONE, INTERRUPTED, PIPE = 0, 1, 2, 3, 4, 5, 6, 7, 130, 141
EXIT_CODES = """\
\b
Exit codes:
  0    done
  1    a fault of Aition itself
  2    usage or input: a word, a file, a setting, a target
  3    the model: it raised, answered NaN, does not fit its file, or needs --trust
  4    the explainer refuses this model or question
  5    the store: damaged, locked, or of another run
  6    aition check: a check has not passed, or none was measured
  7    aition recommend: no explainer deserves trust here
  130  interrupted (143: by SIGTERM; 141: the reader of a pipe went away)
"""
KINDS: tuple[tuple[type[Exception], int], ...] = (
    (ProtocolError, FAULT),
    (ModelError, MODEL),
    (TrustError, MODEL),
    (RefusalError, REFUSED),
    (StoreError, STORE),
    (AitionError, INPUT),
    (OSError, INPUT),
)


def exit_code(error: Exception) -> int:
    """The exit code of an error, by its kind.

    >>> exit_code(StoreError("locked")), exit_code(ZeroDivisionError())
    (5, 1)
    """
    return next((code for kind, code in KINDS if isinstance(error, kind)), FAULT)


def interrupted_by(error: BaseException) -> int:
    """The exit code of an interrupt: 128 and the number of the signal, which is SIGINT where it does not say.

    >>> interrupted_by(KeyboardInterrupt()), interrupted_by(KeyboardInterrupt(Signals.SIGTERM))
    (130, 143)
    """
    signals = [one for one in error.args if isinstance(one, Signals)]
    return 128 + signals[0] if signals else INTERRUPTED


def one_line(error: Exception) -> str:
    """What an error says, in one line.

    >>> one_line(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero; this is a fault of Aition: run again with --debug and report what it prints'
    """
    words = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror and not isinstance(error, AitionError):
        places = [str(place) for place in (error.filename, error.filename2) if place is not None]
        return " to ".join(places) + (": " if places else "") + error.strerror
    if isinstance(error, AitionError) and not isinstance(error, ProtocolError):
        return words
    whose = "an explainer or a sink" if isinstance(error, ProtocolError) else "Aition"
    return (
        f"{type(error).__name__}: {words or 'no message'}; this is a fault of {whose}: "
        "run again with --debug and report what it prints"
    )
