"""One example after the other: mended, then kept or turned away for one reason."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from altd.describe.prompt import Context
from altd_trainer.data.cleaning import repairs, texts
from altd_trainer.data.cleaning.language import known_languages, other_language
from altd_trainer.data.cleaning.names import Names
from altd_trainer.data.cleaning.pictures import Pictures, perceptual_hash
from altd_trainer.data.cleaning.report import CleaningReport
from altd_trainer.data.files import Read, iterate, write_examples
from altd_trainer.data.images import UnreadableImageError, encoded, load_image, png
from altd_trainer.data.preferences import PreferenceExample, same_text
from altd_trainer.data.rows import to_row
from altd_trainer.data.tables import write_rows


@dataclass(frozen=True)
class CleaningOptions:
    """What counts as a defect.

    Attributes:
        languages: of the alt texts, as in `en`; none accepts every language.
        min_words, max_characters: of the alt text.
        region: country whose telephone numbers are known without prefix.
        similar_bits: of 256, in how many the hashes of one picture may differ.
        same_text: how many pictures may have one and the same alt text.
        names: replace names of people, and drop the author's.
        keep_names: file with more phrases that are no names of people.
    """

    languages: tuple[str, ...] = ("en",)
    min_words: int = 3
    max_characters: int = 1000
    region: str = "US"
    similar_bits: int = 10
    same_text: int = 3
    names: bool = True
    keep_names: Path | None = None

    def __post_init__(self) -> None:
        unknown = sorted(set(self.languages) - set(known_languages()))
        if unknown:
            raise ValueError(f"unknown language {unknown[0]!r}: take of {', '.join(known_languages())}")


class Cleaner:
    """Cleans a stream of examples; what it has seen decides on duplicates, so order matters."""

    def __init__(self, options: CleaningOptions) -> None:
        self.options = options
        self.report = CleaningReport()
        self.rejected: list[tuple[PreferenceExample, str]] = []
        self._names = Names(options.keep_names)
        self._pictures = Pictures(options.similar_bits)
        self._texts: Counter[str] = Counter()
        self._posts: set[tuple[str, str]] = set()

    def clean(self, rows: Iterable[Read]) -> Iterator[PreferenceExample]:
        """Yield what is kept, mended; the rest is in `rejected` as it came, with the reason."""
        for row in rows:
            self.report.read += 1
            mended = _Mended(row.example, self._mend(row.example))
            reason = self._reason(mended, row.equal)
            if reason:
                self.report.rejected[reason].add(id=row.example.id, text=row.example.chosen)
                self.rejected.append((row.example, reason))
            else:
                self.report.kept += 1
                yield mended.example()

    def _mend(self, example: PreferenceExample) -> dict[str, str]:
        """The texts of an example by name, mended, with each kind of repair counted once."""
        wanted = self._repairs(example.context.author)
        found = _texts(example)
        if self.options.names and example.context.author:
            self.report.repaired["author"].add(id=example.id, before=example.context.author, after="")
            found["author"] = ""
        for kind, mend in wanted.items():
            changed = {name: new for name, old in found.items() if (new := mend(old)) != old}
            if changed:
                name = next(iter(changed))
                self.report.repaired[kind].add(id=example.id, before=found[name], after=changed[name])
                found |= changed
        return found

    def _repairs(self, author: str) -> dict[str, Callable[[str], str]]:
        wanted: dict[str, Callable[[str], str]] = {
            "entities": repairs.entities,
            "urls": repairs.urls,
            "emails": repairs.emails,
            "handles": repairs.handles,
            "phones": lambda text: repairs.phones(text, self.options.region),
        }
        if self.options.names:
            wanted["names"] = lambda text: self._names.replace(text, author)
        return wanted

    def _reason(self, mended: "_Mended", equal: bool) -> str:
        try:
            picture = load_image(mended.original)
        except UnreadableImageError:
            return "image_unreadable"
        if reason := self._text_reason(mended.original.chosen, mended.texts["chosen"]):
            return reason
        if equal or same_text(mended.texts["chosen"], mended.texts.get("rejected", "")):
            return "equal_pair"
        source = mended.original.image
        content = (
            png(picture) if not isinstance(source, bytes | Path) else encoded(source, mended.original.id)
        )
        if self._pictures.same_bytes(content):
            return "image_duplicate"
        bits = perceptual_hash(picture)
        if self._pictures.similar(bits):
            return "image_similar"
        if self._is_repeated(mended):
            return "text_duplicate"
        self._pictures.add(content, bits, mended.original.id)
        return ""

    def _text_reason(self, before: str, text: str) -> str:
        options = self.options
        if not _says_something(text) and _says_something(before):
            return "url_only" if not _says_something(repairs.urls(before)) else "handle_only"
        if text == repairs.PERSON:
            return "handle_only"
        if not text.strip():
            return "placeholder"
        rules: dict[str, Callable[[], bool]] = {
            "emoji_only": lambda: texts.emoji_only(text),
            "hashtags_only": lambda: texts.hashtags_only(text),
            "file_name": lambda: texts.file_name(text),
            "placeholder": lambda: texts.placeholder(text),
            "machine_text": lambda: texts.machine_text(text),
            "too_short": lambda: texts.too_short(text, options.min_words),
            "too_long": lambda: texts.too_long(text, options.max_characters),
            "language": lambda: bool(options.languages) and other_language(text, options.languages),
        }
        return next((reason for reason, holds in rules.items() if holds()), "")

    def _is_repeated(self, mended: "_Mended") -> bool:
        """Whether this very text was kept for this very post, or for too many pictures; else remember it."""
        text = " ".join(mended.texts["chosen"].casefold().split()).rstrip(".")
        post = (text, " ".join(mended.texts["text"].casefold().split()))
        if post in self._posts or self._texts[text] >= self.options.same_text:
            return True
        self._posts.add(post)
        self._texts[text] += 1
        return False


@dataclass(frozen=True)
class _Mended:
    original: PreferenceExample
    texts: dict[str, str]

    def example(self) -> PreferenceExample:
        context = {name: self.texts[name] for name in _CONTEXT}
        return replace(
            self.original,
            chosen=self.texts["chosen"],
            rejected=self.texts.get("rejected") or None,
            context=replace(self.original.context, **context),
        )


_CONTEXT = [field.name for field in fields(Context) if field.name != "site"]


def clean_file(
    path: Path, out: Path, options: CleaningOptions, images: Path | None = None, released: bool = False
) -> tuple[CleaningReport, Path]:
    """Clean a file into another, and write what is turned away beside it, each with its `reason`.

    Args:
        images: folder that image paths are relative to; None is the file's own.
        released: write the released schema.

    Returns:
        The report, and the file of what was turned away: `OUT.rejected.jsonl`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row: a row cannot be read.
    """
    cleaner = Cleaner(options)
    write_examples(cleaner.clean(iterate(path, images)), out, released=released)
    aside = out.with_name(f"{out.stem}.rejected.jsonl")
    write_rows(({"reason": why, **to_row(example, aside.parent)} for example, why in cleaner.rejected), aside)
    return cleaner.report, aside


def write_report(report: CleaningReport, path: Path) -> None:
    """Write counts and first examples as JSON."""
    path.write_text(json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _texts(example: PreferenceExample) -> dict[str, str]:
    found = {"chosen": example.chosen, **({"rejected": example.rejected} if example.rejected else {})}
    return found | {name: getattr(example.context, name) for name in _CONTEXT}


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in text)
