"""`altd data collect` and `altd data correct` with a judge behind a real server."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from altd.describe.prompt import Context
from altd_trainer.data import PreferenceExample, read_examples, write_examples

SERVER = Path(__file__).with_name("server.py")
KEY = "sk-very-secret-key"
PAIRS = 8


@dataclass
class Server:
    """A running judge."""

    address: str
    log: Path

    @property
    def held(self) -> Path:
        """There when it keeps silent."""
        return self.log.with_suffix(".held")

    @property
    def released(self) -> Path:
        """Put there to make it answer again."""
        return self.log.with_suffix(".released")

    def answered(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a judge with a rule; `hold` is the question from which it keeps silent."""
    with ExitStack() as stack:
        yield lambda rule, hold=0: stack.enter_context(_running(tmp_path / "asked.log", rule, hold))


@contextmanager
def _running(log: Path, rule: str, hold: int) -> Iterator[Server]:
    command = [sys.executable, str(SERVER), str(log), rule, str(hold)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Server(f"http://127.0.0.1:{process.stdout.readline().strip()}/v1", log)
        process.kill()


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Pairs of which every second one has the longer text as rejected."""
    short, long = "A cat", "A black cat asleep on a <wall>"
    examples = []
    for number in range(PAIRS):
        texts = (short, long) if number % 2 else (long, short)
        Image.new("RGB", (16, 16), (number * 30, 0, 0)).save(tmp_path / f"{number}.png")
        context = Context(site="x", text=f"Post {number}")
        examples.append(PreferenceExample(f"e{number}", tmp_path / f"{number}.png", context, *texts))
    write_examples(examples, tmp_path / "pairs.jsonl")
    return tmp_path / "pairs.jsonl"


def command(kind: str, server: Server | None, pairs: Path, *more: str) -> list[str]:
    files = ["--data", str(pairs), "--out"] if kind == "collect" else [str(pairs)]
    address = server.address if server else "http://127.0.0.1:9/v1"
    judge = ["--judge", "endpoint", "--judge-address", address, "--judge-model", "m", "--yes"]
    judge += ["--cache", str(pairs.parent / "cache"), "--at-once", "1"]
    files += [str(pairs.parent / "out.jsonl")]
    return [sys.executable, "-m", "altd_trainer", "data", kind, *files, *judge, *more]


def run(arguments: list[str], code: int = 0) -> str:
    environment = os.environ | {"ALTD_JUDGE_KEY": KEY, "OPENAI_LOG": "debug"}
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, check=False, timeout=250
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert KEY not in said
    assert "Traceback" not in said
    return said


def test_pairs_on_which_both_orders_agree(serve: Serve, pairs: Path) -> None:
    server, page = serve("longer"), pairs.parent / "page.html"
    said = run(command("collect", server, pairs, "--page", str(page), "--sample", "3", "--price-in", "2"))
    assert f"{2 * PAIRS} questions to ask, 0 answers known already" in said
    assert "at the given price" in said
    assert "agreed in both orders: 8, of these with the other text preferred: 4" in said
    assert {example.chosen for example in read_examples(pairs.parent / "out.jsonl")} == {
        "A black cat asleep on a <wall>"
    }
    assert len(server.answered()) == len(set(server.answered())) == 2 * PAIRS
    assert not [file for file in (pairs.parent / "cache").rglob("*.json") if KEY in file.read_text()]
    run(command("collect", server, pairs))
    assert len(server.answered()) == 2 * PAIRS
    _check_page(page.read_text())


def test_a_judge_that_always_prefers_the_first(serve: Serve, pairs: Path) -> None:
    said = run(command("collect", serve("first"), pairs), code=1)
    assert "dropped, the orders disagree: 8" in said
    assert "The judge prefers the first text whatever it is (in 16 of 16 answers to both orders)" in said
    assert not (pairs.parent / "out.jsonl").exists()


def test_a_run_that_was_killed_asks_nothing_twice(serve: Serve, pairs: Path) -> None:
    silent = serve("longer", 6)
    environment = os.environ | {"ALTD_JUDGE_KEY": KEY}
    arguments = command("collect", silent, pairs)
    with subprocess.Popen(arguments, env=environment, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 240
        while not silent.held.exists() and time.monotonic() < until:
            time.sleep(0.1)
        process.kill()
    assert len(silent.answered()) == 5
    silent.released.touch()
    said = run(arguments)
    assert f"{2 * PAIRS - 5} questions to ask, 5 answers known already" in said
    assert len(silent.answered()) == len(set(silent.answered())) == 2 * PAIRS


def test_nothing_is_asked_without_consent(serve: Serve, pairs: Path) -> None:
    server = serve("longer")
    said = run([part for part in command("collect", server, pairs) if part != "--yes"])
    assert "Nothing was asked yet: add --yes to go on." in said
    assert not server.answered()


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("401", "does not accept the key; put a valid one into ALTD_JUDGE_KEY"),
        ("429", "lets no more questions"),
    ],
)
def test_a_server_that_refuses(serve: Serve, pairs: Path, rule: str, sentence: str) -> None:
    assert sentence in run(command("collect", serve(rule), pairs, "--attempts", "2"), code=1)


def test_a_server_that_is_busy_once_or_gone(serve: Serve, pairs: Path) -> None:
    run(command("collect", serve("once-503"), pairs))
    gone = run(
        command("collect", None, pairs, "--attempts", "1", "--cache", str(pairs.parent / "new")), code=1
    )
    assert "could not be reached" in gone


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (f"https://user:{KEY}@host/v1", "Leave the key out of the judge's address"),
        ("http://example.org/v1", "must begin with https://"),
        ("ftp://x", "is not one"),
    ],
)
def test_an_address_that_would_give_something_away(pairs: Path, address: str, sentence: str) -> None:
    assert sentence in run(command("collect", Server(address, pairs), pairs), code=1)


def test_grammar_is_corrected(serve: Serve, pairs: Path) -> None:
    assert "corrected: 8" in run(command("correct", serve("shout"), pairs))
    assert read_examples(pairs.parent / "out.jsonl")[1].chosen == "A CAT"


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def _check_page(page: str) -> None:
    parser = _Elements()
    parser.feed(page)
    tags = [tag for tag, _ in parser.seen]
    assert (tags.count("h1"), tags.count("h2"), tags.count("fieldset"), tags.count("legend")) == (1, 3, 3, 3)
    assert ("html", {"lang": "en"}) in parser.seen
    assert all(given.get("alt") for tag, given in parser.seen if tag == "img")
    assert tags.count("wall") == 0
    assert tags.count("label") == sum(tag in ("input", "textarea") for tag in tags)
