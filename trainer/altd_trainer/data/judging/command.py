"""The commands `data collect` and `data correct` of the trainer's command line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from altd.paths import Paths

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class JudgeOptions:
    """Whom to ask, and how; as the options of `judge_options`."""

    judge: str
    judge_address: str
    judge_model: str
    timeout: float
    attempts: int
    at_once: int
    cache: Path | None
    price_in: float
    price_out: float
    image_tokens: int
    yes: bool

    def open(self) -> Any:
        """The judge, with what it said before.

        Raises:
            ValueError: an option is missing.
            JudgeError, AltdError, FileNotFoundError: from the judge.
        """
        from altd_trainer.data.judging.cache import Remembering

        folder = self.cache or Paths.default().cache_dir / "judgements"
        return Remembering(self._judge(), folder)

    def _judge(self) -> Any:
        if self.judge == "local":
            from altd_trainer.progress import quiet_libraries

            quiet_libraries()
            from altd_trainer.data.judging.local import LocalJudge

            return LocalJudge(self.judge_model or "bundled")
        if not self.judge_address or not self.judge_model:
            raise ValueError("name the judge with --judge-address and --judge-model")
        from altd_trainer.data.judging.endpoint import EndpointJudge

        return EndpointJudge(self.judge_address, self.judge_model, self.timeout, self.attempts)

    def width(self) -> int:
        """How many questions at once: a model on this machine takes one."""
        return 1 if self.judge == "local" else self.at_once

    def agreed_to(self, questions: Any, judge: Any) -> bool:
        """Say what it costs; whether to go on."""
        from altd_trainer.data.judging.cost import Price, estimate

        price = Price(self.price_in, self.price_out, self.image_tokens)
        cost = estimate(questions, judge, price)
        click.echo(cost.sentence(price), err=True)
        if self.yes or not cost.questions or self.judge == "local":
            return True
        click.echo("Nothing was asked yet: add --yes to go on.", err=True)
        return False


def judge_options(command: _Command) -> _Command:
    """The options of `JudgeOptions` but for `--judge`."""
    options = [
        click.option("--judge-address", default="", help="Base address of an OpenAI-compatible server."),
        click.option("--judge-model", default="", help="Its model; for `local`, `bundled` or a directory."),
        click.option("--timeout", default=60.0, show_default=True, help="Seconds for one attempt."),
        click.option("--attempts", default=5, show_default=True, help="How often a question is asked."),
        click.option("--at-once", default=4, show_default=True, help="Questions under way at a time."),
        click.option(
            "--cache",
            type=click.Path(file_okay=False, path_type=Path),
            help="Folder of the answers, instead of altd's cache.",
        ),
        click.option("--price-in", default=0.0, help="Price of a million tokens in."),
        click.option("--price-out", default=0.0, help="Price of a million tokens out."),
        click.option("--image-tokens", default=1100, show_default=True, help="Tokens a picture counts as."),
        click.option("--yes", is_flag=True, help="Ask, whatever it costs."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.option(
    "--judge",
    type=click.Choice(["truth", "endpoint", "local"]),
    default="truth",
    show_default=True,
    help="Who decides: the known truth of drawn pictures, a server, or a model here.",
)
@click.option("--data", type=_FILE, help="Posts to collect for, with a judge that is not `truth`.")
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the pictures.",
)
@click.option("--model", default="bundled", show_default=True, help="Writes texts: `bundled` or a directory.")
@click.option("--adapter", default="none", show_default=True, help="`none`, `bundled` or a directory.")
@click.option("--split", default="train", show_default=True, help="Of the drawn pictures.")
@click.option("--start", default=0, show_default=True, help="Number of the first picture.")
@click.option("--count", default=1000, show_default=True, help="How many pictures to describe.")
@click.option("--quantization", type=click.Choice(["nf4", "none"]), default="nf4", show_default=True)
@click.option("--batch-size", default=16, show_default=True)
@judge_options
@click.option("--page", type=_FILE, help="Write a sample of the pairs as a page for a person to check.")
@click.option("--sample", default=50, show_default=True, help="How many pairs on the page.")
@click.option("--released", is_flag=True, help="Write the released form instead of ours.")
@click.option("--out", required=True, type=_FILE, help="File to write.")
@click.option("--json-progress", is_flag=True, help="Progress as JSON lines on stdout.")
def collect(judge: str, data: Path | None, json_progress: bool, **options: Any) -> None:
    """Collect preference pairs: by the truth of drawn pictures, or by a judge for the posts of a file.

    A post that has a rejected text brings its own pair; for any other, --model writes the second text. The
    judge is asked in both orders, and what it does not decide alike is dropped.
    """
    if judge == "truth":
        _collect_by_truth(json_progress, options)
    elif data is None:
        raise ValueError("name the file of posts with --data")
    else:
        _collect_by_judge(judge, data, options)


def _collect_by_truth(json_progress: bool, options: dict[str, Any]) -> None:
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    from altd_trainer.collect import CollectRequest
    from altd_trainer.collect import collect as run
    from altd_trainer.data.files import write_examples

    request = CollectRequest(**{name: options[name] for name in CollectRequest.__dataclass_fields__})
    count = write_examples(
        run(request, reporter(json_progress)), options["out"], released=options["released"]
    )
    click.echo(f"{count} pairs in {options['out']}")


def _collect_by_judge(judge: str, data: Path, options: dict[str, Any]) -> None:
    from altd_trainer.data.files import read_examples, write_examples
    from altd_trainer.data.judging.judged import Judged, judge_pairs, questions, sample
    from altd_trainer.data.judging.page import write_page

    whom = JudgeOptions(judge, **{name: options[name] for name in _names()})
    asked = whom.open()
    pairs = list(_with_second_texts(read_examples(data, options["images"]), options))
    if not whom.agreed_to((one for pair in pairs for one in questions(pair)), asked):
        return
    judged = Judged()
    kept = list(judge_pairs(pairs, asked, judged, whom.width()))
    for line in judged.lines():
        click.echo(line, err=True)
    judged.check()
    count = write_examples(kept, options["out"], released=options["released"])
    if options["page"]:
        write_page(sample(kept, options["sample"]), len(kept), options["page"])
    click.echo(f"{count} pairs in {options['out']}")


def _with_second_texts(examples: list[Any], options: dict[str, Any]) -> Iterator[Any]:
    """The examples, a second text written by the model where there is none; an equal one makes no pair."""
    without = [example for example in examples if example.rejected is None]
    written = _written(without, options) if without else {}
    for example in examples:
        rejected = example.rejected or written[example.id]
        if rejected.strip() and rejected.strip() != example.chosen.strip():
            yield replace(example, rejected=rejected)


def _written(examples: list[Any], options: dict[str, Any]) -> dict[str, str]:
    from altd_trainer.progress import quiet_libraries

    quiet_libraries()
    from altd.models.loading import best_device, load_model
    from altd_trainer.data.images import load_image
    from altd_trainer.data.sources import adapter_directory, model_directory
    from altd_trainer.families import load_processor
    from altd_trainer.generation import Question, answer

    directory = model_directory(options["model"])
    adapter = adapter_directory(options["adapter"])
    model = load_model(directory, options["quantization"], adapter=adapter, device=best_device())
    asked = [Question(load_image(example), example.context, example.lines) for example in examples]
    texts = answer(model, load_processor(directory), asked, options["batch_size"])
    return {example.id: text for example, text in zip(examples, texts, strict=True)}


@click.command()
@click.argument("file", type=_FILE)
@click.argument("out", type=_FILE)
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the pictures.",
)
@click.option(
    "--judge",
    type=click.Choice(["endpoint", "local"]),
    default="endpoint",
    show_default=True,
    help="Who corrects: a server, or a model here.",
)
@judge_options
@click.option("--released", is_flag=True, help="Write the released form instead of ours.")
def correct(file: Path, out: Path, images: Path | None, released: bool, **options: Any) -> None:
    """Correct the grammar of the alt texts in FILE and write OUT."""
    from altd_trainer.data.files import read_examples, write_examples
    from altd_trainer.data.judging.correction import Corrected
    from altd_trainer.data.judging.correction import correct as run
    from altd_trainer.data.judging.judge import how_to_write

    whom = JudgeOptions(**options)
    judge, examples = whom.open(), read_examples(file, images)
    if not whom.agreed_to((how_to_write(example.chosen) for example in examples), judge):
        return
    corrected = Corrected()
    count = write_examples(run(examples, judge, corrected, whom.width()), out, released=released)
    for line in corrected.lines():
        click.echo(line, err=True)
    click.echo(f"{count} examples in {out}")


def _names() -> list[str]:
    return [name for name in JudgeOptions.__dataclass_fields__ if name != "judge"]
