"""Profiles: which methods run on which tasks, how often, and how long a row may take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aition.bench.costs import Costs
from aition.bench.measure import Job
from aition.bench.tasks import TASKS
from aition.core.errors import InputError


@dataclass(frozen=True)
class Entrant:
    """A method as it runs.

    Args:
        method: Its name.
        preset: Of its settings; empty for its defaults.
        given: Settings as words.
    """

    method: str
    preset: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """Every one of some methods on every one of some tasks.

    Args:
        tasks: Their names.
        entrants: The methods, the cheap first.
        n_seed: Seeds 0 to this, less one.
        n_fold: Folds of each, at most; 1 of tasks that have no more.
        seconds: What a row costs in CPU seconds, about, where no row says so yet.
        limit: CPU seconds after which a row is stopped.
    """

    tasks: tuple[str, ...]
    entrants: tuple[Entrant, ...]
    n_seed: int
    n_fold: int
    seconds: float
    limit: float

    def jobs(self) -> list[Job]:
        """Its rows: seeds, folds, methods, tasks."""
        return [
            Job(task, one.method, one.preset, one.given, seed, fold, self.limit)
            for seed in range(self.n_seed)
            for fold in range(self.n_fold)
            for one in self.entrants
            for task in self.tasks
            if fold < TASKS[task].n_fold
        ]


@dataclass(frozen=True)
class Profile:
    """All that a board rests on.

    Args:
        name: As the command line takes it.
        about: What it is for, in a sentence.
        grids: The cheap ones first.
    """

    name: str
    about: str
    grids: tuple[Grid, ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that some grid has, in the order of the bench."""
        return tuple(name for name in TASKS if any(name in grid.tasks for grid in self.grids))

    def planned(self, costs: Costs, *, tasks: Sequence[str] = ()) -> "list[Planned]":
        """The rows in the order in which they are made, so that stopping early leaves a balanced board.

        All methods of the first seed and fold come first, the cheap before the dear, then those of the next.

        Args:
            costs: What is known of costs.
            tasks: These alone; all where nothing is said.

        Raises:
            InputError: The profile has no such task.
        """
        for task in tasks:
            if task not in self.tasks:
                raise InputError(f"TASK of profile {self.name} must be one of {', '.join(self.tasks)}, but is {task!r}")
        found = [
            Planned(job, costs.of(job, otherwise=grid.seconds))
            for grid in self.grids
            for job in grid.jobs()
            if not tasks or job.task in tasks
        ]
        return sorted(found, key=lambda one: (one.job.seed, one.job.fold, one.seconds))


@dataclass(frozen=True)
class Planned:
    """A row that is to be made.

    Args:
        job: What to do.
        seconds: CPU seconds that it is likely to cost.
    """

    job: Job
    seconds: float


def captum(name: str) -> Entrant:
    """A method of Captum."""
    return Entrant("captum", given={"method": name})


BLIND = (Entrant("random"), Entrant("magnitude"))
GRADIENTS = (Entrant("saliency"), Entrant("input-x-gradient"), Entrant("integrated-gradients"))
REMOVALS = (Entrant("occlusion"), Entrant("occlusion", given={"window": "5"}))
PARTS = (Entrant("contextual-decomposition"), captum("DeepLift"))
MASKS = (Entrant("extremal-mask"), Entrant("extremal-mask", given={"replacement": "fixed"}))
CHEAP = (*BLIND, *GRADIENTS, *REMOVALS, *PARTS, *MASKS)
DEAR = (Entrant("dynamask"), Entrant("lex"), Entrant("fast-shap"))
GATES = (Entrant("contrastive-mask"),)
SURROGATES = (Entrant("time-x"),)
SEGMENTS = (Entrant("segment-lime"), Entrant("segment-shap"), Entrant("time-shap"))
IN_TIME = (Entrant("fit"), Entrant("win-it"))
PATHS = tuple(
    Entrant(name)
    for name in (
        "timing",
        "sequential-integrated-gradients",
        "temporal-integrated-gradients",
        "geodesic-integrated-gradients",
    )
)
SAMPLED = (captum("Lime"), captum("KernelShap"))

LAWS = (
    "rare-time",
    "rare-feature",
    "state-white-box",
    "sign-flip-white-box",
    "latent-state-white-box",
    "redundant-white-box",
    "suppressor-white-box",
    "delayed-effect-white-box",
    "ward-white-box",
)
TRAINED = ("sign-flip", "redundant", "suppressor", "delayed-effect", "shortcut", "freq-shapes")
CUT = ("sign-flip-white-box", "redundant-white-box", "suppressor", "delayed-effect", "freq-shapes")
"""Tasks for methods of segments."""
RUNNING = ("state-white-box", "sign-flip-white-box", "delayed-effect-white-box", "delayed-effect")
"""Tasks for methods of running predictions."""
JOINED = ("latent-state-white-box", "suppressor", "delayed-effect", "shortcut", "freq-shapes")
"""Tasks for other paths than the straight one."""
EVERY = (*CHEAP, *PATHS, *SEGMENTS, *IN_TIME, *GATES, *SURROGATES, *SAMPLED, *DEAR)
PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "quick",
            "the cheap methods, and some dear ones, on small tasks: at most 20 minutes of two cores",
            (
                Grid((*LAWS, *TRAINED, "s3"), CHEAP, n_seed=3, n_fold=1, seconds=0.5, limit=20),
                Grid(("low-var",), (*BLIND, *GRADIENTS, *MASKS), n_seed=3, n_fold=1, seconds=3, limit=30),
                Grid(("sign-flip-white-box", "suppressor", "delayed-effect", "s3"), DEAR, 1, 1, seconds=15, limit=30),
                Grid(("sign-flip-white-box", "suppressor"), SAMPLED, 1, 1, seconds=10, limit=30),
                Grid(CUT, SEGMENTS, n_seed=3, n_fold=1, seconds=3, limit=30),
                Grid(RUNNING, IN_TIME, n_seed=3, n_fold=1, seconds=2, limit=30),
                Grid(("rare-time", "suppressor", "freq-shapes"), GATES, n_seed=1, n_fold=1, seconds=20, limit=60),
                Grid(("suppressor", "freq-shapes"), SURROGATES, n_seed=1, n_fold=1, seconds=40, limit=60),
                Grid(JOINED, PATHS, n_seed=3, n_fold=1, seconds=2, limit=30),
            ),
        ),
        Profile(
            "full",
            "every task and method: five seeds and five folds of what is trained, days of CPU time",
            (Grid(tuple(TASKS), EVERY, n_seed=5, n_fold=5, seconds=30, limit=1800),),
        ),
    )
}
"""Every profile by its name."""


def profile_named(word: str) -> Profile:
    """A profile by its name.

    Raises:
        InputError: There is none.

    >>> profile_named("quick").tasks[0]
    'rare-time'
    """
    if word not in PROFILES:
        raise InputError(f"--profile must be one of {', '.join(PROFILES)}, but is {word!r}")
    return PROFILES[word]
