"""What an answer depends on, as one digest: weights, adapter, calibration, settings and the code itself."""

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from altd.describe.prompt import PROMPT_VERSION
from altd.models.fit import weights_digest
from altd.models.manifest import FILES as ADAPTER_FILES

LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "pillow", "rapidocr", "onnxruntime")
"""Libraries whose version changes what is said or read."""

_SETTINGS = (".json", ".jinja", ".model", ".txt")  # of a model's directory, tokenizers among them


def versions() -> dict[str, str]:
    """The version of altd and of each of those libraries."""
    return {name: version(name) for name in ("altd", *LIBRARIES)}


def digest(parts: Iterable[object]) -> str:
    """32 hexadecimal digits of parts whose `repr` says all about them."""
    return hashlib.sha256(repr(list(parts)).encode()).hexdigest()[:32]


def model_parts(directory: Path, adapter: Path | None) -> list[object]:
    """What a model and its adapter are, calibration and tokenizer included, and what computes them."""
    own = sorted(file for file in directory.iterdir() if file.suffix in _SETTINGS)
    own += sorted(set(directory.glob("*.safetensors")) - set(directory.glob("model*")))
    tuned = [adapter / name for name in ADAPTER_FILES] if adapter is not None else []
    files = [(file.name, _file_digest(file)) for file in (*own, *tuned)]
    return [weights_digest(directory), *files, PROMPT_VERSION, versions()]


def code_digest(*modules: ModuleType) -> str:
    """The sources of modules; of a package, all of its own modules."""
    files: list[Path] = []
    for module in modules:
        file = Path(module.__file__ or "")
        files += sorted(file.parent.glob("*.py")) if file.name == "__init__.py" else [file]
    return digest(file.read_bytes() for file in files)


def _file_digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
