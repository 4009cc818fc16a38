"""Checks: whether an explanation can be believed; they need the model, or several explanations."""
