"""The formula of memory, against arithmetic done by hand and against a model in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForImageTextToText

from altd.models.known import KNOWN
from altd.models.loading import _NOT_IN_4_BIT, load_model
from altd.models.memory import GB, NF4_BYTES, Shape, gb
from tiny_model import build_learner

_SMALL_TOWER = {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16}
_LARGE_TOWER = {"depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "num_heads": 16}
_BASE_SIGLIP = (768, 3072, 12, 12, 512, 16)
_SO400M = (1152, 4304, 27, 16, 384, 14)


def qwen(sizes: tuple[int, ...], tower: dict[str, int], tied: bool) -> tuple[str, dict[str, object]]:
    """Qwen3-VL's config.json: width, inner width, layers, heads."""
    width, inner, layers, heads = sizes
    rope = {"rope_type": "default", "mrope_section": [24, 20, 20], "mrope_interleaved": True}
    text = {
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "rope_parameters": {**rope, "rope_theta": 5e6},
    }
    taps = [5, 11, 17] if tower is _SMALL_TOWER else [8, 16, 24]
    vision = {**tower, "out_hidden_size": width, "num_position_embeddings": 2304, "patch_size": 16}
    vision |= {"deepstack_visual_indexes": taps}  # type: ignore[dict-item]
    return "qwen3_vl", {"text_config": text, "vision_config": vision, "tie_word_embeddings": tied}


def smolvlm(sizes: tuple[int, ...], tower: tuple[int, ...], scale: int) -> tuple[str, dict[str, object]]:
    """SmolVLM2's config.json: width, inner width, layers, heads, key-value heads; its output is not tied."""
    text = {"model_type": "llama", "head_dim": 64, "vocab_size": 49280, "tie_word_embeddings": False}
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    text |= dict(zip((*names, "num_key_value_heads"), sizes, strict=True))
    vision = dict(zip((*names, "image_size", "patch_size"), tower, strict=True))
    both = {"text_config": text, "vision_config": vision}
    return "smolvlm", {**both, "scale_factor": scale, "tie_word_embeddings": False}


def llava() -> tuple[str, dict[str, object]]:
    """LLaVA-1.6-vicuna-7b's config.json."""
    text = {
        "model_type": "llama",
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "vocab_size": 32064,
        "tie_word_embeddings": False,
    }
    vision = {
        "model_type": "clip_vision_model",
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "image_size": 336,
        "patch_size": 14,
        "projection_dim": 768,
    }
    return "llava_next", {"text_config": text, "vision_config": vision, "tie_word_embeddings": False}


CONFIGS = {
    "qwen3-vl-8b": qwen((4096, 12288, 36, 32), _LARGE_TOWER, tied=False),
    "qwen3-vl-4b": qwen((2560, 9728, 36, 32), _SMALL_TOWER, tied=True),
    "qwen3-vl-2b": qwen((2048, 6144, 28, 16), _SMALL_TOWER, tied=True),
    "smolvlm2-2.2b": smolvlm((2048, 8192, 24, 32, 32), _SO400M, 3),
    "smolvlm2-500m": smolvlm((960, 2560, 32, 15, 5), _BASE_SIGLIP, 4),
    "smolvlm2-256m": smolvlm((576, 1536, 30, 9, 3), _BASE_SIGLIP, 4),
    "llava-1.6-vicuna-7b": llava(),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_counts_of_the_table(name: str) -> None:
    family, values = CONFIGS[name]
    config = AutoConfig.for_model(family, **values)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)
    model.tie_weights()
    shape, text = KNOWN[name].shape, config.get_text_config()
    assert KNOWN[name].family == family
    assert shape.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert shape.in_4_bit == sum(layer.weight.numel() for layer in layers_in_4_bit(model))
    assert (shape.layers, shape.kv_heads) == (text.num_hidden_layers, text.num_key_value_heads)
    assert shape.head_dim == getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads


def layers_in_4_bit(model: nn.Module) -> list[nn.Linear]:
    """Linear layers outside the modules that loading leaves as they are."""
    return [
        module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and not any(name == left or name.startswith(f"{left}.") for left in _NOT_IN_4_BIT)
    ]


def test_by_hand() -> None:
    shape = Shape(parameters=1000, in_4_bit=640, layers=2, kv_heads=4, head_dim=8, image_tokens=10)
    assert shape.weights("none", "cuda") == 2000
    assert shape.weights("none", "cpu") == 4000
    assert pytest.approx(0.5159, abs=5e-5) == NF4_BYTES
    assert shape.weights("nf4", "cuda") == 330 + 720  # 640 · 0.5159 and 360 · 2
    assert shape.cache("cuda", 3) == 2 * 2 * 4 * 8 * 2 * 3
    assert shape.cache("cpu", 3) == 2 * shape.cache("cuda", 3)


def test_the_papers_model_fits_six_gigabytes() -> None:
    shape = KNOWN["llava-1.6-vicuna-7b"].shape
    assert shape.cache("cuda", 1) == 2**19  # half a megabyte a token
    assert shape.total("nf4", "cuda") < 6 * GB < shape.total("none", "cuda")


def test_4_bit_weights_in_memory(tmp_path: Path) -> None:
    directory = build_learner(tmp_path / "model", "clip")
    model = load_model(directory, "nf4")
    packed = [module.weight for module in model.modules() if hasattr(module, "quant_state")]
    shape = Shape(
        parameters=AutoModelForImageTextToText.from_pretrained(directory).num_parameters(),
        in_4_bit=sum(weight.quant_state.shape.numel() for weight in packed),
        **{"layers": 1, "kv_heads": 1, "head_dim": 1, "image_tokens": 1},
    )
    held = sum(p.nbytes for p in model.parameters())
    held += sum(state.absmax.nbytes + state.state2.absmax.nbytes for state in (w.quant_state for w in packed))
    assert packed
    assert held == pytest.approx(shape.weights("nf4", "cpu"), rel=0.01)


def test_as_people_say_it() -> None:
    assert [gb(4.44 * GB), gb(GB), gb(2**29), gb(10)] == ["4.4 GB", "1.0 GB", "512 MB", "1 MB"]
