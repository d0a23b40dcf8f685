"""A simulated person with a stated taste, who clicks as people do, over HTTP alone."""

import io
import json
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from altd_trainer.synthetic import Sample, score
from daemon_process import Daemon


@dataclass
class Person:
    """Wants no full stop at the end, and what is said to be true.

    A text of the right form that names what is there is accepted; a wrong one is rejected for another
    candidate, which is accepted when it is right and otherwise written anew.
    """

    daemon: Daemon
    clicks: Counter[str] = field(default_factory=Counter)

    def look_at(self, sample: Sample) -> None:
        """Have a picture described and give verdicts until content."""
        shown = self.daemon.describe(jpeg(sample), {"context": asdict(sample.post), "media_key": sample.id})
        if shown["state"] != "done":
            return
        if not is_true(sample, shown["text"]):
            self._click(shown["id"], "reject")
            shown = self._alternative(shown["id"])
        if shown["text"] == self.wish(shown["text"]) and is_true(sample, shown["text"]):
            self._click(shown["id"], "accept")
            return
        best = shown["text"] if is_true(sample, shown["text"]) else sample.alt
        self._click(shown["id"], "edit", text=self.wish(best))

    @staticmethod
    def wish(text: str) -> str:
        """The text in the form that this person likes."""
        return text.removesuffix(".")

    def _alternative(self, description_id: str) -> dict[str, Any]:
        answer = self.daemon.json("POST", f"/v1/descriptions/{description_id}/alternatives", {})
        while answer.status == 202:
            answer = self.daemon.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
        assert answer.status == 200, answer.data
        return dict(answer.body)

    def _click(self, description_id: str, verdict: str, **more: str) -> None:
        body = {"description_id": description_id, "verdict": verdict, "key": str(uuid.uuid4()), **more}
        answer = self.daemon.json("POST", "/v1/feedback", body)
        assert answer.status == 200, answer.data
        self.clicks[verdict] += 1


def is_true(sample: Sample, text: str) -> bool:
    """Whether a text has every object, colour and count right and invents none."""
    found = score(sample.facts, text)
    right = all(found[sort][0] == found[sort][1] for sort in ("object", "colour", "count") if sort in found)
    return right and found.get("invented", (0, 0))[0] == 0


def jpeg(sample: Sample) -> bytes:
    """The picture as a site hands it out."""
    file = io.BytesIO()
    sample.image.save(file, "JPEG", quality=90)
    return file.getvalue()


def status(daemon: Daemon) -> dict[str, Any]:
    """What the daemon says of itself."""
    return dict(json.loads(daemon.ask("GET", "/v1/status").data))
