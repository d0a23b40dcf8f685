"""From an image to a sentence over HTTP, on a real model (random weights)."""

from __future__ import annotations

import json
from typing import Any

from altd.server.schemas import Description
from daemon_process import Daemon, picture


def events_of(daemon: Daemon, description_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Read a description's event stream to its end."""
    answer = daemon.ask("GET", f"/v1/descriptions/{description_id}/events")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/event-stream"
    blocks = answer.data.decode().strip().split("\n\n")
    pairs = [block.split("\n", 1) for block in blocks]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ").removesuffix("\n")))
        for name, data in pairs
    ]


def test_a_description_has_the_documented_form(daemon: Daemon) -> None:
    result = daemon.describe(picture(1), {"context": {"site": "x", "text": "Our boat"}, "media_key": "x:1"})
    assert set(result) == set(Description.model_fields)
    assert result["state"] in ("done", "no_description")
    assert len(result["text"]) <= 250
    assert result["model"] == "tiny"
    assert result["generation"] is not None


def test_the_same_question_is_answered_from_memory(daemon: Daemon) -> None:
    request = {"context": {"text": "Twice the same"}}
    first = daemon.describe(picture(2), request)
    again = daemon.submit(picture(2), json.dumps(request).encode())
    assert again.status == 200
    assert again.body["cached"]
    assert again.body["text"] == first["text"]
    assert again.body["id"] != first["id"]
    other = daemon.submit(picture(2), json.dumps({"context": {"text": "Another post"}}).encode())
    assert other.status == 202


def test_a_submission_without_a_request_field_means_defaults(daemon: Daemon) -> None:
    assert daemon.submit(picture(3)).status in (200, 202)


def test_a_poll_returns_before_the_wait_is_over_once_it_is_done(daemon: Daemon) -> None:
    result = daemon.describe(picture(4))
    answer = daemon.ask("GET", f"/v1/descriptions/{result['id']}?wait=20")
    assert (answer.status, answer.body) == (200, result)


def test_events_end_with_the_result(daemon: Daemon) -> None:
    description_id = daemon.submit(picture(5)).body["id"]
    events = events_of(daemon, description_id)
    assert events[-1][0] == "done"
    assert events[-1][1]["id"] == description_id
    assert {name for name, _ in events} <= {"queued", "model_load", "encode", "token", "done"}


def test_events_of_a_failure_end_with_its_code(daemon: Daemon) -> None:
    description_id = daemon.submit(b"not an image").body["id"]
    name, payload = events_of(daemon, description_id)[-1]
    assert (name, payload["code"]) == ("error", "image_undecodable")


def test_cancelled_in_the_queue(daemon: Daemon) -> None:
    ids = [daemon.submit(picture(seed, (640, 480))).body["id"] for seed in range(10, 14)]
    for description_id in ids:
        assert daemon.ask("DELETE", f"/v1/descriptions/{description_id}").status == 204
    answer = daemon.ask("GET", f"/v1/descriptions/{ids[-1]}?wait=20")
    assert (answer.status, answer.code) == (409, "cancelled")
    assert daemon.ask("GET", "/v1/status").body["waiting"] == 0


def test_an_alternative_differs_from_all_texts_so_far(daemon: Daemon) -> None:
    first = daemon.describe(picture(6), {"context": {"text": "Say it otherwise"}})
    texts = [first["text"]]
    last = first["id"]
    for _ in range(2):
        answer = daemon.json("POST", f"/v1/descriptions/{last}/alternatives")
        assert answer.body["alternative_of"] == last
        last = answer.body["id"]
        while answer.status == 202:
            answer = daemon.ask("GET", f"/v1/descriptions/{last}?wait=20")
        assert answer.body["text"] not in texts
        texts.append(answer.body["text"])


def test_an_alternative_of_nothing(daemon: Daemon) -> None:
    assert daemon.json("POST", "/v1/descriptions/0123/alternatives").code == "unknown_description"


def test_health_answers_while_the_model_works(daemon: Daemon) -> None:
    ids = [daemon.submit(picture(seed, (900, 700))).body["id"] for seed in range(20, 23)]
    for _ in range(20):
        answer = daemon.ask("GET", "/health", headers={"Authorization": None})
        assert answer.body == {"status": "ready", "version": answer.body["version"]}
    for description_id in ids:
        daemon.ask("DELETE", f"/v1/descriptions/{description_id}")
