"""What a reference log-probability depends on, in parts that can be compared and named.

The settings are the same for all examples of a run: negatives, layout and whatever else the collator is
set to, the processor, the prompt, the model's weights, its adapter, and how it computes. The parts of an
example are its texts, its contexts and its pictures.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

import torch
import transformers
from peft.tuners.lora import LoraLayer
from torch import Tensor
from torch.distributed.tensor import DTensor

from altd.describe.prompt import PROMPT_VERSION
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data.images import image_digest, source_digest
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.negatives import NegativeConfig

ADAPTER = "default"

Parts = dict[str, str]
"""Name of a part → its value, or the digest of a long one."""


def settings_parts(model: Any, collator: DataCollatorForMCMPreference) -> Parts:
    """The parts that all examples of a run share, read off model and collator as they are now.

    Args:
        model: with a `transformers` configuration; a `peft.PeftModel` is asked for its `default` adapter.
        collator: every field but the longest row, which changes no number, is a part of its own.
    """
    own = {field.name: getattr(collator, field.name) for field in fields(collator)}
    processor = own.pop("processor")
    del own["max_length"]
    base, adapter = _weights(model)
    return {
        "prompt version": str(PROMPT_VERSION),
        **{_spoken(name): json.dumps(_plain(value), sort_keys=True) for name, value in own.items()},
        "processor": _digest([json.dumps(processor_settings(processor), sort_keys=True).encode()]),
        "model": base,
        "adapter": adapter,
        "quantisation": _quantisation(model),
        "dtype": ", ".join(sorted({str(p.dtype).removeprefix("torch.") for p in model.parameters()})),
        "attention": _attention(model.config),
        "arithmetic": _arithmetic(next(model.parameters()).device.type),
    }


def example_parts(example: PreferenceExample, negatives: NegativeConfig) -> Parts:
    """The parts of one example; the other post's picture is one where negatives are such pictures.

    Raises:
        UnreadableImageError: when a picture cannot be read.
    """
    contexts = [
        asdict(context) if context else None for context in (example.context, example.rejected_context)
    ]
    parts = {
        "texts": _digest_of([example.chosen, example.rejected]),
        "contexts": _digest_of([*contexts, list(example.lines)]),
        "image": image_digest(example)[:32],
    }
    if negatives.image == "other" and example.rejected_image is not None:
        parts["rejected image"] = source_digest(example.rejected_image, example.label)[:32]
    return parts


def difference(stored: Mapping[str, str], wanted: Mapping[str, str]) -> str | None:
    """The first part in which two sets of parts differ; None when there is none."""
    return next((name for name in (*wanted, *stored) if stored.get(name) != wanted.get(name)), None)


def processor_settings(processor: Any) -> dict[str, Any]:
    """All that decides how a processor turns texts and pictures into tensors, and no path of its files."""
    settings: dict[str, Any] = json.loads(json.dumps(processor.to_dict(), default=str))
    tokenizer = processor.tokenizer
    vocabulary = json.loads(tokenizer.backend_tokenizer.to_str())
    return {
        "settings": {name: value for name, value in settings.items() if name not in _NAMES},
        # how the last call padded and cut is kept there as well
        "tokenizer": {n: v for n, v in vocabulary.items() if n not in ("padding", "truncation")},
        "special": {name: str(token) for name, token in tokenizer.special_tokens_map.items()},
        "template": processor.chat_template or tokenizer.chat_template,
    }


_NAMES = {"_name_or_path", "name_or_path", "transformers_version", "use_cache"}


def is_fresh(state: Mapping[str, Tensor]) -> bool:
    """Whether an adapter with these weights changes nothing yet: it has LoRA matrices, and all B are 0."""
    only_lora = all(".lora_A." in name or ".lora_B." in name for name in state)
    return only_lora and not any(value.any() for name, value in state.items() if ".lora_B." in name)


def _weights(model: Any) -> tuple[str, str]:
    """Digests of base and adapter; a fresh adapter is `none`, whatever its random A."""
    adapters = set(getattr(model, "peft_config", ()))
    base: dict[str, Tensor] = {}
    adapter: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        owners = adapters.intersection(name.split("."))
        if not owners:
            base[name] = value
        elif ADAPTER in owners:
            adapter[name] = value
    config = {name: value for name, value in model.config.to_dict().items() if name not in _NAMES}
    settings = json.dumps(config, default=str, sort_keys=True).encode()
    if is_fresh(adapter):
        return _digest([settings, *_content(base)]), "none"
    scaling = {n: m.scaling[ADAPTER] for n, m in model.named_modules() if isinstance(m, LoraLayer)}
    scales = json.dumps(scaling, sort_keys=True).encode()
    return _digest([settings, *_content(base)]), _digest([scales, *_content(adapter)])


def _content(state: Mapping[str, Tensor]) -> Iterable[bytes | memoryview]:
    """Names, types, shapes and bytes; of a sharded tensor, the shard of this process."""
    for name, value in sorted(state.items()):
        local = value.to_local() if isinstance(value, DTensor) else value
        tensor = local.detach().cpu().contiguous()
        yield f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode()
        yield tensor.reshape(-1).view(torch.uint8).numpy().data  # no copy: it may be gigabytes


def _quantisation(model: Any) -> str:
    config = getattr(model.config, "quantization_config", None)
    if config is None:
        return "none"
    return json.dumps(config if isinstance(config, dict) else config.to_dict(), default=str, sort_keys=True)


def _attention(config: Any) -> str:
    """Attention implementation of the model and of its parts."""
    parts = {"": config, **{name: getattr(config, name, None) for name in ("text_config", "vision_config")}}
    return ", ".join(str(part._attn_implementation) for part in parts.values() if part is not None)


def _arithmetic(device: str) -> str:
    """What else decides the last digits, and with them whether the log-ratios start at exactly 0."""
    half = str(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else "off"
    tf32 = torch.backends.cuda.matmul.allow_tf32 and device == "cuda"
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    return f"{device}, autocast {half}, tf32 {tf32}, {versions}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return sorted(value) if isinstance(value, (set, frozenset)) else value


def _digest_of(value: Any) -> str:
    return _digest([json.dumps(value).encode()])


def _digest(pieces: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(len(piece).to_bytes(8, "big"))
        digest.update(piece)
    return digest.hexdigest()[:32]
