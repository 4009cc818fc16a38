"""aition.impute: what it names is there, and nothing is imported before it is asked for."""

import subprocess
import sys

import pytest

import aition.impute


def test_every_public_name_is_there_and_listed():
    assert dir(aition.impute) == sorted(aition.impute.__all__) == sorted(aition.impute.PUBLIC)
    assert all(getattr(aition.impute, name).__name__ == name for name in aition.impute.__all__)


def test_a_name_that_is_not_there_is_answered_by_those_that_are():
    with pytest.raises(AttributeError, match="it has AutoencoderImputer"):
        aition.impute.GausianImputer  # noqa: B018


def test_nothing_is_imported_before_it_is_asked_for():
    code = "import aition.impute, sys; sys.exit(any(name.startswith('aition.impute.') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
