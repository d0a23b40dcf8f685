"""How much memory a model takes, from its parameter counts and its key-value cache.

weights   NF4: 4 bits a weight, and for each block of 64 weights an 8-bit scale, and for each 256
          of those one 32-bit scale (QLoRA's double quantisation, arXiv 2305.14314, section 3):
          1/2 + 1/64 + 4/(64·256) = 0.5159 bytes. Only linear layers of the language model are
          in 4 bits (`loading.py`); everything else, and everything in full precision, takes
          2 bytes on a graphics card (bfloat16) and 4 on the processor (float32).
cache     2 (key and value) · layers · key-value heads · head size · bytes · tokens
reserve   the library's own context and what one layer computes with: an allowance, not a formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Device = Literal["cuda", "cpu"]
Quantization = Literal["nf4", "none"]

GB = 2**30
NF4_BYTES = 1 / 2 + 1 / 64 + 4 / (64 * 256)
TEXT_TOKENS = 1024
"""Room for the post, the lines read in the picture and the answer; most need a third of it."""

_WIDTH: dict[Device, int] = {"cuda": 2, "cpu": 4}
_RESERVE = int(0.6 * GB)


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory depends on.

    Attributes:
        parameters: all of them, tied ones once.
        in_4_bit: those of them that NF4 holds in 4 bits.
        layers: of the language model.
        kv_heads: key-value heads of a layer.
        head_dim: numbers in a head.
        image_tokens: the most that one picture takes as altd shows it.
    """

    parameters: int
    in_4_bit: int
    layers: int
    kv_heads: int
    head_dim: int
    image_tokens: int

    def weights(self, quantization: Quantization, device: Device) -> int:
        """Bytes of the weights."""
        packed = self.in_4_bit if quantization == "nf4" else 0
        return int(packed * NF4_BYTES) + (self.parameters - packed) * _WIDTH[device]

    def cache(self, device: Device, tokens: int | None = None) -> int:
        """Bytes of the key-value cache; for one picture and a long post unless `tokens` says otherwise."""
        tokens = self.image_tokens + TEXT_TOKENS if tokens is None else tokens
        return 2 * self.layers * self.kv_heads * self.head_dim * _WIDTH[device] * tokens

    def total(self, quantization: Quantization, device: Device) -> int:
        """Bytes that serving takes."""
        return self.weights(quantization, device) + self.cache(device) + _RESERVE


def gb(size: float) -> str:
    """Return bytes as people say them: `4.4 GB`, `512 MB`."""
    return f"{size / GB:.1f} GB" if size >= 0.95 * GB else f"{max(1, round(size / 2**20))} MB"
