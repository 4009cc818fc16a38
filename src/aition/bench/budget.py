"""Budget: how long a run still takes, and which rows no longer fit in the minutes that it was given."""

import threading
import time
from collections.abc import Callable, Sequence

from aition.bench.costs import Costs
from aition.bench.measure import Job
from aition.bench.profiles import Planned
from aition.bench.rows import Row
from aition.core.errors import InputError


class Budget:
    """Follows a run of planned rows.

    Args:
        planned: The rows, in their order.
        costs: What is known of costs; it learns from every row that is made.
        workers: Rows at a time.
        minutes: By the clock, after which no row begins; a row that is likely to end later does not begin either. 0 for
            no budget.
        clock: Seconds from anywhere.

    Raises:
        InputError: Minutes are below 0.
    """

    def __init__(
        self,
        planned: Sequence[Planned],
        costs: Costs,
        *,
        workers: int,
        minutes: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if minutes < 0:
            raise InputError(f"budget must be above 0 minutes, or 0 for none, but is {minutes:g}")
        self.costs, self.workers, self.clock = costs, workers, clock
        self.ahead = {str(one.job): one for one in planned}
        self.end = clock() + 60 * minutes if minutes else float("inf")
        self.guard = threading.Lock()

    def may_begin(self, job: Job) -> bool:
        """Whether a row is likely to be there before the budget is over."""
        with self.guard:
            return self.clock() + self.seconds(str(job)) <= self.end

    def ended(self, job: Job, row: Row) -> None:
        """Know that a row is behind us, and what it cost; an empty one was not made."""
        with self.guard:
            if row:
                self.costs.learn(row)
            self.ahead.pop(str(job), None)

    def seconds(self, name: str) -> float:
        """CPU seconds that a row is likely to cost, as far as is known by now."""
        one = self.ahead.get(name)
        return self.costs.of(one.job, otherwise=one.seconds) if one else 0.0

    @property
    def minutes_left(self) -> float:
        """Minutes that the rows ahead take where each worker has a core of its own, at most those of the budget."""
        with self.guard:
            seconds = sum(map(self.seconds, self.ahead)) / self.workers
            return min(seconds, max(0.0, self.end - self.clock())) / 60
