"""The requests of the fuzzer: for every route of the daemon, and for pictures most of all.

A case is a pure function of (seed, number), so that one that fails can be sent again alone.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from altd.server.routes import ROUTES
from altd.server.routing import Route
from daemon_process import multipart
from fuzz.corpus import seeds
from fuzz.mutations import mutate, mutate_json

_TYPES = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 200,
    "multipart/mixed; boundary=border",
    "image/png",
    "; ; ;",
    "application/json; charset=utf-7",
    "application/json; charset=nonsense",
    "",
)
_IDS = (
    "x",
    "0" * 100,
    "%00",
    "..%2f..%2fetc",
    "%F0%9F%92%A9",
    "%ff%fe",
    "a" * 4000,
    "-1",
    "g0001",
    "nan",
    "%2e%2e",
)
_QUERIES = (
    "wait=0",
    "wait=-1",
    "wait=1e999",
    "wait=nan",
    "wait=%00",
    "wait=0&wait=0",
    "w[]=1",
    "wait=" + "9" * 999,
)
BODIES: dict[str, dict[str, Any]] = {
    "DescriptionBody": {
        "context": {
            "site": "x",
            "text": "a day out",
            "author": "Ada",
            "quoted": "",
            "title": "",
            "extra": "",
        },
        "language": "en",
        "detail": "text",
        "media_key": "m1",
        "priority": "visible",
    },
    "FeedbackBody": {"description_id": "x", "verdict": "edit", "text": "a boat", "other_id": "y", "key": "k"},
    "ActiveBody": {"generation": "g9999", "expected_generation": "g0001"},
    "TokenBody": {"name": "native host", "origin": "chrome-extension://" + "a" * 32},
    "PairBody": {"code": "ABCD-EFGH", "name": "Firefox"},
    "ChatBody": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "https://evil.example/a.png"}},
                ],
            }
        ],
        "stream": False,
        "temperature": 0.8,
        "seed": 7,
    },
}
"""A sound body for each schema; a new route's schema must be added here (`test_requests.py` says so)."""


@dataclass(frozen=True)
class Case:
    """One request; `kind` is `picture` where an image reaches the decoder when the request is taken."""

    kind: str
    method: str
    path: str
    route: Route | None = None
    data: bytes | None = None
    headers: dict[str, str | None] = field(default_factory=dict)


def make(seed: int, number: int) -> Case:
    """The case of that number: 55 % pictures, 35 % bodies, 10 % addresses and headers."""
    random = Random(f"{seed}/{number}")
    kind = random.choices((_picture, _body, _address), (55, 35, 10))[0]
    return kind(random)


def picture_file(random: Random) -> bytes:
    """A picture of the corpus, mostly mutated, now and then as it is."""
    files = seeds()
    large = [name for name in files if name.startswith("large")]
    small = [name for name in files if name not in large]
    name = random.choice(large if random.random() < 0.01 else small)
    data = files[name]
    if random.random() < 0.03:  # the head of one file on the body of another
        return data[: random.randint(4, 64)] + files[random.choice(small)][random.randint(4, 64) :]
    return data if random.random() < 0.05 else mutate(data, random)


def _picture(random: Random) -> Case:
    image = picture_file(random)
    return _chat(image, random) if random.random() < 0.1 else submission(image, random.randrange(1000))


def submission(image: bytes, post: int = 0) -> Case:
    """A picture's text is asked for, soundly, whatever the picture is."""
    request = {"detail": "text", "context": {"text": f"post {post}"}}
    data, content_type = multipart({"request": json.dumps(request).encode(), "image": image})
    return _case("picture", _route("POST", "/v1/descriptions"), data, content_type)


def _chat(image: bytes, random: Random) -> Case:
    """As other programs send pictures; those that would be described in words are left to other tests."""
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    uri = random.choice((uri[:-1], uri + "=", uri.replace("base64,", "base64,*"), uri.replace(";base64", "")))
    part = {"type": "image_url", "image_url": {"url": uri}}
    body = {"messages": [{"role": "user", "content": [part]}], "stream": random.random() < 0.5}
    return _case(
        "body", _route("POST", "/v1/chat/completions"), json.dumps(body).encode(), "application/json"
    )


def _body(random: Random) -> Case:
    route = random.choice([route for route in ROUTES if route.body or route.form])
    if route.form:
        data, content_type = _form(random)
    else:
        assert route.body is not None
        data, content_type = mutate_json(BODIES[route.body.__name__], random), "application/json"
    if random.random() < 0.1:
        content_type = random.choice(_TYPES)
    return _case("picture" if route.form else "body", route, data, content_type, random)


def _form(random: Random) -> tuple[bytes, str]:
    """A submission whose JSON is mutated, or whose multipart frame is."""
    image = random.choice((b"", b"x", seeds()["rgb.png"], picture_file(random)))
    request = mutate_json(BODIES["DescriptionBody"], random)
    # a mutated `detail` may ask for words: those take a model, so it is only ever the text of the picture
    request = request.replace(b'"long"', b'"text"').replace(b'"alt"', b'"text"')
    fields = {"request": request, "image": image}
    if random.random() < 0.1:
        fields[random.choice(("image ", "file", "\\", "IMAGE"))] = b"?"
    data, content_type = multipart(fields)
    return (mutate(data, random) if random.random() < 0.3 else data), content_type


def _address(random: Random) -> Case:
    route = random.choice(ROUTES)
    case = _case("address", route, None, None, random)
    path = case.path
    if random.random() < 0.5:
        path += "?" + random.choice(_QUERIES)
    if random.random() < 0.3:
        path = "/" + quote(mutate(path.encode(), random), safe="/?&=%")
    method = random.choice((route.method,) * 6 + ("PATCH", "HEAD", "OPTIONS", "TRACE", "PUT"))
    known = path.partition("?")[0] == case.path and method == route.method
    return Case("address", method, path, route if known else None, None, _headers(random))


def _headers(random: Random) -> dict[str, str | None]:
    value = random.choice(
        ("", "null", "x" * 4000, "\xff\xfe", "Bearer", "https://evil.example", "cross-site", "0")
    )
    name = random.choice(
        ("Origin", "Sec-Fetch-Site", "Range", "Accept-Encoding", "X-Http-Method-Override", "Cookie")
    )
    return {name: value} if random.random() < 0.5 else {}


def _case(
    kind: str, route: Route, data: bytes | None, content_type: str | None, random: Random | None = None
) -> Case:
    path = route.path
    if "{id}" in path:
        assert random is not None
        path = path.replace("{id}", random.choice(_IDS))
    return Case(kind, route.method, path, route, data, {"Content-Type": content_type})


def _route(method: str, path: str) -> Route:
    return next(route for route in ROUTES if (route.method, route.path) == (method, path))
