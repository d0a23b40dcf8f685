"""The same picture twice: in the same bytes, or to the eye.

To the eye means a perceptual hash of 256 bits (pHash by `imagehash`: signs of the lowest frequencies of the
grey picture), which another size or compression changes by a few bits. Bits are compared in bands: hashes
that differ in at most d bits agree in at least one of d + 1 bands, so only those are compared.
"""

import hashlib
from itertools import pairwise

import imagehash
from PIL import Image

_SIDE = 16
_BITS = _SIDE * _SIDE


class Pictures:
    """The pictures seen so far.

    Args:
        similar_bits: hashes that differ in so many bits or fewer are of the same picture.
    """

    def __init__(self, similar_bits: int) -> None:
        if not 0 <= similar_bits < _BITS // 2:
            raise ValueError(f"similar_bits must be between 0 and {_BITS // 2 - 1}, not {similar_bits}")
        self._limit = similar_bits
        self._bytes: dict[str, str] = {}
        self._bands: dict[tuple[int, int], list[tuple[int, str]]] = {}

    def same_bytes(self, content: bytes) -> str:
        """The id of a picture with these very bytes, or an empty text."""
        return self._bytes.get(hashlib.sha256(content).hexdigest(), "")

    def similar(self, bits: int) -> str:
        """The id of a picture that looks the same, or an empty text."""
        for band in self._split(bits):
            for other, name in self._bands.get(band, ()):
                if (bits ^ other).bit_count() <= self._limit:
                    return name
        return ""

    def add(self, content: bytes, bits: int, name: str) -> None:
        """Remember a picture under an id."""
        self._bytes[hashlib.sha256(content).hexdigest()] = name
        for band in self._split(bits):
            self._bands.setdefault(band, []).append((bits, name))

    def _split(self, bits: int) -> list[tuple[int, int]]:
        count = self._limit + 1
        edges = [_BITS * number // count for number in range(count + 1)]
        return [
            (number, bits >> low & (1 << high - low) - 1)
            for number, (low, high) in enumerate(pairwise(edges))
        ]


def perceptual_hash(image: Image.Image) -> int:
    """pHash of a decoded picture as 256 bits."""
    return int(str(imagehash.phash(image, hash_size=_SIDE)), 16)
