"""Errors that Aition raises on purpose: each says what was expected, what came, and what to do."""


class AitionError(Exception):
    """Every error that Aition raises on purpose; the command line prints it in one line."""


class InputError(AitionError, ValueError):
    """Data or a setting is not what was asked for."""


class TargetError(AitionError, ValueError):
    """The question does not fit the model's outputs or the data."""


class ModelError(AitionError, RuntimeError):
    """The model raised, answered with NaN or Inf, or with another shape than declared."""


class RefusalError(AitionError, RuntimeError):
    """An explainer refuses a model or a question, and says why and what to take instead."""


class ProtocolError(AitionError, RuntimeError):
    """An explainer or a sink broke its protocol: a fault of its author, not of the user."""


class TrustError(AitionError, RuntimeError):
    """A file could run code when it is loaded, and nobody said that it may."""


class StoreError(AitionError, RuntimeError):
    """A store is damaged, locked, incomplete, or holds a different run."""


class MissingExtraError(AitionError, ImportError):
    """An optional package is needed; the message names the command that installs it."""


class AitionWarning(UserWarning):
    """Something that may mislead was noticed; the answer stands."""
