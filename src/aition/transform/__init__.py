"""Invertible transforms of series and fields."""
