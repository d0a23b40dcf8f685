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


@dataclass(frozen=True, slots=True)
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
    prompt: Prompt
    view: View
    shape: Shape
    stored_bytes: int
    about: str
    offered: bool = True

    @property
    def download(self) -> int:
        """About how many bytes a pull fetches; the pull itself asks the hub."""
        return self.shape.parameters * self.stored_bytes


_MANY = ("mul",)

KNOWN: dict[str, Known] = {
    model.name: model
    for model in (
        Known(
            "qwen3-vl-8b",
            "Qwen/Qwen3-VL-8B-Instruct",
            "0c351dd01ed87e9c1b53cbc748cba10e6187ff3b",
            "Apache-2.0",
            _MANY,
            "qwen3_vl",
            "template",
            "whole",
            Shape(8_767_123_696, 6_945_767_424, 36, 8, 128, 1024),
            2,
            "The best descriptions, for cards with 10 GB or more.",
        ),
        Known(
            "qwen3-vl-4b",
            "Qwen/Qwen3-VL-4B-Instruct",
            "ebb281ec70b05090aa6165b016eac8ec08e71b17",
            "Apache-2.0",
            _MANY,
            "qwen3_vl",
            "template",
            "whole",
            Shape(4_437_815_808, 3_633_315_840, 36, 8, 128, 1024),
            2,
            "Good descriptions, for cards with 6 GB or more.",
        ),
        Known(
            "qwen3-vl-2b",
            "Qwen/Qwen3-VL-2B-Instruct",
            "89644892e4d85e24eaac8bacfd4f463576704203",
            "Apache-2.0",
            _MANY,
            "qwen3_vl",
            "template",
            "whole",
            Shape(2_127_532_032, 1_409_286_144, 28, 8, 128, 1024),
            2,
            "Short descriptions on small cards, 4 GB or more.",
        ),
        Known(
            "smolvlm2-2.2b",
            "HuggingFaceTB/SmolVLM2-2.2B-Instruct",
            "482adb537c021c86670beed01cd58990d01e72e4",
            "Apache-2.0",
            ("en",),
            "smolvlm",
            "template",
            "whole",
            Shape(2_246_784_880, 1_610_612_736, 24, 32, 64, 1377),
            4,
            "An English alternative for cards with 4 GB.",
            offered=False,
        ),
        Known(
            "smolvlm2-500m",
            "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
            "7b375e1b73b11138ff12fe22c8f2822d8fe03467",
            "Apache-2.0",
            ("en",),
            "smolvlm",
            "template",
            "whole",
            Shape(507_482_304, 314_572_800, 32, 5, 64, 1088),
            4,
            "Simple English descriptions on cards with 2 GB.",
        ),
        Known(
            "smolvlm2-256m",
            "HuggingFaceTB/SmolVLM2-256M-Video-Instruct",
            "067788b187b95ebe7b2e040b3e4299e342e5b8fd",
            "Apache-2.0",
            ("en",),
            "smolvlm",
            "template",
            "whole",
            Shape(256_484_928, 106_168_320, 30, 3, 64, 1088),
            4,
            "The smallest one; often wrong, and slow without a graphics card.",
            offered=False,
        ),
        Known(
            "llava-1.6-vicuna-7b",
            "llava-hf/llava-v1.6-vicuna-7b-hf",
            "c916e6cdcd760b4cecd1dd4907f84ac649f93b23",
            "Llama 2 Community License",
            ("en",),
            "llava_next",
            "released",
            "square",
            Shape(7_063_431_168, 6_476_005_376, 32, 32, 128, 576),
            2,
            "The model of the MCM-DPO paper, shown one padded view of 336 pixels as it was trained.",
            offered=False,
        ),
    )
}
