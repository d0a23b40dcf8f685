"""The hub: which files a commit has, and their bytes. Everything of huggingface_hub is in this module.

Its client resumes a broken file only within one process (since 1.19 its partial files have names of their
own and are deleted), so the bytes go to a partial file of ours, which the client is asked to continue.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from altd import __version__
from altd.disk import disk_error
from altd.errors import AltdError
from altd.models.known import Known

_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*")
_WEIGHTS = re.compile(r"model[\w.-]*\.safetensors")
_TEXTS = (".json", ".jinja", ".txt", ".model")
_PAPERS = re.compile(r"(README|LICEN[CS]E|NOTICE|USE_POLICY)(\.\w+)?")
_SHA256_LENGTH = 64
_CHUNK = 2**18
_LIBRARY = {"library_name": "altd", "library_version": __version__}


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a commit.

    Attributes:
        name: without directories.
        size: in bytes.
        digest: sha256 of a large file, git's blob sha1 of a small one.
        cached: the same file in the user's own hub cache, if it is there.
    """

    name: str
    size: int
    digest: str
    cached: Path | None = None

    def matches(self, path: Path) -> bool:
        """Return whether a file has this content."""
        if path.stat().st_size != self.size:
            return False
        start = b"" if len(self.digest) == _SHA256_LENGTH else f"blob {self.size}\0".encode()
        digest = hashlib.new("sha1" if start else "sha256", start, usedforsecurity=not start)
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
        return digest.hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A commit and those of its files that altd takes, the small ones first."""

    revision: str
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def find_snapshot(model: Known) -> Snapshot:
    """Return the files of a model's commit: from the user's hub cache when whole, else as the hub lists them.

    Raises:
        AltdError: `hub_unreachable`, `hub_failed`, `model_gated`, `model_incomplete`.
    """
    found = _cached_snapshot(model) or _listed_snapshot(model)
    names = {file.name for file in found.files}
    if "config.json" not in names or not any(_WEIGHTS.fullmatch(name) for name in names):
        raise AltdError(
            "model_incomplete",
            f"{model.hub_id} has no config.json or no weights in safetensors; choose another model.",
        )
    return found


def fetch(model: Known, revision: str, file: HubFile, part: Path, on_bytes: Callable[[int], None]) -> None:
    """Bring a file's bytes into `part`, going on after those it already has.

    Raises:
        AltdError: `hub_unreachable`, `hub_failed`, `model_gated`, `model_incomplete`, `disk_full`,
            `disk_not_writable`; `part` keeps what has come.
    """
    if file.cached is not None:
        with _translated(model, file.name):
            shutil.copyfile(file.cached, part)
        on_bytes(file.size)
        return
    client = _client()
    from huggingface_hub.file_download import http_get

    address = f"{_api().endpoint}/{model.hub_id}/resolve/{revision}/{file.name}"
    with _translated(model, file.name), _Part(part, on_bytes) as sink:
        http_get(
            address,
            sink,
            resume_size=part.stat().st_size if part.exists() else 0,
            headers=client.utils.build_hf_headers(**_LIBRARY),
            expected_size=file.size,
        )


class _Part(io.BufferedWriter):
    """A partial file, opened at its end, that tells how many bytes come."""

    def __init__(self, path: Path, on_bytes: Callable[[int], None]) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        super().__init__(io.FileIO(descriptor, "ab"))
        self._on_bytes = on_bytes

    def write(self, data: Any, /) -> int:
        """Write and tell."""
        written = super().write(data)
        self._on_bytes(written)
        return written


def _client() -> Any:
    """huggingface_hub, silent and without telemetry; imported late, for it takes half a second."""
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
    hub: Any = import_module("huggingface_hub")
    hub.logging.set_verbosity_error()
    # The client hands on whole chunks, of 10 MB by default: a line that breaks loses what has come of one.
    hub.constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
    return hub


def _api() -> Any:
    return _client().HfApi(**_LIBRARY)


def _listed_snapshot(model: Known) -> Snapshot:
    with _translated(model):
        info = _api().model_info(model.hub_id, revision=model.revision, files_metadata=True)
    files = [
        HubFile(entry.rfilename, entry.size, entry.lfs.sha256 if entry.lfs else entry.blob_id)
        for entry in info.siblings or ()
        if _is_wanted(entry.rfilename)
    ]
    return Snapshot(str(info.sha), _small_first(files))


def _cached_snapshot(model: Known) -> Snapshot | None:
    """The commit in the user's hub cache, whose blobs are named by their digests; None unless it is whole."""
    if model.revision is None:
        return None
    config = _client().try_to_load_from_cache(model.hub_id, "config.json", revision=model.revision)
    if not isinstance(config, str):
        return None
    files = []
    for path in Path(config).parent.iterdir():
        blob = path.resolve()
        if _is_wanted(path.name) and path.is_symlink():
            files.append(HubFile(path.name, blob.stat().st_size, blob.name, blob))
    names = {file.name for file in files}
    index = Path(config).with_name("model.safetensors.index.json")
    needed = shards(index) if index.is_file() else {"model.safetensors"}
    return Snapshot(model.revision, _small_first(files)) if needed <= names else None


def shards(index: Path) -> set[str]:
    """Return the names of the weight files that an index wants; of a damaged one, none."""
    try:
        return set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return set()


def _is_wanted(name: str) -> bool:
    """Configuration, tokenizer, licence and safetensors: never code, never a pickle, never a directory."""
    if not _NAME.fullmatch(name):
        return False
    return bool(_WEIGHTS.fullmatch(name) or _PAPERS.fullmatch(name)) or name.endswith(_TEXTS)


def _small_first(files: list[HubFile]) -> tuple[HubFile, ...]:
    return tuple(sorted(files, key=lambda file: (file.size, file.name)))


@contextmanager
def _translated(model: Known, file: str = "") -> Iterator[None]:
    """Turn the client's errors, and those of the disk, into ours."""
    _client()
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError:
        raise _gated(model) from None
    except (errors.RemoteEntryNotFoundError, errors.RevisionNotFoundError):
        what = f"{file} of {model.hub_id}" if file else f"The pinned commit of {model.hub_id}"
        raise AltdError("model_incomplete", f"{what} is not on the hub; update altd.") from None
    except errors.RepositoryNotFoundError:  # what the hub answers to strangers as well: 401
        raise _gated(model) from None
    except errors.OfflineModeIsEnabled:
        raise AltdError(
            "hub_unreachable", "The hub is switched off by HF_HUB_OFFLINE; unset it and pull again."
        ) from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (401, 403):
            raise _gated(model) from None
        raise AltdError("hub_failed", f"The hub answered {status}; pull again later.") from None
    except OSError as error:
        raise _disk_or_line(error) from None
    except Exception as error:  # the HTTP client has its own tree of errors
        if type(error).__module__.partition(".")[0].startswith("httpx"):
            raise AltdError("hub_unreachable") from None
        raise


def _gated(model: Known) -> AltdError:
    return AltdError(
        "model_gated",
        f"The hub does not give {model.hub_id} to everyone; accept its terms at "
        f"https://huggingface.co/{model.hub_id}, run `hf auth login`, and pull again.",
    )


def _disk_or_line(error: OSError) -> AltdError:
    """A full disk, a disk that cannot be written, or a connection that broke for good."""
    known = disk_error(error)
    if known is not None and known.code == "disk_full":
        return AltdError("disk_full", "The disk is full; free some space and pull again: it goes on there.")
    return known or AltdError("hub_unreachable")
