"""What `altd retrain` makes of the verdicts of people with stated tastes, on held-out verdicts.

    python benchmarks/retrain_study.py                                   # the defaults
    python benchmarks/retrain_study.py --variant "--learning-rate 2e-4"  # beside other options

Each person gives 40 verdicts over HTTP to a daemon on the bundled model (`benchmarks/people.py`); then
`altd retrain` runs once per variant on a copy of what the daemon kept. Prints a Markdown table and writes
`results/retrain.json`. Accuracy is the share of held-out pairs whose better text the model itself finds
more probable; reward accuracy, TRL's figure, only asks whether their distance grew.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from people import TASTES, Person, pictures

from altd.cli._client import need_client
from altd.models.catalogue import BUNDLED, find_model
from altd.models.fit import weights_digest
from altd.paths import Paths

RESULTS = Path(__file__).parent / "results" / "retrain.json"
VERDICTS = 40
_FIRST = 70_000  # pictures of the test split that no evaluation uses
_APART = 1_000
COLUMNS = ("accuracy", "margin", "base_facts", "base_invented")


@dataclass(frozen=True)
class Altd:
    """The command line on a home of its own."""

    home: Path

    def run(self, *arguments: str) -> str:
        """Run a command and return what it prints."""
        environment = {**os.environ, "ALTD_HOME": str(self.home), "ALTD_MODEL": BUNDLED, "ALTD_PORT": "0"}
        command = [sys.executable, "-m", "altd", *arguments]
        return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def give_verdicts(home: Path, taste: str, seed: int) -> None:
    """Let a person click through pictures."""
    altd = Altd(home)
    altd.run("start")
    try:
        person = Person(need_client(Paths.under(home)), TASTES[taste])
        person.click_through(pictures(_FIRST + _APART * seed), VERDICTS)
    finally:
        altd.run("stop")


def clicks(home: Path) -> dict[str, int]:
    """How many verdicts of which kind a home holds."""
    return Counter(entry["verdict"] for entry in json.loads(Altd(home).run("feedback", "list", "--json")))


def retrain(kept: Path, options: str) -> dict[str, Any]:
    """Retrain on a copy of a home; returns the outcome with the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(kept, home)
        started = time.monotonic()
        outcome = json.loads(Altd(home).run("retrain", "--json", "--", *shlex.split(options)))
        seconds = round(time.monotonic() - started)
    wanted = ("gate", "held_out", "stride", "generation")
    return {**{name: outcome.get(name) for name in wanted}, "seconds": seconds}


def row(run: dict[str, Any]) -> str:
    """One line of the table."""
    held_out = run["held_out"]
    cells = [run["taste"], run["seed"], run["options"] or "defaults"]
    if held_out is None:
        return " | ".join(["", *map(str, cells), run["gate"]["reason"], ""])
    changes = (f"{held_out['before'][name]:.3g} → {held_out['after'][name]:.3g}" for name in COLUMNS)
    promoted = "yes" if run["gate"]["passed"] else "no"
    return " | ".join(["", *map(str, cells), *changes, str(run["stride"]), promoted, ""]).strip()


@click.command()
@click.option("--taste", "tastes", multiple=True, type=click.Choice(list(TASTES)), help="All by default.")
@click.option("--seeds", default=2, show_default=True, help="People of each taste.")
@click.option("--variant", "variants", multiple=True, help="Options of the trainer, beside the defaults.")
@click.option("--homes", type=click.Path(path_type=Path), help="Keep the verdicts here, to use them again.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def main(
    tastes: tuple[str, ...], seeds: int, variants: tuple[str, ...], homes: Path | None, out: Path
) -> None:
    """Run the study."""
    runs = []
    head = (
        "taste",
        "seed",
        "options",
        *(name.replace("base_", "base: ") for name in COLUMNS),
        "stride",
        "in",
    )
    click.echo("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    with ExitStack() as stack:
        folder = homes or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for taste in tastes or TASTES:
            for seed in range(seeds):
                home = folder / f"{taste.replace(' ', '-')}-{seed}"
                if not home.exists():
                    give_verdicts(home, taste, seed)
                given = clicks(home)
                for options in ("", *variants):
                    about = {"taste": taste, "seed": seed, "options": options, "clicks": given}
                    runs.append({**about, **retrain(home, options)})
                    click.echo(row(runs[-1]))
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "model": weights_digest(find_model(BUNDLED).directory),
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "bitsandbytes")},
        "verdicts": VERDICTS,
    }
    out.write_text(json.dumps({**about, "runs": runs}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
