"""What aition.checks offers is what it names: no module of the package hides a function of its name."""

from importlib import import_module

import aition.checks


def test_every_name_is_what_its_module_defines():
    for name, module in aition.checks.HOME.items():
        import_module(f"aition.{module}")
        assert not isinstance(getattr(aition.checks, name), type(aition.checks)), name
