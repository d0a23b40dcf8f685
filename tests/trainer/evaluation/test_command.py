"""The command on a tiny model: figures, files, resuming, and one sentence for what is not there."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from altd_trainer.cli import main

from .pages import read_page


def run(*options: str) -> Result:
    return CliRunner().invoke(main, ["eval", "--limit", "4", *options])


def test_results_report_and_a_second_model_beside(tiny_model: Path, tmp_path: Path) -> None:
    first, second, page = (str(tmp_path / name) for name in ("a.json", "b.json", "page.html"))
    model = ["--model", str(tiny_model), "--quantization", "none"]
    result = run(*model, "--plain", "--lines", "truth", "--out", first, "--name", "alone")
    assert result.exit_code == 0, result.output
    assert "rouge_l" in result.stdout
    counted = json.loads(Path(first).read_text())["false_confident_count"]
    assert f"false confident        {counted}\n" in result.stdout
    result = run(*model, "--out", second, "--html", page, "--beside", first, "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["pictures"] == 4
    assert "rows" not in figures
    assert sum(figures["served"].values()) == 4
    written = json.loads(Path(second).read_text())
    assert written["metrics"] == figures["metrics"]
    name = "tiny with adapter as served in full precision"
    assert written["name"] == name
    report = read_page(Path(page).read_text())
    assert {heading.text for heading in report.all("h4")} == {name, "alone"}
    assert str(tmp_path) not in report.one("h1").text


def test_a_second_run_asks_nobody(model_dir: Path, altd_home: Path) -> None:
    options = [
        "--model",
        str(model_dir),
        "--plain",
        "--lines",
        "truth",
        "--json-progress",
        "--quantization",
        "none",
    ]
    first, second = run(*options), run(*options)
    assert '"known": 0' in first.stdout
    assert '"event": "answered"' in first.stdout
    assert '"known": 4' in second.stdout
    assert '"event": "answered"' not in second.stdout
    assert first.stdout.splitlines()[-1] == second.stdout.splitlines()[-1]
    (kept,) = (altd_home / "cache/answers").iterdir()
    assert len(kept.read_text().splitlines()) == 4


def test_a_model_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = run("--model", str(tmp_path))
    assert result.exit_code == 1
    assert "directory with a config.json" in result.output
    assert "Traceback" not in result.output
