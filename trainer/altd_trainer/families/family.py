"""The families by `model_type`: LLaVA, LLaVA-NeXT, Qwen-VL and Idefics3 with SmolVLM."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from PIL import Image
from torch import Tensor

from altd.describe.prompt import build_answer, build_prompt
from altd.models.processors import chat_prompt
from altd_trainer.families.images import join_padded, nudge_blank_tiles

Vision: TypeAlias = dict[str, Tensor]
"""A family's tensors for N pictures, by the names that its model takes them."""


@dataclass(frozen=True)
class Family:
    """What the families have in common.

    Attributes:
        name: for messages.
        vision_tower, projector, language_model: paths of the modules, from the model with the head.
    """

    name: str
    vision_tower: str = "model.vision_tower"
    projector: str = "model.multi_modal_projector"
    language_model: str = "model.language_model"

    @property
    def not_in_4_bit(self) -> list[str]:
        """What bitsandbytes is to leave alone; a list of ours replaces its own exception for the head."""
        return ["lm_head", self.vision_tower, self.projector]

    def without_gradient(self, config: Any) -> str | None:
        """A pattern of modules that no gradient reaches, for `LoraConfig.exclude_modules`.

        A parameter that never gets a gradient stops data parallel training.
        """
        return None

    def prompt(self, processor: Any, question: str) -> str:
        """The text before the answer, with one placeholder for the picture."""
        return build_prompt(question)

    def answer(self, tokenizer: Any, text: str) -> str:
        """The text that is scored, end token included."""
        return build_answer(text)

    def encode_image(self, processor: Any, image: Image.Image) -> Vision:
        """The tensors of one picture."""
        return dict(processor.image_processor(images=[image], return_tensors="pt"))

    def expand_prompt(self, processor: Any, prompt: str, inputs: Mapping[str, Tensor]) -> list[int]:
        """Token ids of a prompt, with as many places as the picture takes."""
        places = processor.replace_image_token(inputs, 0)
        return _tokens(processor.tokenizer, prompt.replace(processor.image_token, places, 1))

    def join_images(self, images: Sequence[Mapping[str, Tensor]]) -> Vision:
        """The tensors of several pictures, in order."""
        return {name: torch.cat([image[name] for image in images]) for name in images[0]}

    def take_images(self, vision: Mapping[str, Tensor], index: Tensor) -> Vision:
        """Pictures by their number; one may be taken more than once."""
        return {name: values[index] for name, values in vision.items()}

    def row_inputs(self, input_ids: Tensor, vision: Mapping[str, Tensor], config: Any) -> Vision:
        """What the model wants to know about plain rows beside the pixels of their pictures."""
        return {}

    def tree_positions(
        self, model: Any, input_ids: Tensor, depths: Tensor, vision: Mapping[str, Tensor]
    ) -> Tensor:
        """Where the tokens of trees stand, as the model takes `position_ids`.

        Args:
            model: with the head, without wrappers.
            input_ids: (R, L).
            depths: (R, L) ancestors of each column.
            vision: the pictures of the rows, in their order.
        """
        return depths


class _Llava(Family):
    """Reads the features before the tower's last layer, mostly."""

    def without_gradient(self, config: Any) -> str | None:
        layer, vision = config.vision_feature_layer, config.vision_config
        if not isinstance(layer, int) or vision.model_type not in _LAYERED:
            return None
        # what comes behind the layers, SigLIP's pooling `head` with it, is never read;
        # hidden state 0 is the embedding, so state n comes out of layer n - 1
        first = layer if layer >= 0 else vision.num_hidden_layers + 1 + layer
        unused = [rf"layers\.{index}" for index in range(first, vision.num_hidden_layers)]
        tower = self.vision_tower.replace(".", r"\.")
        return rf".*{tower}\.(.*\.)?({'|'.join([*unused, 'post_layernorm', 'head'])})(\..*)?"


class _ChatFamily(Family):
    """A family whose processor brings the conversation's format as a template."""

    def prompt(self, processor: Any, question: str) -> str:
        return chat_prompt(processor, question) or super().prompt(processor, question)

    def answer(self, tokenizer: Any, text: str) -> str:
        return f" {text}{tokenizer.eos_token}"


class _LlavaNext(_ChatFamily, _Llava):
    """Pictures in tiles; how many depends on the picture's shape, which goes along as `image_sizes`."""

    def join_images(self, images: Sequence[Mapping[str, Tensor]]) -> Vision:
        return join_padded(images)


