"""The pictures of an evaluation, with the texts that are true of them."""

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from altd.describe.images import decode
from altd.describe.prompt import Context
from altd.errors import AltdError
from altd_trainer.data.files import read_examples
from altd_trainer.data.images import UnreadableImageError, encoded, png
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.synthetic import Facts, generate, split_seed

_ENDINGS = (".jsonl", ".json", ".parquet")


@dataclass(frozen=True)
class Item:
    """A picture in its post, with the text that is true of it.

    Attributes:
        id: unique in its set.
        picture: a file, or its bytes: a decoded set of photographs would not fit in memory.
        context: the post.
        reference: a text written for the picture, by a person or by whoever drew it.
        lines: text known to stand in the picture; empty where nobody noted it.
        facts: all that is true of the picture, one by one, where it is known.
    """

    id: str
    picture: bytes | Path = field(repr=False)
    context: Context
    reference: str
    lines: tuple[str, ...] = ()
    facts: Facts | None = None

    @property
    def encoded(self) -> bytes:
        """The picture's file; raises `UnreadableImageError` when it is missing."""
        return encoded(self.picture, f"picture {self.id}")

    @property
    def image(self) -> Image.Image:
        """The picture as RGB, decoded anew each time.

        Raises:
            UnreadableImageError: when the file is missing or is no picture.
        """
        try:
            return decode(self.encoded)
        except AltdError as error:
            raise UnreadableImageError(f"picture {self.id}: {error.message}") from error


def open_items(source: str, limit: int) -> list[Item]:
    """The pictures of a set.

    Args:
        source: `synthetic:SPLIT`; a file of preference examples, in our schema or the released one, whose
            chosen texts are the references; or a folder of such files, with the pictures in `images/`.
        limit: how many at most; 0 takes all of a file.

    Raises:
        FileNotFoundError: there is no such file, or none in the folder.
        ValueError: a synthetic set without limit or of no such split, or what `read_examples` refuses.
    """
    kind, _, split = source.partition(":")
    if kind == "synthetic":
        return _draw(split, limit)
    path = Path(source)
    return [_item(example) for example in (_folder if path.is_dir() else read_examples)(path, count=limit)]


def _draw(split: str, limit: int) -> list[Item]:
    if limit <= 0:
        raise ValueError("synthetic pictures have no end: say how many with --limit")
    try:
        seed = split_seed(split)
    except KeyError:
        raise ValueError(f"there is no synthetic split {split!r}: take train, validation or test") from None
    return [_drawn(seed, index) for index in range(limit)]


def _drawn(seed: int, index: int) -> Item:
    sample = generate(seed, index)
    return Item(sample.id, png(sample.image), sample.post, sample.alt, tuple(sample.lines), sample.facts)


def _folder(folder: Path, count: int) -> list[PreferenceExample]:
    files = sorted(file for file in folder.iterdir() if file.suffix in _ENDINGS)
    if not files:
        raise FileNotFoundError(f"{folder}: there is no .jsonl, .json or .parquet file in it")
    images = folder / "images"
    examples: list[PreferenceExample] = []
    for file in files:
        if count == 0 or len(examples) < count:
            wanted = count - len(examples) if count else 0
            examples += read_examples(file, images if images.is_dir() else None, count=wanted)
    return examples


def _item(example: PreferenceExample) -> Item:
    picture = png(example.image) if isinstance(example.image, Image.Image) else example.image
    return Item(example.id, picture, example.context, example.chosen, example.lines)
