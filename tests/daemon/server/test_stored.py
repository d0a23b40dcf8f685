"""What is stored, over HTTP."""

from __future__ import annotations

import uuid

from altd.paths import Paths
from daemon_process import Daemon, picture

POST = {"context": {"site": "x", "text": "At the market", "author": "Ines"}, "media_key": "x:71"}


def test_a_stored_verdict_can_be_heard_with_its_texts_and_deleted_with_its_image(daemon: Daemon) -> None:
    image = picture(71)
    described = daemon.describe(image, POST)
    body = {"description_id": described["id"], "verdict": "edit", "text": "A stall.", "key": uuid.uuid4().hex}
    given = daemon.json("POST", "/v1/feedback", body).body["id"]

    listed = daemon.json("GET", "/v1/feedback").body["feedback"]
    [found] = [verdict for verdict in listed if verdict["id"] == given]
    assert found == {
        "id": given,
        "verdict": "edit",
        "created_at": found["created_at"],
        "site": "x",
        "post": "At the market",
        "description": described["text"],
        "text": "A stall.",
        "other": None,
    }

    assert daemon.json("DELETE", f"/v1/feedback?image={given}").status == 200
    assert all(verdict["id"] != given for verdict in daemon.json("GET", "/v1/feedback").body["feedback"])
    kept = {file.read_bytes() for file in Paths.under(daemon.home).images_dir.iterdir()}
    assert image not in kept
