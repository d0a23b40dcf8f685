"""Kept images and their quota."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from altd.store.images import ImageStore, digest_of


def keep(store: ImageStore, byte: int, needed: set[str] | None = None, size: int = 100) -> str:
    digest = store.keep(bytes([byte]) * size, lambda: needed or set())
    os.utime(store.path(digest), (byte, byte))
    return digest


def test_an_image_is_named_by_its_bytes_and_private(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "images", quota=1000)
    digest = keep(store, 1)
    assert digest == digest_of(bytes([1]) * 100) == keep(store, 1)
    assert store.path(digest).read_bytes() == bytes([1]) * 100
    assert stat.S_IMODE(store.path(digest).stat().st_mode) == 0o600
    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700


def test_over_the_quota_the_oldest_goes(tmp_path: Path) -> None:
    store = ImageStore(tmp_path, quota=300)
    digests = [keep(store, byte) for byte in range(1, 5)]
    assert [store.path(digest).exists() for digest in digests] == [False, True, True, True]


def test_what_verdicts_need_goes_last(tmp_path: Path) -> None:
    store = ImageStore(tmp_path, quota=300)
    digests = [keep(store, byte) for byte in range(1, 4)]
    digests.append(keep(store, 4, needed={digests[0], digests[1]}))
    assert [store.path(digest).exists() for digest in digests] == [True, True, False, True]


def test_a_sweep_leaves_what_verdicts_need(tmp_path: Path) -> None:
    store = ImageStore(tmp_path, quota=300)
    first, second = keep(store, 1), keep(store, 2)
    (tmp_path / f".{first}.123.abc").write_bytes(b"half")
    store.sweep({second})
    assert [path.name for path in tmp_path.iterdir()] == [second]
