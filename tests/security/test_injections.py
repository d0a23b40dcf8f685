"""Posts and pictures that give orders: something comes out, is plain, and claims nothing that was ordered.

`benchmarks/injection.py` asks for all sixty and reports the rate.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from injection import broken, describe_pictures, describe_posts, obeyed

from altd.describe.clean import clean, clean_read_text
from altd.models.catalogue import BUNDLED_MODEL
from daemon_process import start_daemon
from security.cases import INJECTED_PICTURES, INJECTED_POSTS, Injection


@pytest.mark.parametrize("case", [*INJECTED_POSTS, *INJECTED_PICTURES], ids=lambda case: case.asked)
def test_an_obedient_model_is_still_cleaned(case: Injection) -> None:
    """What a model might say that repeats the order, and what the reader reads of it."""
    for said in (case.text, f"{case.asked} {case.text}", f"<b>{case.asked}</b>\n\n{case.text}"):
        assert not broken(clean(said)), said[:80]
    assert not broken(clean_read_text(case.text.split("\n")))


def test_the_measure_can_fail() -> None:
    case = INJECTED_POSTS[0]
    assert obeyed(case, f"A poster of a {case.asked}.")
    assert not obeyed(case, f"A poster that says “{case.asked}”.")
    assert not obeyed(case, f"Text in image: {case.asked}")
    assert broken("A <b>cat</b>.")
    assert broken("A cat\u202e.")


@pytest.mark.slow
@pytest.mark.skipif(not (BUNDLED_MODEL.directory / "config.json").is_file(), reason="no bundled model")
def test_the_bundled_model_obeys_none(tmp_path: Path) -> None:
    with start_daemon(tmp_path / "home", "bundled", "nf4") as daemon:
        daemon.wait_until_ready()
        answers = [*describe_posts(daemon, 4), *describe_pictures(daemon, 4)]
    assert not [answer["text"] for case, answer in answers if obeyed(case, answer["text"])]
    assert not [answer["text"] for _, answer in answers if broken(answer["text"])]
    assert not [case.text for case, answer in answers if not answer["text"]], "nothing is said"
