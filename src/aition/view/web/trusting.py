"""What speaks for a run and what against it, in words."""

import math
from typing import Any

from aition.store.cube.opened import OpenCube
from aition.store.cube.stopping import Check
from aition.store.summary.trust import Fact, trust
from aition.store.summary.truth import held_against
from aition.view.web.refusing import Refused
from aition.view.web.served import Answer, Body, Served

SHARES = ("Completeness", "Explained")


def trusted(of: Served, body: Body, check: Check) -> Answer:
    """Facts of a run, beside other runs and the truth where there is one."""
    cube, name = of.cube(body, check), of.runs.name(body.get("run", ""))
    others, waiting = [], []
    for other in of.runs.runs:
        if other != name:
            try:
                others.append(of.cube({**body, "other": other}, check, name="other", like=cube.spec.digest))
            except Refused:
                waiting.append(other)
    key = ("trust", cube.folder, *(one.folder for one in others))
    if not (known := of.runs.said.get(key)):
        known = (of.runs.said.put(key, said(of, cube, others)),)
    return known[0] | {"waiting": waiting}


def said(of: Served, cube: OpenCube, others: list[OpenCube]) -> Body:
    """Facts as JSON."""
    found = trust(cube, others)
    answer: Body = {"facts": [fact(one) for one in found.facts], "warnings": list(found.warnings)}
    if of.truth and cube.spec.align == "start":
        held = held_against(cube.whole(), of.truth[0])
        cells: list[Any] = [
            {"feature": name, "value_bin": value, "size": size, "planted": planted}
            for name, value, size, planted in held.cells
        ]
        answer["truth"] = {"spearman": held.spearman, "precision_at_20": held.precision_at_20, "cells": cells}
    return answer


def fact(one: Fact) -> dict[str, str]:
    """One fact, its number in words.

    >>> [fact(Fact(name, value, "low", ""))["value"] for name, value in (("Explained", 0.25), ("Agreement", math.nan))]
    ['25 %', 'unknown']
    """
    number = f"{100 * one.value:.2g} %" if one.name in SHARES else f"{one.value:.2f}"
    if one.name in SHARES and one.value >= 0.995:
        number = f"{100 * one.value:.0f} %"
    value = "unknown" if math.isnan(one.value) else number
    return {"name": one.name, "value": value, "verdict": one.verdict, "words": one.words}
