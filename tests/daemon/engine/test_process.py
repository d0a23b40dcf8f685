"""Supervision of the child process, with small real children that behave well or badly."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from altd.engine.process import GIVE_UP_AFTER, EngineDied, EngineProcess
from altd.engine.protocol import Activate, Describe, Progress
from altd.engine.spawn import Timing, child_environment, next_within
from altd.errors import AltdError

CHILD = Path(__file__).with_name("odd_child.py")
FAST = Timing(first_backoff=0.02, max_backoff=0.05, decode=0.3, silence=5, load=10, goodbye=0.3)


@asynccontextmanager
async def engine(mode: str, on_change: Callable[[], None] = lambda: None) -> AsyncIterator[EngineProcess]:
    process = EngineProcess(
        lambda: [sys.executable, str(CHILD), mode], child_environment(1), on_change=on_change, timing=FAST
    )
    await process.start()
    try:
        yield process
    finally:
        await process.close()


async def ask(process: EngineProcess, body: bytes, steps: list[str] | None = None) -> str:
    def note(progress: Progress) -> None:
        if steps is not None:
            steps.append(progress.step)

    return (await process.describe(Describe(id="one"), body, note)).text


async def test_it_answers_and_reports_progress() -> None:
    async with engine("good") as process:
        await process.wait_ready()
        steps: list[str] = []
        assert await ask(process, b"12345", steps) == "5 bytes"
        assert steps == ["decode"]
        assert (process.state, process.reason, process.device) == ("ready", None, "cpu")


async def test_the_child_ends_with_close_and_leaves_no_zombie() -> None:
    async with engine("good") as process:
        await process.wait_ready()
        pid = process.pid
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_a_child_that_ignores_everything_is_killed() -> None:
    async with engine("stubborn") as process:
        await process.wait_ready()
        pid = process.pid
        start = time.monotonic()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert time.monotonic() - start < 3


async def test_the_child_ends_when_the_parent_is_killed() -> None:
    code = (
        "import asyncio, sys\n"
        "from altd.engine.process import EngineProcess\n"
        "async def main():\n"
        f"    command = [sys.executable, {str(CHILD)!r}, 'good']\n"
        f"    engine = EngineProcess(lambda: command, {dict(os.environ)!r})\n"
        "    await engine.start()\n"
        "    await engine.wait_ready()\n"
        "    print(engine.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    await asyncio.to_thread(child.wait, 10)


async def test_an_error_of_the_child_is_an_altd_error_and_the_child_lives_on() -> None:
    async with engine("good") as process:
        await process.wait_ready()
        with pytest.raises(AltdError) as caught:
            await ask(process, b"bad")
        assert caught.value.code == "image_undecodable"
        assert await ask(process, b"x") == "1 bytes"


async def test_a_crash_is_reported_and_mended() -> None:
    states: list[str] = []
    async with engine("good", lambda: states.append(process.state)) as process:
        await process.wait_ready()
        first = process.pid
        with pytest.raises(EngineDied) as caught:
            await ask(process, b"crash")
        assert caught.value.step == "decode"
        assert process.state == "degraded"
        assert process.reason
        await process.wait_ready()
        assert process.pid != first
        assert await ask(process, b"x") == "1 bytes"
    assert "degraded" in states


async def test_kill_9_while_idle_is_mended() -> None:
    async with engine("good") as process:
        await process.wait_ready()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        while process.state == "ready":
            await asyncio.sleep(0.01)
        await process.wait_ready()
        assert await ask(process, b"x") == "1 bytes"


@pytest.mark.parametrize("mode", ["hang", "invalid"])
async def test_a_child_that_hangs_or_talks_nonsense_is_ended(mode: str) -> None:
    async with engine(mode) as process:
        await process.wait_ready()
        first = process.pid
        with pytest.raises(EngineDied):
            await asyncio.wait_for(ask(process, b"x"), 5)
        await process.wait_ready()
        assert process.pid != first


@pytest.mark.parametrize("mode", ["crash-on-load", "cannot-load", "garbage"])
async def test_a_child_that_never_gets_ready_is_given_up(mode: str) -> None:
    async with engine(mode) as process:
        with pytest.raises(AltdError) as caught:
            await asyncio.wait_for(process.wait_ready(), 20)
        assert caught.value.code == "engine_failed"
        assert process.state == "degraded"
        if mode == "cannot-load":
            assert process.reason == "The files are damaged."


async def test_kills_while_it_loads_are_mended_and_told(tmp_path: Path) -> None:
    kills = tmp_path / "kills"
    kills.write_bytes(b"x" * (GIVE_UP_AFTER + 3))
    told: list[tuple[str, str | None, bool]] = []

    def note() -> None:
        told.append((process.state, process.reason, process.hopeless))

    async with engine(f"killed-while-loading:{kills}", note) as process:
        while process.state != "ready":
            await asyncio.sleep(0.01)
        assert await ask(process, b"x") == "1 bytes"
        assert (process.reason, process.hopeless) == (None, False)
    waiting = [(reason, hopeless) for state, reason, hopeless in told if state == "degraded"]
    assert len(waiting) >= GIVE_UP_AFTER + 3
    assert all(reason for reason, _ in waiting)
    assert {hopeless for _, hopeless in waiting} == {False, True}  # it hopes again with each start


async def test_a_failing_listener_does_not_end_the_supervision() -> None:
    failures = [RuntimeError("the listener's own fault")]

    def on_change() -> None:
        if failures and process.state == "ready":
            raise failures.pop()

    async with engine("good", on_change) as process:
        while failures or process.state != "ready":
            await asyncio.sleep(0.01)
        assert await ask(process, b"x") == "1 bytes"


async def test_a_program_that_cannot_be_started_is_given_up(tmp_path: Path) -> None:
    process = EngineProcess(lambda: [str(tmp_path / "missing")], child_environment(1), timing=FAST)
    await process.start()
    with pytest.raises(AltdError):
        await asyncio.wait_for(process.wait_ready(), 5)
    await process.close()


async def test_asking_before_it_is_ready_says_so_at_once() -> None:
    process = EngineProcess(lambda: ["unused"], {}, timing=FAST)
    with pytest.raises(EngineDied):
        await ask(process, b"x")
    process.cancel("nobody")
    await process.close()


async def test_activation_is_remembered() -> None:
    async with engine("good") as process:
        await process.wait_ready()
        await process.activate(Activate(id="a", generation="g0002", adapter="/nowhere"))
        assert process.generation == "g0002"


def test_the_environment_keeps_libraries_offline() -> None:
    environment = child_environment(3)
    assert environment["HF_HUB_OFFLINE"] == environment["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert environment["OMP_NUM_THREADS"] == "3"


async def test_an_idle_child_ends_and_comes_back_when_it_is_needed() -> None:
    timing = replace(FAST, idle=0.3)
    process = EngineProcess(lambda: [sys.executable, str(CHILD), "good"], child_environment(1), timing=timing)
    await process.start()
    try:
        await process.wait_ready()
        first = process.pid
        assert first is not None
        while process.pid is not None:
            await asyncio.sleep(0.02)
        assert (process.asleep, process.state, process.reason) == (True, "ready", None)
        assert not psutil.pid_exists(first)
        await process.wait_ready()
        assert process.pid not in {None, first}
        assert await ask(process, b"x") == "1 bytes"
    finally:
        await process.close()


async def test_time_that_this_process_stood_still_is_no_silence_of_the_child() -> None:
    inbox: asyncio.Queue[str] = asyncio.Queue()
    waiting = asyncio.create_task(next_within(inbox, 0.5))
    await asyncio.sleep(0)
    time.sleep(0.7)  # as after SIGSTOP and SIGCONT: neither side could do anything
    asyncio.get_running_loop().call_later(0.1, inbox.put_nowait, "alive")
    assert await waiting == "alive"
    with pytest.raises(TimeoutError):
        await next_within(inbox, 0.1)
