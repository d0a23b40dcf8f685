"""What the language model sees of a picture, encoded once however often the picture is asked about."""

from __future__ import annotations

import hashlib
import inspect
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

MAX_SIDE = 1024
"""LLaVA sees 336 px or so; Qwen-VL takes a token for 32 x 32 px, so 1,024 at most."""
_CACHE_BYTES = 64 * 2**20
_TEXT_INPUTS = ("input_ids", "attention_mask", "mm_token_type_ids")


@dataclass(frozen=True, slots=True)
class Seen:
    """An encoded picture.

    Attributes:
        places: token ids that stand for the picture in the prompt, shape (N,).
        output: the model's own `get_image_features` output, only what the language model takes from it.
        extra: further inputs that describe the picture, as `image_grid_thw` (1, 3) of Qwen-VL.
        pooled: the tower's pooled feature (1, C) in float32 on the CPU; None where the tower has none.
        key: of this picture in the cache.
    """

    places: Tensor
    output: Any
    extra: dict[str, Tensor]
    pooled: Tensor | None
    key: str

    @property
    def nbytes(self) -> int:
        """Bytes of its features."""
        return sum(tensor.nbytes for part in _parts(self.output) for tensor in part)


class Eye:
    """Encodes pictures and remembers the last ones, up to 64 MiB of features.

    Args:
        processor: the model's.
        base: the model below any adapter, asked for anew each time since an adapter may wrap it.
    """

    def __init__(
        self, processor: Any, base: Callable[[], Any], device: str, limit: int = _CACHE_BYTES
    ) -> None:
        self._processor = processor
        self._base = base
        self._device = device
        self._limit = limit
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._bytes = 0

    def look(self, image: Image.Image) -> Seen:
        """Encode a picture, or remember it: equal are those of equal mode, size and pixels."""
        picture = self._fitted(image)
        size = f"{picture.mode} {picture.size}".encode()
        key = hashlib.sha256(size + b"\0" + picture.tobytes()).hexdigest()
        seen = self._seen.get(key)
        if seen is None:
            seen = self._encode(picture, key)
            self._keep(seen)
        else:
            self._seen.move_to_end(key)
        return seen

    def forget(self) -> None:
        """Drop everything: another adapter may see pictures with other eyes."""
        self._seen.clear()
        self._bytes = 0

    def inputs(self, image: Image.Image, prompt: str, **options: Any) -> Any:
        """The processor's own tensors for a picture and a prompt, pixels included."""
        images = [self._fitted(image)]
        inputs = self._processor(images=images, text=[prompt], return_tensors="pt", **options)
        inputs["pixel_values"] = inputs["pixel_values"].to(self._base().dtype)
        return inputs.to(self._device)

    def prompt_ids(self, prompt: str, seen: Seen) -> Tensor:
        """The prompt's tokens (T,) with the picture's places where the prompt has one for it."""
        ids: Tensor = self._processor.tokenizer(prompt, return_tensors="pt")["input_ids"][0]
        place = int((ids == self._processor.image_token_id).nonzero()[0])
        return torch.cat([ids[:place], seen.places, ids[place + 1 :]])

    def _encode(self, picture: Image.Image, key: str) -> Seen:
        inputs = self.inputs(picture, self._processor.image_token, add_special_tokens=False)
        model = self._base().model
        wanted = inspect.signature(model.get_image_features).parameters
        taken = {name: value for name, value in inputs.items() if name in wanted}
        pooled: list[Tensor] = []
        tower = getattr(model, "vision_tower", None)
        hook = tower and tower.register_forward_hook(
            lambda _module, _arguments, output: pooled.append(output.pooler_output)
        )
        try:
            with torch.inference_mode():
                output = model.get_image_features(**taken, return_dict=True)
        finally:
            if hook:
                hook.remove()
        return Seen(
            places=inputs["input_ids"][0].cpu(),
            output=_slim(output),
            extra={name: inputs[name] for name in inputs if not name.startswith((*_TEXT_INPUTS, "pixel_"))},
            pooled=pooled[0].float().cpu() if pooled and pooled[0] is not None else None,
            key=key,
        )

    def _keep(self, seen: Seen) -> None:
        self._seen[seen.key] = seen
        self._bytes += seen.nbytes
        while self._bytes > self._limit and len(self._seen) > 1:
            self._bytes -= self._seen.popitem(last=False)[1].nbytes

    def _fitted(self, image: Image.Image) -> Image.Image:
        picture = image.copy()
        picture.thumbnail((MAX_SIDE, MAX_SIDE))
        if type(self._processor).__name__ == "LlavaProcessor":
            picture = _square(picture, self._processor.image_processor.image_mean)
        return picture


def merge(seen: Sequence[Seen]) -> dict[str, Any]:
    """The inputs by which `generate` takes encoded pictures, one for each row."""
    first = seen[0].output
    output = type(first)(pooler_output=[each.output.pooler_output[0] for each in seen])
    if getattr(first, "deepstack_features", None) is not None:
        layers = range(len(first.deepstack_features))
        output.deepstack_features = [
            [each.output.deepstack_features[layer][0] for each in seen] for layer in layers
        ]
    extra = {name: torch.cat([each.extra[name] for each in seen]) for name in seen[0].extra}
    return {"mm_encoder_outputs": {"image": output}, **extra}


def _slim(output: Any) -> Any:
    """Without the tower's hidden states, which nobody reads again."""
    slim = type(output)(pooler_output=list(output.pooler_output))
    if getattr(output, "deepstack_features", None) is not None:
        slim.deepstack_features = [list(layer) for layer in output.deepstack_features]
    return slim


def _parts(output: Any) -> list[list[Tensor]]:
    return [output.pooler_output, *(getattr(output, "deepstack_features", None) or ())]


def _square(image: Image.Image, mean: list[float]) -> Image.Image:
    """Padded to a square in the processor's mean colour, as MCM-DPO trained: cropping would lose titles."""
    side = max(image.size)
    red, green, blue = (int(channel * 255) for channel in mean)
    square = Image.new("RGB", (side, side), (red, green, blue))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square
