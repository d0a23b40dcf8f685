"""What is mended in a text instead of turning it away: one kind a function, from text to text.

Markup and addresses are removed, since a screen reader spells them. Handles, e-mail addresses and telephone
numbers are removed or replaced, since they name people (`altd_trainer.data.cleaning.names` does the names).
"""

import html
import re

import phonenumbers

PERSON = "person"
"""What stands for somebody, in the released data as well."""

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_URL = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,15}://|\bwww\.)[^\s<>\"]+"
    r"|\b(?:[\w-]+\.)+(?:com|org|net|edu|gov|info|io|co|ly|it|be|me|uk|de|fr|ca|au|jp)/[^\s<>\"]*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_HANDLE = r"(?<![\w@./])@\w{1,30}(?:@[\w-]+(?:\.[\w-]+)+)?"
_REPLIES = re.compile(rf"^\s*(?:\.?{_HANDLE}\s+)*{_HANDLE}\s*[:,]?(?=\s|$)")
_SOMEBODY = re.compile(rf"{_HANDLE}(?:[\s,&]+{_HANDLE})*")
_TRAILING = ".,;:!?)]}'\"…"


def entities(text: str) -> str:
    """Character references resolved, also those escaped twice, and tags removed."""
    plain = html.unescape(html.unescape(_TAG.sub(" ", text)))
    return text if plain == text else tidy(plain)


def urls(text: str) -> str:
    """Without web addresses; punctuation after one stays."""
    return _without(_URL, text)


def emails(text: str) -> str:
    """Without e-mail addresses."""
    return _without(_EMAIL, text)


def handles(text: str) -> str:
    """Without the handles that a reply begins with; elsewhere one or several become `person`."""
    plain = _SOMEBODY.sub(PERSON, _REPLIES.sub(" ", text))
    return text if plain == text else tidy(plain)


def phones(text: str, region: str) -> str:
    """Without telephone numbers that are valid in a region (as in `US`) or have a country's prefix."""
    found = list(phonenumbers.PhoneNumberMatcher(text, region))
    for match in reversed(found):
        text = text[: match.start] + " " + text[match.end :]
    return tidy(text) if found else text


def tidy(text: str) -> str:
    """Without the gaps that a removal leaves; lines stay."""
    text = re.sub(r"\(\s*\)|\[\s*\]", "", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" +([,.;:!?)…\n])", r"\1", text)
    return re.sub(r"\n ", "\n", text).strip()


def _without(pattern: re.Pattern[str], text: str) -> str:
    plain = pattern.sub(_kept_end, text)
    return text if plain == text else tidy(plain)


def _kept_end(match: re.Match[str]) -> str:
    found = match.group()
    return " " + found[len(found.rstrip(_TRAILING)) :]
