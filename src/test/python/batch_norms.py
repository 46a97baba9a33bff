"""Batch normalizations of a PyTorch module: made non-trivial, and estimated anew on other inputs (AdaBN)."""

import copy

import torch
from torch import nn


def of(model: nn.Module) -> list[nn.Module]:
    return [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


def randomise(model: nn.Module, batches: list[torch.Tensor]) -> None:
    """Random γ, β and running statistics, near enough to those of the batches that activations stay in bounds."""
    for norm in of(model):
        if norm.affine:
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias, 0, 0.2)
        nn.init.uniform_(norm.running_var, 0.5, 2.0)
        norm.momentum = 0.4
    _train(model, batches)
    for norm in of(model):
        norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.8, 1.25)).clamp_(min=1e-3)
        norm.running_mean.add_(torch.randn_like(norm.running_mean) * 0.1 * norm.running_var.sqrt())
        norm.momentum = 0.1
    model.eval()


def adapted(model: nn.Module, batch: torch.Tensor) -> nn.Module:
    """A copy whose running statistics are those of one batch, normalized by itself: mean and population variance."""
    model = copy.deepcopy(model).eval()
    hooks = []
    for norm in of(model):
        norm.momentum = 1.0
        hooks.append(norm.register_forward_pre_hook(_population))
    _train(model, [batch])
    for norm in of(model):
        norm.running_var.mul_(norm.to_population)
    for hook in hooks:
        hook.remove()
    return model.eval()


def _population(norm: nn.Module, inputs: tuple[torch.Tensor]) -> None:
    values = inputs[0].numel() // inputs[0].shape[1]
    norm.to_population = (values - 1) / values


@torch.no_grad()
def _train(model: nn.Module, batches: list[torch.Tensor]) -> None:
    model.eval()
    for norm in of(model):
        norm.train()
    for batch in batches:
        model(batch)
    model.eval()
