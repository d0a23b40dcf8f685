"""A job's states and the events that readers see."""

from __future__ import annotations

import asyncio
import hashlib

from altd.describe.job import DescriptionRequest, DescriptionResult, Job
from altd.errors import AltdError


def job() -> Job:
    return Job(b"picture", DescriptionRequest())


def result(owner: Job) -> DescriptionResult:
    return DescriptionResult(owner.id, "done", "A boat.", "high", "", "en", "m", None, False, {})


async def names(owner: Job) -> list[str]:
    return [name async for name, _ in owner.events()]


async def test_a_result_ends_it_and_frees_the_picture() -> None:
    one = job()
    assert one.image_sha256 == hashlib.sha256(b"picture").hexdigest()
    assert not await one.wait(0.01)
    one.succeed(result(one))
    assert await one.wait()
    assert (one.state, one.image, one.error) == ("done", b"", None)
    one.fail(AltdError("cancelled"))
    one.publish("token", {"text": "late"})
    assert one.state == "done"
    assert await names(one) == ["done"]


async def test_errors_and_cancels_end_it_too() -> None:
    for code, state in (("cancelled", "cancelled"), ("engine_failed", "failed")):
        one = job()
        one.fail(AltdError(code))
        one.succeed(result(one))
        assert one.state == state
        assert one.error is not None
        assert [payload async for _, payload in one.events()] == [
            {"code": code, "message": one.error.message}
        ]


async def test_late_and_early_readers_see_all_events_in_order() -> None:
    one = job()
    early = asyncio.create_task(names(one))
    await asyncio.sleep(0)
    for name in ("queued", "encode", "token"):
        one.publish(name)
        await asyncio.sleep(0)
    one.succeed(result(one))
    assert await early == await names(one) == ["queued", "encode", "token", "done"]


async def test_a_slow_reader_sees_only_the_newest_text() -> None:
    one = job()
    for count in range(1000):
        one.publish("token", {"text": "word " * count})
    one.succeed(result(one))
    seen = [(name, payload.get("text", "")) async for name, payload in one.events()]
    assert [name for name, _ in seen] == ["token", "done"]
    assert seen[0][1] == "word " * 999
