"""The command line on a home of its own, as the benchmarks of learning use it."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altd.models.catalogue import BUNDLED
from altd.paths import Paths, private_directory
from altd_trainer.retrain.drawn import DRAWN


@dataclass(frozen=True)
class Altd:
    """The command line on a home of its own."""

    home: Path

    def run(self, *arguments: str) -> str:
        """Run a command and return what it prints."""
        with self.begin(*arguments) as process:
            printed = process.communicate()[0]
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, arguments)
        return printed

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        environment = {**os.environ, "ALTD_HOME": str(self.home), "ALTD_MODEL": BUNDLED, "ALTD_PORT": "0"}
        command = [sys.executable, "-m", "altd", *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def retrain(self, known: Path, aside: Path, *options: str) -> dict[str, Any]:
        """Retrain with what other runs had adapters write: all methods have the same drafts.

        Args:
            known: folder of these texts; those that are new are linked into it while the command runs.
            aside: folder to copy the challenger into, which is deleted where the gate refuses it.
        """
        cache = Paths.under(self.home).cache_dir
        drawn = private_directory(cache / DRAWN)
        _link_all(known, drawn)
        with self.begin("retrain", "--json", *options) as process:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    printed = process.communicate(timeout=1)[0]
                    break
                _link_all(drawn, known)
                _copy_changed(cache / "retrain" / "challenger", aside)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, options)
        return dict(json.loads(printed))


def _copy_changed(source: Path, target: Path) -> None:
    """Bring a copy up to date; the gate takes long behind the last change, so that none is missed."""
    target.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*"):
        copy = target / file.name
        with suppress(FileNotFoundError):
            if not copy.exists() or file.stat().st_mtime_ns != copy.stat().st_mtime_ns:
                shutil.copy2(file, copy)


def _link_all(source: Path, target: Path) -> None:
    """Both have the files of `source`, which are never written twice."""
    target.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*.json"):
        with suppress(FileExistsError, FileNotFoundError):
            os.link(file, target / file.name)
