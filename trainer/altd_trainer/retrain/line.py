"""The rounds that led to a generation, as its manifest and those of its parents tell them."""

from collections.abc import Iterator

from altd.errors import AltdError
from altd.models.generations import read_manifest
from altd.paths import Paths
from altd_trainer.gate import Round

DRAWN = "drawn"
"""Which pictures a manifest's figures are of."""


def rounds(paths: Paths, generation: str | None, pictures: str) -> Iterator[Round]:
    """The trainings of a line, latest first, as far as they can be compared.

    Args:
        generation: the last of the line; None is the model by itself.
        pictures: digest of the drawn pictures; figures of others, or of an altd before this one, say nothing.
    """
    while generation is not None:
        try:
            manifest = read_manifest(paths, generation)
        except AltdError:
            return  # what a broken one led to still serves; what it came from is not known
        figures = manifest.metrics
        if figures.get(DRAWN) == pictures:
            yield Round(figures["before"], figures["after"])
        generation = manifest.parent
