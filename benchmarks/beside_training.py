"""What retraining costs whoever asks for descriptions meanwhile, and whether it ends as if nobody had.

    python benchmarks/beside_training.py --output benchmarks/results/beside-training.json

A simulated person gives verdicts to a real daemon on the bundled model. On copies of that home the same
hundred drawn pictures are asked for one after the other: on an idle machine, beside `altd retrain`, and
beside `altd retrain --when-idle`, which ends at the first of them and goes on from its checkpoint when
nobody has asked for a while. Then the trained adapters of both, before the stride and the gate, are
compared with that of a training beside which nobody asked for anything.

Nothing else should run: `--when-idle` waits until the processor is idle. `--lull 20 --busy 100` is for trying
this out elsewhere; the result says so.
"""

import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np
import psutil
from people import CAREFUL, TASTES, Person, pictures
from safetensors.numpy import load_file

from altd.cli._client import need_client
from altd.models.catalogue import BUNDLED
from altd.models.manifest import WEIGHTS
from altd.paths import Paths
from altd_trainer.bench.serving.daemon import Heard, connect, running
from altd_trainer.bench.serving.measure import Post, describe_all, draw

_SEEN = 86_000  # pictures of the test split that no evaluation uses
_WARM_UP = 4
_LOOK_EVERY_S = 0.1
_PATIENCE_S = 3600.0
_WAITING = """
import sys
from altd.cli import _idle, main
_idle.LULL_S, _idle.BUSY_SHARE = float(sys.argv.pop(1)), float(sys.argv.pop(1))
main()
"""


