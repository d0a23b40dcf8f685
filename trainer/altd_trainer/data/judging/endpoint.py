"""A judge behind any server that speaks OpenAI's chat format: Gemini, OpenAI, Ollama, llama.cpp, vLLM.

The `openai` package is the client, since time-outs, attempts with growing pauses and the server's own
`Retry-After` are its work already, and Gemini documents it for its endpoint. The key is read from the
environment or from the system's keyring; it is in no message, no file and no log.
"""

import base64
import logging
import os
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionContentPartParam

from altd_trainer.data.judging.judge import JudgeError, Question

KEY_VARIABLE = "ALTD_JUDGE_KEY"
KEYRING_SERVICE = "altd-judge"
_LOCAL = ("localhost", "127.0.0.1", "::1")

for _name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):  # requests hold people's pictures
    logging.getLogger(_name).setLevel(logging.WARNING)


class EndpointJudge:
    """A model on a server.

    Args:
        address: base address, as in `https://generativelanguage.googleapis.com/v1beta/openai/`.
        model: its name there.
        timeout: seconds for one attempt.
        attempts: how often a question is asked before the run ends.

    Raises:
        JudgeError: the address is not one, or would send the key or pictures over the network in the clear.
    """

    def __init__(self, address: str, model: str, timeout: float = 60, attempts: int = 5) -> None:
        host = _checked(address)
        self.name = f"{model} at {host}"
        self._model = model
        self._client = openai.OpenAI(
            base_url=address,
            api_key=_key(host) or "none",
            timeout=timeout,
            max_retries=attempts - 1,
        )

    def __call__(self, question: Question) -> str:
        """The answer in words.

        Raises:
            JudgeError: no answer after all attempts, or the server refuses.
        """
        try:
            completion = self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "user", "content": _content(question)}],
                max_tokens=question.most_tokens,
                temperature=0,
            )
        except openai.OpenAIError as error:
            raise JudgeError(_sentence(error, self.name)) from None
        return (completion.choices[0].message.content if completion.choices else None) or ""


def _content(question: Question) -> list[ChatCompletionContentPartParam]:
    content: list[ChatCompletionContentPartParam] = [{"type": "text", "text": question.text}]
    if question.image is not None:
        data = base64.b64encode(question.image).decode("ascii")
        content.append({"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}})
    return content


def _checked(address: str) -> str:
    """The host, for a name without anything secret in it."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise JudgeError("The judge's address is not one; give it as in https://host/v1.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise JudgeError("The judge's address is not one; give it as in https://host/v1.")
    if parts.username or parts.password or parts.query:
        raise JudgeError(f"Leave the key out of the judge's address and put it into {KEY_VARIABLE}.")
    if parts.scheme == "http" and host not in _LOCAL:
        raise JudgeError("The judge's address must begin with https:// unless it is on this machine.")
    return parts.netloc


def _key(host: str) -> str | None:
    """From the environment, else from the keyring, where there is one."""
    if key := os.environ.get(KEY_VARIABLE, "").strip():
        return key
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        key = keyring.get_password(KEYRING_SERVICE, host)
    except KeyringError:  # no keyring on this machine, or it stays locked
        return None
    return str(key) if key else None


def _sentence(error: openai.OpenAIError, name: str) -> str:
    """What to do; never the server's own words, which may repeat the key."""
    again = "the same command goes on where this one stopped"
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return f"{name} does not accept the key; put a valid one into {KEY_VARIABLE}, and {again}."
    if isinstance(error, openai.NotFoundError):
        return f"{name} was not found; check the address and the name of the model."
    if isinstance(error, openai.RateLimitError):
        return f"{name} lets no more questions through; wait or raise the limit there, and {again}."
    if isinstance(error, openai.APITimeoutError):
        return f"{name} did not answer in time; raise --timeout or try later, and {again}."
    if isinstance(error, openai.APIStatusError):
        return (
            f"{name} refused the question (HTTP {error.status_code}); check model and address, and {again}."
        )
    return f"{name} could not be reached; check the address and the network, and {again}."
