"""The models that `altd models pull` knows, best first for a graphics card.

Revisions are commits of the hub, so that a name means the same bytes for ever. Counts are those of the
architecture at that revision; a test builds each one without weights and counts again. Everything here
is served by classes of transformers: a model that needs code from its repository is not listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from altd.models.memory import Shape

Prompt = Literal["released", "template"]
View = Literal["square", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A model of the hub.

    Attributes:
        name: what people type.
        hub_id: its repository.
        revision: commit; None is resolved by the first pull and pinned in the lock file beside the model.
        licence: SPDX name where there is one.
        languages: ISO 639-1 codes it was made for; `mul` for very many.
        family: its `model_type` in transformers.
        prompt: `released` is MCM-DPO's own wording, `template` the same question in the model's chat form.
        view: `square` pads the picture to one square view, `whole` leaves the cutting to its processor.
        shape: for the memory it takes.
        stored_bytes: a parameter's bytes in the files.
        about: one sentence for people.
        offered: whether altd recommends it where it fits.
    """

    name: str
    hub_id: str
    revision: str | None
    licence: str
    languages: tuple[str, ...]
    family: str
    shape: Shape
    about: str
    prompt: Prompt = "template"
    view: View = "whole"
    stored_bytes: int = 2
    offered: bool = True

    @property
    def download(self) -> int:
        """About how many bytes a pull fetches; the pull itself asks the hub."""
        return self.shape.parameters * self.stored_bytes


_MANY = ("mul",)

_ENTRIES = (
    Known(
        name="qwen3-vl-8b",
        hub_id="Qwen/Qwen3-VL-8B-Instruct",
        revision="0c351dd01ed87e9c1b53cbc748cba10e6187ff3b",
        licence="Apache-2.0",
        languages=_MANY,
        family="qwen3_vl",
        shape=Shape(
            parameters=8_767_123_696,
            in_4_bit=6_945_767_424,
            layers=36,
            kv_heads=8,
            head_dim=128,
            image_tokens=1024,
        ),
        about="The best descriptions, for cards with 10 GB or more.",
    ),
    Known(
        name="qwen3-vl-4b",
        hub_id="Qwen/Qwen3-VL-4B-Instruct",
        revision="ebb281ec70b05090aa6165b016eac8ec08e71b17",
        licence="Apache-2.0",
        languages=_MANY,
        family="qwen3_vl",
        shape=Shape(
            parameters=4_437_815_808,
            in_4_bit=3_633_315_840,
            layers=36,
            kv_heads=8,
            head_dim=128,
            image_tokens=1024,
        ),
        about="Good descriptions, for cards with 6 GB or more.",
    ),
    Known(
        name="qwen3-vl-2b",
        hub_id="Qwen/Qwen3-VL-2B-Instruct",
        revision="89644892e4d85e24eaac8bacfd4f463576704203",
        licence="Apache-2.0",
        languages=_MANY,
        family="qwen3_vl",
        shape=Shape(
            parameters=2_127_532_032,
            in_4_bit=1_409_286_144,
            layers=28,
            kv_heads=8,
            head_dim=128,
            image_tokens=1024,
        ),
        about="Short descriptions on small cards, 4 GB or more.",
    ),
    Known(
        name="smolvlm2-2.2b",
        hub_id="HuggingFaceTB/SmolVLM2-2.2B-Instruct",
        revision="482adb537c021c86670beed01cd58990d01e72e4",
        licence="Apache-2.0",
        languages=("en",),
        family="smolvlm",
        shape=Shape(
            parameters=2_246_784_880,
            in_4_bit=1_610_612_736,
            layers=24,
            kv_heads=32,
            head_dim=64,
            image_tokens=1377,
        ),
        stored_bytes=4,
        about="An English alternative for cards with 4 GB.",
        offered=False,
    ),
    Known(
        name="smolvlm2-500m",
        hub_id="HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        revision="7b375e1b73b11138ff12fe22c8f2822d8fe03467",
        licence="Apache-2.0",
        languages=("en",),
        family="smolvlm",
        shape=Shape(
            parameters=507_482_304,
            in_4_bit=314_572_800,
            layers=32,
            kv_heads=5,
            head_dim=64,
            image_tokens=1088,
        ),
        stored_bytes=4,
        about="Simple English descriptions on cards with 2 GB.",
    ),
    Known(
        name="smolvlm2-256m",
        hub_id="HuggingFaceTB/SmolVLM2-256M-Video-Instruct",
        revision="067788b187b95ebe7b2e040b3e4299e342e5b8fd",
        licence="Apache-2.0",
        languages=("en",),
        family="smolvlm",
        shape=Shape(
            parameters=256_484_928,
            in_4_bit=106_168_320,
            layers=30,
            kv_heads=3,
            head_dim=64,
            image_tokens=1088,
        ),
        stored_bytes=4,
        about="The smallest one; often wrong, and slow without a graphics card.",
        offered=False,
    ),
    Known(
        name="llava-1.6-vicuna-7b",
        hub_id="llava-hf/llava-v1.6-vicuna-7b-hf",
        revision="c916e6cdcd760b4cecd1dd4907f84ac649f93b23",
        licence="Llama 2 Community License",
        languages=("en",),
        family="llava_next",
        prompt="released",
        view="square",
        shape=Shape(
            parameters=7_063_431_168,
            in_4_bit=6_476_005_376,
            layers=32,
            kv_heads=32,
            head_dim=128,
            image_tokens=576,
        ),
        about="The model of the MCM-DPO paper, shown one padded view of 336 pixels as it was trained.",
        offered=False,
    ),
)

KNOWN: dict[str, Known] = {model.name: model for model in _ENTRIES}
