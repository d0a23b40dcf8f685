"""The study's commands."""

from pathlib import Path

import click

_HERE = Path(__file__).resolve().parents[2]


@click.group()
def main() -> None:
    """Compare SFT, DPO, mDPO, CHiP and MCM-DPO on drawn pictures, whose truth is known."""


_RESULTS = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=_HERE / "benchmarks/results/study",
    help="Folder with a file of each run.",
)


@main.command()
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True, help="For models.")
@_RESULTS
@click.option("--only", multiple=True, help="A group of runs; may be given again. Without it, all.")
def run(work: Path, results: Path, only: tuple[str, ...]) -> None:
    """Run what has no result yet; stopped, it goes on with the run that was not finished."""
    from altd_trainer.progress import quiet_libraries, reporter
    from study.run import run_all

    quiet_libraries()
    run_all(work, results, reporter(False), only)


@main.command()
@_RESULTS
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_HERE / "docs/study.md",
    help="The document; plots go into a folder beside it.",
)
def report(results: Path, out: Path) -> None:
    """Turn the results into a document with tables and plots."""
    from study.report import write_report

    write_report(results, out)
    click.echo(f"{out} is written.")


if __name__ == "__main__":
    main()
