"""Names on the command line and in recipes: models, adapters and sets of examples."""

from collections.abc import Sequence
from pathlib import Path

from altd.models.catalogue import BUNDLED, find_model
from altd_trainer.data.files import read_examples
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import synthetic_examples


def model_directory(name: str) -> Path:
    """`bundled` or a directory in the hub's layout.

    Raises:
        AltdError: `config_invalid` when there is no such directory.
        FileNotFoundError: when it holds no model.
    """
    return _with_file(find_model(name).directory, "config.json")


def adapter_directory(name: str) -> Path | None:
    """`none`, `bundled` or a directory with a LoRA adapter.

    Raises:
        FileNotFoundError: when it holds no adapter.
    """
    if name == "none":
        return None
    directory = find_model(BUNDLED).directory / "adapter" if name == BUNDLED else Path(name)
    return _with_file(directory, "adapter_config.json")


def open_examples(source: str, start: int, count: int) -> Sequence[PreferenceExample]:
    """Preference examples of `synthetic:SPLIT` or of a file.

    Args:
        source: the notation above.
        start: how many to skip.
        count: how many to take; 0 takes all of a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a synthetic set without count (it has no end), or what `read_examples` refuses.
    """
    kind, _, split = source.partition(":")
    if kind == "synthetic":
        if count <= 0:
            raise ValueError("synthetic examples have no end: say how many with `count`")
        return synthetic_examples(split, start, count)
    return read_examples(Path(source), start=start, count=count)


def _with_file(directory: Path, name: str) -> Path:
    if not (directory / name).is_file():
        raise FileNotFoundError(f"{directory} has no {name}")
    return directory
