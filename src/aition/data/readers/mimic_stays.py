"""Stays of MIMIC as samples: their span, their outcome, and who is left out because it is known too early."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from aition.core.errors import InputError
from aition.data.readers.mimic_categories import Category
from aition.data.readers.mimic_schema import Tables
from aition.data.readers.mimic_tables import cast, texts, whole
from aition.data.readers.sql import literal, quoted

Outcome = Literal["death-in-hospital", "death-in-stay", "long-stay"]
UNKNOWN, EARLY, DIED = (
    "outcome is not known", "outcome is known before the window ends", "died before the stay could be long",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What is asked of a stay.

    Args:
        outcome: What a stay is labelled by.
        long_hours: Hours from which a stay is long.
        known_after: Hours from its start in which the outcome of a stay must not show.
    """

    outcome: Outcome
    long_hours: float
    known_after: float

    def __post_init__(self) -> None:
        if self.outcome not in get_args(Outcome):
            raise InputError(f"outcome must be one of {', '.join(get_args(Outcome))}, but is {self.outcome!r}")
        if not self.known_after >= 0:
            raise InputError(f"known_after must be 0 or more hours, but is {self.known_after}")
        if self.outcome == "long-stay" and not self.long_hours >= max(self.known_after, 1e-9):
            raise InputError(
                f"long_hours must be above 0 and not below known_after, {self.known_after}, but is {self.long_hours}; "
                "a stay's length must not show in the window"
            )


def stays_of(
    files: Mapping[str, Path],
    tables: Tables,
    reads: Mapping[str, tuple[str, ...]],
    *,
    question: Question,
    age: str,
    categories: Mapping[str, Category],
) -> str:
    """A SELECT of stays as samples, with the reason to be left out and static values: age, male and categories.

    Args:
        files: Those of stays, admissions and patients, in this order.
        tables: The published columns of each.
        reads: The columns that are read of each; of stays, the first is the stay.
        question: What is asked.
        age: Years at the start of the stay in SQL, of ``person`` and ``began``.
        categories: Further static values, by the beginning of their columns' names.
    """
    (stays, stay_file), (admissions, admission_file), (patients, patient_file) = files.items()
    stay = reads[stays][0]
    of_stay = "".join(f", {quoted(one.column)}" for one in categories.values() if one.of_stay)
    of_admission = "".join(
        f", min({quoted(one.column)}) AS {quoted(one.column)}" for one in categories.values() if not one.of_stay
    )
    beside = "".join(f", {quoted(one.column)}" for one in categories.values() if not one.of_stay)
    static = "".join(
        f", {how} AS {quoted(column)}" for name, one in categories.items() for column, how in one.columns(name).items()
    )

    def typed(table: str, path: Path) -> str:
        columns = ", ".join(f"{cast(one, tables[table])} AS {quoted(one)}" for one in reads[table])
        return f"SELECT {columns} FROM ({texts(path, reads[table])})"

    return f"""
        WITH stays AS (
            SELECT {whole(stay)} AS sample, {whole("subject_id")} AS subject, subject_id, hadm_id, intime AS began,
                outtime AS ended, epoch(outtime - intime) / 3600.0 AS hours{of_stay}
            FROM ({typed(stays, stay_file)})
        ), admitted AS (
            SELECT hadm_id, min(deathtime) AS death, max(hospital_expire_flag) AS expired{of_admission}
            FROM ({typed(admissions, admission_file)}) WHERE hadm_id IS NOT NULL GROUP BY hadm_id
        ), people AS (
            SELECT subject_id, any_value(person) AS person
            FROM ({typed(patients, patient_file)}) person WHERE subject_id IS NOT NULL GROUP BY subject_id
        ), joined AS (
            SELECT stays.*{beside}, death, expired, admitted.hadm_id IS NOT NULL AS known, person,
                epoch(death - began) / 3600.0 AS survived
            FROM stays LEFT JOIN admitted USING (hadm_id) LEFT JOIN people USING (subject_id)
        ), asked AS (
            SELECT *, {outcome_sql(question)} FROM joined
        )
        SELECT sample, subject, began AS start, ended AS stop, label, '' AS split, {age} AS age,
            CASE upper(person.gender) WHEN 'M' THEN 1::DOUBLE WHEN 'F' THEN 0::DOUBLE END AS male{static},
            CASE WHEN began IS NULL THEN NULL WHEN early THEN {literal(EARLY)} WHEN died_early THEN {literal(DIED)}
                WHEN label IS NULL THEN {literal(UNKNOWN)} END AS left_out
        FROM asked
    """


def outcome_sql(question: Question) -> str:
    """The columns ``label``, ``early`` and ``died_early`` of the outcome in SQL."""
    if question.outcome == "long-stay":
        return f"""
            CAST(CASE WHEN hours > {question.long_hours} THEN 'long' WHEN hours IS NOT NULL THEN 'short' END
                AS ENUM('short', 'long')) AS label,
            coalesce(hours < {question.known_after}, false) AS early,
            coalesce(known AND hours <= {question.long_hours} AND death <= ended, false) AS died_early
        """
    died = "expired = 1" if question.outcome == "death-in-hospital" else "coalesce(death <= ended, false)"
    needed = (
        "known AND expired IS NOT NULL" if question.outcome == "death-in-hospital" else "known AND ended IS NOT NULL"
    )
    return f"""
        CAST(CASE WHEN {needed} THEN CASE WHEN {died} THEN 'died' ELSE 'survived' END END
            AS ENUM('survived', 'died')) AS label,
        coalesce(survived < {question.known_after}, false) AS early, false AS died_early
    """
