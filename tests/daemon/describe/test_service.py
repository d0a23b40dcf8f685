"""The service from outside: a real child process with a tiny random model."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from PIL import Image

from altd.describe.prompt import Context
from altd.describe.service import DescriptionRequest, DescriptionService, Job, ServiceSettings
from altd.engine.spawn import Timing
from altd.errors import AltdError
from daemon.describe.pictures import HOSTILE, encoded, with_text
from daemon.describe.test_clean import assert_plain

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAIT = 120
FAST = Timing(first_backoff=0.02, max_backoff=0.1, goodbye=1)


def tiny_settings(tiny_llava: Path, adapters: Path) -> ServiceSettings:
    return ServiceSettings(
        tiny_llava,
        model_name="tiny",
        quantization="none",
        generations_directory=adapters,
        generation="g0001",
        device="cpu",
        threads=1,
        timing=FAST,
    )


@asynccontextmanager
async def running(settings: ServiceSettings) -> AsyncIterator[DescriptionService]:
    service = DescriptionService(settings)
    await service.start()
    try:
        yield service
    finally:
        await service.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service(tiny_llava: Path, adapters: Path) -> AsyncIterator[DescriptionService]:
    async with running(tiny_settings(tiny_llava, adapters)) as service:
        yield service


_count = 0


def picture(text: str = "") -> bytes:
    """A picture that no test has used before."""
    global _count
    _count += 1
    drawn = with_text([text], (240, 100), 28) if text else Image.effect_noise((64, 48), 60).convert("RGB")
    drawn.putpixel((0, 0), (_count % 256, _count // 256, 0))
    return encoded(drawn)


async def finished(job: Job) -> Job:
    assert await job.wait(WAIT), job.state
    return job


async def described(service: DescriptionService, data: bytes, **fields: object) -> Job:
    job = await finished(service.submit(data, DescriptionRequest(**fields)))  # type: ignore[arg-type]
    assert job.result is not None, job.error
    return job


async def test_a_picture_becomes_a_sentence(service: DescriptionService) -> None:
    job = service.submit(picture("Fresh bread"), DescriptionRequest(context=Context(text="Our shop \ud800")))
    assert (job.state, service.state) == ("queued", "loading")
    events = [name async for name, _ in job.events()]
    assert events[0] in {"queued", "model_load"}
    assert "model_load" in events
    assert events.index("encode") < events.index("token") < events.index("done")
    assert events[-1] == "done"
    result = job.result
    assert result is not None
    assert (result.text_in_image, result.model, result.generation) == ("Fresh bread", "tiny", "g0001")
    assert not result.cached
    assert result.timings_ms["total"] > 0
    assert (service.state, service.reason, service.device) == ("ready", None, "cpu")
    assert service.get(job.id) is job


async def test_the_same_question_is_answered_from_the_cache(service: DescriptionService) -> None:
    data = picture()
    first = (await described(service, data)).result
    again = service.submit(data, DescriptionRequest(priority="focused"), job_id="again")
    assert again.finished
    assert first is not None
    assert again.result is not None
    assert again.result == replace(first, id="again", cached=True, timings_ms=again.result.timings_ms)
    assert [name async for name, _ in again.events()] == ["done"]
    other = await described(service, data, context=Context(text="another post"))
    assert other.result is not None
    assert not other.result.cached


async def test_two_equal_requests_in_the_line_are_worked_on_once(service: DescriptionService) -> None:
    data = picture()
    jobs = [service.submit(data, DescriptionRequest()) for _ in range(2)]
    results = [(await finished(job)).result for job in jobs]
    assert [result.cached for result in results if result] == [False, True]


async def test_priorities_decide_the_order(service: DescriptionService) -> None:
    order: list[str] = []

    async def note(job: Job) -> None:
        await finished(job)
        order.append(job.id)

    blocker = service.submit(picture(), DescriptionRequest())
    while blocker.state == "queued":
        await asyncio.sleep(0.005)
    jobs = [
        service.submit(picture(), DescriptionRequest(priority=priority), job_id=name)
        for name, priority in (("late", "ahead"), ("soon", "visible"), ("now", "focused"))
    ]
    await asyncio.gather(*map(note, jobs))
    assert order == ["now", "soon", "late"]


async def test_cancel_in_the_line(service: DescriptionService) -> None:
    blocker = service.submit(picture(), DescriptionRequest())
    job = service.submit(picture(), DescriptionRequest())
    assert service.cancel(job.id) is job
    assert job.state == "cancelled"
    assert [name async for name, _ in job.events()][-1] == "error"
    await finished(blocker)
    assert service.cancel(blocker.id).state == blocker.state != "cancelled"


async def test_cancel_in_decode_frees_the_engine(service: DescriptionService) -> None:
    pid = service.engine_pid
    data = picture()
    job = service.submit(data, DescriptionRequest(detail="long"))
    async for name, _ in job.events():
        if name == "token":
            service.cancel(job.id)
    assert job.state == "cancelled"
    assert (await described(service, picture())).state in {"done", "no_description"}
    assert service.engine_pid == pid
    repeated = await described(service, data, detail="long")
    assert repeated.result is not None
    assert not repeated.result.cached


async def test_alternatives_differ(service: DescriptionService) -> None:
    data = picture()
    seen: list[str] = []
    for variant in range(3):
        job = await finished(service.submit(data, DescriptionRequest(), variant=variant, avoid=seen))
        assert job.result is not None
        assert job.result.text not in seen
        seen.append(job.result.text)


async def test_hostile_posts_never_show_in_the_text(service: DescriptionService) -> None:
    post = "\u202e\x00https://evil.example/x <script> \u200b\x1b[31m"
    for number in range(4):
        context = Context(text=f"{post}{number}", author=post, quoted=post, title=post, extra=post, site=post)
        job = service.submit(picture("www.evil.com"), DescriptionRequest(context=context))
        async for _, payload in job.events():
            assert_plain(str(payload.get("text", "")), 250)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_pictures_get_a_code_and_do_no_harm(service: DescriptionService, name: str) -> None:
    pid = service.engine_pid
    job = await finished(service.submit(HOSTILE[name](), DescriptionRequest()))
    assert job.error is not None
    assert job.error.code in {"image_undecodable", "image_too_large"}
    assert job.state == "failed"
    assert service.engine_pid == pid


async def test_what_is_refused_at_the_door(service: DescriptionService) -> None:
    taken = await described(service, picture())
    for data, job_id, code in (
        (b"", None, "image_missing"),
        (bytes(20 * 1024 * 1024 + 1), None, "image_too_large"),
        (b"x", taken.id, "invalid_request"),
        (b"x", "i" * 129, "invalid_request"),
    ):
        with pytest.raises(AltdError) as caught:
            service.submit(data, DescriptionRequest(), job_id=job_id)
        assert caught.value.code == code
    for method in (service.get, service.cancel):
        with pytest.raises(AltdError) as caught:
            method("nobody")
        assert caught.value.code == "unknown_description"


async def test_a_full_line(service: DescriptionService) -> None:
    blocker = service.submit(picture(), DescriptionRequest())
    while blocker.state == "queued":
        await asyncio.sleep(0.005)
    waiting = [service.submit(picture(), DescriptionRequest()) for _ in range(64)]
    with pytest.raises(AltdError) as caught:
        service.submit(picture(), DescriptionRequest(priority="focused"))
    assert caught.value.code == "queue_full"
    assert service.waiting == 64
    for job in waiting:
        service.cancel(job.id)
    await finished(blocker)


async def test_another_generation_is_swapped_in_without_a_restart(service: DescriptionService) -> None:
    pid = service.engine_pid
    data = picture()
    before = (await described(service, data)).result
    in_flight = service.submit(picture(), DescriptionRequest())
    while in_flight.state == "queued":
        await asyncio.sleep(0.005)
    await service.activate("g0002")
    after = (await described(service, data)).result
    assert before is not None
    assert after is not None
    assert in_flight.result is not None
    assert (before.generation, in_flight.result.generation, after.generation) == ("g0001", "g0001", "g0002")
    assert not after.cached
    assert before.text != after.text
    assert service.engine_pid == pid
    await service.activate("g0001")
    again = (await described(service, data)).result
    assert again is not None
    assert (again.text, again.generation, again.cached) == (before.text, "g0001", True)


@pytest.mark.parametrize("name", ["g0404", "../g0001", "g0001/..", "", "latest"])
async def test_generations_that_are_none(service: DescriptionService, name: str) -> None:
    with pytest.raises(AltdError) as caught:
        await service.activate(name)
    assert caught.value.code == "unknown_generation"


async def test_a_broken_generation_is_refused_and_the_old_one_serves_on(service: DescriptionService) -> None:
    with pytest.raises(AltdError) as caught:
        await service.activate("g0009")
    assert caught.value.code == "generation_broken"
    assert service.generation == "g0001"
    job = await described(service, picture())
    assert job.result is not None
    assert job.result.generation == "g0001"


async def test_kill_9_while_it_works_is_mended_and_the_answer_still_comes(
    service: DescriptionService,
) -> None:
    await service.activate("g0002")
    job = service.submit(picture(), DescriptionRequest(detail="long"))
    async for name, _ in job.events():
        if name == "encode":
            break
    pid = service.engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await finished(job)
    assert job.result is not None, job.error
    assert job.attempts == 2
    assert job.result.generation == "g0002"
    assert service.engine_pid != pid
    assert not psutil.pid_exists(pid)
    assert service.state == "ready"


async def test_closing_cancels_what_waits_and_leaves_no_process(tiny_llava: Path, adapters: Path) -> None:
    async with running(tiny_settings(tiny_llava, adapters)) as service:
        job = service.submit(picture(), DescriptionRequest())
        while service.engine_pid is None:
            await asyncio.sleep(0.01)
        pid = service.engine_pid
    assert job.state == "cancelled"
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize(("config", "advice"), [(None, "altd models pull"), ("{}", "altd models verify")])
async def test_a_model_that_cannot_be_loaded_is_said(tmp_path: Path, config: str | None, advice: str) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    async with running(ServiceSettings(tmp_path, device="cpu", timing=FAST)) as service:
        job = await finished(service.submit(picture(), DescriptionRequest()))
        assert job.error is not None
        assert job.error.code == "engine_failed"
        assert advice in job.error.message
        assert service.state == "degraded"
        assert service.reason == job.error.message
        with pytest.raises(AltdError) as caught:
            service.submit(picture(), DescriptionRequest())
        assert caught.value.code == "engine_failed"


async def test_the_server_side_imports_no_model_library() -> None:
    code = (
        "import sys, altd.describe.service\n"
        "heavy = {'torch', 'transformers', 'peft', 'PIL', 'onnxruntime', 'cv2', 'numpy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True, slots=True)
class OddSettings(ServiceSettings):
    """Starts the engine tests' child, which dies of the picture `crash` while it opens it."""

    mode: str = "good"

    def command(self, generation: str | None) -> list[str]:
        child = Path(__file__).parents[1] / "engine" / "odd_child.py"
        return [sys.executable, str(child), self.mode]


