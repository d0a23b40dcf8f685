"""The post around a picture: sometimes it names what is shown, sometimes it is beside the point."""

import random

from altd.describe.prompt import Context
from altd_trainer.synthetic.facts import Facts
from altd_trainer.synthetic.words import NAMES, POST_CLOSE, POST_OBJECT, POST_OPEN, SURNAMES

_NAMED = (
    "Meet {name}!",
    "{name} says hello.",
    "This is {name}.",
    "Look at {name} today!",
    "{name} again, because why not.",
    "Everyone, {name}.",
    "A quiet morning with {name} here.",
    "{name} turned three today.",
)
_FOREIGN = (
    "{name} would love this.",
    "Thinking of {name} today.",
    "For {name}, who could not come.",
    "Sorry {name}, maybe next time.",
    "{name} sent me this.",
    "Made this for {name}.",
)
_EVENT = (
    "Seen at the {event}.",
    "We are at the {event}!",
    "From the {event} today.",
    "Live from the {event}.",
)
_BESIDE = (
    "Monday again.",
    "Coffee first.",
    "What a week.",
    "No words.",
    "Good morning everyone!",
    "I needed this today.",
    "Could not resist.",
    "Make of this what you will.",
    "Happy Friday!",
    "Just leaving this here.",
)
_ABOUT = {
    "recipe": ("Saved this for the weekend.", "Dinner idea!", "You have to try this.", "So good, so easy."),
    "chart": ("The numbers are in.", "Interesting data.", "One chart says it all.", "Look at this trend."),
    "poster": ("Who is coming?", "Save the date!", "See you there.", "Tickets are free."),
    "screenshot": ("This.", "Had to share it.", "Could not agree more.", "Read this."),
    "meme": ("Me every day.", "Too real.", "I feel seen.", "Story of my life."),
}


def write_post(facts: Facts, rng: random.Random) -> Context:
    """The post of a picture with these facts: its name and event stand here, and only here."""
    said = [rng.choice(_NAMED).format(name=facts.name)] if facts.name else []
    if facts.event:
        said.append(rng.choice(_EVENT).format(event=facts.event))
    if facts.foreign:
        said.append(rng.choice(_FOREIGN).format(name=facts.foreign))
    if not said or rng.random() < 0.3:
        said.append(_filler(facts, rng))
    rng.shuffle(said)
    site = "pinterest" if facts.kind == "recipe" or rng.random() < 0.2 else "x"
    author = f"{rng.choice(NAMES)} {rng.choice(SURNAMES)}" if rng.random() < 0.7 else ""
    if rng.random() < 0.08 and not (facts.name or facts.event):  # else the truth could not be known
        said, author = [], ""
    return Context(site=site, text=" ".join(said), author=author)


def _filler(facts: Facts, rng: random.Random) -> str:
    choice = rng.random()
    if facts.kind in _ABOUT and choice < 0.5:
        return rng.choice(_ABOUT[facts.kind])
    if choice < 0.7:
        return rng.choice(_BESIDE)
    return f"{rng.choice(POST_OPEN)} {rng.choice(POST_OBJECT)} {rng.choice(POST_CLOSE)}"
