"""NARMA: the non-linear noise into which TimeX's patterns are laid."""

import numpy as np

from aition.data.simulate.drawing import Reals

COEFFICIENTS = (0.3, 0.05, 1.5, 0.1)


def narma(inputs: Reals, *, order: int = 2) -> Reals:
    """Noise by ``y_{t+1} = .3 y_t + .05 y_t (y_t + … + y_{t-order+1}) + 1.5 u_{t-order+1} u_t + .1``, from rest.

    Args:
        inputs: u, uniform in [0, .5), ``[sample, step, …]``.
        order: Steps that act together.

    Returns:
        ``y``, ``[sample, step - order + 1, …]``: what each full run of inputs leads to, so the first is left out as it
        starts from 0.

    References:
        Atiya, Parlos (2000), New results on recurrent network training, section VI.

    >>> narma(np.full((1, 60, 1), 0.25))[0, -2:, 0].round(4).tolist()
    [0.2887, 0.2887]
    """
    recur, together, push, drift = COEFFICIENTS
    n_value = inputs.shape[1] - order + 1
    y = np.zeros((len(inputs), n_value + order, *inputs.shape[2:]))
    for step in range(n_value):
        now = y[:, step + order - 1]
        recent = y[:, step : step + order].sum(axis=1)
        product = inputs[:, step] * inputs[:, step + order - 1]
        y[:, step + order] = recur * now + together * now * recent + push * product + drift
    return y[:, order:]