class _Qwen(_ChatFamily):
    """Pictures of any size as a list of patches, and positions in three dimensions."""

    def answer(self, tokenizer: Any, text: str) -> str:
        return f"{text}{tokenizer.eos_token}"  # the template ends its line before the answer

    def take_images(self, vision: Mapping[str, Tensor], index: Tensor) -> Vision:
        grids = vision["image_grid_thw"]
        patches = torch.split(vision["pixel_values"], grids.prod(-1).tolist())
        return {
            "pixel_values": torch.cat([patches[at] for at in index.tolist()]),
            "image_grid_thw": grids[index],
        }

    def row_inputs(self, input_ids: Tensor, vision: Mapping[str, Tensor], config: Any) -> Vision:
        return {
            "mm_token_type_ids": (input_ids == config.image_token_id).int(),
            "image_grid_thw": vision["image_grid_thw"],
        }

    def tree_positions(
        self, model: Any, input_ids: Tensor, depths: Tensor, vision: Mapping[str, Tensor]
    ) -> Tensor:
        """(3, R, L): the first branch as the model places it, the others where it would place them.

        The first branch of a row stands in it without a gap. Behind the picture all three dimensions grow
        by one from token to token, so that there a position is the depth and the same offset in each branch.
        """
        columns = torch.arange(input_ids.shape[1], device=input_ids.device)
        trunk = (depths == columns).int().cumprod(dim=1)
        positions, offsets = model.model.get_rope_index(
            input_ids, attention_mask=trunk, **self.row_inputs(input_ids, vision, model.config)
        )
        behind = (depths + offsets.view(-1, 1)).expand_as(positions)
        return torch.where(trunk.bool(), positions, behind)


class _Idefics(_ChatFamily):
    """Pictures in tiles, with words around them that say where each tile was.

    The model takes a tile of zeros for padding and drops it, so a real one never is.
    """

    def encode_image(self, processor: Any, image: Image.Image) -> Vision:
        encoded = processor.image_processor(images=[image], return_tensors="pt", return_row_col_info=True)
        return {name: torch.as_tensor(values) for name, values in encoded.items()}

    def join_images(self, images: Sequence[Mapping[str, Tensor]]) -> Vision:
        names = [name for name in ("pixel_values", "pixel_attention_mask") if name in images[0]]
        kept = [{name: image[name] for name in names} for image in images]
        return join_padded(
            [{**image, "pixel_values": nudge_blank_tiles(image["pixel_values"])} for image in kept]
        )


_LAYERED = ("clip_vision_model", "siglip_vision_model")
_QWEN = {"vision_tower": "model.visual", "projector": "model.visual.merger"}
_IDEFICS = {
    "vision_tower": "model.vision_model",
    "projector": "model.connector",
    "language_model": "model.text_model",
}
_FAMILIES: Mapping[str, Family] = {
    "llava": _Llava("llava"),
    "llava_next": _LlavaNext("llava_next"),
    "qwen2_5_vl": _Qwen("qwen2_5_vl", **_QWEN),
    "qwen3_vl": _Qwen("qwen3_vl", **_QWEN),
    "smolvlm": _Idefics("smolvlm", **_IDEFICS),
    "idefics3": _Idefics("idefics3", **_IDEFICS),
}
_PROCESSORS: Mapping[str, str] = {
    "LlavaProcessor": "llava",
    "LlavaNextProcessor": "llava_next",
    "QwenImageProcessor": "qwen2_5_vl",
    "Qwen2_5_VLProcessor": "qwen2_5_vl",
    "Qwen3VLProcessor": "qwen3_vl",
    "SmolVLMProcessor": "smolvlm",
    "Idefics3Processor": "idefics3",
}


def family_of(config: Any) -> Family:
    """The family of a model's configuration.

    Raises:
        ValueError: for a model that training on preferences does not know.
    """
    return _FAMILIES[_known(config.model_type, _FAMILIES)]


def processor_family(processor: Any) -> Family:
    """The family of a processor; families that share a processor prepare pictures alike.

    Raises:
        ValueError: as above.
    """
    names = [kind.__name__ for kind in type(processor).__mro__]
    name = next((name for name in names if name in _PROCESSORS), names[0])
    return _FAMILIES[_PROCESSORS[_known(name, _PROCESSORS)]]


def _known(name: str, names: Collection[str]) -> str:
    if name not in names:
        raise ValueError(f"{name} is no family that can be trained here, these are: {', '.join(names)}")
    return name


def _tokens(tokenizer: Any, text: str) -> list[int]:
    """A template may write the token that begins a text, which the tokenizer would then repeat."""
    begun = tokenizer.bos_token is not None and text.startswith(tokenizer.bos_token)
    ids: list[int] = tokenizer(text, add_special_tokens=not begun)["input_ids"]
    return ids
