"""The command line on a home of its own, as the benchmarks of learning use it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from altd.models.catalogue import BUNDLED


@dataclass(frozen=True)
class Altd:
    """The command line on a home of its own."""

    home: Path

    def run(self, *arguments: str) -> str:
        """Run a command and return what it prints."""
        environment = {**os.environ, "ALTD_HOME": str(self.home), "ALTD_MODEL": BUNDLED, "ALTD_PORT": "0"}
        command = [sys.executable, "-m", "altd", *arguments]
        return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def retrain(self, keep: Path, drawn: Path, *options: str) -> dict[str, Any]:
        """Retrain.

        Args:
            keep: new folder for the challenger.
            drawn: folder of what adapters wrote of drawn pictures, for all trainings: so every method has
                the same drafts, and each is made once.
            options: of the trainer.
        """
        drawn.mkdir(parents=True, exist_ok=True)
        keep.mkdir()
        (keep / "drawn").symlink_to(drawn.resolve())
        return dict(json.loads(self.run("retrain", "--json", "--", "--keep", str(keep), *options)))
