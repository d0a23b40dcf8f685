"""The images that feedback refers to: files named by the sha256 of their bytes, under a quota."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from altd.paths import private_directory, write_private


def digest_of(image: bytes) -> str:
    """Return the name of an image: the hex sha256 of its bytes as they were sent."""
    return hashlib.sha256(image).hexdigest()


class ImageStore:
    """A directory of images.

    Args:
        directory: created 0700 when missing.
        quota: bytes that all images together may take.
    """

    def __init__(self, directory: Path, quota: int) -> None:
        self.directory = private_directory(directory)
        self.quota = quota

    def path(self, digest: str) -> Path:
        """Return where an image lies or would lie."""
        return self.directory / digest

    def keep(self, image: bytes, in_evidence: Callable[[], set[str]]) -> str:
        """Write an image (durably, once) and return its name.

        Over the quota the oldest others go, those that no standing verdict needs first.

        Args:
            image: the bytes as they were sent.
            in_evidence: tells the names that standing verdicts refer to; asked only over the quota.
        """
        digest = digest_of(image)
        if not self.path(digest).is_file():
            self._make_room(len(image), in_evidence)
            write_private(self.path(digest), image)
        return digest

    def sweep(self, in_evidence: set[str]) -> None:
        """Delete images that no standing verdict refers to, and what a killed process left half-written."""
        for path in self.directory.iterdir():
            if path.name not in in_evidence:
                path.unlink()

    def _make_room(self, size: int, in_evidence: Callable[[], set[str]]) -> None:
        sizes = {path: path.stat() for path in self.directory.iterdir()}
        total = sum(stat.st_size for stat in sizes.values()) + size
        if total <= self.quota:
            return
        needed = in_evidence()
        for path in sorted(sizes, key=lambda path: (path.name in needed, sizes[path].st_mtime_ns)):
            if total <= self.quota:
                return
            path.unlink()
            total -= sizes[path].st_size
