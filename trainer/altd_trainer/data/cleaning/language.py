"""In which language an alt text is written, as far as a few words can tell."""

from collections.abc import Sequence
from functools import cache

from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder

# The languages that texts are told apart between: each one more makes short texts less certain, and loading
# slower. A script of its own costs nothing.
_KNOWN = tuple("EN DE FR ES IT PT NL PL SV TR ID RU UK EL AR HE HI TH ZH JA KO".split())
_LEAST_WORDS = 5
_LEAST_SHARE = 0.25  # of the whole probability, that another language must have
_LEAST_RATIO = 3.5  # how many times likelier it must be than each wanted one


def known_languages() -> list[str]:
    """The codes that may be asked for, as in `en`."""
    return [code.lower() for code in _KNOWN]


def other_language(text: str, wanted: Sequence[str]) -> bool:
    """Whether a text is clearly in none of the wanted languages.

    Another script is clear at once; of one script, nothing is clear below five words. In doubt the text
    stays: names, dishes and quoted words make a short English text look foreign.

    Args:
        wanted: codes of ISO 639-1, as in `en`.

    Raises:
        ValueError: a code that is not among `known_languages`.
    """
    accepted = {_language(code) for code in wanted}
    found = _detector().compute_language_confidence_values(text)
    best, likeliest = found[0], max(value.value for value in found if value.language in accepted)
    if best.language in accepted or best.value == 0:
        return False
    if likeliest == 0:
        return True
    clear = best.value >= _LEAST_SHARE and best.value >= _LEAST_RATIO * likeliest
    return clear and len(text.split()) >= _LEAST_WORDS


def _language(code: str) -> Language:
    if code.upper() not in _KNOWN:
        raise ValueError(f"there is no language {code!r} to look for: take of {', '.join(known_languages())}")
    return Language.from_iso_code_639_1(IsoCode639_1.from_str(code.upper()))


@cache
def _detector() -> LanguageDetector:
    languages = [_language(code) for code in _KNOWN]
    return LanguageDetectorBuilder.from_languages(*languages).build()
