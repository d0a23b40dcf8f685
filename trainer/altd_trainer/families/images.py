"""Pictures of several sizes in one tensor."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

_ALMOST_ZERO = 2.0**-10


def join_padded(images: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Join along the first dimension; the others grow with zeros to the largest picture's."""
    return {name: _cat_padded([image[name] for image in images]) for name in images[0]}


def nudge_blank_tiles(pixels: Tensor) -> Tensor:
    """Pixels (N, tiles, 3, H, W) in which no tile is exactly zero; a normalised mean grey would be."""
    blank = (pixels == 0).flatten(2).all(dim=2)
    return torch.where(blank[..., None, None, None], torch.full_like(pixels, _ALMOST_ZERO), pixels)


def _cat_padded(tensors: Sequence[Tensor]) -> Tensor:
    shape = [max(sizes) for sizes in zip(*(tensor.shape[1:] for tensor in tensors), strict=True)]
    joined = tensors[0].new_zeros(sum(len(tensor) for tensor in tensors), *shape)
    start = 0
    for tensor in tensors:
        region = tuple(slice(size) for size in tensor.shape[1:])
        joined[(slice(start, start + len(tensor)), *region)] = tensor
        start += len(tensor)
    return joined
