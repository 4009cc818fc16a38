"""Tasks of the ablation "does learning the replacement help": those of the bench with fewer series explained."""

from dataclasses import replace

from aition.bench.tasks import TASKS

STATE, SWITCH_FEATURE, WARD = (
    replace(TASKS[name], name=f"{name}-ablation", most=60) for name in ("state", "switch-feature", "ward")
)
