"""A post with one picture, as it is found, and what becomes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


@dataclass(frozen=True)
class Post:
    """One picture of a post.

    Attributes:
        id: unique within its source.
        media: names that the picture's file may have, with or without its ending.
        alt: what its author wrote for it; empty when there is nothing.
        context: what surrounds it.
        post: name of the post, which several pictures may share.
        origin: file and row, for messages.
    """

    id: str
    media: tuple[str, ...]
    alt: str
    context: Context
    post: str = ""
    origin: str = ""


@dataclass
class ImportReport:
    """What an import left out, and of how many."""

    read: int = 0
    without_alt: int = 0
    without_picture: int = 0
    not_listed: int = 0
    missing: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """What was left out as `name: value`, one a line."""
        if self.without_alt:
            yield f"left out, no alt text: {self.without_alt}"
        if self.without_picture:
            yield f"left out, no picture: {self.without_picture}, among them {', '.join(self.missing[:3])}"
        if self.not_listed:
            yield f"left out, id not listed: {self.not_listed}"


class Media:
    """The pictures below a folder, found by a name with or without ending, in any case.

    Raises:
        FileNotFoundError: there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: there is no such folder with pictures")
        self._files: dict[str, Path] = {}
        for file in sorted(folder.rglob("*")):
            if file.suffix.lower() in _PICTURES:
                for name in (file.relative_to(folder).as_posix(), file.name, file.stem):
                    self._files.setdefault(name.casefold(), file)

    def find(self, names: Iterable[str]) -> Path | None:
        """The first file that has one of the names."""
        for name in names:
            for tried in (name, Path(name).name, Path(name).stem):
                if found := self._files.get(tried.casefold()):
                    return found
        return None


def as_examples(
    posts: Iterable[Post],
    media: Media,
    source: str,
    report: ImportReport,
    listed: frozenset[str] | None = None,
) -> Iterator[PreferenceExample]:
    """The posts that have an alt text and a picture, as examples without a rejected text.

    Args:
        source: data set to name.
        listed: names of posts to take; None takes all.
    """
    for post in posts:
        report.read += 1
        if listed is not None and post.post not in listed:
            report.not_listed += 1
        elif not post.alt.strip():
            report.without_alt += 1
        elif (file := media.find(post.media)) is None:
            report.without_picture += 1
            report.missing.append(post.media[0] if post.media else post.id)
        else:
            yield PreferenceExample(
                id=f"{source}-{post.id}",
                image=file,
                context=post.context,
                chosen=post.alt.strip(),
                post=post.post,
                source=source,
                site=post.context.site,
                origin=post.origin,
            )
