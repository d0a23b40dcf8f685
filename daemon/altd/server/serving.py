"""From settings to a describing service: which model, which generation."""

from __future__ import annotations

import logging
from typing import Literal, cast

from altd.config import Settings
from altd.describe.service import DescriptionService
from altd.describe.settings import ServiceSettings
from altd.errors import AltdError
from altd.models import generations
from altd.models.catalogue import Model
from altd.models.fit import why_unfit
from altd.paths import Paths

_log = logging.getLogger(__name__)


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
    """Return the active generation; None when there is none or it was trained on another model."""
    active = generations.active_generation(paths)
    if active is None:
        return None
    try:
        reason = why_unfit(generations.read_manifest(paths, active), model)
    except AltdError as error:
        reason = error.message
    if reason is not None:
        _log.warning("the model answers without a generation: %s", reason)
        return None
    return active
