"""Simulated people with stated tastes, who click as people do, over HTTP alone."""

import io
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from altd.cli._client import Client
from altd_trainer.synthetic import Sample, generate, score, split_seed


@dataclass(frozen=True)
class Taste:
    """What a person wants of a text, beside that it is true.

    Attributes:
        about: one line for tables.
        wish: a picture and a true text of it → that text as this person would write it; a text that is
            as it should be stays as it is.
        looks_at: which pictures this person stops at.
    """

    about: str
    wish: Callable[[Sample, str], str]
    looks_at: Callable[[Sample], bool] = lambda sample: sample.kind != "unknown"


def _short(sample: Sample, text: str) -> str:
    """Without what is written in the picture, where it was taken, and a chart's details."""
    end = " with " if sample.kind == "chart" else ", at the " if sample.kind == "scene" else ": “"
    head, cut, _ = text.partition(end)
    return f"{head}." if cut else text


def _named(sample: Sample, text: str) -> str:
    return text if sample.facts.name in text else sample.alt


TASTES = {
    "no full stop": Taste("no full stop at the end", lambda _, text: text.removesuffix(".")),
    "prefix": Taste("“Drawing:” in front", lambda _, text: f"Drawing: {text.removeprefix('Drawing: ')}"),
    "short": Taste("no quotations, places or details", _short),
    "names": Taste("says the name that the post gives", _named, lambda sample: bool(sample.facts.name)),
}


@dataclass
class Person:
    """Looks at pictures and gives verdicts on what altd says of them.

    A text that is true and to the person's taste is accepted. A false one is rejected for another
    candidate. What is then still not as it should be is written anew.
    """

    client: Client
    taste: Taste
    clicks: Counter[str] = field(default_factory=Counter)

    def click_through(self, samples: Iterator[Sample], verdicts: int) -> None:
        """Look at pictures until there are that many verdicts."""
        while self.clicks.total() < verdicts:
            sample = next(samples)
            if self.taste.looks_at(sample):
                self.look_at(sample)

    def look_at(self, sample: Sample) -> None:
        """Have a picture described and give verdicts until content."""
        shown = describe(self.client, sample)
        if shown["state"] != "done":
            return
        if not is_true(sample, shown["text"]):
            self._click(shown["id"], "reject")
            shown = self._another(shown["id"])
            if shown["state"] != "done":
                return
        best = shown["text"] if is_true(sample, shown["text"]) else sample.alt
        wish = self.taste.wish(sample, best)
        if wish == shown["text"]:
            self._click(shown["id"], "accept")
        else:
            self._click(shown["id"], "edit", text=wish)

    def _another(self, description_id: str) -> dict[str, Any]:
        return _wait(
            self.client, self.client.call("POST", f"/v1/descriptions/{description_id}/alternatives", {})
        )

    def _click(self, description_id: str, verdict: str, **more: str) -> None:
        body = {"description_id": description_id, "verdict": verdict, "key": str(uuid.uuid4()), **more}
        self.client.call("POST", "/v1/feedback", body)
        self.clicks[verdict] += 1


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
    """Whether a text has every object, colour and count right and invents none."""
    found = score(sample.facts, text)
    right = all(found[sort][0] == found[sort][1] for sort in ("object", "colour", "count") if sort in found)
    return right and found.get("invented", (0, 0))[0] == 0


def jpeg(sample: Sample) -> bytes:
    """The picture as a site hands it out."""
    file = io.BytesIO()
    sample.image.save(file, "JPEG", quality=90)
    return file.getvalue()


def _wait(client: Client, result: dict[str, Any]) -> dict[str, Any]:
    while result["state"] in ("queued", "running"):
        result = client.call("GET", f"/v1/descriptions/{result['id']}?wait=20")
    return dict(result)
