"""What would make policy and reference differ although their weights are the same."""

from torch import nn


def random_modules(model: nn.Module) -> list[nn.Module]:
    """The modules that answer otherwise in training than in evaluation."""
    kinds = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
    return [module for module in model.modules() if isinstance(module, kinds)]
