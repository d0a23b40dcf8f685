"""The command `eval` of the trainer's command line."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from altd_trainer.evaluation.results import Evaluation

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("eval")
@click.option("--model", default="bundled", show_default=True, help="`bundled`, a directory, or a server's.")
@click.option(
    "--adapter",
    default="own",
    show_default=True,
    help="`own` (the one in the model's directory), `none`, `bundled` or a directory.",
)
@click.option(
    "--data",
    default="synthetic:test",
    show_default=True,
    help="synthetic:SPLIT, a file of examples in our form or the released one, or a folder of such files.",
)
@click.option("--limit", default=1000, show_default=True, help="How many pictures; 0 takes all of a file.")
@click.option(
    "--served/--plain",
    default=True,
    show_default=True,
    help="What the daemon would serve of it, or the model alone with nothing withheld.",
)
@click.option(
    "--server", default="", help="Ask --model behind this OpenAI-compatible address; it gets the pictures."
)
@click.option("--quantization", type=click.Choice(["nf4", "none"]), default="nf4", show_default=True)
@click.option("--batch-size", default=16, show_default=True, help="With --plain.")
@click.option(
    "--lines",
    type=click.Choice(["reader", "truth"]),
    default="reader",
    show_default=True,
    help="With --plain: lines that are read, or those that are known.",
)
@click.option(
    "--released", is_flag=True, help="Also word overlaps as the script released with MCM-DPO has them."
)
@click.option("--name", default="", help="What results and report call these answers.")
@click.option("--out", type=_FILE, help="Write the results here: figures, and every picture's row.")
@click.option("--html", type=_FILE, help="Write a report to read here. It contains the pictures and posts.")
@click.option(
    "--pictures", default=200, show_default=True, help="How many the report shows, worst first; 0: all."
)
@click.option(
    "--beside",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Results of another model on the same pictures, shown beside these; may be given again.",
)
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
@click.option("--json-progress", is_flag=True, help="Progress as JSON lines on stdout.")
def evaluate(
    out: Path | None,
    html: Path | None,
    pictures: int,
    beside: tuple[Path, ...],
    as_json: bool,
    json_progress: bool,
    **request: Any,
) -> None:
    """Measure a model's texts: facts, inventions, word overlap, and how often a sure answer is false.

    A run that was interrupted goes on where it ended: answers are kept and not asked for twice.
    """
    from altd.paths import Paths
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    from altd_trainer.evaluation.report import write_report
    from altd_trainer.evaluation.results import read_results, write_results
    from altd_trainer.evaluation.run import EvaluationRequest
    from altd_trainer.evaluation.run import evaluate as run

    wanted = EvaluationRequest(**request)
    items, evaluation = run(wanted, Paths.default().cache_dir, reporter(json_progress))
    if out is not None:
        write_results(evaluation, out)
    if html is not None:
        others = [read_results(file, items) for file in beside]
        write_report([evaluation, *others], Path(wanted.data).name, pictures, html)
    if as_json:
        click.echo(json.dumps(evaluation.as_json(rows=False), indent=1, ensure_ascii=False))
    else:
        for line in _lines(evaluation):
            click.echo(line)


def _lines(evaluation: "Evaluation") -> list[str]:
    """The figures, a line each."""
    from altd_trainer.evaluation.labels import ordered
    from altd_trainer.evaluation.outcomes import counts

    lines = []
    for name in ordered(set(evaluation.metrics)):
        figure = evaluation.metrics[name]
        lines.append(f"{name:22} {figure.value:.3f}  [{figure.low:.3f}, {figure.high:.3f}]")
    lines += [f"{sort:22} {count}" for sort, count in counts(evaluation.judged).items()]
    wrong = sum(outcome.false_confident for outcome in evaluation.judged)
    return [*lines, f"{'false confident':22} {wrong}"]
