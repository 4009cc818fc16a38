"""Explanations learned by maximum likelihood: a selector says which cells a prediction needs."""
