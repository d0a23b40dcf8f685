"""Any server with OpenAI's chat completions: another program's model, or a running daemon."""

import base64
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from altd.describe.clean import clean
from altd.describe.prompt import PROMPT_VERSION, build_question
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.identity import digest
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.reading import ask

KEY_VARIABLE = "ALTD_EVAL_KEY"
_MAX_SIDE = 1024
_PATIENCE_S = 300.0


class ChatServer:
    """A model behind OpenAI's interface.

    The pictures are sent there. Its answers are cleaned as the daemon cleans them; it does not say how sure
    it is. The bearer token, where it wants one, stands in the environment as `ALTD_EVAL_KEY`.

    Args:
        url: the interface's root, as in `http://127.0.0.1:8000/v1`.
        model: the name that the server knows the model by.
        cache: folder of `KeepingReader`.

    Raises:
        ValueError: the address is not one of HTTP.
    """

    def __init__(self, url: str, model: str, *, cache: Path) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url} is no address of a server: it begins with http:// or https://")
        self.name = model
        self._url, self._model, self._cache = url.rstrip("/"), model, cache
        self.digest = digest(["server", self._url, model, PROMPT_VERSION])

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        """The server's text for each picture; one that it refuses is `failed`.

        Raises:
            ValueError: there is no such server, or it does not know us.
        """
        for item in items:
            (question,) = ask([item], "reader", self._cache)
            text = build_question(question.context, question.lines)
            answer = self._say(text, question.image)
            yield answer if answer.error else _with_lines(answer, tuple(question.lines))

    def _say(self, question: str, image: Image.Image) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            f"{self._url}/chat/completions", self._body(question, image), _headers()
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE_S) as response:  # noqa: S310
                said = str(json.load(response)["choices"][0]["message"]["content"])
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                raise ValueError(f"{self._url} wants a token: put it into {KEY_VARIABLE}") from None
            return Answer("", "failed", error=f"The server answered {error.code} {error.reason}.")
        except urllib.error.URLError as error:
            raise ValueError(f"{self._url} does not answer: {error.reason}") from None
        except (OSError, HTTPException, ValueError, LookupError, TypeError):
            return Answer("", "failed", error="The server's answer cannot be understood.")
        text = clean(said)
        return Answer(text, "done" if text else "no_description", said=said)

    def _body(self, question: str, image: Image.Image) -> bytes:
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": _data_uri(image)}},
            {"type": "text", "text": question},
        ]
        messages = [{"role": "user", "content": content}]
        body = {"model": self._model, "messages": messages, "temperature": 0, "max_tokens": 128}
        return json.dumps(body).encode()


def _headers() -> dict[str, str]:
    key = os.environ.get(KEY_VARIABLE, "")
    return {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})


def _data_uri(image: Image.Image) -> str:
    small = image.copy()
    small.thumbnail((_MAX_SIDE, _MAX_SIDE))
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=90)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _with_lines(answer: Answer, lines: tuple[str, ...]) -> Answer:
    return Answer(answer.text, answer.state, said=answer.said, lines=lines)
