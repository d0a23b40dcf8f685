"""What learning from clicks does, for people with stated tastes, from 0 to 200 verdicts.

    python benchmarks/retrain_study.py --work DIRECTORY                    # all of it: days on two cores
    python benchmarks/retrain_study.py --work DIRECTORY --taste short --seeds 1 --count 0 --count 50

Each person clicks through pictures over HTTP with a daemon on the bundled model (`benchmarks/people`),
with the slips and moods that people have. At every number of verdicts what the daemon kept is copied, and
`altd retrain` runs on a copy with each method. What then serves, the new generation or, where the gate
refused it, the old one, describes pictures that the person has not seen: without the daemon, by the prompt
and the cleaning that it uses, which spares two minutes a run. What was refused describes them, too. Every
run leaves a file in `results/retrain/`, and one that has a file is not run again, unless by another recipe.
`--report` prints the table.

Agreement is the share of texts that are true, as the person would write them, and such that the daemon reads
them out, which it does unless the model guesses; closeness how much of a text need not be changed for that,
by words. What was forgotten is measured on 1,024 pictures of all kinds: facts is the share of right ones,
told what is not told wrongly, before → after [95 % interval of the change, in points]. Behind a refusal
stands the agreement of what was refused.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import click
from altd_home import Altd
from people import CAREFUL, CARELESS, TASTES, USUAL, Person, pictures
from retrain_measure import measure, serving

from altd.cli._client import need_client
from altd.models.catalogue import BUNDLED, find_model
from altd.models.fit import weights_digest
from altd.paths import Paths
from altd_trainer.metrics.bootstrap import mean_interval
from altd_trainer.retrain import METHODS, RetrainOptions

RESULTS = Path(__file__).parent / "results" / "retrain"
COUNTS = (0, 20, 50, 100, 200)
MEASURED = 2  # raised when the same texts come to have other figures
HABITS = {"usual": USUAL, "careful": CAREFUL, "careless": CARELESS}
_SEEN = 70_000  # pictures of the test split that no evaluation uses
_APART = 2_000


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


def plan(tastes: list[str], seeds: int, counts: list[int], methods: list[str], habits: str) -> Iterator[Run]:
    """Every run that is wanted; without verdicts there is nothing to train."""
    for taste, seed, count in product(tastes, range(seeds), sorted(counts)):
        for method in methods if count else ["none"]:
            yield Run(taste, seed, count, method, habits)


def kept_after(run: Run, work: Path, counts: list[int]) -> Path:
    """A copy of what the daemon keeps after that many verdicts; the person clicks where there is none.

    Raises:
        click.ClickException: where they clicked without stopping there: other runs rest on these verdicts.
    """
    folder = work / f"{run.taste}-{run.habits}-{run.seed}".replace(" ", "-")
    kept = folder / str(run.verdicts)
    if kept.is_dir():
        return kept
    if folder.exists():
        raise click.ClickException(f"{folder} has no {run.verdicts} verdicts; delete it to click anew.")
    _click(run, folder, sorted(counts))
    return kept


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


def run_once(run: Run, work: Path, counts: list[int], asked: int, results: Path) -> dict[str, Any]:
    """Train and measure, unless there is a result."""
    known = read_result(run, results)
    if known is not None:
        return known
    kept = kept_after(run, work, counts)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        home = Path(folder) / "home"
        shutil.copytree(kept, home)
        begun, outcome, start = time.monotonic(), dict[str, Any](), serving(home)
        keep = Path(folder) / "keep"
        if run.method != "none":
            outcome = Altd(home).retrain(keep, work / "drawn", "--method", run.method)
        trained = time.monotonic()
        by = (start, TASTES[run.taste], asked, work / "drawn")
        figures = measure(serving(home).adapter or start.model.directory / "adapter", *by)
        is_refused = outcome.get("held_out") and not outcome["generation"]
        refused = measure(keep / "challenger", *by) if is_refused else None
    wanted = ("generation", "gate", "held_out", "stride", "examples")
    result = {
        "run": asdict(run),
        "recipe": recipe(run),
        **{name: outcome.get(name) for name in wanted},
        "figures": figures,
        "refused": refused,
        "seconds": {"training": round(trained - begun), "measuring": round(time.monotonic() - trained)},
        "machine": machine(),
    }
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"{run.name}.json"
    part = file.with_suffix(".part")
    part.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.rename(file)
    return result


def read_result(run: Run, results: Path) -> dict[str, Any] | None:
    """What came of a run by today's recipe, if there is something."""
    try:
        result = json.loads((results / f"{run.name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return dict(result) if result["recipe"] == recipe(run) else None


def results_of(folder: Path, habits: str = "usual") -> Iterator[dict[str, Any]]:
    """All that there is by today's recipe."""
    for file in sorted(folder.glob("*.json")):
        result = json.loads(file.read_text(encoding="utf-8"))
        run = Run(**result["run"])
        if result["recipe"] == recipe(run) and run.habits == habits:
            yield result


def recipe(run: Run) -> dict[str, Any]:
    """What decides a run's figures besides its verdicts: the model, how it is trained and how measured."""
    method: Any = run.method
    training = {} if method == "none" else RetrainOptions(method=method).identity()
    return {"model": _model(), "measured": MEASURED, **training}


@cache
def _model() -> str:
    return weights_digest(find_model(BUNDLED).directory)


def machine() -> dict[str, Any]:
    """What it ran on and with."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "model": _model(),
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "bitsandbytes")},
    }


def row(result: dict[str, Any]) -> str:
    """One line of the table."""
    run, figures = result["run"], result["figures"]
    cells = [run["taste"], run["habits"], run["seed"], run["verdicts"], run["method"]]
    for name in ("agreement", "closeness"):
        found = mean_interval(figures[name])
        cells.append(f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})")
    cells += [_change(figures.get(name)) for name in ("facts", "told")]
    cells.append("yes" if result["generation"] else _refused(result))
    return f"| {' | '.join(map(str, cells))} |"


def _refused(result: dict[str, Any]) -> str:
    """With the agreement that what was refused would have had."""
    refused = result["refused"]
    return f"no ({mean_interval(refused['agreement']).value:.2f})" if refused else "no"


def _change(shares: dict[str, float] | None) -> str:
    if shares is None:
        return "–"
    spread = f"{100 * shares['low']:+.1f}, {100 * shares['high']:+.1f}"
    return f"{shares['before']:.3f} → {shares['after']:.3f} [{spread}]"


HEAD = (
    "taste",
    "habits",
    "seed",
    "verdicts",
    "method",
    "agreement",
    "closeness",
    "facts",
    "told",
    "promoted",
)


@click.command()
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Folder for homes.")
@click.option("--taste", "tastes", multiple=True, type=click.Choice(list(TASTES)), help="All by default.")
@click.option("--seeds", default=3, show_default=True, help="People of each taste.")
@click.option("--count", "counts", multiple=True, type=int, help="Numbers of verdicts; 0 to 200 by default.")
@click.option("--method", "methods", multiple=True, type=click.Choice(METHODS), help="All by default.")
@click.option("--habits", type=click.Choice(list(HABITS)), default="usual", show_default=True)
@click.option("--asked", default=240, show_default=True, help="Unseen pictures to ask about.")
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
        result = read_result(run, results) if report else run_once(run, work, wanted, asked, results)
        if result is not None:
            click.echo(row(result))


if __name__ == "__main__":
    main()
