"""What the describing service is told once, when it is made."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from altd.engine.remote.target import Target
from altd.engine.spawn import Timing, child_environment

_GENERATION = re.compile(r"g\d{4,9}")


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Which model answers, and the limits of the waiting line.

    Attributes:
        model_directory: a Hugging Face directory.
        model_name: the name that results carry.
        quantization: `nf4` (4 bits) or `none`.
        generations_directory: holds `g0001` …; needed for `generation` and for swapping.
        generation: the active generation, or None for the model without an adapter.
        device: `auto` takes a graphics card when there is one.
        beams: of the first answer; 1 is greedy.
        threads: of the model and of the reader; by default one per physical core.
        queue_limit: jobs that may wait.
        cache_size: answers that are remembered.
        compiled_directory: where compiled code is kept for the next start; None: among the system's temporary
            files, at a place that every user of the machine can guess.
        remote: a server that answers instead of the model; the model's fields then count for nothing.
        timing: how patient the service is with the model's process.
    """

    model_directory: Path
    model_name: str = "bundled"
    quantization: Literal["nf4", "none"] = "nf4"
    generations_directory: Path | None = None
    generation: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = field(default_factory=lambda: psutil.cpu_count(logical=False) or 1)
    beams: int = 1
    queue_limit: int = 64
    cache_size: int = 512
    compiled_directory: Path | None = None
    remote: Target | None = None
    timing: Timing = field(default_factory=Timing)

    def adapter(self, generation: str | None) -> Path | None:
        """The directory of a generation; None for a name that is none, whatever it tries to reach."""
        if self.generations_directory is None or not generation or not _GENERATION.fullmatch(generation):
            return None
        return self.generations_directory / generation

    def command(self, generation: str | None) -> list[str]:
        """The command line of the model's process."""
        options = {
            "--model": str(self.model_directory),
            "--quantization": self.quantization,
            "--device": self.device,
            "--threads": str(self.threads),
            "--beams": str(self.beams),
        }
        adapter = self.adapter(generation)
        if generation is not None and adapter is not None:
            options |= {"--generation": generation, "--adapter": str(adapter)}
        parts = [part for option in options.items() for part in option]
        return [sys.executable, "-m", "altd.describe.worker", *parts]

    def environment(self) -> dict[str, str]:
        """The whole environment of either process."""
        kept = self.compiled_directory
        return child_environment(self.threads) | ({"TORCHINDUCTOR_CACHE_DIR": str(kept)} if kept else {})

    def preparing_command(self) -> list[str]:
        """The command line of the process that reads pictures beside a remote server."""
        return [sys.executable, "-m", "altd.describe.preparing", "--threads", str(self.threads)]
