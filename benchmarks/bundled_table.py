"""The bundled model before and after MCM-DPO, in full and in 4 bits, on the same test pictures.

    python benchmarks/bundled_table.py --limit 1000

Runs `altd_trainer eval --plain` four times, writes `results/bundled.json` and prints a Markdown table.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

RUNS = {
    "SFT, fp32": ("none", "none"),
    "SFT, NF4": ("none", "nf4"),
    "SFT + MCM-DPO, fp32": ("bundled", "none"),
    "SFT + MCM-DPO, NF4": ("bundled", "nf4"),
}
RESULTS = Path(__file__).parent / "results" / "bundled.json"


def evaluate(adapter: str, quantization: str, limit: int) -> dict[str, Any]:
    """One evaluation's result file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        command = [sys.executable, "-m", "altd_trainer", "eval", "--plain", "--model", "bundled"]
        command += ["--adapter", adapter, "--quantization", quantization, "--limit", str(limit)]
        subprocess.run([*command, "--out", str(file)], check=True, stdout=subprocess.DEVNULL)
        return dict(json.loads(file.read_text()))


def table(metrics: dict[str, dict[str, Any]]) -> str:
    """Rows are metrics, columns are runs; intervals are 95 % bootstrap."""
    names = list(next(iter(metrics.values())))
    lines = ["| | " + " | ".join(metrics) + " |", "|---" * (len(metrics) + 1) + "|"]
    for name in names:
        cells = (
            f"{run[name]['value']:.3f} [{run[name]['low']:.3f}, {run[name]['high']:.3f}]"
            for run in metrics.values()
        )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@click.command()
@click.option("--limit", default=1000, show_default=True, help="How many test pictures.")
def main(limit: int) -> None:
    """Evaluate and print."""
    metrics = {}
    for name, (adapter, quantization) in RUNS.items():
        metrics[name] = evaluate(adapter, quantization, limit)["metrics"]
        click.echo(f"{name}: done", err=True)
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("torch", "transformers", "peft", "bitsandbytes")},
        "pictures": limit,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**about, "metrics": metrics}, indent=1) + "\n")
    click.echo(table(metrics))


if __name__ == "__main__":
    main()
