"""Which form a file of posts has, and its posts as examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from altd_trainer.data.importing.pinterest import pins
from altd_trainer.data.importing.posts import ImportReport, Media, as_examples
from altd_trainer.data.importing.rows import plain_posts
from altd_trainer.data.importing.tweets import listed_ids, tweets
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.tables import read_rows

_READERS = {"posts": plain_posts, "tweets": tweets, "pinterest": pins}
_SOURCES = {"posts": "posts", "tweets": "twitter_data", "pinterest": "pinterest_data"}  # as released
EXAMPLES = "examples"
FORMS = (EXAMPLES, *_READERS)
"""`examples` are of design section 4.6 or as released, the others posts of people."""


def form_of(path: Path) -> str:
    """The form that a file's first row shows.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: there is no row in it, or a row that is in no form.
    """
    if path.suffix.lower() in (".html", ".htm"):
        return "pinterest"
    _, row = next(read_rows(path), ("", None))
    if row is None:
        raise ValueError(f"{path.name}: there is no example in it")
    for form, signs in _SIGNS.items():
        if any(sign <= row.keys() for sign in signs):
            return form
    return EXAMPLES


_SIGNS: dict[str, tuple[set[str], ...]] = {
    EXAMPLES: ({"chosen"}, {"question"}, {"ds_name"}),
    "posts": ({"image", "alt"},),
    "tweets": ({"data", "includes"}, {"extended_entities"}, {"id_str"}),
    "pinterest": ({"items"}, {"id", "alt_text"}, {"image_signature"}),
}


def import_posts(
    path: Path, form: str, images: Path | None, ids: Path | None, report: ImportReport
) -> Iterator[PreferenceExample]:
    """The posts of a file in a form other than `examples`; `report` counts what is left out.

    Args:
        images: folder with the pictures; None is the file's own.
        ids: list of the posts to take, of `listed_ids`.

    Raises:
        FileNotFoundError: a file or folder is not there.
        ValueError: naming file and row, where a row cannot be read.
    """
    listed = listed_ids(ids) if ids is not None else None
    read: Any = _READERS[form]
    yield from as_examples(read(path), Media(images or path.parent), _SOURCES[form], report, listed)
