"""Cubes: the rows of a stored run, counted by value, time and attribution; made once, asked many times."""
