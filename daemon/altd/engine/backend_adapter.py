"""Putting adapters on a loaded model and taking them off; the model below, and what its layers can take."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def base_of(model: Any) -> Any:
    """The model below any adapter."""
    return model.get_base_model() if _has_adapter(model) else model


def adapter_name(model: Any) -> str | None:
    """The adapter that answers, None for the model by itself."""
    return str(model.active_adapter) if _has_adapter(model) else None


def with_adapter(model: Any, adapter: Path, name: str) -> Any:
    """The model with one adapter more, from a directory; it does not answer yet where another one does.

    Raises:
        FileNotFoundError: there are no safetensors.
        Exception: whatever PEFT says of a damaged adapter.
    """
    from peft import PeftModel

    if not (adapter / "adapter_model.safetensors").is_file():
        raise FileNotFoundError(adapter.name)  # never the pickled .bin that PEFT would fall back to
    options = {"is_trainable": False, "local_files_only": True, "autocast_adapter_dtype": False}
    if not _has_adapter(model):
        return PeftModel.from_pretrained(model, adapter, adapter_name=name, **options)
    model.load_adapter(adapter, adapter_name=name, **options)
    return model


def without_adapter(model: Any, name: str, before: str | None) -> Any:
    """The model as it was before an adapter was put on, or half put on; `before` answers again."""
    if before is None:
        return model.unload() if _has_adapter(model) else model
    model.set_adapter(before)
    if name in model.peft_config:
        model.delete_adapter(name)
    return model


def fits_fast_kernel(linear: Any) -> bool:
    """Whether bitsandbytes' AVX512-BF16 kernel, which only asserts, can take this 4-bit layer."""
    return not linear.out_features % 32 and not linear.in_features % linear.weight.blocksize


def _has_adapter(model: Any) -> bool:
    return hasattr(model, "get_base_model")
