"""Where everything lies on disk, and the two rules for writing there.

Everything is below `ALTD_HOME` when that is set, else where platformdirs puts it. Directories are
0700 and files 0600 from their creation on: a `chmod` after the write would leave a moment in which
others could read them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

HOME_VARIABLE = "ALTD_HOME"


@dataclass(frozen=True, slots=True)
class Paths:
    """The places altd reads and writes.

    Attributes:
        config_file: settings (TOML), written only by the user.
        database: the SQLite file.
        backups_dir: copies of the database made before each migration.
        images_dir: images that feedback refers to, named by their sha256.
        generations_dir: one directory per generation (`g0001`, …).
        active_file: text file with the name of the active generation.
        models_dir: models from the hub, one directory each.
        run_dir: lock, info file, the command line's token.
        lock_file: held by the running daemon for its whole life.
        info_file: `{pid, port, version, started_at}` of the running daemon.
        token_file: the command line's token, made anew at each start.
        log_file: the daemon's log, rotated.
        cache_dir: what may be deleted at any time.
        purge_file: what a purge that is under way deletes, by ids.
    """

    config_file: Path
    database: Path
    backups_dir: Path
    images_dir: Path
    generations_dir: Path
    active_file: Path
    models_dir: Path
    run_dir: Path
    lock_file: Path
    info_file: Path
    token_file: Path
    log_file: Path
    cache_dir: Path
    purge_file: Path

    @classmethod
    def default(cls) -> Paths:
        """Return the paths for this user: below `ALTD_HOME`, else the platform's directories."""
        home = os.environ.get(HOME_VARIABLE)
        if home:
            return cls.under(Path(home))
        dirs = platformdirs.PlatformDirs("altd", appauthor=False)
        return cls._build(
            dirs.user_config_path, dirs.user_data_path, dirs.user_state_path / "run", dirs.user_cache_path
        )

    @classmethod
    def under(cls, home: Path) -> Paths:
        """Return the paths with everything below one directory."""
        home = home.expanduser().absolute()
        return cls._build(home, home, home / "run", home / "cache")

    @classmethod
    def _build(cls, config: Path, data: Path, run: Path, cache: Path) -> Paths:
        return cls(
            config_file=config / "config.toml",
            database=data / "altd.sqlite",
            backups_dir=data / "backups",
            images_dir=data / "images",
            generations_dir=data / "generations",
            active_file=data / "active",
            models_dir=data / "models",
            run_dir=run,
            lock_file=run / "altd.lock",
            info_file=run / "altd.json",
            token_file=run / "token",
            log_file=run / "altd.log",
            cache_dir=cache,
            purge_file=data / "purge.json",
        )

    def ensure(self) -> None:
        """Create every directory that is missing, each 0700."""
        for directory in (
            self.config_file.parent,
            self.database.parent,
            self.backups_dir,
            self.images_dir,
            self.generations_dir,
            self.models_dir,
            self.run_dir,
            self.cache_dir,
        ):
            private_directory(directory)


def private_directory(directory: Path) -> Path:
    """Create a directory (and its missing parents) with mode 0700 and return it."""
    if not directory.is_dir():
        private_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
    return directory


def write_private(path: Path, data: bytes) -> None:
    """Write a file atomically and durably, 0600 from its creation.

    The bytes go to a new file beside it (O_EXCL), are synced, and replace the old file in one
    step; the directory is synced last, so that after a power cut the file is wholly old or new.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make renames in a directory durable; nothing where directories cannot be opened (Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
