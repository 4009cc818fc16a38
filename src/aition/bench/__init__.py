"""Bench: tasks with truth, explainers run on them, and reports of how they did."""
