"""What a pulled model's configuration says differently here than on the hub.

LLaVA-1.6 is published with up to five views of a picture (`llava_next`). MCM-DPO trained it on one view,
padded to a square (`image_aspect_ratio pad` in its scripts), which is LLaVA's own form: the weights are the
same, the configuration is `llava`. So serving and training here see the 576 image tokens it was trained on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from altd.models.known import Known
from altd.paths import write_private

_ONLY_TILES = ("image_grid_pinpoints", "use_image_newline_parameter", "auto_map")
_PIXELS = ("image_mean", "image_std", "do_convert_rgb", "do_normalize", "do_rescale", "do_resize", "resample")


def adapt(model: Known, directory: Path) -> None:
    """Rewrite the configuration of a model that is served otherwise than it was published."""
    if model.family == "llava_next" and model.view == "square":
        one_padded_view(directory)


def one_padded_view(directory: Path) -> None:
    """Make a LLaVA-1.6 directory one of plain LLaVA: one padded view, no tiles."""
    config = _read(directory / "config.json")
    vision = config["vision_config"]
    side, patch = int(vision["image_size"]), int(vision["patch_size"])
    strategy = config.get("vision_feature_select_strategy", "default")
    kept = {name: value for name, value in config.items() if name not in _ONLY_TILES}
    llava = {
        "model_type": "llava",
        "architectures": ["LlavaForConditionalGeneration"],
        "image_seq_length": (side // patch) ** 2,
    }
    pixels = _read(directory / "preprocessor_config.json")
    images = {
        "image_processor_type": "LlavaImageProcessor",
        "do_pad": True,
        "do_center_crop": True,
        "size": {"shortest_edge": side},
        "crop_size": {"height": side, "width": side},
    }
    processor = {
        "processor_class": "LlavaProcessor",
        "patch_size": patch,
        "vision_feature_select_strategy": strategy,
        "num_additional_image_tokens": 1,
    }
    _write(directory / "config.json", kept | llava)
    _write(directory / "preprocessor_config.json", _picked(pixels) | images)
    _write(directory / "processor_config.json", processor)


def _picked(pixels: dict[str, Any]) -> dict[str, Any]:
    return {name: pixels[name] for name in _PIXELS if name in pixels}


def _read(path: Path) -> dict[str, Any]:
    """A JSON file; an empty dictionary when there is none."""
    return dict(json.loads(path.read_bytes())) if path.is_file() else {}


def _write(path: Path, values: dict[str, Any]) -> None:
    write_private(path, json.dumps(values, indent=1).encode())
