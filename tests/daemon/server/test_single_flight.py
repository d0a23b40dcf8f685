"""The same image asked for many times at once is described once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from daemon_process import Daemon, picture


def test_twenty_equal_requests_at_once_run_once(daemon: Daemon) -> None:
    image = picture(20)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: daemon.describe(image), range(20)))
    assert len({answer["text"] for answer in answers}) == 1
    assert [answer["cached"] for answer in answers].count(False) == 1
    assert len({answer["id"] for answer in answers}) == 20
