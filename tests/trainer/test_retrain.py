"""From clicks in a home to a generation, through the command."""

import hashlib
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from altd.describe.prompt import Context
from altd.models.generations import active_generation, list_generations, promote, verify
from altd_trainer.cli import main
from altd_trainer.feedback import is_held_out
from altd_trainer.gate import Round
from altd_trainer.retrain.line import rounds

from .conftest import draw
from .verdicts import Home, png


def run(home: Home, *options: str) -> tuple[int, list[dict[str, Any]], str]:
    command = ["retrain", "--home", str(home.paths.database.parent), "--json-progress", *options]
    result = CliRunner().invoke(main, command)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    return result.exit_code, events, result.stderr


@pytest.fixture
def home(tmp_path: Path, speaking_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ALTD_MODEL", str(speaking_model_dir))
    return Home(tmp_path / "home")


def edit_pictures(
    home: Home, train: int = 14, held_out: int = 6, *, shown: str = "A picture of a thing.", wish: str = ""
) -> None:
    """Edits of as many pictures as it takes to have these on either side of the split."""
    wanted = {False: train, True: held_out}
    for number in count():
        image = png(draw("red", "ellipse").resize((20 + number, 24)))
        side = is_held_out(hashlib.sha256(image).hexdigest()[:16])
        if not wanted[side]:
            continue
        wanted[side] -= 1
        post = Context(text=f"Post {number}")
        described = home.describe(image, shown, post, generation=None)
        home.give(described, "edit", wish or WANTED)
        if not any(wanted.values()):
            break


WANTED = "A picture of a fair."
# the tiny model knows one sentence and no drawn picture: there is nothing to hold on to
QUICKLY = ["--steps", "20", "--learning-rate", "0.005", "--hold", "0"]
QUICKLY += ["--rehearsed-pictures", "0", "--base-pictures", "40", "--watched-pictures", "8"]


@pytest.mark.slow
def test_clicks_become_generations_that_follow_each_other(home: Home, tmp_path: Path) -> None:
    edit_pictures(home)
    home.give(home.describe(png(draw("blue", "ellipse")), "A thing."), "reject")
    code, events, errors = run(home, *QUICKLY, "--html", str(tmp_path / "page.html"))
    assert code == 0, errors
    assert [event["event"] for event in events[:2]] == ["examples", "step"]
    result = events[-1]
    assert result["event"] == "done"
    assert result["generation"] == "g0001", result["gate"]
    assert result["gate"]["passed"]
    assert result["held_out"]["after"]["margin"] > result["held_out"]["before"]["margin"]
    assert result["examples"]["used"] == 20
    assert result["examples"]["by_evidence"] == {"edit": 20}
    assert result["examples"]["not_used"][0]["reason"].startswith("a rejection alone")
    assert len(result["lessons"]) == 5
    assert {lesson["wanted"] for lesson in result["lessons"]} == {WANTED}
    assert "<h1>What altd learned</h1>" in (tmp_path / "page.html").read_text()
    manifest = verify(home.paths, "g0001")
    assert (manifest.origin, manifest.base["name"], manifest.parent) == ("retrain", "tiny", None)
    assert manifest.examples["count"] == len(manifest.examples["ids"]) > 0
    config = (home.paths.generations_dir / "g0001" / "adapter_config.json").read_text()
    assert str(home.paths.database.parent.parent) not in config
    assert {path.name for path in home.paths.cache_dir.iterdir()} == {"drawn", "retrained.json"}
    # asked again before anyone made it active, it is the same one: nothing is trained twice
    assert run(home, *QUICKLY)[1][-1]["generation"] == "g0001"
    assert active_generation(home.paths) is None  # to promote it is the command line's

    promote(home.paths, "g0001")
    (done,) = rounds(home.paths, "g0001", result["held_out"]["drawn"])
    assert done == Round(result["held_out"]["before"], result["held_out"]["after"])
    _, events, _ = run(home, *QUICKLY)
    assert events[-1]["held_out"]["before"] == result["held_out"]["after"]  # the active one is the champion
    assert not events[-1]["gate"]["passed"]  # all pairs were in the right order: there is nothing to gain
    edit_pictures(home, shown=WANTED, wish="A picture of a thing.")  # the person changes their mind
    _, events, _ = run(home, *QUICKLY)
    assert events[-1]["gate"]["passed"], events[-1]["gate"]["reason"]
    assert verify(home.paths, "g0002").parent == "g0001"


def test_a_challenger_that_does_not_pass_is_not_installed(home: Home) -> None:
    edit_pictures(home)
    code, events, errors = run(home, *QUICKLY, "--learning-rate", "1e-12")
    assert code == 0, errors
    assert events[-1]["generation"] is None
    assert events[-1]["gate"]["checks"]["margin"] is False
    assert list_generations(home.paths) == []
    _, events, _ = run(home, *QUICKLY, "--only-new")
    assert events[-1]["gate"]["reason"].startswith("There are 0 new examples since the last training")


def test_rejections_alone_are_learned_from_on_request(home: Home) -> None:
    edit_pictures(home)
    given = [
        home.give(
            home.describe(png(draw("blue", "ellipse").resize((20 + number, 24))), "A wrong thing."), "reject"
        )
        for number in range(8)
    ]
    code, events, errors = run(home, *QUICKLY, "--unpaired")
    assert code == 0, errors
    learned = events[0]["rejected"]
    assert 0 < learned < 8  # some are held out
    assert events[-1]["examples"]["by_evidence"] == {"edit": 20, "rejected": 8}
    assert events[-1]["examples"]["not_used"] == []
    assert events[-1]["generation"] == "g0001", events[-1]["gate"]
    ids = {each.partition(":")[2] for each in verify(home.paths, "g0001").examples["ids"]}
    assert len(ids & set(given)) == learned  # whoever purges one is told
    assert len(ids) == 14 + learned


def test_a_dry_run_trains_nothing(home: Home) -> None:
    edit_pictures(home)
    code, events, _ = run(home, "--dry-run")
    assert code == 0
    assert [event["event"] for event in events] == ["examples", "done"]
    assert events[-1]["examples"]["used"] == 20
    assert "dry run" in events[-1]["gate"]["reason"]


def test_too_few_verdicts_say_so(home: Home) -> None:
    edit_pictures(home, 1, 1)
    code, events, _ = run(home)
    assert code == 0
    assert events[-1]["generation"] is None
    assert events[-1]["gate"]["reason"].startswith(
        "It is too early: there are 2 examples, 1 of them pairs to judge by."
    )


def test_no_verdict_is_an_error(home: Home) -> None:
    code, events, errors = run(home)
    assert code == 1
    assert events == []
    assert "no feedback to learn from" in errors
