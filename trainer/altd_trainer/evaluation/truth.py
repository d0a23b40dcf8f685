"""What is wrong in a text: on drawn pictures fact by fact, on others what nobody here can vouch for."""

import re
from dataclasses import replace

from altd.describe.clean import clean
from altd.describe.quotes import quotes_match
from altd_trainer.evaluation.items import Item
from altd_trainer.synthetic import Facts, score
from altd_trainer.synthetic.facts import RELATIONS, UNKNOWN

UNCHECKED = "nothing here can check it"
_QUOTE_MATCH = 0.8  # of the letters, as the daemon's own rule has it
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]*[\"”“»]")
_WORD = re.compile(r"\w+")


def faults(item: Item, text: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    """What a text says that is not so, in a few words for each fault; nothing where it may stand.

    What a text leaves out is no fault of it. A text about a picture without known facts has one fault,
    `UNCHECKED`, when it says more than was read in the picture.

    Args:
        item: the picture.
        text: what is said of it.
        lines: what the reader read in it.
    """
    if not text or clean(text) == clean(UNKNOWN):
        return ()
    if item.facts is None:
        return (UNCHECKED,) if says_more_than(text, lines) else ()
    if item.facts.kind == "unknown":
        return ("describes what cannot be recognised",) if says_more_than(text, lines) else ()
    return (*_wrong_facts(item.facts, text), *_wrong_words(item, text, lines))


def says_more_than(text: str, lines: tuple[str, ...]) -> bool:
    """Whether a text has words that were not read in the picture."""
    plain = text.removeprefix("Text in image:")
    if quotes_match(plain, lines, _QUOTE_MATCH):
        plain = _QUOTED.sub(" ", plain)
    read = set(_WORD.findall(" ".join(lines).casefold()))
    return any(word not in read for word in _WORD.findall(plain.casefold().rstrip("…")))


def _wrong_facts(facts: Facts, text: str) -> list[str]:
    found = score(facts, text)
    wrong = ["invented object"] if found.get("invented", (0, 0))[0] else []
    alone = {group.kind: score(replace(facts, groups=(group,), relation=""), text) for group in facts.groups}
    named = {kind: of_group for kind, of_group in alone.items() if of_group["object"][0]}
    for kind, of_group in named.items():
        wrong += [f"{sort} of {kind}" for sort in ("count", "colour") if of_group[sort][0] == 0]
    if facts.relation and len(named) == 2 and any(relation in text for relation in RELATIONS):
        wrong += ["relation"] if found["relation"][0] == 0 else []
    if facts.chart is not None and "chart" in text.lower() and found["chart"][0] < found["chart"][1]:
        wrong.append("chart")
    if found.get("foreign_name", (1, 1))[0] == 0:
        wrong.append("name from the post that is not in the picture")
    return wrong


def _wrong_words(item: Item, text: str, lines: tuple[str, ...]) -> list[str]:
    """Quoted words are the reader's, which may misread: what it read may be quoted too."""
    wrong = []
    true = item.lines or lines
    if not (quotes_match(text, true, _QUOTE_MATCH) or quotes_match(text, lines, _QUOTE_MATCH)):
        wrong.append("quotation")
    author = item.facts.author if item.facts else ""
    if author and "post by" in text and author not in text:
        wrong.append("author")
    return wrong
