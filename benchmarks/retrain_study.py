"""What learning from clicks does, for people with stated tastes, from 0 to 200 verdicts.

    python benchmarks/retrain_study.py --work DIRECTORY                    # all of it: days on two cores
    python benchmarks/retrain_study.py --work DIRECTORY --taste short --seeds 1 --count 0 --count 50

Each person clicks through pictures over HTTP with a daemon on the bundled model (`benchmarks/people`),
with the slips and moods that people have. At every number of verdicts what the daemon kept is copied, and
`altd retrain` runs on a copy with each method. What then serves, the new generation or, where the gate
refused it, the old one, describes pictures that the person has not seen: without the daemon, by the prompt
and the cleaning that it uses, which spares two minutes a run. Every run leaves a file in
`results/retrain/`, and one that has a file is not run again. `--report` prints the table.

Agreement is the share of texts that are true and as the person would write them; closeness how much of a
text need not be changed for that, by words. Base told is what is not told wrongly of drawn pictures, as a
share of their facts, before and after, by the gate.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path
from typing import Any

import click
from people import CAREFUL, CARELESS, TASTES, USUAL, Person, Taste, is_true, pictures

from altd.cli._client import need_client
from altd.describe.clean import clean
from altd.models.catalogue import BUNDLED, find_model
from altd.models.fit import weights_digest
from altd.models.generations import active_generation
from altd.models.loading import load_model, load_processor
from altd.paths import Paths, private_directory
from altd_trainer.gate.pairs import similarity
from altd_trainer.generation import Question, answer
from altd_trainer.metrics.bootstrap import mean_interval
from altd_trainer.retrain import METHODS, RetrainOptions
from altd_trainer.retrain.drawn import DRAWN

RESULTS = Path(__file__).parent / "results" / "retrain"
COUNTS = (0, 20, 50, 100, 200)
HABITS = {"usual": USUAL, "careful": CAREFUL, "careless": CARELESS}
_SEEN = 70_000  # pictures of the test split that no evaluation uses
_UNSEEN = 90_000
_APART = 2_000
_BATCH = 16


@dataclass(frozen=True)
class Run:
    """One training of one person's verdicts; `method` is `none` for the model as it was."""

    taste: str
    seed: int
    verdicts: int
    method: str
    habits: str = "usual"

    @property
    def name(self) -> str:
        """Of its result file."""
        parts = (self.taste, self.habits, str(self.seed), str(self.verdicts), self.method)
        return "_".join(parts).replace(" ", "-")


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

    def retrain(self, known: Path, *options: str) -> dict[str, Any]:
        """Retrain with what other runs had adapters write: all methods have the same drafts.

        Args:
            known: folder of these texts; those that are new are linked into it while the command runs.
        """
        drawn = private_directory(Paths.under(self.home).cache_dir / DRAWN)
        _link_all(known, drawn)
        with self.begin("retrain", "--json", *options) as process:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    printed = process.communicate(timeout=1)[0]
                    break
                _link_all(drawn, known)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, options)
        return dict(json.loads(printed))


def _link_all(source: Path, target: Path) -> None:
    """Both have the files of `source`, which are never written twice."""
    target.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*.json"):
        with suppress(FileExistsError, FileNotFoundError):
            os.link(file, target / file.name)


def plan(tastes: list[str], seeds: int, counts: list[int], methods: list[str], habits: str) -> Iterator[Run]:
    """Every run that is wanted; without verdicts there is nothing to train."""
    for taste, seed, count in product(tastes, range(seeds), sorted(counts)):
        for method in methods if count else ["none"]:
            yield Run(taste, seed, count, method, habits)


def kept_after(run: Run, work: Path, counts: list[int]) -> Path:
    """A copy of what the daemon keeps after that many verdicts; the person clicks where it is missing."""
    folder = work / f"{run.taste}-{run.habits}-{run.seed}".replace(" ", "-")
    if not (folder / str(max(counts))).is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        _click(run, folder, sorted(counts))
    return folder / str(run.verdicts)


def _click(run: Run, folder: Path, counts: list[int]) -> None:
    """Click through pictures, and copy the home at every number of verdicts."""
    home, seen = folder / "home", pictures(_SEEN + _APART * run.seed)
    person = None
    for count in counts:
        Altd(home).run("start")
        try:
            client = need_client(Paths.under(home))
            if person is None:
                person = Person(client, TASTES[run.taste], HABITS[run.habits], seed=run.seed)
            person.client = client
            person.click_through(seen, count)
        finally:
            Altd(home).run("stop")
        shutil.copytree(home, folder / f"{count}.part")
        (folder / f"{count}.part").rename(folder / str(count))


