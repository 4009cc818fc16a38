"""The command line: parse, call, print."""

from aition.cli.app import app
from aition.cli.entry import main

__all__ = ["app", "main"]
