"""From what a model said to what may stand in an `alt` attribute: one plain sentence, nothing else.

Both the model's words and the words read in a picture are under the control of whoever made the post.
A screen reader would speak markup and addresses letter by letter, invisible characters can reorder what
is seen, and "image of" repeats what the screen reader says anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

ALT_LIMIT = 250
LONG_LIMIT = 1000

# Without those that are words (in, it, me, no, us): "…ended.It was…" is no address.
_TOP_LEVEL = (
    "com|org|net|edu|gov|info|biz|io|tv|app|dev|blog|shop|xyz|site|online|"
    "uk|ca|au|de|fr|nl|jp|cn|ru|br|eu|ch|se|pl"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),  # [text](address)
    (re.compile(r"</?[a-zA-Z!][^<>]*>"), " "),  # tags
    (re.compile(r"[<>]"), " "),  # what is left of tags
    (re.compile(r"&(?:#\w+|[a-zA-Z]\w*);"), " "),  # character references
    (re.compile(r"[\w+.-]{0,20}://\S*"), " "),  # addresses with a scheme
    (re.compile(r"\b(?:javascript|data|mailto|tel|vbscript):\S+", re.I), " "),
    (re.compile(r"\w{0,20}www\.\w\S*", re.I), " "),
    (
        re.compile(rf"\b[\w.+-]{0, 64}@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+(?:{_TOP_LEVEL})\b(?:/\S*)?", re.I),
        " ",
    ),
    (re.compile(r"[*_`~#|\\{}]+"), " "),  # emphasis, code, headings, tables
    (re.compile(r"^\s*(?:[-•+]|\d+[.)])\s+"), ""),  # a list's mark
    (re.compile(r"\s+"), " "),
    (re.compile(r"\s+([,.;:!?…])"), r"\1"),
)
_LABEL = re.compile(r"^(?:alt(?:ernative)?[ -]?text|assistant|caption|description|answer)\s*[:=-]\s*", re.I)
_KIND = r"(?:image|picture|photo|photograph|pic|illustration|graphic|screenshot)"
_OPENING = re.compile(
    rf"^(?:(?:a|an|the|this|here is an?|here is the)\s+)?(?:\w+\s+)?{_KIND}\s+"
    r"(?:of|showing|shows|that shows|depicts|depicting|features|featuring|displays|contains)\s+",
    re.I,
)
_IMAGE_OF = re.compile(r"(?:\b(?:an?|the)\s+)?images? of\b\s*", re.I)
_SENTENCE_END = re.compile(r"[.!?…]+[\"”’')\]]*(?=\s+[\"“‘'(\[]?[^\W\d_a-zà-ÿ])")
_ABBREVIATION = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|vs|etc|Prof|Jr|Sr|Inc|Ltd|Co|approx|e\.g|i\.e)\.$")
_MAX_INPUT = 4000  # more is never said, and the patterns above take quadratic time on hostile input
_EDGES = " \t,;:-–—/\\•·"

_JOINERS = "\u200c\u200d"  # needed inside Persian and Indic words and inside emoji


def clean(text: str, limit: int = ALT_LIMIT, *, one_sentence: bool = True) -> str:
    """Return at most `limit` characters of plain text, empty when nothing is left.

    Cleaning what is already clean changes nothing: the steps are repeated until the text stands still,
    because removing one thing may put two halves of another together.
    """
    steps: tuple[Callable[[str], str], ...] = (
        lambda value: _without_openings(_plain(value)),
        _first_sentence if one_sentence else str,
        _capital,
        lambda value: shorten(value, limit),
    )
    return _settle(text, steps)


def clean_read_text(lines: Sequence[str], limit: int = ALT_LIMIT) -> str:
    """`Text in image: …` from the reader's lines, or nothing when no line has a word in it."""
    label = "Text in image: "
    read = _settle(join_lines(lines), (_plain, lambda value: shorten(value, limit - len(label))))
    return label + read if any(char.isalnum() for char in read) else ""


def clean_line(line: str) -> str:
    """One read line without invisible characters; addresses and marks stay, they are what was read."""
    return " ".join(_visible(line).split())


def join_lines(lines: Sequence[str]) -> str:
    """Lines as one text: a comma where a line has no mark of its own at its end."""
    joined = ""
    for line in filter(None, map(clean_line, lines)):
        comma = "," if joined and joined[-1].isalnum() else ""
        joined = f"{joined}{comma} {line}" if joined else line
    return joined


def shorten(text: str, limit: int) -> str:
    """Cut at a word's end, with an ellipsis, so that the whole is at most `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace() and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(_EDGES + ".…") + "…"


def _settle(text: str, steps: Sequence[Callable[[str], str]]) -> str:
    text = text[:_MAX_INPUT]
    for _ in range(len(text) + 1):  # each round but the last shortens the text or ends a rewrite
        before = text
        for step in steps:
            text = step(text)
        if text == before:
            break
    return text


def _plain(text: str) -> str:
    text = _visible(text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _IMAGE_OF.sub("", text).strip(_EDGES)


def _visible(text: str) -> str:
    """Without control, bidi, tag, private and unassigned characters; odd spaces become spaces."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if char.isspace() or category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif char in _JOINERS:
            if kept and ord(kept[-1]) > 0x2FF:
                kept.append(char)
        elif category[0] != "C" and not 0xE0100 <= ord(char) <= 0xE01EF:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _without_openings(text: str) -> str:
    return _OPENING.sub("", _LABEL.sub("", text))


def _first_sentence(text: str) -> str:
    for match in _SENTENCE_END.finditer(text):
        head = text[: match.end()]
        inside_quotes = head.count('"') % 2 or head.count("“") > head.count("”")
        if not inside_quotes and not _ABBREVIATION.search(head):
            return head
    return text


def _capital(text: str) -> str:
    first = text[:1].upper()
    return first + text[1:] if len(first) == 1 else text
