"""How a report is to be read, for readers who did not make it."""

from aition.view.report.document import Fold, Prose, Section

ATTRIBUTION = (
    "An attribution says how much one value, one feature at one time, counted for what the model said of a sample. "
    "Where it has a sign, red means that the value spoke for the explained output and blue that it spoke against it. "
    "A mask has no sign: dark means that the value was needed, white that it was not. Attributions are about the "
    "model, not about the world: they say what this network used, not what causes what."
)
REMOVAL = (
    "An explanation can look convincing and be wrong. So each is put to a test: the values that it calls most "
    "important are taken away (replaced by a baseline), and the model is asked again. If it then says something else, "
    "and much more so than after taking away as many values at random, the explanation has found what the model uses. "
    "The share at which this is judged is fixed beforehand. 'Not distinguishable from random' means that the interval "
    "of the difference includes 0; such an explanation should not be relied on."
)
INTERVALS = (
    "Square brackets hold bootstrap intervals over the samples: with other samples of the same kind, the mean would be "
    "expected within them. They do not cover training the network anew. With fewer than about 15 samples they are too "
    "narrow."
)
AGREEMENT = (
    "Two explainers agree in so far as they rank the values of a sample alike, by how much each counted, whatever the "
    "sign: 1 is the same order, 0 none in common. Agreement alone proves nothing: both can be wrong together. "
    "Little agreement says that at least one of them does not show what it seems to, or that they answer different "
    "questions."
)


def guide() -> Section:
    """How to read a report."""
    return Section(
        "How to read this",
        (
            Prose(ATTRIBUTION),
            Fold("How an explanation is tested", (Prose(REMOVAL),)),
            Fold("What the intervals say", (Prose(INTERVALS),)),
            Fold("What agreement says", (Prose(AGREEMENT),)),
        ),
    )
