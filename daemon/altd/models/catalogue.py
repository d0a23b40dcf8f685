"""The models altd knows by name, and models the user names by directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from altd.errors import AltdError

BUNDLED = "bundled"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be served.

    Attributes:
        name: what results and manifests call it.
        directory: its files in the hub's layout; `adapter/` in it, if any, is its first generation.
        about: one sentence for people.
    """

    name: str
    directory: Path
    about: str


CATALOGUE: dict[str, Model] = {
    BUNDLED: Model(
        name=BUNDLED,
        directory=Path(__file__).parent / "bundled",
        about="The small model inside the package: runs on any processor and says when it does not know.",
    ),
}


def find_model(name: str) -> Model:
    """Return the model of that name, or the one in the directory `name` points to.

    Raises:
        AltdError: `config_invalid` when it is neither.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    directory = Path(name).expanduser()
    if (directory / "config.json").is_file():
        return Model(directory.name, directory, "A model from a directory of yours.")
    known = ", ".join(CATALOGUE)
    raise AltdError(
        "config_invalid",
        f"Correct the settings: `model` must be one of {known} or a directory with a config.json.",
    )
