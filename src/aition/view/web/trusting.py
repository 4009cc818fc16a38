"""What speaks for a run and what against it, in words."""

import math
from dataclasses import asdict
from http import HTTPStatus

from aition.store.cube.opened import OpenCube
from aition.store.cube.stopping import Check
from aition.store.summary.held import ceiling, facts, held_against
from aition.store.summary.trust import Fact, percent, trust
from aition.store.summary.truth import placed, unfit
from aition.view.web.frames import frame
from aition.view.web.refusing import Refused
from aition.view.web.selecting import selection_facts
from aition.view.web.served import Answer, Body, Served

SHARES = ("Completeness", "Explained")


def trusted(of: Served, body: Body, check: Check) -> Answer:
    """Facts of a run, beside other runs and the truth where there is one."""
    cube, name = of.cube(body, check), of.runs.name(body.get("run", ""))
    others, waiting = [], []
    for other in of.runs.comparable(name):
        try:
            others.append(of.cube({**body, "other": other}, check, name="other", like=cube.spec.digest))
        except Refused:
            waiting.append(other)
    key = ("trust", cube.folder, *(one.folder for one in others))
    if not (known := of.runs.said.get(key)):
        known = (of.runs.said.put(key, said(of, cube, others, check)),)
    return known[0] | {"waiting": waiting}


def said(of: Served, cube: OpenCube, others: list[OpenCube], check: Check) -> Body:
    """Facts as JSON; of the planted truth first."""
    found = trust(cube, others, check=check)
    known, warnings = [*selection_facts(cube.run, target=cube.spec.target), *found.facts], list(found.warnings)
    answer: Body = {}
    for truth in of.truth:
        if why := unfit(cube.spec, truth):
            warnings.append(f"Nothing is said of the planted truth: {why}.")
            continue
        held, best = held_against(cube.whole(), truth), ceiling(cube, truth, check)
        known = [*facts(held, best), *known]
        answer["truth"] = {**asdict(held), "ceiling": best if math.isfinite(best) else None}
    return answer | {"facts": [fact(one) for one in known], "warnings": warnings}


def planted(of: Served, body: Body, check: Check) -> Answer:
    """What was planted, in the cells of the run: what a value adds at a time, and how often it occurs there."""
    cube = of.cube(body, check)
    if not of.truth:
        raise Refused(HTTPStatus.CONFLICT, "no planted truth is known; start the server with --truth")
    added, often = placed(cube.spec, of.truth[0])
    return frame({}, {"contribution": added.astype("f4"), "share": often.astype("f4")})


def fact(one: Fact) -> dict[str, str]:
    """One fact, its number in words.

    >>> [fact(Fact(name, value, "low", ""))["value"] for name, value in (("Explained", 0.25), ("Agreement", math.nan))]
    ['25 %', 'unknown']
    """
    number = percent(one.value) if one.name in SHARES else f"{one.value:.2f}"
    value = one.shown or ("unknown" if math.isnan(one.value) else number)
    return {"name": one.name, "value": value, "verdict": one.verdict, "words": one.words}
