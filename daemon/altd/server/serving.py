"""From settings to a describing service: which model, which generation."""

from __future__ import annotations

from typing import Literal, cast

from altd.config import Settings
from altd.describe.service import DescriptionService
from altd.describe.settings import ServiceSettings
from altd.models import generations
from altd.models.catalogue import Model
from altd.paths import Paths


def build_service(paths: Paths, settings: Settings, model: Model) -> DescriptionService:
    """Return the service for a model with its active generation, not yet started."""
    return DescriptionService(
        ServiceSettings(
            model_directory=model.directory,
            model_name=model.name,
            quantization=cast(Literal["nf4", "none"], settings.quantization),
            generations_directory=paths.generations_dir,
            generation=fitting_generation(paths, model),
        )
    )


def fitting_generation(paths: Paths, model: Model) -> str | None:
    """Return the active generation; None when there is none or it was trained for another model."""
    active = generations.active_generation(paths)
    if active is None or generations.read_manifest(paths, active).base.get("name") != model.name:
        return None
    return active
