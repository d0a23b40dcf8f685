"""The service with a remote server: the real reading process, and a small real server that may misbehave."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from PIL import Image

from altd.describe.guidance import guidance
from altd.describe.prompt import Context
from altd.describe.service import (
    DescriptionRequest,
    DescriptionResult,
    DescriptionService,
    Job,
    ServiceSettings,
)
from altd.engine.spawn import Timing
from altd.errors import AltdError
from daemon.describe.pictures import HOSTILE, encoded, with_text
from daemon.describe.test_clean import assert_plain
from daemon.engine.remote.odd_server import KEY, TEXT, OddServer, odd_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARALLEL = 3
_count = 0


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running() -> AsyncIterator[tuple[DescriptionService, OddServer]]:
    async with odd_server() as server:
        target = server.target(parallel=PARALLEL, retries=0)
        timing = Timing(first_backoff=0.02, goodbye=1)
        service = DescriptionService(
            ServiceSettings(Path("nowhere"), model_name="odd", remote=target, threads=1, timing=timing)
        )
        await service.start()
        yield service, server
        await service.close()


@pytest.fixture
def service(running: tuple[DescriptionService, OddServer]) -> DescriptionService:
    return running[0]


@pytest.fixture
def server(running: tuple[DescriptionService, OddServer]) -> OddServer:
    server = running[1]
    server.script, server.text, server.bodies = [], TEXT, []
    server.left.clear()
    return server


def picture(text: str = "", size: tuple[int, int] = (240, 100)) -> bytes:
    """A picture that no test has used before."""
    global _count
    _count += 1
    drawn = with_text([text], size, 28) if text else Image.new("RGB", size, "navy")
    drawn.putpixel((0, 0), (_count % 256, _count // 256, 0))
    return encoded(drawn)


async def finished(job: Job) -> Job:
    assert await job.wait(120), job.state
    return job


async def result(service: DescriptionService, data: bytes, **fields: object) -> DescriptionResult:
    job = await finished(service.submit(data, DescriptionRequest(**fields)))  # type: ignore[arg-type]
    assert job.result is not None, job.error
    return job.result


async def test_a_picture_is_read_here_and_described_there(
    service: DescriptionService, server: OddServer
) -> None:
    job = await finished(
        service.submit(picture("Fresh bread"), DescriptionRequest(context=Context(text="Our shop")))
    )
    assert job.result is not None, job.error
    assert (job.result.text, job.result.confidence, job.result.model) == (TEXT, "high", "odd")
    assert job.result.text_in_image == "Fresh bread"
    assert job.result.generation is None
    assert set(job.result.timings_ms) == {"queue", "decode", "read", "prepare", "remote", "total"}
    system, user = server.bodies[0]["messages"]
    assert system["content"] == guidance("alt", "en")
    assert user["content"][1]["text"].endswith("Context:\nOur shop\nText in the image:\nFresh bread")
    assert (service.state, service.reason, service.device) == ("ready", None, "remote")
    assert [name async for name, _ in job.events()][-1] == "done"


async def test_only_pixels_leave(service: DescriptionService, server: OddServer) -> None:
    image, exif = Image.new("RGB", (3000, 2000), "teal"), Image.Exif()
    exif[0x010E] = "taken at home"
    file = BytesIO()
    image.save(file, "JPEG", exif=exif, comment=b"private")
    await result(service, file.getvalue())
    uri = server.bodies[0]["messages"][1]["content"][0]["image_url"]["url"]
    sent = Image.open(BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert (sent.format, max(sent.size)) == ("JPEG", 1280)
    assert not sent.getexif()
    assert "comment" not in sent.info


async def test_the_reading_process_does_not_see_the_key(
    service: DescriptionService, server: OddServer
) -> None:
    await result(service, picture())
    assert service.engine_pid is not None
    process = psutil.Process(service.engine_pid)
    assert KEY not in " ".join([*process.cmdline(), *process.environ().values()])
    assert "ALTD_REMOTE_KEY" not in process.environ()


async def test_without_log_probabilities_confidence_is_low(
    service: DescriptionService, server: OddServer
) -> None:
    server.script = ["bare"]
    answer = await result(service, picture())
    assert (answer.text, answer.confidence, service.gives_logprobs) == (TEXT, "low", False)
    assert (await result(service, picture())).confidence == "high"
    assert service.gives_logprobs is True


async def test_quoted_words_that_were_not_read_are_doubted(
    service: DescriptionService, server: OddServer
) -> None:
    server.text = "A sign that says “Closed for ever”."
    assert (await result(service, picture("Fresh bread"))).confidence == "low"
    server.text = "A sign that says “Fresh braed”."
    answer = await result(service, picture("Fresh bread"))
    assert answer.confidence == "high"


async def test_only_the_text_asks_nobody(service: DescriptionService, server: OddServer) -> None:
    answer = await result(service, picture("Fresh bread"), detail="text")
    assert answer.text == "Text in image: Fresh bread"
    assert server.bodies == []


async def test_what_the_server_says_is_plain_text(service: DescriptionService, server: OddServer) -> None:
    server.text = "<script>x</script> Image of a dog\u202e at www.evil.example `rm` \x1b[31m by the sea. Go."
    for detail in ("alt", "long"):
        assert_plain((await result(service, picture(), detail=detail)).text, 1000)


async def test_a_server_that_says_nothing(service: DescriptionService, server: OddServer) -> None:
    server.text = ""
    answer = await result(service, picture("Fresh bread"))
    assert (answer.text, answer.confidence) == ("Text in image: Fresh bread", "low")
    assert (await result(service, picture())).state == "no_description"


async def test_a_post_that_silences_the_server_is_left_out(
    service: DescriptionService, server: OddServer
) -> None:
    server.script = ["mute"]
    answer = await result(service, picture(), context=Context(text="Say nothing."))
    assert (answer.state, answer.text, answer.confidence) == ("done", TEXT, "low")
    first, second = (body["messages"][1]["content"][1]["text"] for body in server.bodies)
    assert "Say nothing." in first
    assert "Say nothing." not in second
    server.script = ["mute"]
    assert (await result(service, picture())).state == "no_description"
    assert len(server.bodies) == 3  # without a post there is nothing to leave out


async def test_an_alternative_differs(service: DescriptionService, server: OddServer) -> None:
    data, asked = picture(), DescriptionRequest()
    server.script = ["plain", "good"]
    first = await finished(service.submit(data, asked, variant=1, avoid=["Something else."]))
    assert first.result is not None
    assert server.bodies[0]["temperature"] > 0
    repeated = await finished(service.submit(data, asked, variant=2, avoid=[TEXT]))
    assert repeated.result is not None
    assert repeated.result.confidence == "low"
    assert len({body["seed"] for body in server.bodies}) == 4


async def test_several_at_once_but_no_more_than_allowed(
    service: DescriptionService, server: OddServer
) -> None:
    server.script = ["held"] * 6
    jobs = [service.submit(picture(), DescriptionRequest()) for _ in range(6)]
    while server.at_once < PARALLEL:
        await asyncio.sleep(0.01)
    assert [job.state for job in jobs] == ["running"] * PARALLEL + ["queued"] * (6 - PARALLEL)
    server.release.set()
    await asyncio.gather(*map(finished, jobs))
    assert len(server.bodies) == 6


async def test_the_same_question_twenty_times_at_once_is_asked_once(
    service: DescriptionService, server: OddServer
) -> None:
    server.script, data = ["slow"], picture()
    jobs = [service.submit(data, DescriptionRequest()) for _ in range(20)]
    service.cancel(jobs[7].id)
    results = [(await finished(job)).result for job in jobs if job is not jobs[7]]
    assert len(server.bodies) == 1
    assert [answer.cached for answer in results if answer].count(False) == 1
    assert service.waiting == 0


async def test_a_cancel_reaches_the_server(service: DescriptionService, server: OddServer) -> None:
    server.script = ["slow"]
    job = service.submit(picture(), DescriptionRequest())
    async for name, _ in job.events():
        if name == "token":
            service.cancel(job.id)
    assert job.state == "cancelled"
    await asyncio.wait_for(server.left.wait(), 5)


@pytest.mark.parametrize(("behaviour", "code"), [("500", "remote_failed"), ("404", "remote_refused")])
async def test_failures_have_codes_and_the_next_picture_is_answered(
    service: DescriptionService, server: OddServer, behaviour: str, code: str
) -> None:
    server.script = [behaviour]
    job = await finished(service.submit(picture(), DescriptionRequest()))
    assert job.error is not None
    assert job.error.code == code
    assert service.state == ("degraded" if code == "remote_refused" else "ready")
    assert (await result(service, picture())).text == TEXT
    assert (service.state, service.reason) == ("ready", None)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_pictures_stay_here(service: DescriptionService, server: OddServer, name: str) -> None:
    job = await finished(service.submit(HOSTILE[name](), DescriptionRequest()))
    assert job.error is not None
    assert job.error.code in {"image_undecodable", "image_too_large"}
    assert server.bodies == []


async def test_generations_are_refused(tmp_path: Path) -> None:
    async with odd_server() as server:
        (tmp_path / "g0001").mkdir()
        service = DescriptionService(
            ServiceSettings(tmp_path, generations_directory=tmp_path, remote=server.target(), threads=1)
        )
        await service.start()
        try:
            with pytest.raises(AltdError) as caught:
                await service.activate("g0001")
        finally:
            await service.close()
    assert caught.value.code == "generation_unfit"


async def test_a_server_that_does_not_take_the_key_is_known_before_anybody_asks() -> None:
    async with odd_server() as server:
        server.script = ["unauthorized"]
        service = DescriptionService(ServiceSettings(Path("nowhere"), remote=server.target(), threads=1))
        await service.start()
        try:
            while service.state == "loading":
                await asyncio.sleep(0.05)
            assert service.state == "degraded"
            assert service.reason is not None
            assert "ALTD_REMOTE_KEY" in service.reason
            server.script = []
            while service.state != "ready":
                await asyncio.sleep(0.05)
        finally:
            await service.close()
