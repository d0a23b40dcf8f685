"""What is not as documented gets a code, never a stack trace, a library's words or a dead daemon."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator

import pytest

from altd.errors import ERRORS
from altd.server.upload import IMAGE_LIMIT
from daemon_process import Answer, Daemon, multipart, picture


@pytest.fixture(autouse=True)
def _still_alive(daemon: Daemon) -> Iterator[None]:
    yield
    assert daemon.process.poll() is None
    assert daemon.ask("GET", "/health").body["status"] == "ready"


def outcome(daemon: Daemon, image: bytes) -> Answer:
    answer = daemon.submit(image)
    while answer.status == 202:
        answer = daemon.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
    return answer


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"not an image", "image_undecodable"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "image_undecodable"),
        (b"GIF89a" + bytes(20), "image_undecodable"),
        (picture(form="JPEG")[:200], "image_undecodable"),
        (picture(form="JPEG", size=(800, 600))[:-600], "image_undecodable"),
        (picture(form="PNG")[:60], "image_undecodable"),
        (picture(form="BMP"), "image_undecodable"),
        (png_header(10_000, 10_000), "image_too_large"),
        (png_header(2**31 - 1, 2**31 - 1), "image_too_large"),
        (png_header(0, 0), "image_undecodable"),
    ],
    ids=["text", "eps", "gif", "jpeg 200 B", "jpeg cut", "png cut", "bmp", "100 MP", "2^62 px", "0 px"],
)
def test_images(daemon: Daemon, image: bytes, code: str) -> None:
    answer = outcome(daemon, image)
    assert (answer.status, answer.code) == (ERRORS[code].status, code)
    assert answer.body["error"]["message"] == ERRORS[code].message


def test_an_empty_image(daemon: Daemon) -> None:
    answer = daemon.submit(b"")
    assert (answer.status, answer.code) == (400, "image_missing")


def test_no_image_field(daemon: Daemon) -> None:
    assert daemon.submit(None, b"{}").code == "image_missing"


def test_a_body_that_is_not_multipart(daemon: Daemon) -> None:
    assert daemon.json("POST", "/v1/descriptions", {}).code == "image_missing"
    assert daemon.ask("POST", "/v1/descriptions", data=b"").code == "image_missing"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"--border",
        b"no border at all",
        b"--border\r\n\r\n",
        b"--border\r\nno header\xff\x00\r\n\r\n",
        b"--border\r\n" + b"x" * 100_000 + b": y\r\n\r\n",
        multipart({"image": b"x"})[0][:-20],
    ],
)
def test_broken_multipart(daemon: Daemon, data: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=border"}
    answer = daemon.ask("POST", "/v1/descriptions", data=data, headers=headers)
    assert answer.status in (202, 400)  # 202: the image is whole, only the closing border is missing


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_multipart_without_a_border(daemon: Daemon, content_type: str) -> None:
    answer = daemon.ask("POST", "/v1/descriptions", data=b"--x--", headers={"Content-Type": content_type})
    assert (answer.status, answer.code) == (400, "invalid_request")


def test_unknown_multipart_fields(daemon: Daemon) -> None:
    data, content_type = multipart({"image": picture(), "picture": b"x"})
    answer = daemon.ask("POST", "/v1/descriptions", data=data, headers={"Content-Type": content_type})
    assert (answer.status, answer.code) == (400, "invalid_request")


@pytest.mark.parametrize(
    "request_field",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"context": "text"}',
        b'{"context": {"text": 1}}',
        b'{"context": {"texts": "misspelt"}}',
        b'{"detail": "short"}',
        b'{"priority": 1}',
        b'{"language": "en; drop table"}',
        b'{"unknown": true}',
        json.dumps({"context": {"text": "x" * 20_001}}).encode(),
    ],
)
def test_json_of_the_wrong_shape(daemon: Daemon, request_field: bytes) -> None:
    answer = daemon.submit(picture(), request_field)
    assert (answer.status, answer.code) == (400, "invalid_request")


def test_an_error_repeats_nothing_that_was_sent(daemon: Daemon) -> None:
    answer = daemon.submit(picture(), b'{"language": "my secret", "detail": "secret"}')
    assert b"secret" not in answer.data


def test_an_image_over_the_limit(daemon: Daemon) -> None:
    answer = daemon.submit(bytes(IMAGE_LIMIT + 1))
    assert (answer.status, answer.code) == (413, "body_too_large")


def test_a_json_body_over_the_limit(daemon: Daemon) -> None:
    answer = daemon.json("POST", "/v1/feedback", {"text": "x" * 300_000})
    assert (answer.status, answer.code) == (413, "body_too_large")


@pytest.mark.parametrize("wait", ["-1", "21", "nan", "inf", "soon", ""])
def test_waits_that_are_none(daemon: Daemon, wait: str) -> None:
    assert daemon.ask("GET", f"/v1/descriptions/x?wait={wait}").code == "invalid_request"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/descriptions/../../etc/passwd", 404, "not_found"),
        ("GET", "/v1/descriptions/%00", 404, "unknown_description"),
        ("GET", "/v1/descriptions/0123", 404, "unknown_description"),
        ("GET", "/v1/descriptions/0123/events", 404, "unknown_description"),
        ("DELETE", "/v1/descriptions/0123", 404, "unknown_description"),
        ("DELETE", "/v1/feedback/0123", 404, "unknown_feedback"),
        ("PATCH", "/v1/status", 405, "method_not_allowed"),
        ("POST", "/health", 405, "method_not_allowed"),
    ],
)
def test_addresses(daemon: Daemon, method: str, path: str, status: int, code: str) -> None:
    answer = daemon.ask(method, path)
    assert (answer.status, answer.code) == (status, code)
