"""Mutated requests and pictures over HTTP to a real daemon with its real decoder process.

CI sends a few hundred. The full-size run:

    pytest tests/fuzz/test_requests.py --fuzz 20000 --fuzz-report benchmarks/results/fuzz.json --timeout 0
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from altd.describe.images import DECODE_MEMORY
from altd.server.routes import ROUTES
from daemon_process import Daemon, start_daemon
from fuzz import campaign, cases, corpus

SEED = 5
_BEYOND_DECODING = 400 * 2**20  # what is kept of a picture, its copies for the reader, the reader's tensors


@pytest.fixture
def fresh_daemon(tiny_model: Path, tmp_path: Path) -> Iterator[Daemon]:
    """One that no other test shares: verdicts are purged here, tokens ended."""
    with start_daemon(tmp_path / "home", tiny_model) as running:
        running.wait_until_ready()
        yield running


def test_every_schema_has_a_sound_example_to_start_from() -> None:
    schemas = {route.body.__name__: route.body for route in ROUTES if route.body}
    assert set(cases.BODIES) - {"DescriptionBody"} == set(schemas)
    for name, schema in schemas.items():
        schema.model_validate(cases.BODIES[name])


def test_a_case_can_be_made_again() -> None:
    assert [cases.make(SEED, number) for number in range(50)] == [
        cases.make(SEED, number) for number in range(50)
    ]


def test_the_corpus_has_a_file_of_each_kind() -> None:
    assert set(corpus.seeds()) == {*corpus.SOUND, *corpus.LYING}


@pytest.mark.parametrize("name", corpus.seeds())
def test_each_file_of_the_corpus_is_sent_and_answered_as_it_is(daemon: Daemon, name: str) -> None:
    found = campaign.Findings()
    campaign.look_at_memory(daemon, found)
    assert campaign.send(daemon, cases.submission(corpus.seeds()[name])) == (corpus.expected(name), "")
    campaign.look_at_memory(daemon, found)
    assert len(found.children) == 1, "it ended its decoder"


def test_only_documented_answers(fresh_daemon: Daemon, request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--fuzz")
    report = request.config.getoption("--fuzz-report")
    before = campaign.Findings()
    campaign.look_at_memory(fresh_daemon, before)
    start = time.monotonic()
    found = campaign.run(fresh_daemon, SEED, range(wanted))
    if report:
        campaign.write(found, Path(report), seed=SEED, seconds=round(time.monotonic() - start))
    assert found.faults == {}
    assert found.answers.total() == wanted
    assert fresh_daemon.ask("GET", "/health").body["status"] == "ready"
    # The parent ends a child whose decoder is silent for too long, as on a machine that has no time for it.
    patience = (fresh_daemon.home / "run" / "altd.log").read_text().count("is silent for")
    assert len(found.children - before.children) <= patience, "a request crashed the child"
    assert found.peaks["child"] - before.peaks["child"] <= DECODE_MEMORY + _BEYOND_DECODING
    assert found.peaks["daemon"] - before.peaks["daemon"] <= 512 * 2**20