@pytest.mark.parametrize("mode", ["good", "batch"])
async def test_a_picture_that_kills_the_decoder_twice_is_refused_and_harms_no_other(
    tmp_path: Path, mode: str
) -> None:
    async with running(OddSettings(tmp_path, timing=FAST, mode=mode)) as service:
        poison = service.submit(b"crash", DescriptionRequest())
        healthy = [service.submit(b"12345" + bytes(size), DescriptionRequest()) for size in range(4)]
        await asyncio.gather(finished(poison), *map(finished, healthy))
        assert poison.error is not None
        assert (poison.error.code, poison.attempts) == ("image_undecodable", 2)
        for size, job in enumerate(healthy):
            assert job.result is not None
            assert job.result.text == f"{5 + size} bytes"
            assert set(job.result.timings_ms) == {"queue", "total"}


async def test_one_death_while_a_picture_is_opened_is_not_the_pictures_fault(tmp_path: Path) -> None:
    async with running(OddSettings(tmp_path, timing=FAST, mode="slow")) as service:
        job = service.submit(b"12345", DescriptionRequest())
        while job.state != "running" or service.state != "ready":
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # it is being opened now
        assert service.engine_pid is not None
        os.kill(service.engine_pid, signal.SIGABRT)  # as the runtime of a graphics card ends a process
        while service.state == "ready":
            await asyncio.sleep(0.01)
        assert service.state == "degraded"
        assert service.reason
        await finished(job)
        assert job.result is not None, job.error
        assert job.attempts == 2
        assert (service.state, service.reason) == ("ready", None)
