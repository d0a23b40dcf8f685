"""The models altd knows by name, and models the user names by directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from altd.errors import AltdError
from altd.models.known import KNOWN, Known
from altd.models.memory import gb
from altd.paths import Paths

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


BUNDLED_MODEL = Model(
    name=BUNDLED,
    directory=Path(__file__).parent / "bundled",
    about="The small model inside the package: runs on any processor and says when it does not know.",
)


def find_model(name: str, paths: Paths | None = None) -> Model:
    """Return the model of that name, or the one in the directory `name` points to.

    Args:
        paths: where pulled models lie; the user's own places when None.

    Raises:
        AltdError: `model_missing` when it is known but not pulled; `config_invalid` when it is neither.
    """
    if name == BUNDLED:
        return BUNDLED_MODEL
    if name in KNOWN:
        return _pulled(name, paths or Paths.default())
    directory = Path(name).expanduser()
    if (directory / "config.json").is_file():
        return Model(directory.name, directory, "A model from a directory of yours.")
    known = ", ".join((BUNDLED, *KNOWN))
    raise AltdError(
        "config_invalid",
        f"Correct the settings: `model` must be one of {known} or a directory with a config.json.",
    )


def all_models(paths: Paths) -> list[Model]:
    """Return every model known by name, pulled or not."""
    pulled = [Model(model.name, paths.models_dir / model.name, model.about) for model in KNOWN.values()]
    return [BUNDLED_MODEL, *pulled]


def is_here(model: Model) -> bool:
    """Return whether a model's files are on this machine."""
    return (model.directory / "config.json").is_file()


def is_known_here(model: Known, paths: Paths) -> bool:
    """Return whether a model of the hub is on this machine."""
    return (paths.models_dir / model.name / "config.json").is_file()


def _pulled(name: str, paths: Paths) -> Model:
    known = KNOWN[name]
    model = Model(name, paths.models_dir / name, known.about)
    if not is_here(model):
        raise AltdError(
            "model_missing",
            f"{name} is not on this machine; `altd models pull {name}` fetches it, "
            f"about {gb(known.download)}.",
        )
    return model
