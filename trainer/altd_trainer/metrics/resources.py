"""What the figures depend on beside the texts: versions, and NLTK's models, which do not come with it."""

from functools import cache
from importlib.metadata import version

from nltk.corpus import wordnet
from nltk.tokenize import sent_tokenize


def resources() -> dict[str, str | bool]:
    """Versions of the packages, and whether NLTK finds `punkt_tab` and `wordnet`."""
    packages = ("nltk", "rouge", "rouge-score", "pycocoevalcap")
    return {
        **{name: version(name) for name in packages},
        "punkt": punkt_available(),
        "wordnet": wordnet_available(),
    }


@cache
def punkt_available() -> bool:
    """Whether NLTK can tell sentences apart."""
    try:
        sent_tokenize("")
    except LookupError:
        return False
    return True


@cache
def wordnet_available() -> bool:
    """Whether NLTK knows synonyms."""
    try:
        wordnet.ensure_loaded()
    except LookupError:
        return False
    return True
