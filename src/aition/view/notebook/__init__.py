"""Explanations in a notebook: the page of the app as a widget, and a picture where widgets are not shown."""

from aition.view.notebook.showing import show

__all__ = ["show"]
