"""Explainers are announced by name, and words make them."""

import pytest
from aition_peers import TintDynamask, TintExtremalMask

from aition.registry import explainer, explainers


def test_peers_are_known_to_the_registry() -> None:
    known = explainers()
    assert (known["tint-dynamask"], known["tint-extremal-mask"]) == (TintDynamask, TintExtremalMask)


@pytest.mark.parametrize("name", ["tint-dynamask", "tint-extremal-mask"])
def test_words_set_a_preset_and_a_setting(name: str) -> None:
    made = explainer(name, {"epochs": "7"}, preset="rare")
    assert (made.epochs, made.batch_size) == (7, 50)


def test_shares_are_read_from_words() -> None:
    assert explainer("tint-dynamask", {"keep": "0.1,0.2", "repaired": "no"}) == TintDynamask(
        keep=(0.1, 0.2), repaired=False
    )
