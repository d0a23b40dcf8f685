"""The command `bench train` of the trainer's command line."""

import json
from pathlib import Path
from typing import Any, Literal

import click


@click.group()
def bench() -> None:
    """Measure speed and memory, side by side with other ways."""


@bench.command()
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    type=click.Choice(["bundled", "576", "64"]),
    help="A model to measure on; may be given again. Without it, all.",
)
@click.option("--steps", default=5, show_default=True, help="Timed steps of each run, after one to warm up.")
@click.option("--rounds", default=1, show_default=True, help="Runs of each way; they take turns.")
@click.option("--batch-size", default=1, show_default=True, help="Examples in a step.")
@click.option("--threads", default=0, help="Threads of the processor; 0 leaves it to torch.")
@click.option("--quantization", type=click.Choice(["none", "nf4"]), default="none", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the JSON here.")
def train(
    shapes: tuple[str, ...],
    steps: int,
    rounds: int,
    batch_size: int,
    threads: int,
    quantization: Literal["none", "nf4"],
    as_json: bool,
    out: Path | None,
) -> None:
    """One MCM-DPO step in five ways: the released one, ours, and TRL's plain DPO."""
    from altd.models.loading import best_device
    from altd_trainer.bench.measure import Plan
    from altd_trainer.bench.run import run
    from altd_trainer.bench.shapes import SHAPES
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    plan = Plan("", Path(), steps, batch_size, threads, quantization, best_device())
    result = run(shapes or tuple(SHAPES), rounds, plan, reporter(False))
    text = json.dumps(result, indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    click.echo(text if as_json else _table(result))


def _table(result: dict[str, Any]) -> str:
    """A list for each shape: it is read line by line."""
    lines = []
    for name, shape in result["shapes"].items():
        lines.append(f"{name}: {shape['stands_for']}")
        for way in shape["ways"].values():
            megabytes = way["peak_bytes"] / 1e6
            lines.append(f"  {way['title']}: {way['seconds_per_step']:.3f} s a step, {megabytes:.0f} MB")
        lines.append(_verdict("tree with cached reference", shape))
        lines.append(_verdict("the same, one row at a time", shape["row_microbatching"]))
    return "\n".join(lines)


def _verdict(way: str, ratios: dict[str, float]) -> str:
    return (
        f"  {way}: {ratios['speedup_vs_released']:.2f} times as fast as the released way, "
        f"{ratios['share_of_ideal']:.0%} of the ideal {ratios['ideal_speedup']:.2f}; "
        f"{ratios['ratio_vs_trl_dpo']:.2f} of TRL's plain DPO step; "
        f"{ratios['memory_ratio_vs_released']:.0%} of the released way's memory, "
        f"{ratios['memory_ratio_vs_rows']:.0%} of that of rows with logits where scored"
    )
