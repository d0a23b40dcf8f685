"""Where retraining starts from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from altd.config import Settings
from altd.models.catalogue import Model, find_model
from altd.models.fit import why_unfit
from altd.models.generations import active_generation, read_manifest
from altd.models.loading import Quantization
from altd.models.purged import is_clean
from altd.paths import Paths


@dataclass(frozen=True)
class Start:
    """A model with the generation that is continued; None is the model by itself."""

    model: Model
    quantization: Quantization
    generation: str | None
    adapter: Path | None

    @classmethod
    def find(cls, paths: Paths, *, clean: bool = False) -> Self:
        """The model of the settings with the active generation, when that belongs to it.

        Args:
            clean: go back to the last generation that learned nothing which was purged since.
        """
        settings = Settings.load(paths.config_file)
        model = find_model(settings.model, paths)
        name = active_generation(paths)
        while name is not None and clean and not is_clean(paths, name):
            name = read_manifest(paths, name).parent
        if name is not None and why_unfit(read_manifest(paths, name), model) is not None:
            name = None  # learned on other weights: this round starts anew, from the same verdicts
        quantization: Quantization = "nf4" if settings.quantization == "nf4" else "none"
        return cls(model, quantization, name, paths.generations_dir / name if name else None)
