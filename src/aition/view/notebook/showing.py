"""show(): runs in a notebook, to be looked into."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aition.core.errors import InputError
from aition.core.explanation import Explanation
from aition.store import Store, StoredRun
from aition.store.summary.truth import read_truth, truth_file
from aition.view.notebook.picture import Picture, pictured
from aition.view.notebook.runs import runs_of
from aition.view.notebook.workers import shared_model
from aition.view.web.runs import Runs
from aition.view.web.served import Served
from aition.view.web.wording import wording_of

if TYPE_CHECKING:
    from aition.view.notebook.widget import Widget

Shown = Explanation | Store | StoredRun | str | os.PathLike[str]
LEAST_HEIGHT = 300
INSTALL = "To look into it, install the widget by: pip install 'aition[notebook]', then run the cell again."
RUN = "To look into it, run the cell again in a notebook."


def show(
    what: Shown | Mapping[str, Shown],
    *,
    model: str | os.PathLike[str] = "",
    builder: str = "",
    truth: str | os.PathLike[str] = "",
    words: str | os.PathLike[str] = "",
    title: str = "Aition",
    height: int = 720,
) -> "Widget | Picture":
    """Show an explanation in a notebook: what mattered, when, at which value, in whom.

    This is the page of ``aition serve``, without a server: its questions go to the notebook's kernel. Where notebooks
    show no widgets, and where anywidget is not installed, a picture stands in its place.

    Args:
        what: An explanation, a stored run, a path of one, or several by their names, to be compared.
        model: The model's file, to ask what it would say of changed values.
        builder: What makes the model, where its file does not say: a registered name or ``"module:function"``.
        truth: What is known to matter: a file, or the folder of a simulator.
        words: What things are called, a file as ``aition serve --words`` reads it.
        title: Of the page.
        height: In pixels, at least 300.

    Returns:
        A widget; its ``close()`` lets go of files and of the model's process, as the end of the kernel does. Without
        anywidget, a picture.

    Raises:
        InputError: There is nothing to show, or a file is missing; or the model is no file.
        StoreError: A run is not finished, or was changed.
    """
    if isinstance(height, bool) or not isinstance(height, int) or height < LEAST_HEIGHT:
        raise InputError(f"height must be a whole number of pixels from {LEAST_HEIGHT}, but is {height!r}")
    for name, file in (("model", model), ("truth", truth), ("words", words)):
        check_there(name, file)
    interactive = find_spec("anywidget") is not None
    with ExitStack() as held:
        folder = Path(held.enter_context(TemporaryDirectory(prefix="aition-")))
        stored = runs_of(what, into=folder)
        if not interactive:
            return pictured(stored, title=title, hint=INSTALL)
        from aition.view.notebook.widget import Widget

        planted = (read_truth(truth_file(truth)),) if truth else ()
        runs = Runs(stored, planted[0].cuts if planted else {})
        runs.prepare()
        models = (held.enter_context(shared_model(model, builder=builder)),) if model else ()
        served = Served(runs, models, planted, title, wording_of(words, truth))
        return Widget(served, height=height, still=lambda: pictured(stored, title=title, hint=RUN), held=held.pop_all())


def check_there(name: str, file: str | os.PathLike[str]) -> None:
    """Raise where something is no file, or where there is none.

    Raises:
        InputError: Saying what to do.
    """
    if not isinstance(file, str | os.PathLike):
        raise InputError(
            f"{name} must be the path of a file, but is {type(file).__name__}: it is asked in a process of its own; "
            "save it by aition.models.save_model() and give the path"
            if name == "model"
            else f"{name} must be the path of a file or a folder, but is {type(file).__name__}"
        )
    if file and not Path(file).exists():
        raise InputError(f"{name} must be there, but {os.fspath(file)} does not exist")
