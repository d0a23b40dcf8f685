"""Simulated people, who click as people do, over HTTP alone."""

import io
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from altd.cli._client import Client
from altd_trainer.synthetic import Sample, claims, generate, score, split_seed
from people.habits import CAREFUL, Habits
from people.tastes import Taste


@dataclass
class Person:
    """Looks at pictures and gives verdicts on what altd says of them.

    A text that is true and to the person's taste is accepted. A false one is rejected for another
    candidate. What is then still not as it should be is written anew. Habits make some of it go wrong.

    Attributes:
        later: the taste after the drift; None keeps the first.
        seed: of what goes wrong.
        clicks: verdicts given so far, by kind.
        wrong: how many of them the person did not mean.
    """

    client: Client
    taste: Taste
    habits: Habits = CAREFUL
    later: Taste | None = None
    seed: int = 0
    clicks: Counter[str] = field(default_factory=Counter)
    wrong: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(f"person {self.seed}")
        self._last: tuple[str, str] | None = None  # description and verdict

    def click_through(self, samples: Iterator[Sample], verdicts: int) -> None:
        """Look at pictures until there are that many verdicts."""
        while self.clicks.total() < verdicts:
            if self.clicks.total() >= self.habits.drift * verdicts and self.later is not None:
                self.taste, self.later = self.later, None
            sample = next(samples)
            if self.taste.looks_at(sample):
                self.look_at(sample)

    def look_at(self, sample: Sample) -> None:
        """Have a picture described and give verdicts until content, as far as the habits let."""
        if self._happens(self.habits.returns) and self._last is not None:
            self._say_the_opposite(*self._last)
        shown = describe(self.client, sample)
        if shown["state"] != "done" or self._happens(self.habits.ignores):
            return
        if self._happens(self.habits.slip):
            self._click(shown["id"], self._chance.choice(["accept", "reject"]), meant=False)
            return
        self._judge(sample, shown)

    def _judge(self, sample: Sample, shown: dict[str, Any]) -> None:
        if not is_true(sample, shown["text"]):
            self._click(shown["id"], "reject")
            shown = self._another(shown["id"])
            if shown["state"] != "done":
                return
        true = is_true(sample, shown["text"])
        wish = self.taste.wish(sample, shown["text"] if true else sample.alt)
        if wish == shown["text"]:
            self._click(shown["id"], "accept")
        elif true and self._happens(self.habits.lazy):
            self._click(shown["id"], "accept", meant=False)
        else:
            self._click(shown["id"], "edit", text=wish)

    def _say_the_opposite(self, description_id: str, verdict: str) -> None:
        self._last = None
        self._click(description_id, "accept" if verdict == "reject" else "reject", meant=False)

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _another(self, description_id: str) -> dict[str, Any]:
        return _wait(
            self.client, self.client.call("POST", f"/v1/descriptions/{description_id}/alternatives", {})
        )

    def _click(self, description_id: str, verdict: str, *, meant: bool = True, **more: str) -> None:
        body = {"description_id": description_id, "verdict": verdict, "key": str(uuid.uuid4()), **more}
        self.client.call("POST", "/v1/feedback", body)
        self.clicks[verdict] += 1
        self.wrong += not meant
        self._last = (description_id, verdict)


def describe(client: Client, sample: Sample) -> dict[str, Any]:
    """What the daemon says of a picture in its post."""
    return _wait(
        client, client.submit(jpeg(sample), {"context": asdict(sample.post), "media_key": sample.id})
    )


def pictures(first: int) -> Iterator[Sample]:
    """Pictures of the test split from number `first` on."""
    while True:
        yield generate(split_seed("test"), first)
        first += 1


def is_true(sample: Sample, text: str) -> bool:
    """Whether a text names every object, and all that it claims is so.

    What else is left out is not wrong: some people want no colours.
    """
    right, made = claims(sample.facts, text)
    there, objects = score(sample.facts, text).get("object", (0, 0))
    return right == made and there == objects


def jpeg(sample: Sample) -> bytes:
    """The picture as a site hands it out."""
    file = io.BytesIO()
    sample.image.save(file, "JPEG", quality=90)
    return file.getvalue()


def _wait(client: Client, result: dict[str, Any]) -> dict[str, Any]:
    while result["state"] in ("queued", "running"):
        result = client.call("GET", f"/v1/descriptions/{result['id']}?wait=20")
    return dict(result)
