"""When training may begin, and that it stops as soon as a description is asked for."""

from __future__ import annotations

import threading
import time
from datetime import time as clock
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from altd.cli._idle import QuietHours, Watch, on_mains, since_asked, why_not_now, why_stop
from altd.paths import Paths
from daemon_process import picture, start_daemon


@pytest.mark.parametrize(
    ("hours", "now", "quiet"),
    [
        ("22:00-07:00", clock(23, 30), True),
        ("22:00-07:00", clock(6, 59), True),
        ("22:00-07:00", clock(7), False),
        ("09:00-17:30", clock(9), True),
        ("09:00-17:30", clock(17, 30), False),
        ("00:00-00:00", clock(12), True),
    ],
)
def test_quiet_hours(hours: str, now: clock, quiet: bool) -> None:
    assert QuietHours.parse(hours).hold(now) is quiet


@pytest.mark.parametrize("text", ["", "22-07", "24:00-07:00", "22:00-07:60", "22:00"])
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        QuietHours.parse(text)


@pytest.mark.parametrize(
    ("battery", "mains"), [(None, True), (True, True), (False, False), ("unknown", True)]
)
def test_mains_power(battery: object, mains: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    plugged = {True: True, False: False, "unknown": None}.get(battery)  # type: ignore[call-overload]
    found = None if battery is None else SimpleNamespace(power_plugged=plugged)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: found, raising=False)
    assert on_mains() is mains
    assert (why_stop(Paths.default(), None, time.time()) is None) is mains


def test_all_day_long_quiet_hours_hold_it_back() -> None:
    always = QuietHours.parse("00:00-00:00")
    assert why_not_now(Paths.default(), always) == "these are quiet hours"
    assert why_stop(Paths.default(), always, time.monotonic()) == "quiet hours have begun"


def test_a_description_stops_it(tiny_model: Path, altd_home: Path) -> None:
    paths = Paths.default()
    assert since_asked(paths) == float("inf")  # no daemon
    with start_daemon(altd_home, tiny_model) as daemon:
        assert since_asked(paths) == float("inf")  # none asked for yet
        begun, stopped = time.monotonic(), threading.Event()
        watch = Watch(lambda: why_stop(paths, None, begun), stopped.set)
        watch.start()
        assert not stopped.wait(1.2)
        assert daemon.submit(picture(3), b"{}").status in (200, 202)
        assert stopped.wait(20)
        assert watch.reason == "a description is asked for"
        assert since_asked(paths) < 60
        assert why_not_now(paths, None) == "descriptions are asked for"
        watch.end()
