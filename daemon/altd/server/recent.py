"""Image bytes of recent descriptions, held in memory under a limit until feedback asks for them."""

from __future__ import annotations

from collections import OrderedDict


class RecentImages:
    """A least-recently-used store of bytes by name.

    Args:
        limit: bytes that all images together may take.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._total = 0
        self._images: OrderedDict[str, bytes] = OrderedDict()

    def put(self, digest: str, image: bytes) -> None:
        """Remember an image; the ones not asked for longest are forgotten to make room."""
        if digest not in self._images:
            self._total += len(image)
        self._images[digest] = image
        self._images.move_to_end(digest)
        while self._total > self._limit and len(self._images) > 1:
            _, forgotten = self._images.popitem(last=False)
            self._total -= len(forgotten)

    def drop(self, digest: str) -> None:
        """Forget an image, if it is there."""
        self._total -= len(self._images.pop(digest, b""))

    def get(self, digest: str) -> bytes | None:
        """Return an image, or None when it is no longer remembered."""
        image = self._images.get(digest)
        if image is not None:
            self._images.move_to_end(digest)
        return image
