"""What came of a check: passed, failed, refused with a reason, or not for this explainer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["passed", "failed", "refused"]


@dataclass(frozen=True)
class Outcome:
    """The outcome of one check on one case.

    Args:
        check: Name of the check, a sentence in kebab-case.
        case: What it was tried on, such as "gru".
        verdict: A refusal is an explainer's own RefusalError or TargetError; it is no pass.
        reason: In words, where it did not pass.
        seconds: CPU seconds that it took.
    """

    check: str
    case: str
    verdict: Verdict
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Report:
    """All outcomes of one explainer.

    Args:
        explainer: Its name.
        outcomes: In the order in which they were tried.
    """

    explainer: str
    outcomes: tuple[Outcome, ...]

    def of(self, verdict: Verdict) -> tuple[Outcome, ...]:
        """The outcomes with this verdict."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict == verdict)

    @property
    def seconds(self) -> float:
        return sum(outcome.seconds for outcome in self.outcomes)

    def __str__(self) -> str:
        counts = ", ".join(f"{len(self.of(verdict))} {verdict}" for verdict in ("passed", "refused", "failed"))
        lines = [f"{self.explainer}: {counts} ({self.seconds:.1f} CPU s)"]
        alike: dict[tuple[str, str, str], list[str]] = {}
        for one in self.outcomes:
            if one.verdict != "passed":
                alike.setdefault((one.verdict, one.case, one.reason), []).append(one.check)
        for (verdict, case, reason), checks in alike.items():
            further = f" and {len(checks) - 1} more" if len(checks) > 1 else ""
            lines.append(f"  {verdict} {checks[0]}{further} on {case}: {reason}")
        return "\n".join(lines)


class CheckFailure(AssertionError):
    """An explainer did not do what every explainer must."""


def support_matrix(reports: Sequence[Report]) -> str:
    """Explainers against cases as a Markdown table: yes, the number of failures, or refused.

    >>> one = Report("toy", (Outcome("a", "gru", "passed"), Outcome("a", "cnn", "refused", "no gradients")))
    >>> print(support_matrix([one]))
    | explainer | gru | cnn |
    |---|---|---|
    | toy | yes | refused |
    """
    cases = list(dict.fromkeys(outcome.case for report in reports for outcome in report.outcomes))
    lines = ["| " + " | ".join(["explainer", *cases]) + " |", "|---" * (len(cases) + 1) + "|"]
    for report in reports:
        lines.append("| " + " | ".join([report.explainer, *(cell(report, case) for case in cases)]) + " |")
    return "\n".join(lines)


def cell(report: Report, case: str) -> str:
    """One cell of the matrix."""
    verdicts = [outcome.verdict for outcome in report.outcomes if outcome.case == case]
    if not verdicts:
        return ""
    if "failed" in verdicts:
        return f"{verdicts.count('failed')} failed"
    refused = verdicts.count("refused")
    return "yes" if not refused else "refused" if refused == len(verdicts) else f"yes, {refused} refused"
