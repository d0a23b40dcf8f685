"""A vision-language model from transformers: pictures and prompts in, texts out.

Runs only in the model's process. Prompts that wait are answered together, each greedily, or with as many
beams as the settings say; further candidates are sampled until one differs from what the user has seen,
and come from a beam search when none does. A picture is encoded once however often it is asked about.
Work is cancelled between layers, so also while the picture is being encoded, and memory that runs out is
freed and tried once more with less.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import LogitsProcessorList, StoppingCriteriaList

from altd.engine.backend_adapter import (
    adapter_name,
    base_of,
    fits_fast_kernel,
    with_adapter,
    without_adapter,
)
from altd.engine.backend_rows import MAX_NEW_TOKENS, Question, Rows, Spoken, Task
from altd.engine.backend_shapes import ROWS, STEPS, compile_all, filled, free_memory, padded
from altd.engine.backend_vision import Eye, merge
from altd.errors import AltdError
from altd.models.loading import load_model
from altd.models.processors import chat_prompt, load_processor

__all__ = ["MAX_NEW_TOKENS", "MAX_TRIES", "GaveWay", "Question", "Spoken", "Task", "TransformersBackend"]

_log = logging.getLogger("altd.backend")

MAX_TRIES = 6
_TEMPERATURES = (0.8, 0.8, 1.0, 1.0, 1.2, 1.2)
_TOP_P = 0.95
_BEAMS = 6
_UNFIT = "The generation does not work with this model; choose another one (`altd models list`)."
_PLAIN = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}


class GaveWay(Exception):  # noqa: N818 - an event that is handled, not an error that is shown
    """The work was left for something more urgent, and may be asked for again."""


class TransformersBackend:
    """The loaded model, its processor and at most one adapter, unmerged.

    Args:
        directory: model in the hub's layout.
        quantization: `nf4` or `none`.
        adapter: directory of the generation to start with.
        device: `cpu` or `cuda`.
        beams: of the first answer; 1 is greedy.
        static_cache: keys and values in tensors of fixed size, which transformers can compile for; None
            does so on graphics cards. On processors it costs more than it gains, and no shape costs more
            than another.
    """

    def __init__(
        self,
        directory: Path,
        quantization: Literal["nf4", "none"],
        *,
        adapter: Path | None = None,
        device: str = "cpu",
        beams: int = 1,
        static_cache: bool | None = None,
    ) -> None:
        self.device = device
        self._beams = beams
        self._static = device != "cpu" if static_cache is None else static_cache
        self._processor: Any = load_processor(directory)
        self._model: Any = load_model(directory, quantization, adapter=adapter, device=device)
        self._eye = Eye(self._processor, self._base, device)
        self._wanted: Callable[[], None] = lambda: None
        self._names = count(1)
        self._most = ROWS[0]
        self._prepare()

    def use_threads(self, number: int) -> None:
        """Compute with so many threads of the processor from now on."""
        torch.set_num_threads(number)

    def compile(self, prompt: str, tell: Callable[[float], None] = lambda _: None) -> None:
        """Compile every shape before somebody waits for it; nothing where nothing is compiled.

        Args:
            prompt: the longest that is to be expected; the cache is made long enough for it.
            tell: told the share of the work that is done.
        """
        if self._static:
            options = _PLAIN | {"min_new_tokens": STEPS}  # whatever the model would say
            most = compile_all(lambda questions: self._speak(questions, options), prompt, tell)
            self._static, self._most = most > 0, most or self._most

    def look(self, image: Image.Image) -> None:
        """Encode a picture that will be asked about."""
        self._eye.look(image)

    def features(self, image: Image.Image) -> Tensor:
        """The vision tower's pooled feature of one picture, shape (1, C), in float32 on the CPU."""
        pooled = self._eye.look(image).pooled
        assert pooled is not None, "only models with a vision tower are asked for this"
        return pooled

    def prompt(self, question: str, released: str) -> str:
        """A question in the model's own chat form; the released wording where it has none."""
        return chat_prompt(self._processor, question) or released

    def generate(self, image: Image.Image, prompt: str, task: Task) -> Spoken:
        """Answer one prompt about one picture.

        Raises:
            AltdError: `cancelled`, `gpu_out_of_memory`.
        """
        return _said(self.answer([Question(image, prompt, task)])[0])

    def answer(
        self, questions: Sequence[Question], gives_way: Callable[[], bool] = lambda: False
    ) -> list[Spoken | AltdError]:
        """Answer several prompts together, each as it would be answered alone.

        Args:
            gives_way: asked before every layer; when it says yes, everything is left undone.

        Returns:
            in the order of the questions, a text or why there is none: `cancelled`, `gpu_out_of_memory`.

        Raises:
            GaveWay: `gives_way` said so.
        """
        if len(questions) > self._most:
            rest = questions[self._most :]
            return [*self.answer(questions[: self._most], gives_way), *self.answer(rest, gives_way)]

        def check() -> None:
            if gives_way():
                raise GaveWay
            if all(question.task.cancelled() for question in questions):
                raise AltdError("cancelled")

        self._wanted = check
        try:
            answers = self._without_running_out(questions)
        except AltdError as error:
            return [error for _ in questions]
        finally:
            self._wanted = lambda: None
        if answers is not None:  # here, outside the handler, no traceback keeps the tensors alive
            return answers
        free_memory()
        if len(questions) > 1:
            return [self.answer([question], gives_way)[0] for question in questions]
        return [self._answer_smaller(questions[0], check)]

    def activate(self, generation: str, adapter: Path) -> None:
        """Serve with another adapter; the one before is deleted only after the new one's smoke test.

        Raises:
            AltdError: `generation_broken`; the adapter before it goes on serving.
        """
        before = adapter_name(self._model)
        name = f"{generation}_{next(self._names)}"
        try:
            self._model = with_adapter(self._model, adapter, name)
            self._model.set_adapter(name)
            sound = self._smoke_test()
        except Exception:  # noqa: BLE001 - whatever is wrong, the old adapter must serve on
            _log.exception("generation %s cannot be loaded", generation)
            sound = False
        self._prepare()
        if sound:
            self._eye.forget()
            if before is not None:
                self._model.delete_adapter(before)
            return
        self._model = without_adapter(self._model, name, before)
        raise AltdError("generation_broken", _UNFIT)

    def _answer_smaller(self, question: Question, check: Callable[[], None]) -> Spoken | AltdError:
        """Once more with a quarter of the pixels and half of the answer."""
        self._wanted = check
        try:
            answers = self._without_running_out([_smaller(question)])
        except AltdError as error:
            return error
        finally:
            self._wanted = lambda: None
        if answers is None:
            self._eye.forget()
            free_memory()
            return AltdError("gpu_out_of_memory")
        return answers[0]

    def _without_running_out(self, questions: Sequence[Question]) -> list[Spoken | AltdError] | None:
        try:
            if len(questions) > 1 or (questions[0].task.variant == 0 and self._beams == 1):
                return self._speak(questions, _PLAIN)
            return [self._other(questions[0]) if questions[0].task.variant else self._best(questions[0])]
        except torch.OutOfMemoryError:
            return None

    def _best(self, question: Question) -> Spoken:
        """The answer of a beam search, as the paper's inference does it; it cannot be followed."""
        return self._search(question, self._beams)[0]

    def _other(self, question: Question) -> Spoken:
        task = question.task
        for attempt, temperature in enumerate(_TEMPERATURES):
            torch.manual_seed(task.variant * MAX_TRIES + attempt)
            options = {"do_sample": True, "temperature": temperature, "top_p": _TOP_P, "top_k": 0}
            spoken = _said(self._speak([question], options)[0])
            if task.accept(spoken.text):
                return spoken
        # A model that is sure samples the same text every time: the most probable one that is accepted.
        found = (other for other in self._search(question, _BEAMS) if task.accept(other.text))
        return next(found, Spoken(spoken.text, spoken.mean_logp, accepted=False))

    def _search(self, question: Question, beams: int) -> list[Spoken]:
        inputs = self._inputs([question])
        start = inputs["input_ids"].shape[1]
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                **_PLAIN,
                num_beams=beams,
                num_return_sequences=beams,
                max_new_tokens=question.task.max_new_tokens,
                return_dict_in_generate=True,
                output_scores=True,
            )
        pairs = zip(output.sequences[:, start:].tolist(), output.sequences_scores.tolist(), strict=True)
        return [Spoken(self._decode(tokens), mean_logp) for tokens, mean_logp in pairs]

    def _speak(self, questions: Sequence[Question], options: dict[str, Any]) -> list[Spoken | AltdError]:
        asked = filled(questions) if self._static else questions
        inputs = self._inputs(asked)
        tasks = [question.task for question in asked]
        rows = Rows(tasks, inputs["input_ids"].shape[1], self._ends(), self._decode)
        with torch.inference_mode():
            self._model.generate(
                **inputs,
                **({"top_p": None, "top_k": None} | options),
                num_beams=1,
                max_new_tokens=max(task.max_new_tokens for task in tasks),
                logits_processor=LogitsProcessorList([rows.price]),
                stopping_criteria=StoppingCriteriaList([rows.step]),
                cache_implementation="static" if self._static else None,
            )
        return [
            AltdError("cancelled") if question.task.cancelled() else rows.spoken(row)
            for row, question in enumerate(questions)
        ]

    def _inputs(self, questions: Sequence[Question]) -> dict[str, Any]:
        """Left-padded prompts (B, T) and the encoded pictures."""
        seen = [self._eye.look(question.image) for question in questions]
        rows = [self._eye.prompt_ids(ask.prompt, each) for ask, each in zip(questions, seen, strict=True)]
        pad = self._processor.tokenizer.pad_token_id or 0
        ids = pad_sequence(rows, batch_first=True, padding_value=pad, padding_side="left")
        mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True, padding_side="left")
        if self._static:
            ids, mask = padded(ids, mask, pad)
        inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": mask}
        if getattr(self._processor, "return_mm_token_type_ids", False):
            inputs["mm_token_type_ids"] = (ids == self._processor.image_token_id).long()
        return {name: value.to(self.device) for name, value in inputs.items()} | merge(seen)

    def _ends(self) -> set[int]:
        ends = self._base().generation_config.eos_token_id
        return set(ends) if isinstance(ends, list) else {ends}

    def _decode(self, tokens: list[int]) -> str:
        return str(self._processor.tokenizer.decode(tokens, skip_special_tokens=True)).strip()

    def _smoke_test(self) -> bool:
        prompt = self.prompt("", "USER: <image>\n ASSISTANT:")
        inputs = self._eye.inputs(Image.new("RGB", (64, 64), "grey"), prompt)
        with torch.inference_mode():
            logits = self._model(**inputs).logits
        return bool(torch.isfinite(logits).all())

    def _base(self) -> Any:
        return base_of(self._model)

    def _prepare(self) -> None:
        """Evaluation mode, the cancel check before every layer, and 4-bit kernels only where they fit."""
        self._model.eval()
        for module in self._base().modules():
            if getattr(module, "support_avx512bf16_for_cpu", False):
                module.support_avx512bf16_for_cpu = fits_fast_kernel(module)
            for layer in module if isinstance(module, nn.ModuleList) else ():
                if self._check not in layer._forward_pre_hooks.values():
                    layer.register_forward_pre_hook(self._check)

    def _check(self, *_: Any) -> None:
        if not torch.compiler.is_compiling():  # compiled steps are single tokens: `Rows` asks between them
            self._wanted()


def _said(answer: Spoken | AltdError) -> Spoken:
    if isinstance(answer, AltdError):
        raise answer
    return answer


def _smaller(question: Question) -> Question:
    """The same work with a quarter of the pixels and half of the answer."""
    image, task = question.image, question.task
    picture = image.resize((max(1, image.width // 2), max(1, image.height // 2)))
    return replace(question, image=picture, task=replace(task, max_new_tokens=task.max_new_tokens // 2))
