"""A daemon before a remote server, and a second daemon before the first: every hop is real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import openai
import pytest
from aiohttp import web

from altd.config import Settings
from altd.describe.job import DescriptionRequest
from altd.paths import Paths
from altd.server.app import build_app
from altd.server.daemon import running_state
from altd.server.instance import sole_instance
from altd.server.state import State
from daemon.engine.remote.odd_server import TEXT, odd_server
from daemon.server.test_chat import image_part
from daemon_process import picture


@asynccontextmanager
async def serving(home: Path, base: str) -> AsyncIterator[tuple[State, str]]:
    """A daemon inside this process whose remote server is at `base`; gives its parts and its own base."""
    paths = Paths.under(home)
    paths.ensure()
    settings = Settings(remote_url=base, remote_model="odd", remote_prompt="trained", remote_retries=0)
    with sole_instance(paths):
        async with running_state(paths, settings) as state:
            runner = web.AppRunner(build_app(state), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield state, f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
            await runner.cleanup()


async def test_a_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with odd_server() as server, serving(tmp_path / "near", server.base) as (near, base):
        token = near.paths.token_file.read_text()
        monkeypatch.setenv("ALTD_REMOTE_KEY", token)
        async with serving(tmp_path / "far", base) as (far, _):
            job = far.service.submit(picture(1), DescriptionRequest())
            await job.wait(200)
            assert job.result is not None, job.error
            assert (job.result.text, job.result.confidence) == (TEXT, "low")
            assert far.service.gives_logprobs is False

            server.script = ["slow"]
            gone = far.service.submit(picture(2), DescriptionRequest())
            while not server.at_once:
                await asyncio.sleep(0.01)
            far.service.cancel(gone.id)
            await asyncio.wait_for(server.left.wait(), 20)  # two hops away

        async with openai.AsyncOpenAI(base_url=base, api_key=token, max_retries=0) as client:
            models = [model.id async for model in client.models.list()]
            assert models[0] == "odd"
            messages = [{"role": "user", "content": [image_part(picture(3))]}]
            whole = await client.chat.completions.create(model="odd", messages=messages)  # type: ignore[arg-type]
            assert whole.choices[0].message.content == TEXT
            server.script = ["slow"]
            messages = [{"role": "user", "content": [image_part(picture(4))]}]
            stream = await client.chat.completions.create(model="odd", messages=messages, stream=True)  # type: ignore[call-overload]
            assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == TEXT
            server.script = ["404"]
            messages = [{"role": "user", "content": [image_part(picture(5))]}]
            with pytest.raises(openai.APIStatusError) as caught:
                await client.chat.completions.create(model="odd", messages=messages)  # type: ignore[arg-type]
            assert (caught.value.status_code, caught.value.code) == (502, "remote_refused")
