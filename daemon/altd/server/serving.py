"""From settings to a describing service: which model, which generation."""

from __future__ import annotations

import logging
import math
from typing import Literal, cast

from altd.config import Settings
from altd.describe.service import DescriptionService
from altd.describe.settings import ServiceSettings
from altd.engine.remote.keys import find_key
from altd.engine.remote.target import Target, parse_address
from altd.engine.spawn import Timing
from altd.errors import AltdError
from altd.models import generations
from altd.models.catalogue import Model
from altd.models.fit import why_unfit
from altd.paths import Paths

_log = logging.getLogger(__name__)


def build_service(paths: Paths, settings: Settings, model: Model) -> DescriptionService:
    """Return the service for a model with its active generation or for a remote server, not yet started.

    Raises:
        AltdError: `config_invalid` when the remote server's settings do not do.
    """
    target = find_target(settings)
    if target is not None:
        _log.warning("pictures are sent to the server at %s", target.host)
        return DescriptionService(
            ServiceSettings(
                model_directory=model.directory,
                model_name=target.model,
                generations_directory=paths.generations_dir,
                remote=target,
            )
        )
    return DescriptionService(
        ServiceSettings(
            model_directory=model.directory,
            model_name=model.name,
            quantization=cast(Literal["nf4", "none"], settings.quantization),
            beams=settings.beams,
            generations_directory=paths.generations_dir,
            generation=fitting_generation(paths, model),
            compiled_directory=paths.cache_dir / "compiled",
            timing=Timing(idle=settings.idle_unload_minutes * 60 or math.inf),
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


def find_target(settings: Settings) -> Target | None:
    """Return the remote server that the settings name, None when altd's own model answers.

    Raises:
        AltdError: `config_invalid`, naming the setting; also when a key would cross the network in clear.
    """
    if not settings.remote_url:
        return None
    address = parse_address(settings.remote_url, settings.remote_allowed_host)
    if not settings.remote_model:
        raise _invalid("`remote_model` must name the model that the server at `remote_url` shall use")
    key = find_key(address.host)
    if key is not None and not (address.is_local or address.encrypted):
        raise _invalid(
            "use https in `remote_url`, or an SSH tunnel: the key would leave this machine in clear"
        )
    return Target(
        base=address.base,
        host=address.host,
        is_local=address.is_local,
        model=settings.remote_model,
        key=key,
        guided=settings.remote_prompt == "guided",
        parallel=settings.remote_parallel,
        timeout_s=float(settings.remote_timeout_s),
        retries=settings.remote_retries,
    )


def _invalid(detail: str) -> AltdError:
    return AltdError("config_invalid", f"Correct the settings: {detail}.")