class Training:
    """`altd retrain` in a home, watched from outside by what it leaves in its folder.

    Attributes:
        stops: how often it ended because somebody asked.
        alive_until: when it ended, trained_at: when the steps were done (`time.perf_counter`).
    """

    def __init__(self, home: Path, command: Sequence[str]) -> None:
        self.stops = 0
        self.alive_until = self.trained_at = float("inf")
        self._work, self._kept = home / "cache" / "retrain", home / "trained.safetensors"
        environment = {
            **os.environ,
            "ALTD_HOME": str(home),
            "ALTD_MODEL": BUNDLED,
            "ALTD_QUANTIZATION": "nf4",
        }
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._threads = [threading.Thread(target=work) for work in (self._read, self._keep)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, pattern: str) -> None:
        """Wait until there is such a file in its folder.

        Raises:
            RuntimeError: it ended before.
        """
        while not list(self._work.glob(pattern)):
            if self._process.poll() is not None:
                raise RuntimeError(f"the training ended with {self._process.returncode}")
            time.sleep(_LOOK_EVERY_S)

    def finish(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Its result, and the weights that the steps had made.

        Raises:
            RuntimeError: it failed.
        """
        assert self._process.stdout is not None
        said = self._process.stdout.read()
        code = self._process.wait(_PATIENCE_S)
        self.alive_until = time.perf_counter()
        for thread in self._threads:
            thread.join()
        if code:
            raise RuntimeError(f"the training ended with {code}")
        return json.loads(said), load_file(self._kept)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.stops += line.startswith("Stopped:")
            print(f"  {line}", end="", file=sys.stderr)

    def _keep(self) -> None:
        """Copy the adapter when the steps are done: the folder is gone at the end."""
        while not (self._work / "trained").is_file():
            if self._process.poll() is not None:
                return
            time.sleep(_LOOK_EVERY_S)
        self.trained_at = time.perf_counter()
        shutil.copyfile(self._work / "adapter" / WEIGHTS, self._kept)


def click_verdicts(home: Path, verdicts: int) -> None:
    """A home with verdicts of one careful person."""
    with running(home, BUNDLED, "nf4") as process:
        asyncio.run(ask(home, process, draw(1)))  # returns when the model is loaded
        client = need_client(Paths.under(home))
        Person(client, TASTES["no full stop"], CAREFUL).click_through(pictures(_SEEN), verdicts)


async def ask(home: Path, process: Any, posts: Sequence[Post]) -> list[Heard]:
    """Ask for descriptions one after the other."""
    async with connect(home, process) as daemon:
        await daemon.ready()
        _, heard = await describe_all(daemon, posts, 1)
        return heard


@contextmanager
def served(kept: Path, work: Path, name: str) -> Iterator[tuple[Path, Any]]:
    """A daemon on a copy of a home, warmed up; says how busy the machine was before."""
    home = work / name
    shutil.copytree(kept, home)
    print(f"{name}: load {psutil.getloadavg()[0]:.1f}", file=sys.stderr)
    with running(home, BUNDLED, "nf4") as process:
        asyncio.run(ask(home, process, draw(_WARM_UP, 400_000)))
        yield home, process


def figures(heard: Sequence[Heard]) -> dict[str, float]:
    """Milliseconds to the text."""
    times = [each.milliseconds for each in heard]
    cuts = {f"p{percent}": round(float(np.percentile(times, percent)), 1) for percent in (50, 95)}
    return {"count": len(times), **cuts, "max": round(max(times), 1)}


def beside(
    kept: Path, work: Path, name: str, command: Sequence[str], begun: str, posts: Sequence[Post]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Ask while a training runs; the figures, and the weights that it ended with.

    Args:
        begun: file in the training's folder that says that its steps have begun.
    """
    with served(kept, work, name) as (home, process):
        training = Training(home, command)
        training.wait_for(begun)
        heard = asyncio.run(ask(home, process, posts))
        result, weights = training.finish()
        found = {
            **figures(heard),
            "asked_during_steps": sum(each.submitted < training.trained_at for each in heard),
            "asked_during_all": sum(each.submitted < training.alive_until for each in heard),
            "stops": training.stops,
            "promoted": result["generation"] is not None,
            "gate": result["gate"]["reason"],
        }
    return found, weights


def apart(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, Any]:
    """How far two adapters are from each other."""
    assert one.keys() == other.keys()
    most = max(float(np.abs(one[name] - other[name]).max()) for name in one)
    return {
        "equal_bytes": all(one[name].tobytes() == other[name].tobytes() for name in one),
        "most": most,
    }


def run(
    work: Path, asked: int, verdicts: int, idle: Sequence[float], options: Sequence[str]
) -> dict[str, Any]:
    """All conditions, each on a copy of the same home.

    Args:
        idle: seconds without a question, and per cent of the processor, below which `--when-idle` trains.
        options: of the trainer.
    """
    retrain = ["retrain", "--json"]
    plain = [sys.executable, "-m", "altd", *retrain, "--", *options]
    when_idle = [sys.executable, "-c", _WAITING, *map(str, idle), *retrain, "--when-idle", "--", *options]
    kept, posts = work / "kept", draw(asked)
    click_verdicts(kept, verdicts)
    with served(kept, work, "idle") as (home, process):
        times = {"idle": figures(asyncio.run(ask(home, process, posts)))}
    shutil.copytree(kept, work / "undisturbed")
    _, undisturbed = Training(work / "undisturbed", plain).finish()
    ended = {}
    times["beside retrain"], ended["beside retrain"] = beside(
        kept, work, "beside", plain, "checkpoints/reference.safetensors", posts
    )
    times["beside retrain --when-idle"], ended["beside retrain --when-idle"] = beside(
        kept, work, "when-idle", when_idle, "checkpoints/checkpoint-*/trainer_state.json", posts
    )
    return {
        "milliseconds_to_text": times,
        "weights_against_undisturbed": {name: apart(weights, undisturbed) for name, weights in ended.items()},
    }


def about() -> dict[str, Any]:
    """What it ran on and with."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_at_the_start": round(psutil.getloadavg()[0], 1),
        "hardware": {
            "machine": platform.machine(),
            "cores": psutil.cpu_count(),
            "physical_cores": psutil.cpu_count(logical=False),
            "omp_num_threads": os.environ.get("OMP_NUM_THREADS"),
        },
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "bitsandbytes")},
    }


@click.command()
@click.option("--asked", default=100, show_default=True, help="Pictures to ask for.")
@click.option("--verdicts", default=40, show_default=True, help="Verdicts to learn from.")
@click.option("--steps", default=60, show_default=True, help="Steps of training.")
@click.option("--pictures", "drawn", default=128, show_default=True, help="That the gate describes.")
@click.option("--rehearsed", default=1152, show_default=True, help="Pictures that each draft is asked about.")
@click.option("--lull", default=300.0, show_default=True, help="Seconds without a question that are a pause.")
@click.option("--busy", default=50.0, show_default=True, help="Per cent of the processor that count as busy.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Result as JSON.")
def main(
    asked: int,
    verdicts: int,
    steps: int,
    drawn: int,
    rehearsed: int,
    lull: float,
    busy: float,
    output: Path | None,
) -> None:
    """Measure, print and, where asked, write the result."""
    options = ["--steps", str(steps), "--base-pictures", str(drawn), "--watched-pictures", str(drawn // 2)]
    options += ["--rehearsed-pictures", str(rehearsed)]
    where = about()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), asked, verdicts, (lull, busy), options)
    plan = {
        "asked": asked,
        "verdicts": verdicts,
        "steps": steps,
        "gate_pictures": drawn,
        "rehearsed_pictures": rehearsed,
        "lull_s": lull,
        "busy_percent": busy,
    }
    text = json.dumps({**where, "plan": plan, **found}, indent=1) + "\n"
    print(text, end="")
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
