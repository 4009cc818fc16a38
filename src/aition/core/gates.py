"""One GRU or LSTM layer in one direction as one node of torch's graph, with a backward pass for many cotangents.

Gates are kept side by side, ``[time, sample, gate * unit]``, so that each step is one product of matrices for all of
them. The bias goes with a column of ones in the input, which is quicker than to add it.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

tanh_backward = torch.ops.aten.tanh_backward.grad_input
sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


class GruLayer(Function):
    """Outputs ``[time, sample, unit]`` of ``x [time, sample, feature]`` and the first hidden state ``[sample, unit]``.

    With gates r, z and candidate n: h' = n + z (h - n), n = tanh(W x + b + r (U h + c)).

    References:
        Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014, section 2.3; with the reset
        gate behind the product, as cuDNN and torch have it.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, start: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor) -> Tensor:
        n_time, n_sample, _ = x.shape
        n_unit = start.shape[1]
        gates = x.new_empty(n_time, n_sample, 3 * n_unit)
        recurrent = x.new_empty(n_time, n_sample, n_unit)
        hidden = x.new_empty(n_time + 1, n_sample, n_unit)
        hidden[0] = start
        both = torch.cat([b[: 2 * n_unit] + c[: 2 * n_unit], b[2 * n_unit :]])
        second = c[2 * n_unit :].expand(n_sample, -1)
        given, w_given = pad(x, (0, 1), value=1.0), torch.cat([w, both[:, None]], dim=1).t()
        u_gates, u_new = u[: 2 * n_unit].t(), u[2 * n_unit :].t()
        for step in range(n_time):
            gate, old = torch.mm(given[step], w_given, out=gates[step]), hidden[step]
            r_z, r, z, n = gate[:, : 2 * n_unit], *gate.chunk(3, dim=1)
            r_z.addmm_(old, u_gates).sigmoid_()
            n.addcmul_(r, torch.addmm(second, old, u_new, out=recurrent[step])).tanh_()
            torch.lerp(n, old, z, out=hidden[step + 1])
        ctx.save_for_backward(gates, recurrent, hidden, w, u)
        return hidden[1:].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor | None, ...]:
        x, start = GruPull.apply(cotangent, *ctx.saved_tensors)  # type: ignore[no-untyped-call]
        return x, start, None, None, None, None


class LstmLayer(Function):
    """Outputs ``[time, sample, unit]`` and the last cell state of an LSTM; see :class:`GruLayer`.

    With gates i, f, o and candidate g: c' = f c + i g, h' = o tanh(c').

    References:
        Gers, Schmidhuber and Cummins, "Learning to forget: continual prediction with LSTM", Neural Computation 2000.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, start: Tensor, cell: Tensor, w: Tensor, u: Tensor, b: Tensor
    ) -> tuple[Tensor, Tensor]:
        n_time, n_sample, _ = x.shape
        n_unit = start.shape[1]
        gates = x.new_empty(n_time, n_sample, 4 * n_unit)
        cells = x.new_empty(n_time + 1, n_sample, n_unit)
        squashed = x.new_empty(n_time, n_sample, n_unit)
        hidden = x.new_empty(n_time + 1, n_sample, n_unit)
        hidden[0], cells[0] = start, cell
        given, w_given = pad(x, (0, 1), value=1.0), torch.cat([w, b[:, None]], dim=1).t()
        for step in range(n_time):
            gate = torch.mm(given[step], w_given, out=gates[step]).addmm_(hidden[step], u.t())
            i, f, g, o = gate.chunk(4, dim=1)
            gate[:, : 2 * n_unit].sigmoid_()
            g.tanh_()
            o.sigmoid_()
            torch.mul(f, cells[step], out=cells[step + 1]).addcmul_(i, g)
            torch.mul(o, torch.tanh(cells[step + 1], out=squashed[step]), out=hidden[step + 1])
        ctx.save_for_backward(gates, cells, squashed, w, u)
        return hidden[1:].clone(), cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, cotangent: Tensor, of_cell: Tensor) -> tuple[Tensor | None, ...]:
        x, start, cell = LstmPull.apply(cotangent, of_cell, *ctx.saved_tensors)  # type: ignore[no-untyped-call]
        return x, start, cell, None, None, None


class GruPull(Function):
    """Backward pass of :class:`GruLayer`; under ``torch.vmap`` all cotangents go through together."""

    @staticmethod
    def forward(cotangent: Tensor, *saved: Tensor) -> tuple[Tensor, ...]:
        return tuple(part[0] for part in gru_pulled(cotangent[None], *saved))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept: there is no second derivative."""

    @staticmethod
    def vmap(info: Any, dims: tuple[int | None, ...], cotangent: Tensor, *saved: Tensor) -> tuple[Any, Any]:
        return gru_pulled(cotangent.movedim(dims[0] or 0, 0), *saved), (0, 0)


