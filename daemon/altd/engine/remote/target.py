"""Where the remote server is, and whether pictures may go there."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from altd.errors import AltdError


@dataclass(frozen=True, slots=True)
class Target:
    """A server that answers, and how patient altd is with it.

    Attributes:
        base: the interface's root without a slash at its end, as in `http://127.0.0.1:11434/v1`.
        host: name or address with the port where one was given; what people are shown.
        is_local: whether the server runs on this machine, as far as its address tells.
        model: the name that the server knows the model by.
        key: bearer token; kept out of `repr`, so that no log or traceback shows it.
        guided: whether a general model is told what an alternative text is. A model that altd trained
            answers to the bare prompt of its training instead.
        parallel: requests that run there at once.
        timeout_s: seconds for one description, further tries included.
        retries: further tries after a failure that may pass.
    """

    base: str
    host: str
    is_local: bool
    model: str
    key: str | None = field(default=None, repr=False)
    guided: bool = True
    parallel: int = 4
    timeout_s: float = 120.0
    retries: int = 3


@dataclass(frozen=True, slots=True)
class Address:
    """The address part of a `Target`."""

    base: str
    host: str
    is_local: bool
    encrypted: bool


def parse_address(url: str, allowed_host: str = "") -> Address:
    """Check a server's address.

    Args:
        url: `http` or `https`; without a path, `/v1` is meant.
        allowed_host: the one other machine that the user allows pictures to be sent to.

    Raises:
        AltdError: `config_invalid`; the message names the setting and repeats no password.
    """
    parts, port = _split(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    is_local = _is_loopback(host)
    if not is_local and host != allowed_host.strip().strip("[]").lower():
        raise _invalid(
            f"`remote_url` leads to another machine, and every picture would be sent there; to allow that, "
            f'set `remote_allowed_host = "{host}"`'
        )
    netloc = shown if port is None else f"{shown}:{port}"
    path = parts.path.rstrip("/") or "/v1"
    return Address(f"{parts.scheme}://{netloc}{path}", netloc, is_local, parts.scheme == "https")


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise _invalid("`remote_url` is no address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _invalid("`remote_url` must look like http://127.0.0.1:11434/v1")
    if parts.username is not None or parts.password is not None:
        raise _invalid("leave name and password out of `remote_url`; a key stands in ALTD_REMOTE_KEY")
    if parts.query or parts.fragment:
        raise _invalid("`remote_url` ends with its path; leave out what begins with ? or #")
    return parts, port


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _invalid(detail: str) -> AltdError:
    return AltdError("config_invalid", f"Correct the settings: {detail}.")
