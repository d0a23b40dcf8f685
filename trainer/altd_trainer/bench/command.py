"""The commands `bench train` and `bench serve` of the trainer's command line."""

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


@bench.command()
@click.option(
    "--model",
    default="bundled",
    show_default=True,
    help="`bundled`, `smolvlm-256m` or `llava-0.5b` with random weights, or a directory.",
)
@click.option("--quantization", type=click.Choice(["none", "nf4"]), default="nf4", show_default=True)
@click.option(
    "--pictures",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="At each number of waiting ones.",
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the JSON here.")
def serve(
    model: str, quantization: Literal["none", "nf4"], pictures: int, as_json: bool, out: Path | None
) -> None:
    """A daemon under load: time to text, throughput, overhead, memory."""
    from altd_trainer.bench.serving.run import run
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    result = run(model, quantization, pictures, reporter(False))
    text = json.dumps(result, indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    click.echo(text if as_json else _sentences(result))


def _sentences(result: dict[str, Any]) -> str:
    """One figure to a line."""
    rates = (f"{rate:.2f} with {waiting} waiting" for waiting, rate in result["images_per_s"].items())
    return f"""{result["model"]}, {result["quantization"]}, on {result["device"]}
  first token after {result["first_token_ms_p50"]:.0f} ms, {result["first_token_ms_p95"]:.0f} ms at p95
  text after {result["text_ms_p50"]:.0f} ms, {result["text_ms_p95"]:.0f} ms at p95
  not the model's: {result["overhead_ms_p50"]:.1f} ms of it; a known answer: {result["cached_ms_p50"]:.1f} ms
  tokens a second: {result["tokens_per_s"]:.1f}, {result["share_of_bandwidth_ceiling"]:.1%} of the ceiling
  images a second: {", ".join(rates)}
  64 waiting against one after another: {result["throughput_ratio_64"]:.2f} times
  memory at most: {result["peak_memory_bytes"] / 1e6:.0f} MB"""


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