class LstmPull(Function):
    """Backward pass of :class:`LstmLayer`; under ``torch.vmap`` all cotangents go through together."""

    @staticmethod
    def forward(cotangent: Tensor, of_cell: Tensor, *saved: Tensor) -> tuple[Tensor, ...]:
        return tuple(part[0] for part in lstm_pulled(cotangent[None], of_cell[None], *saved))

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept: there is no second derivative."""

    @staticmethod
    def vmap(
        info: Any, dims: tuple[int | None, ...], cotangent: Tensor, of_cell: Tensor, *saved: Tensor
    ) -> tuple[Any, Any]:
        first, second = (
            part.expand(info.batch_size, *part.shape) if dim is None else part.movedim(dim, 0)
            for part, dim in zip((cotangent, of_cell), dims[:2], strict=True)
        )
        return lstm_pulled(first, second, *saved), (0, 0, 0)


def gru_pulled(
    cotangents: Tensor, gates: Tensor, recurrent: Tensor, hidden: Tensor, w: Tensor, u: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients of a GRU layer's input and first state for several cotangents.

    Args:
        cotangents: ``[cotangent, time, sample, unit]``.
        gates: r, z and n of each step, ``[time, sample, 3 * unit]``.
        recurrent: U h + c of n, ``[time, sample, unit]``.
        hidden: States from the first on, ``[time + 1, sample, unit]``.
        w: Weights of the input, ``[3 * unit, feature]``.
        u: Weights of the state, ``[3 * unit, unit]``.

    Returns:
        ``[cotangent, time, sample, feature]`` and ``[cotangent, sample, unit]``.
    """
    n_cotangent, n_time, n_sample, n_unit = cotangents.shape
    x = w.new_empty(n_cotangent * n_sample, n_time, w.shape[1])
    of_gates = w.new_empty(n_cotangent, n_sample, 3 * n_unit)
    of_r, of_z, of_n = of_gates.chunk(3, dim=2)
    state, fresh = w.new_zeros(n_cotangent, n_sample, n_unit), w.new_empty(n_cotangent, n_sample, n_unit)
    away = w.new_empty(n_sample, n_unit)
    rows, state_rows = of_gates.flatten(0, 1), state.flatten(0, 1)
    for step in range(n_time - 1, -1, -1):
        r, z, n = gates[step].chunk(3, dim=1)
        state += cotangents[:, step]
        torch.addcmul(state, state, z, value=-1, out=fresh)
        torch.mul(fresh, torch.sub(hidden[step + 1], n, out=away), out=of_z)
        tanh_backward(fresh, n, grad_input=of_n)
        sigmoid_backward(torch.mul(of_n, recurrent[step], out=fresh), r, grad_input=of_r)
        torch.mm(rows, w, out=x[:, step])
        of_n.mul_(r)
        state.mul_(z)
        state_rows.addmm_(rows, u)
    return x.unflatten(0, (n_cotangent, n_sample)).transpose(1, 2), state


def lstm_pulled(
    cotangents: Tensor, of_cell: Tensor, gates: Tensor, cells: Tensor, squashed: Tensor, w: Tensor, u: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of an LSTM layer's input, first hidden and first cell state; see :func:`gru_pulled`.

    Args:
        cotangents: Of the outputs, ``[cotangent, time, sample, unit]``.
        of_cell: Of the last cell state, ``[cotangent, sample, unit]``.
        gates: i, f, g and o of each step, ``[time, sample, 4 * unit]``.
        cells: States from the first on, ``[time + 1, sample, unit]``.
        squashed: Their tanh from the second on, ``[time, sample, unit]``.
        w: Weights of the input, ``[4 * unit, feature]``.
        u: Weights of the state, ``[4 * unit, unit]``.
    """
    n_cotangent, n_time, n_sample, n_unit = cotangents.shape
    x = w.new_empty(n_cotangent * n_sample, n_time, w.shape[1])
    of_gates = w.new_empty(n_cotangent, n_sample, 4 * n_unit)
    of_i, of_f, of_g, of_o = of_gates.chunk(4, dim=2)
    state, cell = w.new_zeros(n_cotangent, n_sample, n_unit), of_cell.clone()
    rows, state_rows = of_gates.flatten(0, 1), state.flatten(0, 1)
    by_cell, by_i, by_f, by_g, by_o = (w.new_empty(n_sample, n_unit) for _ in range(5))
    for step in range(n_time - 1, -1, -1):
        i, f, g, o = gates[step].chunk(4, dim=1)
        tanh_backward(o, squashed[step], grad_input=by_cell)
        sigmoid_backward(squashed[step], o, grad_input=by_o)
        sigmoid_backward(g, i, grad_input=by_i)
        sigmoid_backward(cells[step], f, grad_input=by_f)
        tanh_backward(i, g, grad_input=by_g)
        state += cotangents[:, step]
        cell.addcmul_(state, by_cell)
        torch.mul(state, by_o, out=of_o)
        torch.mul(cell, by_i, out=of_i)
        torch.mul(cell, by_f, out=of_f)
        torch.mul(cell, by_g, out=of_g)
        cell *= f
        torch.mm(rows, w, out=x[:, step])
        torch.mm(rows, u, out=state_rows)
    return x.unflatten(0, (n_cotangent, n_sample)).transpose(1, 2), state, cell
