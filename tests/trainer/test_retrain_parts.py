"""What a retraining rests on: is it too early, where does it start, what does a stopped one leave."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from altd.errors import AltdError
from altd.models import generations
from altd.models.manifest import FILES, WEIGHTS
from altd.models.purged import mark
from altd.paths import Paths
from altd_trainer.data import PreferenceExample
from altd_trainer.gate import Gate, Heard, Probed, Showing, Strange, judge
from altd_trainer.grounding import Grounding
from altd_trainer.retrain.early import MIN_EXAMPLES, nothing_new, too_early
from altd_trainer.retrain.options import METHODS, RetrainOptions
from altd_trainer.retrain.page import render
from altd_trainer.retrain.shown import lessons
from altd_trainer.retrain.start import Start
from altd_trainer.retrain.work import close_work, last_examples, open_work, plan_of, sole_training
from altd_trainer.settings import MCMDPOConfig
from tiny_generation import tiny_manifest

from .test_retrain import edit_pictures
from .verdicts import Home

MakeExamples = Callable[[int], list[PreferenceExample]]


@pytest.fixture
def home(tmp_path: Path, model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ALTD_MODEL", str(model_dir))
    monkeypatch.setenv("ALTD_QUANTIZATION", "none")
    return Home(tmp_path / "home")


def test_below_the_stated_number_it_says_what_is_missing(make_examples: MakeExamples) -> None:
    examples = make_examples(MIN_EXAMPLES)
    assert too_early(examples, examples[:6]) is None
    assert "about 7 more" in str(too_early(examples, examples[:4]))
    assert str(too_early(examples[:8], examples[:6])).startswith(
        "It is too early: there are 8 examples, 6 of"
    )
    assert "about 12 more" in str(too_early(examples[:8], examples[:6]))


def test_unasked_it_waits_for_ten_new_ones(make_examples: MakeExamples) -> None:
    examples = make_examples(20)
    assert nothing_new(examples, []) is None
    assert nothing_new(examples, [example.id for example in examples[:10]]) is None
    assert "9 new examples" in str(nothing_new(examples, [example.id for example in examples[:11]]))


def test_a_clean_start_goes_back_before_what_was_purged(home: Home, model_dir: Path) -> None:
    parent = None
    for verdict in ("f1", "f2", "f3"):
        manifest = replace(
            tiny_manifest(model_dir, parent), examples={"count": 1, "ids": [f"image:{verdict}"]}
        )
        with generations.staging(home.paths) as directory:
            for name in FILES:
                (directory / name).write_bytes(verdict.encode())
            parent = generations.install(home.paths, directory, manifest)
    generations.promote(home.paths, "g0003")
    assert Start.find(home.paths, clean=True).generation == "g0003"
    mark(home.paths, ["f2"])
    assert Start.find(home.paths).generation == "g0003"
    clean = Start.find(home.paths, clean=True)
    assert (clean.generation, clean.adapter) == ("g0001", home.paths.generations_dir / "g0001")
    mark(home.paths, ["f1"])
    assert Start.find(home.paths, clean=True).generation is None


def test_only_the_same_plan_goes_on(home: Home, make_examples: MakeExamples) -> None:
    start, examples = Start.find(home.paths), make_examples(3)
    plan = plan_of(start, examples, RetrainOptions())
    assert plan == plan_of(start, list(reversed(examples)), RetrainOptions(dry_run=True, only_new=True))
    others = [
        plan_of(start, examples[:2], RetrainOptions()),
        plan_of(start, examples, RetrainOptions(steps=3)),
        plan_of(start, [replace(examples[0], weight=0.5), *examples[1:]], RetrainOptions()),
        plan_of(replace(start, generation="g0007"), examples, RetrainOptions()),
    ]
    assert len({plan, *others}) == 5
    folder = open_work(home.paths, plan)
    (folder / "checkpoint").write_text("half")
    assert (open_work(home.paths, plan) / "checkpoint").is_file()
    assert not (open_work(home.paths, others[0]) / "checkpoint").exists()
    close_work(home.paths, examples, {"gate": {}})
    assert not folder.exists()
    assert last_examples(home.paths) == [example.id for example in examples]
    assert last_examples(Paths.under(home.paths.cache_dir / "new")) == []


def test_two_trainings_at_once_are_refused(home: Home) -> None:
    with sole_training(home.paths), pytest.raises(AltdError) as caught, sole_training(home.paths):
        pass
    assert caught.value.code == "retrain_running"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_settings(method: str, tmp_path: Path) -> None:
    settings = RetrainOptions(method=method, steps=3, beta=0.2).training()  # type: ignore[arg-type]
    assert settings["max_steps"] == 3
    if method == "sft":
        assert "beta" not in settings
        return
    objective = MCMDPOConfig(output_dir=str(tmp_path), use_cpu=True, **settings).objective()
    assert objective.beta == 0.2
    assert len(objective.weights.active()) == {"dpo": 1, "kto": 2}.get(method, 7)


def test_the_page_shows_texts_and_hides_no_markup(make_examples: MakeExamples) -> None:
    pairs = [replace(each, chosen="<b>A cup</b>", rejected="A thing.") for each in make_examples(6)]
    base = Grounding(
        np.full(40, 0.7), np.full(40, 0.9), 1, named=60, foreign_names=0, malformed=0, pictures=40, words=10
    )
    before = Showing(
        np.full(6, -1.0), np.zeros(6), base, Strange(0, 400, 0, 40), Heard(40, 40), Probed(0, 6, 0, 64)
    )
    after = replace(before, margins=np.linspace(0.5, 1, 6))
    gate = Gate(judge(before, after), before, after, (("A thing.",) * 6, ("A cup.", *["A thing."] * 5)))
    learned = lessons(pairs, gate)
    assert len(learned) == 5
    assert learned[0].after == "A cup."  # what changed stands first
    page = render("g0002", gate, learned)
    assert "&lt;b&gt;A cup&lt;/b&gt;" in page
    assert "<b>A cup" not in page
    assert "g0002 passed the gate." in page
    assert page.count('alt="&lt;b&gt;A cup') == 5
    assert "Nothing changed." in render(None, gate, learned)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_in_training_it_ends_with_the_same_weights(
    tmp_path: Path, speaking_model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process, SIGKILL behind a checkpoint of each draft, then behind one of the training.

    What the next run installs is byte for byte the same.
    """
    monkeypatch.setenv("ALTD_MODEL", str(speaking_model_dir))
    home = Home(tmp_path / "one")
    edit_pictures(home)
    whole = home.paths.database.parent
    shutil.copytree(whole, tmp_path / "two")
    work = tmp_path / "two" / "cache" / "retrain"
    for steps, folder in ((11, work / "draft1"), (14, work / "draft2"), (26, work)):
        assert run_until(tmp_path / "two", steps) is None
        assert list((folder / "checkpoints").glob("checkpoint-*"))
    assert not (tmp_path / "two" / "generations").exists() or not list(
        (tmp_path / "two" / "generations").glob("g*")
    )
    made = [run_until(folder) for folder in (whole, tmp_path / "two")]
    assert made == ["g0001", "g0001"]
    one, two = (load_file(folder / "generations/g0001" / WEIGHTS) for folder in (whole, tmp_path / "two"))
    assert all(np.array_equal(one[name], two[name]) for name in one)


def run_until(home: Path, steps: int | None = None) -> str | None:
    """Retrain in a process of its own, killed after so many steps; the generation that it made."""
    options = ["--steps", "60", "--learning-rate", "0.005", "--draft-steps", "12"]
    options += ["--rehearsed-pictures", "2", "--base-pictures", "40", "--watched-pictures", "8"]
    command = [
        sys.executable,
        "-m",
        "altd_trainer",
        "retrain",
        "--home",
        str(home),
        "--json-progress",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as child:
        assert child.stdout is not None
        for line in child.stdout:
            event = json.loads(line)
            if event.get("event") == "step" and steps is not None and event["step"] >= steps:
                child.send_signal(signal.SIGKILL)
                return None
            if event.get("event") == "done":
                return str(event["generation"])
    raise AssertionError("it ended without a result")
