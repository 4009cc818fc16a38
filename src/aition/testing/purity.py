"""Checks that a model and its data are left exactly as they were found."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from aition.core.batch import Batch
from aition.core.errors import ModelError
from aition.core.model import TorchModel
from aition.testing.compare import Case, ask, must, must_agree, plain


def after(explainer: Any, case: Case, prepare: Callable[[nn.Module], object]) -> nn.Module:
    """A copy of the case's module, prepared and then explained."""
    module = deepcopy(case.model.module)
    prepare(module)
    ask(explainer, case, model=replace(case.model, module=module))
    return module


def parameters_stay(explainer: Any, case: Case) -> None:
    module = after(explainer, case, lambda _: None)
    for (name, one), other in zip(case.model.module.named_parameters(), module.parameters(), strict=True):
        must(torch.equal(one, other), f"parameter {name} changed")


def buffers_stay(explainer: Any, case: Case) -> None:
    module = after(explainer, case, nn.Module.train)
    for (name, one), other in zip(case.model.module.named_buffers(), module.buffers(), strict=True):
        must(torch.equal(one, other), f"buffer {name} changed")


def no_gradient_is_left(explainer: Any, case: Case) -> None:
    module = after(explainer, case, lambda _: None)
    left = [name for name, parameter in module.named_parameters() if parameter.grad is not None]
    must(not left, f"gradients were left in {left}")


def gradients_of_training_stay(explainer: Any, case: Case) -> None:
    def prepare(module: nn.Module) -> None:
        for parameter in module.parameters():
            parameter.grad = torch.ones_like(parameter)

    module = after(explainer, case, prepare)
    for name, parameter in module.named_parameters():
        must(parameter.grad is not None and bool((parameter.grad == 1).all()), f"the gradient of {name} changed")


def flags_of_gradients_stay(explainer: Any, case: Case) -> None:
    def prepare(module: nn.Module) -> None:
        for place, parameter in enumerate(module.parameters()):
            parameter.requires_grad_(place % 2 == 0)

    flags = [parameter.requires_grad for parameter in after(explainer, case, prepare).parameters()]
    must(flags == [place % 2 == 0 for place in range(len(flags))], "requires_grad of a parameter changed")


def modes_stay(explainer: Any, case: Case) -> None:
    def prepare(module: nn.Module) -> None:
        for place, part in enumerate(module.modules()):
            part.training = place % 2 == 0

    modes = [part.training for part in after(explainer, case, prepare).modules()]
    must(modes == [place % 2 == 0 for place in range(len(modes))], "the mode of a module changed")


def the_mode_found_does_not_matter(explainer: Any, case: Case) -> None:
    module = deepcopy(case.model.module).train()
    trained = ask(explainer, case, model=replace(case.model, module=module))
    must_agree(explainer, plain(explainer, case), trained, "with the model left in training mode")


def no_hook_is_left(explainer: Any, case: Case) -> None:
    module = after(explainer, case, lambda _: None)
    hooks = [
        name
        for name, part in module.named_modules()
        if part._forward_hooks or part._forward_pre_hooks or part._backward_hooks or part._backward_pre_hooks
    ]
    must(not hooks, f"hooks were left on {hooks}")


def the_random_state_stays(explainer: Any, case: Case) -> None:
    before = torch.get_rng_state()
    ask(explainer, case)
    must(torch.equal(before, torch.get_rng_state()), "the global random state changed")


def global_modes_stay(explainer: Any, case: Case) -> None:
    def modes() -> tuple[object, ...]:
        return torch.is_grad_enabled(), torch.get_default_dtype(), torch.backends.cudnn.enabled, torch.get_num_threads()

    before = modes()
    ask(explainer, case)
    must(modes() == before, "a global mode of torch changed")


def it_works_where_gradients_are_off(explainer: Any, case: Case) -> None:
    with torch.no_grad():
        quiet = ask(explainer, case)
    must_agree(explainer, plain(explainer, case), quiet, "inside torch.no_grad()")


def the_data_stay(explainer: Any, case: Case) -> None:
    batch = replace(case.batch, x=case.batch.x.clone())
    before, version = batch.digest(), batch.x._version
    ask(explainer, case, batch=batch)
    must(batch.digest() == before and batch.x._version == version, "the data were changed")
    must(not batch.x.requires_grad and batch.x.grad is None, "the data were left with a gradient")


def values_that_ask_for_gradients_are_no_trouble(explainer: Any, case: Case) -> None:
    x = case.batch.x.clone().requires_grad_()
    must_agree(
        explainer, plain(explainer, case), ask(explainer, case, batch=case.batch.with_x(x)), "with requires_grad set"
    )
    must(x.grad is None, "a gradient was left in the values")


def a_model_that_fails_is_put_back(explainer: Any, case: Case) -> None:
    module = deepcopy(case.model.module).train()
    calls: list[int] = []

    def late(module: nn.Module, batch: Batch) -> Tensor:
        calls.append(len(batch))
        if len(calls) > 6:
            raise ValueError("late failure")
        return case.model.forward(module, batch)  # type: ignore[no-any-return]

    with suppress(ModelError):
        ask(explainer, case, model=TorchModel(module, late, axes=case.model.axes))
    must(len(calls) > 6, "the model must be called often enough to fail, and nothing else must")
    must(all(part.training for part in module.modules()), "the model was left in another mode after it failed")
    must(all(parameter.requires_grad for parameter in module.parameters()), "flags of gradients were left changed")


def no_warning_is_given(explainer: Any, case: Case) -> None:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        ask(explainer, case)
    must(not given, f"a warning was given: {given[0].message if given else ''}")


CHECKS = (
    parameters_stay,
    buffers_stay,
    no_gradient_is_left,
    gradients_of_training_stay,
    flags_of_gradients_stay,
    modes_stay,
    the_mode_found_does_not_matter,
    no_hook_is_left,
    the_random_state_stays,
    global_modes_stay,
    it_works_where_gradients_are_off,
    the_data_stay,
    values_that_ask_for_gradients_are_no_trouble,
    a_model_that_fails_is_put_back,
    no_warning_is_given,
)
