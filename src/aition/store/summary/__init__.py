"""Summaries of a cube: one question a module, asked of an open cube, a cohort and a selection."""
