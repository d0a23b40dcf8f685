"""A judge on this machine: a vision-language model in the hub's layout, asked in its own chat format.

A model of the size of the bundled one describes pictures and cannot follow such a question: the check of
both orders (`judged`) finds that out and refuses what it says. Models from some billions of parameters can.
"""

from io import BytesIO

import torch
from PIL import Image

from altd.errors import AltdError
from altd.models.loading import Quantization, best_device, load_model
from altd_trainer.data.judging.judge import Question
from altd_trainer.data.sources import model_directory
from altd_trainer.families import load_processor

_NO_FORM = "The model has no chat form, so it cannot be asked to judge; choose an instruction-tuned one."


class LocalJudge:
    """A model that is loaded once and answers greedily.

    Args:
        model: `bundled` or a directory.
        quantization: `nf4` or `none`.

    Raises:
        AltdError: `model_incomplete` when the model has no chat format.
        AltdError, FileNotFoundError: as `model_directory`.
    """

    def __init__(self, model: str, quantization: Quantization = "nf4") -> None:
        directory = model_directory(model)
        self.name = f"{directory.resolve()} ({quantization})"
        self._model = load_model(directory, quantization, device=best_device())
        self._model.eval()
        self._processor = load_processor(directory)
        if not self._processor.chat_template:
            raise AltdError("model_incomplete", _NO_FORM)

    @torch.inference_mode()
    def __call__(self, question: Question) -> str:
        """The answer in words."""
        parts = [{"type": "image"}] if question.image is not None else []
        conversation = [{"role": "user", "content": [*parts, {"type": "text", "text": question.text}]}]
        prompt = self._processor.apply_chat_template(conversation, add_generation_prompt=True)
        images = None if question.image is None else [Image.open(BytesIO(question.image)).convert("RGB")]
        inputs = self._processor(text=[prompt], images=images, return_tensors="pt").to(self._model.device)
        if "pixel_values" in inputs:
            inputs["pixel_values"] = inputs["pixel_values"].to(self._model.dtype)
        output = self._model.generate(**inputs, do_sample=False, max_new_tokens=question.most_tokens)
        answer = output[0, inputs["input_ids"].shape[1] :]
        return str(self._processor.tokenizer.decode(answer, skip_special_tokens=True)).strip()
