"""The least that a step can cost: floating-point operations of the tokens that must be computed.

One multiply-add counts as two. A linear layer of P weights costs 2P for each token, attention 4 × width for
each pair of a query and a key that it may see, in every layer. Training an adapter costs the forward pass,
as much again for the gradients of the activations (attention twice), and the adapter's own weights'
gradients; the frozen vision tower runs forward only. Copies, norms and activations count nothing: no
implementation reaches the ideal.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from altd_trainer.collator import encode_answer, encode_prompts
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample


@dataclass(frozen=True)
class Work:
    """What a language model is run over.

    Attributes:
        tokens: how many.
        pairs: of a token and one that it attends to, itself included.
        scored: positions that need the vocabulary.
        images: how many go through the vision tower.
    """

    tokens: int
    pairs: int
    scored: int
    images: int

    def __mul__(self, times: int) -> "Work":
        return Work(self.tokens * times, self.pairs * times, self.scored * times, self.images * times)


def measure_work(processor: Any, example: PreferenceExample) -> dict[str, Work]:
    """The work of one pass over one example, by layout; `pair` is plain DPO."""
    assert example.rejected is not None
    assert example.rejected_context is not None
    prompts, _ = encode_prompts(
        processor, load_image(example), [example.context, example.rejected_context], example.lines
    )
    answers = [
        len(encode_answer(processor.tokenizer, text, example.id))
        for text in (example.chosen, example.rejected)
    ]
    lengths = [[len(prompt) + answer for answer in answers] for prompt in prompts]
    rows = _plain([length for each in lengths for length in each], 2 * sum(answers)) * 2
    prefix = _common_prefix(*prompts)
    return {
        "released": replace(rows, images=8, scored=rows.tokens),
        "rows": replace(rows, images=8),
        "vision_shared": replace(rows, images=2),
        "tree": _tree(prefix, [len(prompt) - prefix for prompt in prompts], answers) * 2,
        "pair": replace(_plain(lengths[0], sum(answers)), images=2),
    }


@dataclass(frozen=True)
class Costs:
    """What one unit of work costs a model, in operations.

    Attributes:
        token, pair, scored, image: of a forward pass, without the adapter.
        adapter: of the adapter for one token.
    """

    token: float
    pair: float
    scored: float
    image: float
    adapter: float

    @classmethod
    def of(cls, model: Any, pixels: Tensor) -> "Costs":
        """Read off a `peft.PeftModel` over a LLaVA.

        Args:
            pixels: (1, 3, H, W) one picture, to count what the tower does.
        """
        text = model.config.text_config
        base = adapter = 0
        for name, parameter in model.get_base_model().model.language_model.named_parameters():
            if parameter.dim() == 2 and "embed_tokens" not in name:
                adapter += _weights(parameter) if "lora_" in name else 0
                base += _weights(parameter) if "lora_" not in name else 0
        return cls(
            token=2 * base,
            pair=4 * text.hidden_size * text.num_hidden_layers,
            scored=2 * text.hidden_size * text.vocab_size,
            image=_vision(model, pixels),
            adapter=2 * adapter,
        )

    def forward(self, work: Work) -> float:
        """Operations of a forward pass."""
        tokens = work.tokens * (self.token + self.adapter)
        return tokens + work.pairs * self.pair + work.scored * self.scored + work.images * self.image

    def backward(self, work: Work) -> float:
        """Operations of the gradients, towards the adapter only."""
        tokens = work.tokens * (self.token + 2 * self.adapter)
        return tokens + work.pairs * 2 * self.pair + work.scored * self.scored


@torch.no_grad()
def _vision(model: Any, pixels: Tensor) -> float:
    """Operations of tower and projector for one picture; only plain attention is counted by torch."""
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model.get_base_model().get_image_features(pixel_values=pixels)
    return float(counter.get_total_flops())


def _weights(parameter: Any) -> int:
    """How many numbers a layer holds, also when they are packed in 4 bits."""
    state = getattr(parameter, "quant_state", None)
    return int(state.shape.numel() if state is not None else parameter.numel())


def _plain(lengths: list[int], scored: int) -> Work:
    """Rows under a causal mask; who runs them says how many images they take."""
    return Work(sum(lengths), sum(_run(0, length) for length in lengths), scored, 0)


def _tree(prefix: int, contexts: list[int], answers: list[int]) -> Work:
    """One row of a prefix, then the contexts, and both answers after each of them."""
    tokens, pairs = prefix, prefix * (prefix + 1) // 2
    for context in contexts:
        above = prefix + context
        tokens += context + sum(answers)
        pairs += _run(prefix, context) + sum(_run(above, answer) for answer in answers)
    return Work(tokens, pairs, 2 * sum(answers), 1)


def _run(above: int, length: int) -> int:
    """Pairs of `length` tokens, each seeing `above` ancestors, those before it and itself."""
    return length * above + length * (length + 1) // 2


def _common_prefix(first: list[int], second: list[int]) -> int:
    limit = min(len(first), len(second))
    return next((index for index in range(limit) if first[index] != second[index]), limit)
