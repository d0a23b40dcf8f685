"""The commands `data stats`, `data import` and `data collect` of the trainer's command line."""

import json
from pathlib import Path
from typing import Any

import click

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_IMAGES = click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the pictures; without it, the file's own.",
)


@click.group()
def data() -> None:
    """Files of preference examples: what is in them, and bringing others into our form."""


@data.command()
@_FILE
@_IMAGES
@click.option("--skip-images", is_flag=True, help="Do not decode every picture.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def stats(file: Path, images: Path | None, skip_images: bool, as_json: bool) -> None:
    """Count what is in a file: .jsonl, .json or .parquet, ours or as released with MCM-DPO."""
    from altd_trainer.data.stats import data_stats

    figures = data_stats(file, images, look_at_images=not skip_images)
    if as_json:
        click.echo(json.dumps(figures.as_json(), indent=2, ensure_ascii=False))
        return
    for line in figures.lines():
        click.echo(line)


@data.command("import")
@_FILE
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_IMAGES
@click.option("--embed", is_flag=True, help="Put the pictures into the file instead of their paths.")
@click.option("--released", is_flag=True, help="Write the released form instead of ours.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def import_(file: Path, out: Path, images: Path | None, embed: bool, released: bool, force: bool) -> None:
    """Read a file in any form and write it in ours, by the ending of OUT."""
    from altd_trainer.data.files import read_examples, write_examples

    if out.exists() and not force:
        raise ValueError(f"{out} is there already: name another file, or give --force")
    examples = read_examples(file, images)
    missing = [e.image for e in examples if isinstance(e.image, Path) and not e.image.is_file()]
    count = write_examples(examples, out, released=released, embed=embed)
    if missing:
        click.echo(f"{len(missing)} of {count} pictures are not there, among them {missing[0]}", err=True)
    click.echo(f"{count} examples in {out}")


@data.command()
@click.option("--model", default="bundled", show_default=True, help="`bundled` or a directory.")
@click.option("--adapter", default="none", show_default=True, help="`none`, `bundled` or a directory.")
@click.option("--split", default="train", show_default=True, help="Of the drawn pictures.")
@click.option("--start", default=0, show_default=True, help="Number of the first picture.")
@click.option("--count", default=1000, show_default=True, help="How many pictures to describe.")
@click.option("--quantization", type=click.Choice(["nf4", "none"]), default="nf4", show_default=True)
@click.option("--batch-size", default=16, show_default=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--json-progress", is_flag=True, help="Progress as JSON lines on stdout.")
def collect(out: Path, json_progress: bool, **request: Any) -> None:
    """Make preference pairs of what a model gets wrong on drawn pictures."""
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    from altd_trainer.collect import CollectRequest
    from altd_trainer.collect import collect as run
    from altd_trainer.data.files import write_examples

    count = write_examples(run(CollectRequest(**request), reporter(json_progress)), out)
    click.echo(f"{count} pairs in {out}")
