"""Axes beside sample, time and feature: draws, hierarchies, components and groups, each asked in its own way."""
