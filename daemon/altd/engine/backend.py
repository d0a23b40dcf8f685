"""A vision-language model from transformers: one picture and one prompt in, one text out.

Runs only in the model's process. Greedy for the first answer; further candidates are sampled until one
differs from what the user has seen, and come from a beam search when none does. Work is cancelled between
layers, so also while the picture is being encoded, and memory that runs out is freed and tried once more
with less.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor, nn
from transformers import StoppingCriteriaList

from altd.errors import AltdError
from altd.models.loading import load_model
from altd.models.processors import chat_prompt, load_processor

_log = logging.getLogger("altd.backend")

MAX_NEW_TOKENS = 96
MAX_TRIES = 6
_TEMPERATURES = (0.8, 0.8, 1.0, 1.0, 1.2, 1.2)
_TOP_P = 0.95
_BEAMS = 6
_UNFIT = "The generation does not work with this model; choose another one (`altd models list`)."
_MAX_SIDE = 1024  # LLaVA sees 336 px or so; Qwen-VL takes a token for 32 x 32 px, so 1,024 at most


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the model said.

    Attributes:
        text: as decoded, not cleaned.
        mean_logp: mean natural log-probability of the answer's tokens, end token included.
        accepted: False when every try was one of the texts to avoid.
    """

    text: str
    mean_logp: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Task:
    """How to answer one prompt.

    Attributes:
        variant: 0 is the greedy answer; a higher number seeds the sampling of another one.
        accept: whether a text is new enough; asked only for variants above 0.
        cancelled: asked before every layer.
        on_text: called with the whole text so far after every token.
    """

    variant: int = 0
    max_new_tokens: int = MAX_NEW_TOKENS
    accept: Callable[[str], bool] = lambda _: True
    cancelled: Callable[[], bool] = lambda: False
    on_text: Callable[[str], None] = lambda _: None


