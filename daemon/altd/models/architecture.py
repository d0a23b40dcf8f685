"""The vision tower of the bundled model: convolutions that shrink a picture to 64 tokens, then attention.

A plain ViT needs far more pictures than one desktop can draw in an hour; strided convolutions bring the
locality that it would have to learn. Importing this module registers the tower with transformers, so that
`LlavaForConditionalGeneration` finds it by its `model_type` as it finds CLIP.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling


class ConvTowerConfig(PretrainedConfig):  # type: ignore[misc]  # transformers has no types
    """Sizes of the tower; `patch_size` is the product of the strides, as LLaVA's processor wants it."""

    model_type = "altd_conv_tower"

    image_size: int = 128
    patch_size: int = 16
    widths: tuple[int, ...] | list[int] = (32, 64, 128, 256)
    blocks: tuple[int, ...] | list[int] = (0, 1, 2, 1)
    hidden_size: int = 256
    num_hidden_layers: int = 2
    num_attention_heads: int = 4
    intermediate_size: int = 768
    initializer_range: float = 0.02


class _Residual(nn.Module):
    """Two 3×3 convolutions around a skip connection."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W) → same
        inner = F.gelu(self.norm1(self.conv1(x)))
        return F.gelu(x + self.norm2(self.conv2(inner)))


class _Shrink(nn.Sequential):
    """A stride-2 convolution: half the height and width."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__(
            nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.GELU()
        )


class _Attention(nn.Module):
    """A pre-norm transformer block over the picture's tokens."""

    def __init__(self, config: ConvTowerConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, config.intermediate_size)
        self.down = nn.Linear(config.intermediate_size, width)

    def forward(self, x: Tensor) -> Tensor:  # (B, N, C) → same
        batch, length, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, N, C / heads)
        mixed = F.scaled_dot_product_attention(query, key, value)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        mapped: Tensor = self.down(F.gelu(self.up(self.norm2(x))))
        return x + mapped


class ConvTower(PreTrainedModel):  # type: ignore[misc]
    """Pixels (B, 3, 128, 128) → 64 tokens (B, 64, 256), and their mean as the pooled feature."""

    config_class = ConvTowerConfig
    main_input_name = "pixel_values"
    _supports_sdpa = True

    def __init__(self, config: ConvTowerConfig) -> None:
        super().__init__(config)
        widths = [3, *config.widths]
        stages: list[nn.Module] = []
        for index, depth in enumerate(config.blocks):
            stages.append(_Shrink(widths[index], widths[index + 1]))
            stages.extend(_Residual(widths[index + 1]) for _ in range(depth))
        self.stages = nn.Sequential(*stages)
        tokens = (config.image_size // config.patch_size) ** 2
        self.position = nn.Parameter(torch.zeros(1, tokens, config.hidden_size))
        self.layers = nn.ModuleList(_Attention(config) for _ in range(config.num_hidden_layers))
        self.norm = nn.LayerNorm(config.hidden_size)
        self.post_init()

    @property
    def patch_size(self) -> int:
        return int(self.config.patch_size)

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, ConvTower):
            nn.init.normal_(module.position, std=self.config.initializer_range)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, pixel_values: Tensor, **_: Any) -> BaseModelOutputWithPooling:
        maps = self.stages(pixel_values.to(memory_format=torch.channels_last))  # (B, C, 8, 8)
        x = maps.flatten(2).transpose(1, 2) + self.position  # (B, 64, C)
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x)
        return BaseModelOutputWithPooling(
            last_hidden_state=x, pooler_output=x.mean(1), hidden_states=(x,), attentions=None
        )


AutoConfig.register(ConvTowerConfig.model_type, ConvTowerConfig)
AutoModel.register(ConvTowerConfig, ConvTower)
