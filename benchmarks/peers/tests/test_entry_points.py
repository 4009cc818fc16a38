"""Explainers are announced by name."""

from importlib.metadata import entry_points

from aition_peers import TintDynamask, TintExtremalMask


def test_peers_are_announced_to_the_registry() -> None:
    found = {point.name: point.load() for point in entry_points(group="aition.explainers")}
    assert found == {"tint-dynamask": TintDynamask, "tint-extremal-mask": TintExtremalMask}
