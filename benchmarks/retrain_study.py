"""What learning from clicks does, for people with stated tastes, from 0 to 200 verdicts.

    python benchmarks/retrain_study.py --work DIRECTORY                    # all of it: days on two cores
    python benchmarks/retrain_study.py --work DIRECTORY --taste short --seeds 1 --count 0 --count 50

Each person clicks through pictures over HTTP with a daemon on the bundled model (`benchmarks/people`),
with the slips and moods that people have. At every number of verdicts what the daemon kept is copied, and
`altd retrain` runs on a copy with each method. What then serves, the new generation or, where the gate
refused it, the old one, describes pictures that the person has not seen: without the daemon, by the prompt
and the cleaning that it uses, which spares two minutes a run. What was refused describes them, too. Every
run leaves a file in `results/retrain/`, and one that has a file is not run again. `--report` prints the
table.

Agreement is the share of texts that are true and as the person would write them; closeness how much of a
text need not be changed for that, by words. What was forgotten is measured on 1,024 pictures of all kinds:
facts is the share of right ones, told what is not told wrongly, before → after [change, 95 % interval].
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path
from typing import Any

import click
from altd_home import Altd
from people import CAREFUL, CARELESS, TASTES, USUAL, Person, Taste, is_true, pictures

from altd.cli._client import need_client
from altd.describe.clean import clean
from altd.models.catalogue import BUNDLED, find_model
from altd.models.fit import weights_digest
from altd.models.generations import active_generation
from altd.models.loading import load_model, load_processor
from altd.paths import Paths
from altd_trainer.gate.pairs import similarity
from altd_trainer.generation import Question, answer
from altd_trainer.grounding import hold_against
from altd_trainer.metrics.bootstrap import mean_interval
from altd_trainer.retrain import METHODS, RetrainOptions
from altd_trainer.retrain.drawn import DRAWN, Drawn, Pictures
from altd_trainer.retrain.start import Start
from altd_trainer.synthetic import Sample

RESULTS = Path(__file__).parent / "results" / "retrain"
COUNTS = (0, 20, 50, 100, 200)
HABITS = {"usual": USUAL, "careful": CAREFUL, "careless": CARELESS}
_SEEN = 70_000  # pictures of the test split that no evaluation uses
_UNSEEN = 90_000
_APART = 2_000
_BATCH = 16
_BASE = Pictures("test", 95_000, 1024)


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


def serving(home: Path) -> Start:
    """The generation that serves in a home, as a retraining would start from it."""
    paths = Paths.under(home)
    name = active_generation(paths)
    return Start(find_model(BUNDLED), "nf4", name, paths.generations_dir / name if name else None)


def measure(adapter: Path, start: Start, taste: Taste, asked: int, known: Path) -> dict[str, Any]:
    """What an adapter says of pictures that the person has not seen, and what it forgot since `start`.

    Args:
        known: folder of what the model wrote before of the pictures of `_BASE`.
    """
    directory = start.model.directory
    model, processor = load_model(directory, "nf4", adapter=adapter), load_processor(directory)
    samples = list(islice((sample for sample in pictures(_UNSEEN) if taste.looks_at(sample)), asked))
    agreed, close = [], []
    for sample, said in zip(samples, _say(model, processor, samples), strict=True):
        text = clean(said)
        true = is_true(sample, text)
        wish = taste.wish(sample, text if true else sample.alt)
        agreed.append(float(true and wish == text))
        close.append(round(similarity(text, wish), 4))
    figures: dict[str, Any] = {"agreement": agreed, "closeness": close}
    if adapter == start.adapter:
        return figures
    before = Drawn(start, known).active(_BASE)
    return figures | _forgotten(before, _say(model, processor, list(_BASE.samples())))


def _say(model: Any, processor: Any, samples: list[Sample]) -> list[str]:
    questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
    return list(answer(model, processor, questions, _BATCH))


def _forgotten(before: list[str], after: list[str]) -> dict[str, dict[str, float]]:
    """Right facts, and what is not told wrongly: shares before and after, the change and its interval."""
    samples, found = list(_BASE.samples()), {}
    old, new = hold_against(samples, before), hold_against(samples, after)
    for name in ("facts", "told"):
        was, now = getattr(old, name), getattr(new, name)
        change = mean_interval(now - was)
        shares = {"before": was.mean(), "after": now.mean(), "change": change.value}
        shares |= {"low": change.low, "high": change.high}
        found[name] = {key: round(float(value), 4) for key, value in shares.items()}
    return found


def run_once(run: Run, work: Path, counts: list[int], asked: int, results: Path) -> dict[str, Any]:
    """Train and measure, unless there is a result."""
    file = results / f"{run.name}.json"
    if file.is_file():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    kept = kept_after(run, work, counts)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        home = Path(folder) / "home"
        shutil.copytree(kept, home)
        begun, outcome, start = time.monotonic(), dict[str, Any](), serving(home)
        aside = Path(folder) / "challenger"
        if run.method != "none":
            outcome = Altd(home).retrain(work / DRAWN, aside, "--", "--method", run.method)
        trained = time.monotonic()
        by = (start, TASTES[run.taste], asked, work / DRAWN)
        figures = measure(serving(home).adapter or start.model.directory / "adapter", *by)
        is_refused = outcome.get("held_out") and not outcome["generation"]
        refused = measure(aside, *by) if is_refused else None
    wanted = ("generation", "gate", "held_out", "stride", "examples")
    result = {
        "run": asdict(run),
        "recipe": RetrainOptions(method=run.method).identity() if run.method != "none" else None,
        **{name: outcome.get(name) for name in wanted},
        "figures": figures,
        "refused": refused,
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
    cells += [_change(figures.get(name)) for name in ("facts", "told")]
    cells.append("yes" if result["generation"] else "no")
    return f"| {' | '.join(map(str, cells))} |"


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
