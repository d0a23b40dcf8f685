"""Verdicts over HTTP."""

from __future__ import annotations

import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.images import digest_of
from altd.store.queries import evidence
from altd.store.records import EvidenceRow
from daemon_process import Answer, Daemon, multipart, picture, start_daemon

POST = {"context": {"site": "x", "text": "At the fair", "author": "Ines"}, "media_key": "x:7"}


def say(daemon: Daemon, description_id: str, verdict: str, **more: Any) -> Answer:
    body = {"description_id": description_id, "verdict": verdict, "key": uuid.uuid4().hex, **more}
    return daemon.json("POST", "/v1/feedback", body)


def kept(daemon: Daemon, feedback_id: str) -> EvidenceRow | None:
    with closing(connect_read_only(Paths.under(daemon.home).database)) as connection:
        return next((row for row in evidence(connection) if row.feedback.id == feedback_id), None)


@pytest.fixture(scope="module")
def described(daemon: Daemon) -> dict[str, Any]:
    return daemon.describe(picture(30), POST)


def test_a_verdict_is_kept_with_all_that_training_needs(daemon: Daemon, described: dict[str, Any]) -> None:
    answer = say(daemon, described["id"], "edit", text="  A red ball on a blue field. ")
    assert answer.status == 200
    assert answer.body == {
        "id": answer.body["id"],
        "verdict": "edit",
        "description_id": described["id"],
        "image_kept": True,
    }
    row = kept(daemon, answer.body["id"])
    assert row is not None
    assert row.feedback.text == "A red ball on a blue field."
    assert row.description.context == {**POST["context"], "quoted": "", "title": "", "extra": ""}
    assert row.description.text == described["text"]
    assert row.description.generation == described["generation"]
    assert row.description.prompt_version > 0
    image = Paths.under(daemon.home).images_dir / row.description.image_sha256
    assert image.read_bytes() == picture(30)
    assert image.stat().st_mode & 0o777 == 0o600


def test_an_image_is_kept_only_once_a_verdict_refers_to_it(daemon: Daemon) -> None:
    image = picture(31)
    result = daemon.describe(image)
    path = Paths.under(daemon.home).images_dir / digest_of(image)
    assert not path.exists()
    assert say(daemon, result["id"], "reject").status == 200
    assert path.exists()


def test_a_verdict_after_a_restart_gets_its_image_again(tiny_model: Path, tmp_path: Path) -> None:
    image = picture(34)
    with start_daemon(tmp_path / "home", tiny_model) as before:
        described = before.describe(image)
    with start_daemon(tmp_path / "home", tiny_model) as after:
        answer = say(after, described["id"], "edit", text="A ball.")
        assert (answer.status, answer.body["image_kept"]) == (200, False)
        path = f"/v1/feedback/{answer.body['id']}/image"
        assert put_image(after, path, picture(35)).code == "invalid_request"
        assert put_image(after, path, image).status == 204
        assert put_image(after, "/v1/feedback/none/image", image).code == "unknown_feedback"
        assert (Paths.under(after.home).images_dir / digest_of(image)).read_bytes() == image


def put_image(daemon: Daemon, path: str, image: bytes) -> Answer:
    data, content_type = multipart({"image": image})
    return daemon.ask("PUT", path, data=data, headers={"Content-Type": content_type})


def test_the_same_key_counts_once(daemon: Daemon, described: dict[str, Any]) -> None:
    first = say(daemon, described["id"], "reject", key="the-same")
    again = say(daemon, described["id"], "reject", key="the-same")
    assert again.body == first.body
    other = say(daemon, described["id"], "edit", text="No.", key="the-same")
    assert (other.status, other.code) == (409, "feedback_conflict")


def test_undo(daemon: Daemon, described: dict[str, Any]) -> None:
    feedback_id = say(daemon, described["id"], "reject").body["id"]
    for _ in range(2):
        answer = daemon.ask("DELETE", f"/v1/feedback/{feedback_id}")
        assert (answer.status, answer.body) == (200, {"id": feedback_id, "undone": True})
    assert kept(daemon, feedback_id) is None


def test_a_preference_names_the_one_that_lost(daemon: Daemon) -> None:
    first = daemon.describe(picture(32))
    answer = daemon.json("POST", f"/v1/descriptions/{first['id']}/alternatives")
    second = answer.body["id"]
    while answer.status == 202:
        answer = daemon.ask("GET", f"/v1/descriptions/{second}?wait=20")
    verdict = say(daemon, second, "prefer", other_id=first["id"], position=2)
    row = kept(daemon, verdict.body["id"])
    assert row is not None
    assert row.other is not None
    assert (row.description.id, row.other.id) == (second, first["id"])
    assert row.description.alternative_of == first["id"]
    assert row.feedback.position == 2


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "like"},
        {"verdict": "edit"},
        {"verdict": "edit", "text": "   "},
        {"verdict": "accept", "text": "with a text"},
        {"verdict": "prefer"},
        {"verdict": "accept", "other_id": "{id}"},
        {"verdict": "prefer", "other_id": "{id}"},
        {"position": 1},
        {"key": ""},
        {"key": None},
        {"extra": 1},
    ],
)
def test_verdicts_of_the_wrong_shape(
    daemon: Daemon, described: dict[str, Any], change: dict[str, Any]
) -> None:
    body = {"description_id": described["id"], "verdict": "accept", "key": "wrong-shape", **change}
    if body.get("other_id"):
        body["other_id"] = described["id"]
    answer = daemon.json("POST", "/v1/feedback", body)
    assert (answer.status, answer.code) == (400, "invalid_request")


def test_a_preference_between_two_images(daemon: Daemon, described: dict[str, Any]) -> None:
    other = daemon.describe(picture(33))
    assert say(daemon, described["id"], "prefer", other_id=other["id"]).code == "invalid_request"


def test_feedback_on_what_is_not_there(daemon: Daemon) -> None:
    assert say(daemon, "0123", "accept").code == "unknown_description"


def test_feedback_on_what_failed(daemon: Daemon) -> None:
    description_id = daemon.submit(b"not an image").body["id"]
    daemon.ask("GET", f"/v1/descriptions/{description_id}?wait=20")
    assert say(daemon, description_id, "reject").code == "image_undecodable"
