"""The bundled model before its first step: sizes from the recipe, a tokenizer of our own, random weights."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

from altd.describe.prompt import END_TOKEN, IMAGE_TOKEN, build_answer, build_prompt, build_question
from altd.models.architecture import ConvTowerConfig
from altd_trainer.synthetic import generate

PAD_TOKEN = "<pad>"  # noqa: S105 - a token of the vocabulary
_ALIKE = (
    0.9  # cosine: of the bundled model, the 376 tokens beyond it are those that no hidden state made likely
)
_CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message.role == 'user' %}USER: {% for part in message.content %}"
    "{% if part.type == 'image' %}<image>\n{% else %}{{ part.text }}{% endif %}{% endfor %}"
    "{% else %} ASSISTANT: {% for part in message.content %}{{ part.text }}{% endfor %}</s>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %} ASSISTANT:{% endif %}"
)


@dataclass(frozen=True)
class ModelSizes:
    """What the recipe may choose; the defaults are the bundled model's."""

    image_size: int = 128
    tower: dict[str, Any] = field(default_factory=dict)
    hidden_size: int = 256
    intermediate_size: int = 704
    layers: int = 3
    heads: int = 4
    vocabulary: int = 2048


def create_processor(sizes: ModelSizes, seed: int, pictures: int = 4000) -> LlavaProcessor:
    """Train a byte-level BPE tokenizer on the texts of drawn pictures and join it with LLaVA's image side."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=sizes.vocabulary,
        special_tokens=[PAD_TOKEN, END_TOKEN, IMAGE_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(_texts(seed, pictures), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token=PAD_TOKEN,
        eos_token=END_TOKEN,
        extra_special_tokens={"image_token": IMAGE_TOKEN},
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    return LlavaProcessor(
        image_processor=_image_processor(sizes.image_size),
        tokenizer=tokenizer,
        patch_size=16,
        vision_feature_select_strategy="full",
        chat_template=_CHAT_TEMPLATE,
    )


def create_model(sizes: ModelSizes, processor: LlavaProcessor, seed: int) -> LlavaForConditionalGeneration:
    """A LLaVA of these sizes with random weights, reproducible by the seed."""
    tokenizer = processor.tokenizer
    tower = ConvTowerConfig(image_size=sizes.image_size, **sizes.tower)
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=sizes.hidden_size,
        intermediate_size=sizes.intermediate_size,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    config = LlavaConfig(
        vision_config=tower,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE_TOKEN),
        image_seq_length=(sizes.image_size // 16) ** 2,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )
    torch.manual_seed(seed)
    model = LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


@torch.no_grad()
def part_unlearned(model: LlavaForConditionalGeneration, processor: LlavaProcessor, seed: int) -> int:
    """Give each token that training never met a direction of its own; returns how many there are.

    No answer has one of them, so that all are pushed the same way and end up as one. Whoever then teaches the
    model a sign of theirs, as the quotation mark of a keyboard or an umlaut, gets it with a probability of
    one in twenty at most, however long it learns: the hidden state that is nearest to the one is as near to
    the others. The padding, which is never met, shows where they are; so this is done once, after all
    training.
    """
    rows = model.get_input_embeddings().weight  # (V, C), which the head shares
    padding = rows[processor.tokenizer.pad_token_id].clone()
    unlearned = torch.nn.functional.cosine_similarity(rows, padding[None]) > _ALIKE  # (V,)
    random = torch.randn(rows.shape, generator=torch.Generator().manual_seed(seed)).to(rows)
    own = torch.nn.functional.normalize(random, dim=1) * padding.norm()
    rows += own.where(unlearned[:, None], 0.0)
    return int(unlearned.sum())


def save_model(model: LlavaForConditionalGeneration, processor: LlavaProcessor, directory: Path) -> None:
    """Write the hub's layout with half-precision weights; batch-norm statistics fit half precision too."""
    directory.mkdir(parents=True, exist_ok=True)
    half = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in model.state_dict().items()
    }
    model.config.dtype = torch.float16
    model.save_pretrained(directory, state_dict=half)
    processor.save_pretrained(directory)
    processor.image_processor.save_pretrained(directory)


def _texts(seed: int, pictures: int) -> Iterator[str]:
    for index in range(pictures):
        sample = generate(seed, index)
        yield build_prompt(build_question(sample.post, sample.lines)).replace(IMAGE_TOKEN, "")
        yield build_answer(sample.alt).replace(END_TOKEN, "")


def _image_processor(side: int) -> LlavaImageProcessorPil:
    """One padded square view, as the paper trained it."""
    square = {"height": side, "width": side}
    return LlavaImageProcessorPil(size=square, crop_size=square, do_pad=True, do_center_crop=False)
