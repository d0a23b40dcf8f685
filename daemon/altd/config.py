"""The settings: `config.toml`, overridden by `ALTD_<NAME>` in the environment.

There are few, each with a default that works. An unknown name is an error that says which known
name is nearest: a setting that is silently ignored is worse than none.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from altd.errors import AltdError
from altd.paths import private_directory, write_private

DEFAULT_PORT = 11436
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set; each field's metadata says what it means and what it may be."""

    port: int = field(
        default=DEFAULT_PORT,
        metadata={"about": "port on the loopback interface; 0 takes any free one", "range": (0, 65535)},
    )
    log_level: str = field(
        default="info",
        metadata={"about": "how much the log says", "choices": LOG_LEVELS},
    )
    model: str = field(
        default="bundled",
        metadata={"about": "the model that answers: a name from `altd models list`, or a model's directory"},
    )
    quantization: str = field(
        default="nf4",
        metadata={
            "about": "how the model's weights are held: in 4 bits or in full",
            "choices": ("nf4", "none"),
        },
    )
    beams: int = field(
        default=1,
        metadata={
            "about": "texts weighed against each other; 1 is fastest, MCM-DPO's authors used 3",
            "range": (1, 8),
        },
    )
    idle_unload_minutes: int = field(
        default=30,
        metadata={
            "about": "minutes without work after which the model's memory is freed; 0 keeps it",
            "range": (0, 10_080),
        },
    )
    remote_url: str = field(
        default="",
        metadata={"about": "an OpenAI-compatible server that answers instead of altd's own model"},
    )
    remote_model: str = field(default="", metadata={"about": "the name that this server knows its model by"})
    remote_allowed_host: str = field(
        default="",
        metadata={"about": "the other machine that `remote_url` may name; pictures are sent there"},
    )
    remote_prompt: str = field(
        default="guided",
        metadata={
            "about": "whether the model there is told what an alternative text is, or was trained by altd",
            "choices": ("guided", "trained"),
        },
    )
    remote_parallel: int = field(
        default=4, metadata={"about": "descriptions that run there at once", "range": (1, 64)}
    )
    remote_timeout_s: int = field(
        default=120,
        metadata={"about": "seconds for one description there, further tries included", "range": (1, 3600)},
    )
    remote_retries: int = field(
        default=3, metadata={"about": "further tries after a failure that may pass", "range": (0, 10)}
    )
    images_quota_mb: int = field(
        default=512,
        metadata={
            "about": "megabytes that the images kept for learning may take; the oldest go first",
            "range": (1, 1_000_000),
        },
    )

    @classmethod
    def load(cls, config_file: Path, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Args:
            config_file: TOML file; a missing one means defaults.
            environment: replaces `os.environ`; `ALTD_PORT=8000` overrides `port`.

        Raises:
            AltdError: `config_invalid`, naming the entry and what it may be.
        """
        values = _read(config_file)
        for name in sorted(set(values) - set(_FIELDS)):
            raise _invalid(f"there is no setting `{name}` in {config_file.name}{_nearest(name)}")
        environment = os.environ if environment is None else environment
        for name in _FIELDS:
            given = environment.get(f"ALTD_{name.upper()}")
            if given is not None:
                values[name] = _from_text(name, given)
        for name, value in values.items():
            _check(name, value)
        return cls(**values)


def choose_model(config_file: Path, name: str) -> None:
    """Write `model = "name"` into the settings, and leave every other line as it is.

    Raises:
        AltdError: `config_invalid` when the file is not valid as it stands.
    """
    Settings.load(config_file, {})
    lines = config_file.read_text(encoding="utf-8").splitlines() if config_file.exists() else []
    table = next((number for number, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    kept = [line for line in lines[:table] if not _MODEL_LINE.match(line)] + lines[table:]
    private_directory(config_file.parent)
    write_private(config_file, "\n".join([f"model = {json.dumps(name)}", *kept, ""]).encode())


_MODEL_LINE = re.compile(r"\s*model\s*=")
_FIELDS = {entry.name: entry for entry in fields(Settings)}


def _read(config_file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise _invalid(f"{config_file} cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        raise _invalid(f"{config_file.name} is not TOML: {error}") from None


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, _FIELDS, n=1, cutoff=0.5)
    return f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(_FIELDS)}"


def _from_text(name: str, text: str) -> Any:
    if _type_of(name) is not int:
        return text
    try:
        return int(text)
    except ValueError:
        raise _invalid(f"ALTD_{name.upper()} must be a whole number") from None


def _check(name: str, value: Any) -> None:
    if type(value) is not _type_of(name):
        raise _invalid(f"`{name}` must be {'a whole number' if _type_of(name) is int else 'a text'}")
    metadata = _FIELDS[name].metadata
    if "range" in metadata:
        low, high = metadata["range"]
        if not low <= value <= high:
            raise _invalid(f"`{name}` must be between {low} and {high}")
    if "choices" in metadata and value not in metadata["choices"]:
        raise _invalid(f"`{name}` must be one of {', '.join(metadata['choices'])}")


def _type_of(name: str) -> type:
    default = _FIELDS[name].default
    assert default is not MISSING
    return type(default)


def _invalid(detail: str) -> AltdError:
    return AltdError("config_invalid", f"Correct the settings: {detail}.")
