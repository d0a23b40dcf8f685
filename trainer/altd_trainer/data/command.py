"""The commands below `data` of the trainer's command line; those with a judge are in `judging.command`."""

import json
from pathlib import Path
from typing import Any

import click

from altd_trainer.data.judging.command import collect, correct

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
@click.option(
    "--form",
    type=click.Choice(["auto", "examples", "posts", "tweets", "pinterest"]),
    default="auto",
    show_default=True,
    help="Of FILE; `auto` looks at its first row.",
)
@click.option("--ids", type=click.Path(dir_okay=False, path_type=Path), help="List of the posts to take.")
@click.option("--embed", is_flag=True, help="Put the pictures into the file instead of their paths.")
@click.option("--released", is_flag=True, help="Write the released form instead of ours.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def import_(
    file: Path,
    out: Path,
    images: Path | None,
    form: str,
    ids: Path | None,
    embed: bool,
    released: bool,
    force: bool,
) -> None:
    """Read posts or examples in any form and write them in ours, by the ending of OUT."""
    from altd_trainer.data.files import write_examples
    from altd_trainer.data.importing import EXAMPLES, ImportReport, form_of, import_posts

    _must_be_new(out, force)
    form = form_of(file) if form == "auto" else form
    if form == EXAMPLES:
        _convert(file, out, images, embed, released)
        return
    report = ImportReport()
    posts = import_posts(file, form, images, ids, report)
    count = write_examples(posts, out, released=released, embed=embed)
    for line in report.lines():
        click.echo(line, err=True)
    click.echo(f"{count} examples in {out}")


def _convert(file: Path, out: Path, images: Path | None, embed: bool, released: bool) -> None:
    from altd_trainer.data.files import read_examples, write_examples

    examples = read_examples(file, images)
    missing = [e.image for e in examples if isinstance(e.image, Path) and not e.image.is_file()]
    count = write_examples(examples, out, released=released, embed=embed)
    if missing:
        click.echo(f"{len(missing)} of {count} pictures are not there, among them {missing[0]}", err=True)
    click.echo(f"{count} examples in {out}")


@data.command()
@_FILE
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_IMAGES
@click.option(
    "--language", "languages", multiple=True, default=["en"], show_default=True, help="Of the alt texts."
)
@click.option("--any-language", is_flag=True, help="Keep every language.")
@click.option("--min-words", default=3, show_default=True, help="Of an alt text.")
@click.option("--max-characters", default=1000, show_default=True, help="Of an alt text.")
@click.option("--same-text", default=3, show_default=True, help="Pictures that may have one alt text.")
@click.option("--similar-bits", default=10, show_default=True, help="Of 256 that may differ in one picture.")
@click.option(
    "--region", default="US", show_default=True, help="Country of telephone numbers without prefix."
)
@click.option(
    "--keep-names", type=click.Path(dir_okay=False, path_type=Path), help="Phrases that name no person."
)
@click.option("--no-names", is_flag=True, help="Leave names of people as they are.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Counts and examples as JSON."
)
@click.option("--released", is_flag=True, help="Write the released form instead of ours.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
def clean(
    file: Path,
    out: Path,
    images: Path | None,
    any_language: bool,
    no_names: bool,
    languages: tuple[str, ...],
    report: Path | None,
    released: bool,
    force: bool,
    **limits: Any,
) -> None:
    """Mend the texts in FILE, turn away what is no alt text or there already, and write the rest."""
    from altd_trainer.data.cleaning import CleaningOptions, clean_file, write_report

    _must_be_new(out, force)
    options = CleaningOptions(languages=() if any_language else languages, names=not no_names, **limits)
    found, aside = clean_file(file, out, options, images, released)
    if report is not None:
        write_report(found, report)
    for line in found.lines():
        click.echo(line, err=True)
    click.echo(f"{found.kept} examples in {out}, {found.read - found.kept} with their reasons in {aside}")


@data.command()
@_FILE
@_IMAGES
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def audit(file: Path, images: Path | None, as_json: bool) -> None:
    """Say whether chosen and rejected texts can be told apart by style alone."""
    from altd_trainer.data.audit import audit_file

    found = audit_file(file, images)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
        return
    for line in found.lines():
        click.echo(line)


data.add_command(collect)
data.add_command(correct)


def _must_be_new(out: Path, force: bool) -> None:
    if out.exists() and not force:
        raise ValueError(f"{out} is there already: name another file, or give --force")
