"""What the daemon says of itself."""

from __future__ import annotations

import os

import pytest

from altd.server.vitals import Latencies, resident_bytes
from daemon_process import Daemon, picture


def test_status_tells_queue_memory_latency_and_uptime(daemon: Daemon) -> None:
    daemon.describe(picture(60))
    status = daemon.ask("GET", "/v1/status").body
    assert status["queue"] == {"focused": 0, "visible": 0, "ahead": 0}
    assert status["memory"]["daemon_bytes"] > 2**20
    assert status["memory"]["model_bytes"] > status["memory"]["daemon_bytes"]
    assert status["model_in_memory"]
    assert status["latency_ms"]["count"] >= 1
    assert 0 < status["latency_ms"]["p50"] <= status["latency_ms"]["p95"]
    assert status["uptime_s"] > 0


def test_percentiles_are_of_the_latest_answers() -> None:
    latencies = Latencies()
    assert latencies.percentile(0.5) is None
    for value in range(1000):
        latencies.add(float(value))
    assert len(latencies) == 256
    assert latencies.percentile(0.5) == 871
    assert latencies.percentile(0.95) == 987
    assert latencies.percentile(1) == 999


@pytest.mark.parametrize("pid", [None, 2**22 + 1])
def test_a_process_that_is_not_there_holds_nothing(pid: int | None) -> None:
    assert resident_bytes(pid) is None
    assert resident_bytes(os.getpid())