def measure(home: Path, taste: Taste, asked: int) -> dict[str, list[float]]:
    """What the generation that serves in a home says of pictures that its person has not seen."""
    directory, paths = find_model(BUNDLED).directory, Paths.under(home)
    name = active_generation(paths)
    adapter = paths.generations_dir / name if name else directory / "adapter"
    model, processor = load_model(directory, "nf4", adapter=adapter), load_processor(directory)
    samples = list(islice((sample for sample in pictures(_UNSEEN) if taste.looks_at(sample)), asked))
    questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
    agreed, close = [], []
    for sample, said in zip(samples, answer(model, processor, questions, _BATCH), strict=True):
        text = clean(said)
        true = is_true(sample, text)
        wish = taste.wish(sample, text if true else sample.alt)
        agreed.append(float(true and wish == text))
        close.append(round(similarity(text, wish), 4))
    return {"agreement": agreed, "closeness": close}


def run_once(run: Run, work: Path, counts: list[int], asked: int, results: Path) -> dict[str, Any]:
    """Train and measure, unless there is a result."""
    file = results / f"{run.name}.json"
    if file.is_file():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    kept = kept_after(run, work, counts)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        home = Path(folder) / "home"
        shutil.copytree(kept, home)
        begun, outcome = time.monotonic(), dict[str, Any]()
        if run.method != "none":
            outcome = Altd(home).retrain(work / DRAWN, "--", "--method", run.method)
        trained = time.monotonic()
        figures = measure(home, TASTES[run.taste], asked)
    wanted = ("generation", "gate", "held_out", "stride", "examples")
    result = {
        "run": asdict(run),
        "recipe": RetrainOptions(method=run.method).identity() if run.method != "none" else None,
        **{name: outcome.get(name) for name in wanted},
        "figures": figures,
        "seconds": {"training": round(trained - begun), "measuring": round(time.monotonic() - trained)},
        "machine": machine(),
    }
    results.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.rename(file)
    return result


def machine() -> dict[str, Any]:
    """What it ran on and with."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "model": weights_digest(find_model(BUNDLED).directory),
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "bitsandbytes")},
    }


def row(result: dict[str, Any]) -> str:
    """One line of the table."""
    run, figures = result["run"], result["figures"]
    cells = [run["taste"], run["habits"], run["seed"], run["verdicts"], run["method"]]
    for name in ("agreement", "closeness"):
        found = mean_interval(figures[name])
        cells.append(f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})")
    held_out = result["held_out"]
    facts = [held_out[when]["base_told"] for when in ("before", "after")] if held_out else []
    cells += [" → ".join(f"{share:.3f}" for share in facts) or "–", "yes" if result["generation"] else "no"]
    return f"| {' | '.join(map(str, cells))} |"


HEAD = ("taste", "habits", "seed", "verdicts", "method", "agreement", "closeness", "base told", "promoted")


@click.command()
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Folder for homes.")
@click.option("--taste", "tastes", multiple=True, type=click.Choice(list(TASTES)), help="All by default.")
@click.option("--seeds", default=3, show_default=True, help="People of each taste.")
@click.option("--count", "counts", multiple=True, type=int, help="Numbers of verdicts; 0 to 200 by default.")
@click.option("--method", "methods", multiple=True, type=click.Choice(METHODS), help="All by default.")
@click.option("--habits", type=click.Choice(list(HABITS)), default="usual", show_default=True)
@click.option("--asked", default=60, show_default=True, help="Unseen pictures to ask about.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--report", is_flag=True, help="Print what there is, and run nothing.")
def main(
    work: Path,
    tastes: tuple[str, ...],
    seeds: int,
    counts: tuple[int, ...],
    methods: tuple[str, ...],
    habits: str,
    asked: int,
    results: Path,
    report: bool,
) -> None:
    """Run the study, or what is wanted of it."""
    click.echo(f"| {' | '.join(HEAD)} |\n{'|---' * len(HEAD)}|")
    wanted = list(counts) or list(COUNTS)
    for run in plan(list(tastes) or list(TASTES), seeds, wanted, list(methods) or list(METHODS), habits):
        if not report or (results / f"{run.name}.json").is_file():
            click.echo(row(run_once(run, work, wanted, asked, results)))


if __name__ == "__main__":
    main()
