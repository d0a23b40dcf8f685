"""The describing service: the one door between the server and everything that happens to a picture.

It runs in the server's event loop and imports neither torch nor an image decoder: pictures are opened,
read and described in a child process (``altd.engine.process``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from altd.describe.job import (
    Confidence,
    DescriptionRequest,
    DescriptionResult,
    Detail,
    Job,
    JobState,
    Priority,
)

__all__ = [
    "Confidence",
    "DescriptionRequest",
    "DescriptionResult",
    "DescriptionService",
    "Detail",
    "Job",
    "JobState",
    "Priority",
    "ServiceSettings",
]

ServiceState = Literal["loading", "ready", "degraded"]


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Which model answers, and the limits of the waiting line.

    ``model_directory`` is a Hugging Face directory, ``generations_directory`` holds ``g0001`` … and
    ``generation`` names the active one (``None``: no adapter).
    """

    model_directory: Path
    model_name: str = "bundled"
    quantization: Literal["nf4", "none"] = "nf4"
    generations_directory: Path | None = None
    generation: str | None = None
    queue_limit: int = 64
    cache_size: int = 512


class DescriptionService:
    """Describes pictures, one at a time, in order of priority."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.state: ServiceState = "loading"
        self.reason: str | None = None

    @property
    def generation(self) -> str | None:
        """The generation that answers the next request."""
        raise NotImplementedError

    async def start(self) -> None:
        """Start the child process and return at once; :attr:`state` tells when it is ready."""
        raise NotImplementedError

    async def close(self) -> None:
        """Cancel what waits, stop the child process and wait until it is gone."""
        raise NotImplementedError

    def submit(
        self,
        image: bytes,
        request: DescriptionRequest,
        *,
        variant: int = 0,
        avoid: Sequence[str] = (),
        job_id: str | None = None,
    ) -> Job:
        """Queue a picture; the job is already ``done`` when the answer is in the cache.

        ``variant`` > 0 asks for another text that differs from every text in ``avoid``.

        Raises ``AltdError``: ``image_missing``, ``image_too_large``, ``queue_full``, ``engine_failed``
        (the model cannot be started), ``invalid_request`` (the job id is taken).
        """
        raise NotImplementedError

    def get(self, job_id: str) -> Job:
        """The job of that id; raises ``AltdError`` ``unknown_description``."""
        raise NotImplementedError

    def cancel(self, job_id: str) -> Job:
        """Stop a job wherever it is; a finished one is returned unchanged.

        Raises ``AltdError`` ``unknown_description``.
        """
        raise NotImplementedError

    async def activate(self, generation: str) -> None:
        """Swap the adapter in the running child process; the request in flight ends on the old one.

        Raises ``AltdError``: ``unknown_generation``, ``engine_failed`` (the adapter failed its smoke
        test; the old one goes on serving).
        """
        raise NotImplementedError
