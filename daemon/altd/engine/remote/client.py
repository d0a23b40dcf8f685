"""Asking an OpenAI-compatible server about one picture, under limits, with further tries where they help.

The connection is closed as soon as nobody wants the answer any more: that is how servers of this kind learn
to stop. Redirects are refused and no proxy is used, so that pictures go where the settings say and
nowhere else.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from altd.engine.remote.answers import GarbledError, model_names, pieces_of
from altd.engine.remote.retries import TryAgain, retry_after, waiting_time
from altd.engine.remote.target import Target
from altd.errors import AltdError

MAX_TEXT = 2000
"""Characters after which an answer is cut: twice the longest text that is served."""

_CONNECT_S = 5.0
_PROBE_S = 5.0
_log = logging.getLogger("altd.remote")


@dataclass(frozen=True, slots=True)
class Question:
    """One picture and what is asked about it.

    Attributes:
        picture: a JPEG file.
        text: the user's message.
        system: the system message; empty for none.
        temperature: 0 for the most probable answer.
    """

    picture: bytes
    text: str
    system: str = ""
    max_tokens: int = 200
    temperature: float = 0.0
    seed: int = 0

    def body(self, model: str, *, logprobs: bool) -> dict[str, Any]:
        """The request as OpenAI's interface takes it."""
        uri = "data:image/jpeg;base64," + base64.b64encode(self.picture).decode()
        content = [{"type": "image_url", "image_url": {"url": uri}}, {"type": "text", "text": self.text}]
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if self.system:
            messages.insert(0, {"role": "system", "content": self.system})
        return {
            "model": model,
            "messages": messages,
            "stream": True,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
            **({"logprobs": True} if logprobs else {}),
        }


@dataclass(frozen=True, slots=True)
class Said:
    """The text as it came, and its tokens' mean natural log-probability where the server gave them."""

    text: str
    mean_logp: float | None


class RemoteClient:
    """A connection pool to one server.

    Attributes:
        gives_logprobs: whether the last answer came with log-probabilities; None before the first.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.gives_logprobs: bool | None = None
        self._wants_logprobs = True
        self._listed: frozenset[str] = frozenset()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the pool; no connection is made yet."""
        headers = {"Accept-Encoding": "identity"}  # a compressed answer could unpack to gigabytes
        if self.target.key:
            headers["Authorization"] = f"Bearer {self.target.key}"
        self._session = aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
            connector=aiohttp.TCPConnector(limit=self.target.parallel + 1),  # one for `probe`
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def probe(self) -> None:
        """Ask whether the server is there and takes the key; raises like `ask`."""
        try:
            async with asyncio.timeout(_PROBE_S), self._request("GET", "/models") as response:
                if response.status in (401, 403) or response.status >= 500:
                    self._refuse(response)
                self._listed = await model_names(response)
        except TimeoutError:
            raise AltdError("remote_unreachable", self._silent()) from None
        except aiohttp.ClientError:
            raise AltdError("remote_unreachable", self._silent()) from None

    async def ask(self, question: Question, on_text: Callable[[str], None]) -> Said:
        """Ask one question; cancelling this closes the connection.

        Args:
            on_text: called with the whole text so far as it grows.

        Raises:
            AltdError: `remote_unreachable`, `remote_busy`, `remote_failed`, `remote_refused`,
                `remote_timeout`.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_attempt(self.target.retries + 1) | stop_before_delay(self.target.timeout_s),
            wait=waiting_time,
            reraise=True,
        )
        try:
            async with asyncio.timeout(self.target.timeout_s):
                return await retrying(self._ask_once, question, on_text)
        except TimeoutError:
            raise AltdError(
                "remote_timeout",
                f"The remote server at {self.target.host} took longer than {self.target.timeout_s:g} s; "
                "choose a faster model there or raise `remote_timeout_s`.",
            ) from None

    async def _ask_once(self, question: Question, on_text: Callable[[str], None]) -> Said:
        """One try; a server that refuses is asked without log-probabilities, which some do not know."""
        if self._wants_logprobs:
            said = await self._once(question, on_text, logprobs=True)
            if said is not None:
                return said
        said = await self._once(question, on_text, logprobs=False)
        assert said is not None
        self._wants_logprobs = False  # it takes the request without them, so that was the reason
        return said

    async def _once(
        self, question: Question, on_text: Callable[[str], None], *, logprobs: bool
    ) -> Said | None:
        """The answer; None for a refusal that log-probabilities may be the reason of."""
        body = question.body(self.target.model, logprobs=logprobs)
        try:
            async with self._request("POST", "/chat/completions", json=body) as response:
                try:
                    if response.status in (400, 422) and logprobs:
                        return None
                    if response.status != 200:
                        self._refuse(response)
                    return await self._listen(response, on_text)
                finally:
                    response.close()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise TryAgain("remote_unreachable", self._silent()) from None
        except (aiohttp.ClientError, GarbledError) as error:
            _log.warning("the remote server's answer is of no use: %s", type(error).__name__)
            raise TryAgain("remote_failed") from None

    async def _listen(self, response: aiohttp.ClientResponse, on_text: Callable[[str], None]) -> Said:
        text, logps = "", list[float]()
        async for piece in pieces_of(response):
            text += piece.text
            logps += piece.logps
            if len(text) >= MAX_TEXT:
                break
            if piece.text:
                on_text(text)
        self.gives_logprobs = bool(logps)
        return Said(text[:MAX_TEXT], sum(logps) / len(logps) if logps else None)

    def _request(self, method: str, path: str, **more: Any) -> Any:
        assert self._session is not None, "start first"
        return self._session.request(method, self.target.base + path, allow_redirects=False, **more)

    def _refuse(self, response: aiohttp.ClientResponse) -> None:
        """Raise what a status means; the server's own words are not repeated, they could hold anything."""
        status, host = response.status, self.target.host
        unclear = f"({status}); {self._advice()}."
        if status in (429, 503):
            raise TryAgain("remote_busy", after=retry_after(response.headers))
        if status >= 500 or status == 408:
            raise TryAgain("remote_failed", f"The remote server at {host} failed {unclear}")
        if status in (401, 403):
            message = (
                f"The remote server at {host} does not take the key; set ALTD_REMOTE_KEY to a valid one."
            )
        elif status == 404:
            message = (
                f"The remote server at {host} has no model `{self.target.model}` or no chat completions; "
                "correct `remote_model` or `remote_url`."
            )
        else:
            message = f"The remote server at {host} refuses the request {unclear}"
        raise AltdError("remote_refused", message)

    def _advice(self) -> str:
        """What to do about a failure that the server does not explain by its status."""
        if self._listed and self.target.model not in self._listed:
            return f"it lists no model `{self.target.model}`: correct `remote_model` or look into its log"
        return "look into its log"

    def _silent(self) -> str:
        return f"The remote server at {self.target.host} does not answer; start it or correct `remote_url`."