class TransformersBackend:
    """The loaded model, its processor and at most one adapter, unmerged.

    Args:
        directory: model in the hub's layout.
        quantization: `nf4` or `none`.
        adapter: directory of the generation to start with.
        device: `cpu` or `cuda`.
    """

    def __init__(
        self,
        directory: Path,
        quantization: Literal["nf4", "none"],
        *,
        adapter: Path | None = None,
        device: str = "cpu",
    ) -> None:
        self.device = device
        self._processor: Any = load_processor(directory)
        self._model: Any = load_model(directory, quantization, adapter=adapter, device=device)
        self._cancelled: Callable[[], bool] = lambda: False
        self._names = count(1)
        self._prepare()

    def features(self, image: Image.Image) -> Tensor:
        """The vision tower's pooled feature of one picture, shape (1, C), in float32 on the CPU."""
        pixels = self._inputs(image, "<image>")["pixel_values"]
        with torch.inference_mode():
            pooled: Tensor = self._base().model.vision_tower(pixels, return_dict=True).pooler_output
        return pooled.float().cpu()

    def prompt(self, question: str, released: str) -> str:
        """A question in the model's own chat form; the released wording where it has none."""
        return chat_prompt(self._processor, question) or released

    def generate(self, image: Image.Image, prompt: str, task: Task) -> Spoken:
        """Answer one prompt about one picture.

        Raises:
            AltdError: `cancelled`, `gpu_out_of_memory`.
        """
        self._cancelled = task.cancelled
        try:
            spoken = self._without_running_out(image, prompt, task)
            if spoken is None:  # here, outside the handler, no traceback keeps the tensors alive
                _free_memory()
                spoken = self._without_running_out(*_smaller(image, prompt, task))
        finally:
            self._cancelled = lambda: False
        if spoken is None:
            _free_memory()
            raise AltdError("gpu_out_of_memory")
        return spoken

    def activate(self, generation: str, adapter: Path) -> None:
        """Serve with another adapter; the one before is deleted only after the new one's smoke test.

        Raises:
            AltdError: `generation_broken`; the adapter before it goes on serving.
        """
        before = self._adapter_name()
        name = f"{generation}_{next(self._names)}"
        try:
            self._load_adapter(adapter, name)
            self._model.set_adapter(name)
            sound = self._smoke_test()
        except Exception:  # noqa: BLE001 - whatever is wrong, the old adapter must serve on
            _log.exception("generation %s cannot be loaded", generation)
            sound = False
        self._prepare()
        if sound:
            if before is not None:
                self._model.delete_adapter(before)
            return
        self._remove_adapter(name, before)
        raise AltdError("generation_broken", _UNFIT)

    def _without_running_out(self, image: Image.Image, prompt: str, task: Task) -> Spoken | None:
        try:
            return (
                self._greedy(image, prompt, task) if task.variant == 0 else self._other(image, prompt, task)
            )
        except torch.OutOfMemoryError:
            return None

    def _greedy(self, image: Image.Image, prompt: str, task: Task) -> Spoken:
        return self._speak(self._inputs(image, prompt), task, {"do_sample": False, "temperature": None})

    def _other(self, image: Image.Image, prompt: str, task: Task) -> Spoken:
        inputs = self._inputs(image, prompt)
        for attempt, temperature in enumerate(_TEMPERATURES):
            torch.manual_seed(task.variant * MAX_TRIES + attempt)
            options = {"do_sample": True, "temperature": temperature, "top_p": _TOP_P, "top_k": 0}
            spoken = self._speak(inputs, task, options)
            if task.accept(spoken.text):
                return spoken
        return self._from_beams(inputs, task) or Spoken(spoken.text, spoken.mean_logp, accepted=False)

    def _from_beams(self, inputs: Any, task: Task) -> Spoken | None:
        """The most probable text that is accepted: a model that is sure samples the same one every time."""
        start = inputs["input_ids"].shape[1]
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                **{"do_sample": False, "temperature": None, "top_p": None, "top_k": None},
                num_beams=_BEAMS,
                num_return_sequences=_BEAMS,
                max_new_tokens=task.max_new_tokens,
                return_dict_in_generate=True,
                output_scores=True,
            )
        for tokens, mean_logp in zip(output.sequences, output.sequences_scores, strict=True):
            text = self._decode(tokens[start:])
            if task.accept(text):
                return Spoken(text, float(mean_logp), accepted=True)
        return None

    def _speak(self, inputs: Any, task: Task, options: dict[str, Any]) -> Spoken:
        start = inputs["input_ids"].shape[1]
        listener = _Listener(lambda ids: self._decode(ids[start:]), task.on_text)
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                **({"top_p": None, "top_k": None} | options),
                num_beams=1,
                max_new_tokens=task.max_new_tokens,
                stopping_criteria=StoppingCriteriaList([listener]),
                return_dict_in_generate=True,
                output_logits=True,
            )
        tokens = output.sequences[0, start:]  # (T,)
        logits = torch.stack(output.logits)[:, 0].float()  # (T, V)
        logps = logits.log_softmax(-1).gather(1, tokens[:, None])
        return Spoken(self._decode(tokens), float(logps.mean()), accepted=True)

    def _decode(self, tokens: Tensor) -> str:
        return str(self._processor.tokenizer.decode(tokens, skip_special_tokens=True)).strip()

    def _inputs(self, image: Image.Image, prompt: str) -> Any:
        picture = image.copy()
        picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
        if type(self._processor).__name__ == "LlavaProcessor":
            picture = _square(picture, self._processor.image_processor.image_mean)
        inputs = self._processor(images=[picture], text=[prompt], return_tensors="pt").to(self.device)
        inputs["pixel_values"] = inputs["pixel_values"].to(self._base().dtype)
        return inputs

    def _smoke_test(self) -> bool:
        prompt = self.prompt("", "USER: <image>\n ASSISTANT:")
        inputs = self._inputs(Image.new("RGB", (64, 64), "grey"), prompt)
        with torch.inference_mode():
            logits = self._model(**inputs).logits
        return bool(torch.isfinite(logits).all())

    def _base(self) -> Any:
        is_peft = hasattr(self._model, "get_base_model")
        return self._model.get_base_model() if is_peft else self._model

    def _adapter_name(self) -> str | None:
        return str(self._model.active_adapter) if hasattr(self._model, "get_base_model") else None

    def _load_adapter(self, adapter: Path, name: str) -> None:
        from peft import PeftModel

        if not (adapter / "adapter_model.safetensors").is_file():
            raise FileNotFoundError(adapter.name)  # never the pickled .bin that PEFT would fall back to
        options = {"is_trainable": False, "local_files_only": True, "autocast_adapter_dtype": False}
        if self._adapter_name() is None:
            self._model = PeftModel.from_pretrained(self._model, adapter, adapter_name=name, **options)
        else:
            self._model.load_adapter(adapter, adapter_name=name, **options)

    def _remove_adapter(self, name: str, before: str | None) -> None:
        if before is None:
            if self._adapter_name() is not None:
                self._model = self._model.unload()
            return
        self._model.set_adapter(before)
        if name in self._model.peft_config:
            self._model.delete_adapter(name)

    def _prepare(self) -> None:
        """Evaluation mode, the cancel check before every layer, and 4-bit kernels only where they fit."""
        self._model.eval()
        for module in self._base().modules():
            if getattr(module, "support_avx512bf16_for_cpu", False):
                module.support_avx512bf16_for_cpu = _fits_fast_kernel(module)
            for layer in module if isinstance(module, nn.ModuleList) else ():
                if self._check not in layer._forward_pre_hooks.values():
                    layer.register_forward_pre_hook(self._check)

    def _check(self, *_: Any) -> None:
        if self._cancelled():
            raise AltdError("cancelled")


class _Listener:
    """A stopping criterion in form: called after every token, it passes on the text and never stops."""

    def __init__(self, decode: Callable[[Tensor], str], on_text: Callable[[str], None]) -> None:
        self._decode = decode
        self._on_text = on_text

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        self._on_text(self._decode(input_ids[0]))
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


def _square(image: Image.Image, mean: list[float]) -> Image.Image:
    """Padded to a square in the processor's mean colour, as MCM-DPO trained: cropping would lose titles."""
    side = max(image.size)
    red, green, blue = (int(channel * 255) for channel in mean)
    square = Image.new("RGB", (side, side), (red, green, blue))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def _fits_fast_kernel(linear: Any) -> bool:
    """Whether bitsandbytes' AVX512-BF16 kernel, which only asserts, can take this 4-bit layer."""
    return not linear.out_features % 32 and not linear.in_features % linear.weight.blocksize


def _smaller(image: Image.Image, prompt: str, task: Task) -> tuple[Image.Image, str, Task]:
    """The same work with a quarter of the pixels and half of the answer."""
    picture = image.resize((max(1, image.width // 2), max(1, image.height // 2)))
    shorter = Task(task.variant, task.max_new_tokens // 2, task.accept, task.cancelled, task.on_text)
    return picture, prompt, shorter


def _free_memory() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
